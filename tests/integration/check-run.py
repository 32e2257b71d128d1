#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 120
"""sbox check --run: [test] lines tried in a live sandbox, of the shipped profiles and of one that is wrong."""
import json
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, Traces, finish, gone, ok, processes, skip  # noqa: E402

HOME = os.environ["HOME"]
SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))


def check(*args, **more):
    return subprocess.run([SBOX, "check", "--run", *args], capture_output=True, text=True, timeout=60 * SLOWDOWN, **more)


def make(path, text="x\n"):
    path = os.path.join(HOME, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


# What the shipped profiles deny must be there to be denied.
for name in (".ssh/id_rsa", ".gnupg/private", ".mozilla/prefs", ".config/sbox/x", ".bash_history"):
    make(name)
make("project/file")
make("project/.git/config")
make("project/masked/file")
os.chmod(make("project/closed"), 0)
make("project/.git/hooks/pre-commit")
PROJECT = os.path.join(HOME, "project")
before = processes("sbox")
names = [p["name"] for p in json.loads(subprocess.run([SBOX, "check", "--json"], capture_output=True, text=True, check=False).stdout)["profiles"]
         if "score" in p]
for name in names:
    p = check("--json", name, cwd=PROJECT)
    got = json.loads(p.stdout)
    tests = got["profiles"][0].get("tests", [])
    if not tests and "mode = user" in p.stderr:
        skip(f"{name} keeps what it says", "mode = user does not work on this machine")
        continue
    ok(p.returncode == 0 and got["failed"] == 0 and len(tests) >= 15 and all(t["ok"] for t in tests), f"{name} keeps what it says",
       p.stderr + json.dumps([t for t in tests if not t["ok"]]))
traces = Traces()

LISTENER = socket.socket()
LISTENER.bind(("127.0.0.1", 0))
LISTENER.listen()
PORT = LISTENER.getsockname()[1]
UNIX = socket.socket(socket.AF_UNIX)
os.chdir(PROJECT)
UNIX.bind("socket")
UNIX.listen()
# One that nobody may open, and one whose path is too long for an address: its directory is a way to it.
SHUT = socket.socket(socket.AF_UNIX)
SHUT.bind("shut")
os.chmod("shut", 0)
FAR = "far/" + "x" * 120
os.makedirs(FAR)
os.chdir(FAR)
LONG = socket.socket(socket.AF_UNIX)
LONG.bind("socket")
LONG.listen()
os.chdir(PROJECT)
PROFILE = make("tests.ini", f"""[profile]
extends = base
[files]
ro = ~/project
hide = ~/project/.git
hide = ~/project/masked
rw = ~/project/.git/hooks
[network]
mode = host
[test]
allow = ~/project/file
allow = ~/project/file:rw
allow = ~/project/socket
allow = ~/project/.git/config
allow = ~/project/.git/hooks:rw
deny = ~/project/file
deny = ~/project/file:rw
deny = ~/project:rw
deny = ~/project/.git/config
deny = ~/project/.git/hooks:rw
deny = ~/nothing
deny = ~/project/masked
deny = ~/project/.git
deny = ~/project/closed
allow = ~/project/socket:rw
deny = ~/project/shut
deny = ~/project/{FAR}/socket
deny = /proc:rw
deny = /dev/pts:rw
host = 127.0.0.1:{PORT} localhost:{PORT}
host = no.such.host.invalid
""")
WANT = {"allow ~/project/file": True, "allow ~/project/file:rw": False, "allow ~/project/socket": True,
        "allow ~/project/.git/config": False, "allow ~/project/.git/hooks:rw": True, "deny ~/project/file": False,
        "deny ~/project/file:rw": True, "deny ~/project:rw": True, "deny ~/project/.git/config": True,
        "deny ~/project/.git/hooks:rw": False, "deny ~/nothing": True, "deny ~/project/masked": True, "deny /proc:rw": True,
        "deny ~/project/.git": False, "deny ~/project/closed": True, "allow ~/project/socket:rw": True,
        "deny ~/project/shut": True, f"deny ~/project/{FAR}/socket": False, "deny /dev/pts:rw": True,
        f"host 127.0.0.1:{PORT}": True, f"host localhost:{PORT}": True,
        "host no.such.host.invalid": False}
p = check("--json", PROFILE)
got = json.loads(p.stdout)
seen = {f"{t['key']} {t['test']}": t for t in got["profiles"][0]["tests"] if t.get("file") == PROFILE}
ok(p.returncode == 1 and got["failed"] == sum(not good for good in WANT.values()), "a test that fails is status 1", p.stdout + p.stderr)
for name, good in WANT.items():
    t = seen.get(name, {})
    ok(t.get("ok") is good, f"{name.replace(str(PORT), 'PORT')}: {'ok' if good else 'FAILED'}", t)
ok(seen["allow ~/project/file:rw"]["explained"]["option"] == [f"--rw={PROJECT}/file"], "... and what would change it", seen)
ok(seen["deny ~/project/file"]["explained"]["option"] == ["--hide=~/project/file"], "... also of what must be shut", seen)
ok(sorted(os.listdir(PROJECT)) == [".git", "closed", "far", "file", "masked", "shut", "socket"] and os.listdir(f"{PROJECT}/.git/hooks") == ["pre-commit"],
   "no test leaves anything", os.listdir(PROJECT))

p = check(PROFILE)
ok(p.returncode == 1 and f"  FAILED  {PROFILE}:" in p.stdout and "          to change   [files] rw = " in p.stdout, "the same in words", p.stdout)
ok(f"{len(got['profiles'][0]['tests'])} tests: {got['failed']} failed" in p.stdout, "... and counted", p.stdout)

p = check(make("broken.ini", "[files]\nro = /nowhere\n[test]\nallow = /usr\n"))
ok(p.returncode == 1 and "/nowhere" in p.stderr and "FAILED" not in p.stdout, "a profile with errors is not run", p.stdout + p.stderr)
p = check(make("empty.ini", "[test]\ndeny = /usr\nallow = /dev/null:rw\n"))
ok(p.returncode == 0, "an empty sandbox, in which no program could be run", p.stdout + p.stderr)
os.unlink(f"{HOME}/broken.ini")
os.unlink(f"{HOME}/empty.ini")
os.unlink(PROFILE)
os.unlink(f"{PROJECT}/socket")
os.unlink(f"{PROJECT}/shut")
shutil.rmtree(f"{PROJECT}/far")
ok(not gone("sbox-test", before), "no process is left", gone("sbox-test", before))
# Keys go when the kernel finds the time; tests/integration/leftovers.py waits for it.
left = [what for what in traces.left() if not what.startswith("keys:")]
ok(not left, "nor anything else", left)
finish()
