#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws docs/terminal.svg from a real run: docs/picture.py ./sbox > docs/terminal.svg, as an ordinary user."""
import html
import os
import pathlib
import subprocess
import sys
import tempfile

COMMANDS = ["sbox -- ls -A ~", "sbox --report -- cat ~/.ssh/id_rsa", "sbox --cwd=overlay -- sh -c 'rm -rf ./*'", "ls", "sbox diff",
            "sbox discard"]
WIDTH, LINE, LEFT, TOP = 7.25, 17, 14, 40


def run(sbox):
    """What a terminal would show, with the temporary home called /home/you."""
    lines = []
    with tempfile.TemporaryDirectory() as top:
        home = pathlib.Path(top, "you")
        for name, text in (("project/main.c", "int main(void) { return 0; }\n"), ("project/Makefile", "all: main\n"), (".ssh/id_rsa", "key\n"),
                           ("Documents/letter", "dear\n"), ("bin/sbox", f'#!/bin/sh\nexec {sbox} "$@"\n')):
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="ascii")
            path.chmod(0o755 if name == "bin/sbox" else 0o600)
        env = {"HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin", "LC_ALL": "C", "USER": "you", "TERM": "dumb"}
        for command in COMMANDS:
            lines.append(("command", "$ " + command))
            done = subprocess.run(["bash", "-c", command], cwd=home / "project", env=env, stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
            lines += [("text", line.replace(str(home), "/home/you")) for line in done.stdout.splitlines()]
    return lines


def draw(lines):
    width = LEFT * 2 + WIDTH * max(len(line) for _, line in lines)
    height = TOP + LINE * len(lines) + LEFT
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-family="monospace" font-size="12">'
    yield "<style>text{white-space:pre;fill:#d8dee9}.command{fill:#a3be8c;font-weight:bold}</style>"
    yield f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#2e3440"/>'
    yield "".join(f'<circle cx="{LEFT + 4 + 18 * i}" cy="16" r="5" fill="{color}"/>' for i, color in enumerate(("#bf616a", "#ebcb8b", "#a3be8c")))
    for i, (kind, line) in enumerate(lines):
        # Of one length whatever font is there.
        length = f' textLength="{WIDTH * len(line):.0f}"' if line else ""
        yield f'<text x="{LEFT}" y="{TOP + LINE * i + 4}" class="{kind}"{length} xml:space="preserve">{html.escape(line)}</text>'
    yield "</svg>"


if len(sys.argv) != 2 or os.getuid() == 0:
    sys.exit(__doc__)
print("\n".join(draw(run(os.path.abspath(sys.argv[1])))))
