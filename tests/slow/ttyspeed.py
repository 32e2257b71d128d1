#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 300
"""100 MB through the private terminal and through a bare one, by turns: at least half the speed, and every byte."""
import hashlib
import os
import pty
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok  # noqa: E402

SIZE = 100_000_000 // int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
ROUNDS, ROUNDS_MAX = 5, 20


def through(cmd):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(cmd[0], cmd)
    digest, n, start = hashlib.blake2b(), 0, time.monotonic()
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        n += len(data)
        digest.update(data)
    seconds = time.monotonic() - start
    os.waitpid(pid, 0)
    os.close(fd)
    return n, digest.hexdigest(), n / seconds / 1e6


with open("lines", "w", encoding="ascii") as f:
    for number in range(SIZE // 80):
        f.write(f"{number:078d}\n")
bare, inside = [], []

# The best of each: what else runs here slows both down, and never speeds one up.  On a busy machine it takes longer until
# both have had a quiet moment.
turn = 0
while turn < ROUNDS or (turn < ROUNDS_MAX and max(inside) / max(bare) < 0.5):
    n, want, speed = through(["cat", "lines"])
    bare.append(speed)
    m, got, speed = through([SBOX, "--quiet", "--", "cat", "lines"])
    inside.append(speed)
    if turn == 0:
        ok((m, got) == (n, want), f"{SIZE // 1000000} MB arrive as they were written", f"{m} of {n} bytes")
    turn += 1
print("# MB/s bare:  ", *(f"{s:.0f}" for s in bare))
print("# MB/s inside:", *(f"{s:.0f}" for s in inside))
RATIO = max(inside) / max(bare)
ok(RATIO >= 0.5, f"no less than half the speed of a bare terminal: {RATIO:.2f}")
finish()
