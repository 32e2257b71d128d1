#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# in guests: no: words of options
"""Every option and every profile line that docs/migration.md offers is one that sbox takes."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests/lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

HOME = os.environ["HOME"]


def problems(words):
    """What `explain` says against them; a hint or a bus that this machine lacks is no matter of the words."""
    done = subprocess.run([SBOX, "explain", *words, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)
    return "" if done.returncode == 0 else done.stderr


def words_of(cell):
    for code in re.findall(r"`([^`]*)`", cell):
        line = re.match(r"\[([a-z]+)\] ([a-z-]+) = (.*)", code)
        if line:
            yield code, ["--set", f"{line[1]}.{line[2]}={line[3]}"]
        elif code.startswith("--") and "=N" not in code and code != "--report":
            yield code, [code.replace("~", HOME)]


def main():
    for directory in ("data", "debian/usr/bin", "debian/bin", ".config/app"):
        os.makedirs(f"{HOME}/{directory}", exist_ok=True)
    for name in ("data/secret", "debian/usr/bin/env"):
        with open(f"{HOME}/{name}", "w", encoding="utf-8") as f:
            f.write("x\n")
    rows = {}
    with open(os.path.join(os.environ["TOP_SRCDIR"], "docs/migration.md"), encoding="utf-8") as f:
        for line in f:
            cells = line.split(" | ")
            if line.startswith("| `") or line.startswith("| a") or line.startswith("| an"):
                for code, words in words_of(cells[1]):
                    rows.setdefault(code, words)
    # What stands beside them in a real profile.
    beside = {"network": ["--net=user"], "files": ["--rw", f"{HOME}/data"]}
    for code, words in rows.items():
        section = re.match(r"\[([a-z]+)\]", code)
        key = section[1] if section else "files" if "hide" in code else ""
        more = [] if "rw = ~/data" in code or "ro = ~/data" in code else beside.get(key, [])
        said = problems(more + words)
        if "pasta" in said:
            skip(code, "no pasta")
        else:
            ok(not said, code, said)
    ok(len(rows) > 60, "the tables were found")
    finish()


main()
