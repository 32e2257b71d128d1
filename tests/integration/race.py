#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 150
"""Somebody swaps names while sandboxes are set up.

The attacker is a process of the same user outside: it stands for another sandbox that has the same directory read-write.
It exchanges directories, files, links to secrets, FIFOs and sockets as fast as it can; set-up must never follow, never
show what it should not, never wait, and never make anything outside of the directory.  Launches that fail are counted
as hits: without any, the attacker was too slow to prove something.
"""
import ctypes
import mmap
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok  # noqa: E402

SLOW = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
SWAPS = 10_000
SECONDS = 12
HOME = os.environ["HOME"]
libc = ctypes.CDLL(None, use_errno=True)
RENAME_EXCHANGE = 2


def exchange(a, b):
    return libc.renameat2(-100, a.encode(), -100, b.encode(), RENAME_EXCHANGE) == 0


class Attacker:
    """A process that exchanges each pair of names in turn; swaps counts how often that worked."""

    def __init__(self, pairs):
        self.count = mmap.mmap(-1, 8)
        self.pid = os.fork()
        if self.pid == 0:
            n = 0
            while True:
                # in bursts: between them a set-up may also get through
                for _ in range(20):
                    for a, b in pairs:
                        n += exchange(a, b)
                self.count[:] = struct.pack("q", n)
                time.sleep(0.0003)

    @property
    def swaps(self):
        return struct.unpack("q", self.count[:])[0]

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def fight(pairs, arguments, command, won):
    """Launch while the attacker swaps.  Return: launches, hits, wins, launches that hung, swaps."""
    first = {a: os.stat(a, follow_symlinks=False).st_ino for a, _ in pairs}
    attacker = Attacker(pairs)
    launches = hits = wins = hung = 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and (launches < 60 or attacker.swaps < SWAPS or not hits):
        launches += 1
        try:
            r = subprocess.run([SBOX, *arguments, "--", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               timeout=10 * SLOW, check=False)
        except subprocess.TimeoutExpired:
            hung += 1
            continue
        hits += r.returncode == 125
        wins += won(r.stdout)
    swaps = attacker.swaps
    attacker.stop()
    for a, b in pairs:
        if os.stat(a, follow_symlinks=False).st_ino != first[a]:
            exchange(a, b)  # as it was, for the next fight
    return launches, hits, wins, hung, swaps


def report(what, result):
    launches, hits, wins, hung, swaps = result
    detail = f"{launches} launches, {hits} hit, {wins} wins, {hung} hung, {swaps} swaps"
    print(f"# {what}: {detail}")
    ok(wins == 0, f"{what}: the attacker never wins", detail)
    ok(hung == 0, f"{what}: no set-up waits", detail)
    ok(hits > 0, f"{what}: the swaps did hit set-ups", detail)
    ok(swaps >= SWAPS // SLOW, f"{what}: at least {SWAPS // SLOW} swaps", detail)


def secret_seen(out):
    return b"SECRET" in out


# ---- below a project that is read-write
project = os.path.join(HOME, "p")
secrets = os.path.join(HOME, ".ssh")
os.makedirs(secrets)
with open(os.path.join(secrets, "data"), "w") as f:
    f.write("SECRET\n")
os.makedirs(os.path.join(project, "sub/deep"))
for name in ("sub/data", "sub/deep/data", "file", "masked"):
    with open(os.path.join(project, name), "w") as f:
        f.write("harmless\n")
with open(os.path.join(project, "masked"), "w") as f:
    f.write("SECRET of the project\n")
os.symlink(secrets, os.path.join(project, "to-secrets"))
os.symlink(os.path.join(secrets, "data"), os.path.join(project, "to-secret"))
os.mkfifo(os.path.join(project, "fifo"))
os.mkdir(os.path.join(project, "dir"))
os.chdir(project)

see = ["sh", "-c", "timeout 1 cat ~/p/sub/data ~/p/sub/deep/data ~/p/file /srv/data ~/.ssh/data 2>&1; exit 0"]
lines = ["--rw", project, "--ro", f"{project}/sub", "--rw", f"{project}/sub/deep", "--ro", f"{project}/file",
         "--ro", f"{project}/sub:/srv"]
report("directory and link to a secret directory", fight([("sub", "to-secrets")], lines, see, secret_seen))
report("file and link to a secret file", fight([("file", "to-secret")], lines, see, secret_seen))
report("file and FIFO", fight([("file", "fifo")], lines, see, secret_seen))
report("file and directory", fight([("file", "dir")], lines, see, secret_seen))

s = socket.socket(socket.AF_UNIX)
s.bind("socket")
report("deep directory and socket", fight([("sub/deep", "socket")], lines, see, secret_seen))
s.close()

# ---- a masked name: what is there instead is another file, or nothing; its own content never shows
guard = ["--rw", project, "--hide", f"{project}/sub/secret"]
with open("sub/secret", "w") as f:
    f.write("SECRET of the project\n")
os.makedirs("other")
with open("other/secret", "w") as f:
    f.write("decoy\n")
result = fight([("sub", "other")], guard, ["sh", "-c", "cat ~/p/sub/secret 2>&1; exit 0"], secret_seen)
launches, hits, wins, hung, swaps = result
print(f"# directory above a masked file: {launches} launches, {hits} hit, {hung} hung, {swaps} swaps")
ok(hung == 0 and swaps >= SWAPS // SLOW, "directory above a masked file: no set-up waits", str(result))

# ---- mount points in a private home that an earlier run filled
home = os.path.join(HOME, ".local/state/sbox/homes/kept")
victim = os.path.join(HOME, "victim")
os.makedirs(os.path.join(home, ".config"))
os.makedirs(victim)
os.symlink(victim, os.path.join(home, "trap"))
os.makedirs(os.path.join(HOME, "given"))
os.makedirs(os.path.join(HOME, ".config/sbox/profiles"))
with open(os.path.join(HOME, ".config/sbox/profiles/kept.ini"), "w") as f:
    f.write(f"[profile]\nextends = base\n[files]\nhome = private\nro = {HOME}/given:{HOME}/.config/a/b\n")
os.chdir(home)


def victim_touched(_):
    shutil.rmtree(os.path.join(home, ".config/a"), ignore_errors=True)
    return bool(os.listdir(victim))


report("mount points in a private home", fight([(".config", "trap")], ["--profile=kept"], ["true"], victim_touched))
finish()
