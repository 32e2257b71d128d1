#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# in guests: no: what the pages show is tested by itself
"""Every example of the manual pages is run: command lines (.Dl $ ...) and what literal blocks hold, profiles or commands.

What a page says about an example, in comments behind it that readers do not see:

    .\\" status: 1|2       how it ends, when not with 0      .\\" prints: REGEX, prints-not: REGEX
    .\\" not run: REASON   shown as skipped                  .\\" background: COMMAND   before it, while the page's examples run
    .\\" below: [SECTION]  the block is a part of this section
    .\\" extends: NAME       the block is a drop-in of this profile
    .\\" needs: PROGRAM      skipped where that is not installed
    .\\" said by: COMMAND    the block is a part of what that prints
"""
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests/lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

SLOW = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
HOME = os.environ["HOME"]


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def prepare():
    """What the examples speak of."""
    for directory in ("data/sub/deep", "Pictures/private", ".config/darktable", ".cache/ccache", "debian/usr/bin", "debian/bin"):
        os.makedirs(os.path.join(HOME, directory), exist_ok=True)
    write(f"{HOME}/data/private.key", "secret\n")
    write(f"{HOME}/.gitconfig", "[user]\n")
    write(f"{HOME}/.config/sbox/profiles/x.ini", "[profile]\nextends = default\n")
    os.remove(f"{HOME}/.config/sbox/profiles/x.ini")
    write("script.py", "print('a script')\n")
    write("Makefile", "all:\n\techo made > made\n")
    write("tool", "#!/bin/sh\necho a tool\n", 0o755)
    write("script", "#!/bin/sh\nrm -f Makefile.old\necho kept > kept.txt\necho dropped > dropped.txt\n", 0o755)
    write("mine.ini", "[profile]\nextends = default\ndescription = mine\n[test]\nallow = /usr/bin/env\ndeny = ~/data\n")
    write("web.ini", "[profile]\nextends = default\n" + "\n" * 8 + "[network]\nmode = hots\n")
    write("bin/sbox", f'#!/bin/sh\nexec "{SBOX}" "$@"\n', 0o755)
    os.environ["PATH"] = os.path.abspath("bin") + ":" + os.environ["PATH"]


def unescape(line):
    return line.replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")


class Example:
    def __init__(self, page, line, text, block):
        self.page, self.line, self.text, self.block = page, line, text, block
        self.says = {}

    def name(self):
        return f"{self.page}:{self.line}: {self.text.splitlines()[0]}"


def examples_of(path):
    page = os.path.basename(path)
    found, block, start, background = [], None, 0, []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f.read().splitlines(), 1):
            comment = re.match(r'\.\\" ([a-z][a-z -]*): (.*)', line)
            if line.startswith(".Bd -literal"):
                block, start = [], number
            elif line == ".Ed":
                found.append(Example(page, start, "\n".join(block), True))
                block = None
            elif block is not None:
                block.append(unescape(line))
            elif line.startswith(".Dl $ "):
                found.append(Example(page, number, unescape(line[6:]), False))
            elif comment and comment[1] == "background":
                background.append(comment[2])
            elif comment and found and comment[1] != "SPDX-License-Identifier":
                found[-1].says[comment[1]] = comment[2]
    return found, background


def run(command):
    return subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60 * SLOW, check=False, text=True, errors="replace")


def profile_of(example):
    """A block that is (a part of) a profile is one that sbox takes."""
    text = example.text + "\n"
    if "below" in example.says:
        text = f"{example.says['below']}\n{text}"
    if "extends" not in text:
        text = f"[profile]\nextends = {example.says.get('extends', 'default')}\n{text}"
    write("example.ini", text)
    return "sbox check ./example.ini"


def try_example(example):
    says = example.says
    if "not run" in says:
        skip(example.name(), says["not run"])
        return
    if "needs" in says and not shutil.which(says["needs"]):
        skip(example.name(), "no " + says["needs"])
        return
    if "said by" in says:
        done = run(says["said by"])
        ok(all(line in done.stdout for line in example.text.splitlines()), example.name(), done.stdout)
        return
    command = profile_of(example) if example.block else example.text
    done = run(command)
    wanted = says.get("status", "0").split("|")
    good = str(done.returncode) in wanted
    if "prints" in says:
        good = good and re.search(says["prints"], done.stdout, re.M)
    if "prints-not" in says:
        good = good and not re.search(says["prints-not"], done.stdout)
    ok(good, example.name(), f"{command}\nstatus {done.returncode}\n{done.stdout}")


def main():
    prepare()
    top, built = os.environ["TOP_SRCDIR"], os.environ["TOP_BUILDDIR"]
    pages = {os.path.basename(p): p for d in (top, built) for p in glob.glob(f"{d}/man/*.[157]")}
    for page in sorted(pages):
        found, background = examples_of(pages[page])
        # It has registered itself when it is listed.
        running = [subprocess.Popen(["bash", "-c", "exec " + c], stdin=subprocess.DEVNULL) for c in background]
        for _ in range(200):
            if not running or "sleep" in run("sbox list").stdout:
                break
        for example in found:
            try_example(example)
        for process in running:
            process.kill()
            process.wait()
    finish()


main()
