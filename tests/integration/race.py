#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 150
"""Somebody swaps names while sandboxes are set up.

The attacker is a process of the same user outside: it stands for another sandbox that has the same directory read-write.
It exchanges directories, files, links to secrets, FIFOs and sockets, as fast as it can and at the pace of a launch; set-up
must never follow, never show what it should not, never wait, and never make anything outside of the directory.  Launches
that the plan let pass and the set-up refused are counted as hits: without any, the attacker was too slow to prove something.
"""
import ctypes
import mmap
import os
import random
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
                # Bursts end either way round: the plan may see the one and the set-up, a millisecond later, the other.
                for _ in range(random.randrange(1, 40)):
                    for a, b in pairs:
                        n += exchange(a, b)
                self.count[:] = struct.pack("q", n)
                time.sleep(random.choice((0.0001, 0.0003, 0.001)) * random.random())

    @property
    def swaps(self):
        return struct.unpack("q", self.count[:])[0]

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


# What status.c says when something was not what the plan had seen.
HIT = (b"cannot give", b"cannot pin", b"cannot mask", b"cannot mount", b"was replaced while")
total = {"launches": 0, "hits": 0, "swaps": 0}


def fight(pairs, arguments, command, won, least=60):
    """Launch while the attacker swaps.  Return: launches, hits, wins, launches that hung, swaps."""
    first = {a: os.stat(a, follow_symlinks=False).st_ino for a, _ in pairs}
    attacker = Attacker(pairs)
    launches = hits = wins = hung = 0
    end = time.monotonic() + SECONDS
    # On a machine that stands still for seconds the attacker needs longer.
    while (time.monotonic() < end and (launches < least or attacker.swaps < SWAPS or not hits)) or (
            attacker.swaps < SWAPS // SLOW and time.monotonic() < end + 10 * SECONDS):
        launches += 1
        try:
            r = subprocess.run([SBOX, *arguments, "--", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               timeout=10 * SLOW, check=False)
        except subprocess.TimeoutExpired:
            hung += 1
            continue
        hits += r.returncode == 125 and any(words in r.stderr for words in HIT)
        wins += won(r.stdout)
    swaps = attacker.swaps
    attacker.stop()
    for a, b in pairs:
        if os.stat(a, follow_symlinks=False).st_ino != first[a]:
            exchange(a, b)  # as it was, for the next fight
    for name, n in (("launches", launches), ("hits", hits), ("swaps", swaps)):
        total[name] += n
    return launches, hits, wins, hung, swaps


def report(what, result):
    launches, hits, wins, hung, swaps = result
    detail = f"{launches} launches, {hits} hit, {wins} wins, {hung} hung, {swaps} swaps"
    print(f"# {what}: {detail}")
    ok(wins == 0, f"{what}: the attacker never wins", detail)
    ok(hung == 0, f"{what}: no set-up waits", detail)
    ok(swaps >= SWAPS // SLOW, f"{what}: at least {SWAPS // SLOW} swaps", detail)


def secret_seen(out):
    return b"SECRET" in out


# ---- below a project that is read-write
project = os.path.join(HOME, "p")
secrets = os.path.join(HOME, ".ssh")
os.makedirs(secrets)
os.makedirs(os.path.join(secrets, "deep"))
for name in ("data", "deep/data"):  # where a link leads, the path goes on
    with open(os.path.join(secrets, name), "w") as f:
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
report("a file below it, given elsewhere", fight([("sub", "to-secrets")], [
    "--rw", project, "--ro", f"{project}/sub/deep/data:/srv/data"], ["cat", "/srv/data"], secret_seen, 400 // SLOW))
report("file and link to a secret file", fight([("file", "to-secret")], lines, see, secret_seen))
report("file and FIFO", fight([("file", "fifo")], lines, see, secret_seen))
report("file and directory", fight([("file", "dir")], lines, see, secret_seen))

# An overlay's source, and what is narrower within one: its changes lie apart, so nothing of it is written here.
report("an overlay below something writable", fight([("sub", "to-secrets")], ["--rw", project, "--overlay", f"{project}/sub"], see, secret_seen))
report("a directory that an overlay keeps read-only", fight([("sub", "to-secrets")], ["--overlay", project, "--ro", f"{project}/sub"], see, secret_seen))

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

# ---- a program inside that renames: a pin stays where it is
fresh = os.path.join(HOME, "q")
for name, text in (("a/b/c", "hook\n"), ("x/b/c", "evil\n"), ("y/b/c", "evil\n")):
    os.makedirs(os.path.join(fresh, name))
    with open(os.path.join(fresh, name, "hook"), "w") as f:
        f.write(text)
os.chdir(fresh)
RENAMER = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
os.chdir(sys.argv[1])
moved = 0
for _ in range(int(sys.argv[2]) // 6 + 1):
    for target, twin in ((b"a", b"x"), (b"a/b", b"x/b"), (b"a/b/c", b"y/b/c")):
        moved += libc.renameat2(-100, twin, -100, target, 2) == 0
        moved += libc.renameat2(-100, target, -100, b"gone", 0) == 0
    moved += libc.unlink(b"a/b/c/hook") == 0
    moved += libc.rmdir(b"a/b/c") == 0
print("moved", moved)
"""
r = subprocess.run([SBOX, "--rw", fresh, "--ro", f"{fresh}/a/b/c", "--", sys.executable, "-c", RENAMER, fresh, str(SWAPS // SLOW)],
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * SLOW, check=False)
with open(os.path.join(fresh, "a/b/c/hook")) as f:
    ok(r.stdout == b"moved 0\n" and f.read() == "hook\n", f"{SWAPS // SLOW} renames inside do not move a pin", r.stdout)

# ---- a directory moved out of the project, with the program in it, takes it nowhere (CVE-2015-2925)
os.makedirs(os.path.join(fresh, "d/e"))
os.makedirs(os.path.join(HOME, "outside"))
GUEST = """
import os, sys
os.chdir(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for n, path in enumerate(("..", "../..", "../../..", "../../.ssh/data", "../../../.ssh/data", "../../outside")):
    try:
        print(n, "shows", os.listdir(path) if not path.endswith("data") else open(path).read())
    except OSError as e:
        print(n, e.strerror)
"""
p = subprocess.Popen([SBOX, "--rw", fresh, "--", sys.executable, "-c", GUEST, os.path.join(fresh, "d/e")], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, text=True)
p.stdout.readline()
os.rename(os.path.join(fresh, "d"), os.path.join(HOME, "outside/d"))
text = p.communicate("go\n", timeout=30 * SLOW)[0]
ok(text.count("\n") == 6 and "shows" not in text, "a directory moved out under the program's feet leads nowhere", text)

print(f"# in all: {total}")
ok(total["hits"] > 0, "(the swaps did hit set-ups)", str(total))
finish()
