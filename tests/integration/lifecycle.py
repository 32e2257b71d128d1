#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 300
"""Running sandboxes: list, names, kill; what a crash leaves is swept and never acted on."""
import fcntl
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, gone, ok, processes  # noqa: E402

MARK = f"96{os.getpid()}.5"
REGISTRY = os.path.join(os.environ["XDG_RUNTIME_DIR"], "sbox")
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
before = processes(MARK)


def sbox(*args, **more):
    return subprocess.run([SBOX, *args], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **more)


def listed(**more):
    return {e["id"]: e for e in json.loads(sbox("list", "--json", **more).stdout)}


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    return what()


def start(*args, program=("sleep", MARK), **more):
    """A sandbox that runs, once it is listed; its entry."""
    known = set(listed())
    p = subprocess.Popen([SBOX, *args, "--", *program], **{**quiet, **more})
    until(lambda: set(listed()) - known or p.poll() is not None)
    new = set(listed()) - known
    return p, listed()[new.pop()] if new else None


def entries():
    return sorted(os.listdir(REGISTRY)) if os.path.isdir(REGISTRY) else []


# ---- list ----
r = sbox("list", "--json")
ok((r.returncode, r.stdout.strip()) == (0, "[]"), "nothing runs: an empty list", r)
one, first = start("--profile=untrusted")
two, second = start("--name=web", "--profile=default", program=("sh", "-c", f"sleep {MARK}; exit 3"))
ok(first and second and second["id"] == "web", "two sandboxes are listed", (first, second))
ok(first["id"] == f"untrusted-{first['pid']}", "an id is made of the profile and a pid", first)
ok(first["supervisor-pid"] == one.pid, "the supervisor is the process that was started", first)
ok(first["command"] == ["sleep", MARK] and first["profile"] == "untrusted" and first["file"].endswith("/untrusted.ini"),
   "with command, profile and file", first)
ok(first["tasks"] == 2 and until(lambda: listed()["web"]["tasks"] == 3), "tasks are those inside, pid 1 among them", listed())
ok(0 < first["memory"] < 100 << 20 and 0 <= first["age"] < 600, "memory and age are sane", first)
with open(f"/proc/{first['pid']}/comm", encoding="ascii") as f:
    ok(f.read() == "sbox-init\n", "pid is that of the sandbox's pid 1")
r = sbox("list")
lines = r.stdout.splitlines()
ok(lines[0].split() == ["ID", "PROFILE", "PID", "AGE", "MEMORY", "TASKS", "COMMAND"] and len(lines) == 3, "a table for people", r)
ok(os.stat(REGISTRY).st_mode & 0o7777 == 0o700 and all(os.stat(os.path.join(REGISTRY, e)).st_mode & 0o777 == 0o600 for e in entries()),
   "only the user can look into the registry")
evil, _ = start("--name=evil", program=("sh", "-c", f"sleep {MARK}", "\x1b[2Jx\n\u202ey"))
r = sbox("list")
ok("\x1b" not in r.stdout and "\u202e" not in r.stdout and len(r.stdout.splitlines()) == 4, "a command is never printed raw", r.stdout)
ok(listed()["evil"]["command"][3] == "\x1b[2Jx\n\u202ey", "JSON has it as it is")
sbox("kill", "evil")


def inside(pid):
    """A process that pid 1 started."""
    return next(p for p in os.listdir("/proc") if p.isdigit() and f"\nPPid:\t{pid}\n" in status_of(p))


def status_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def numbers(pid, kinds):
    return {f"{k}-namespace": os.stat(f"/proc/{pid}/ns/{k}").st_ino for k in kinds}


KINDS = ["cgroup", "ipc", "mnt", "net", "pid", "uts"]
said = {k: v for k, v in listed()["web"].items() if k.endswith("-namespace")}
want = numbers(inside(second["pid"]), KINDS)
ok(want.items() <= said.items(), "the namespaces that the program is in, by number", (said, want))
ok(said["user-namespace"] != numbers("self", ["user"])["user-namespace"] and len(set(said.values())) == len(said), "and the user namespace that owns them",
   said)
shared, host_net = start("--name=hostnet", "--net=host")
ok(listed()["hostnet"]["net-namespace"] == numbers("self", ["net"])["net-namespace"], "the caller's own, where it is shared", listed())
sbox("kill", "hostnet")
shared.wait()

# ---- names ----
r = sbox("--name=web", "--", "true")
ok(r.returncode == 125 and "a sandbox called web is running" in r.stderr, "a name that runs is refused", r)
for name in ("", "a/b", "..", "-x", "a b", "x" * 65):
    r = sbox(f"--name={name}", "--", "true")
    ok(r.returncode == 125 and "cannot be the name" in r.stderr, f"{name[:9]!r} is no name", r)
race = [subprocess.Popen([SBOX, "--name=race", "--", "sh", "-c", "read line; exit 7"], stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(20)]
until(lambda: sum(p.poll() is None for p in race) == 1)
ok([p.poll() for p in race].count(125) == 19 and "race" in listed(), "of twenty at once one gets the name", [p.poll() for p in race])
for p in race:
    p.stdin.close()
    p.stderr.close()
ok(sorted(p.wait(timeout=60) for p in race) == [7] + [125] * 19, "and runs")
ok("race" not in entries(), "the name is free afterwards", entries())
again = [sbox("--name=race", "--", "sh", "-c", "exit 5").returncode for _ in range(10)]
ok(again == [5] * 10, "ten times after one another", again)

# ---- who is meant ----
three, third = start("--profile=untrusted")
for word, text in (("untrusted", "means 2 sandboxes"), ("u", "means 2 sandboxes"), ("nosuch", "no sandbox called"), ("", "no sandbox called"),
                   ("../sbox/web", "no sandbox called")):
    r = sbox("kill", word)
    ok(r.returncode == 125 and text in r.stderr, f"kill {word!r}: {text}", r)
ok(one.poll() is None and three.poll() is None, "neither was ended")
r = sbox("kill", third["id"])
ok(r.returncode == 0 and three.wait(timeout=60) == 143 and one.poll() is None, "by its id", r)
r = sbox("kill", "untrusted")
ok(r.returncode == 0 and one.wait(timeout=60) == 143, "by the profile's name, when it is the only one", r)
r = sbox("kill", "we")
ok(r.returncode == 0 and two.wait(timeout=60) == 143, "by the start of an id", r)
ok(entries() == [] and not gone(MARK, before), "nothing is left", entries())

# ---- kill ----
p, e = start("--name=deaf", program=("sh", "-c", f"trap '' TERM; echo ready; sleep {MARK}; sleep {MARK}"), stdout=subprocess.PIPE)
p.stdout.readline()
t = time.monotonic()
r = sbox("kill", "deaf")
ok(r.returncode == 0 and p.wait(timeout=60) == 137 and time.monotonic() - t > 4, "what ignores SIGTERM gets SIGKILL", r)
p, e = start("--name=asked", program=("sh", "-c", f"trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done #{MARK}"), stdout=subprocess.PIPE)
p.stdout.readline()
r = sbox("kill", "--signal=USR1", "asked")
ok(r.returncode == 0 and p.wait(timeout=60) == 9, "another signal", r)
p, e = start("--name=hard")
r = sbox("kill", "--signal=KILL", "hard")
ok(r.returncode == 0 and p.wait(timeout=60) == 137 and entries() == [], "SIGKILL ends it, and the supervisor cleans up", (r, entries()))
p, e = start("--name=a")
q, e = start("--name=b")
r = sbox("kill", "a", "b")
ok(r.returncode == 0 and (p.wait(timeout=60), q.wait(timeout=60)) == (143, 143), "two at once", r)
for args in (("kill",), ("kill", "--signal=NONE", "x"), ("kill", "--signal=STOP", "x"), ("kill", "--bad", "x"), ("list", "x")):
    ok(sbox(*args).returncode == 2, f"{' '.join(args)}: wrong usage")

# ---- crashes ----
p, e = start("--name=crash")
with open(os.path.join(REGISTRY, "crash"), "rb") as f:
    stale = f.read()
os.kill(p.pid, signal.SIGKILL)
p.wait(timeout=60)
gone(MARK, before)
ok(entries() == ["crash"], "a killed supervisor leaves its entry", entries())
r = sbox("kill", "crash")
ok(r.returncode == 125 and "no sandbox called" in r.stderr and entries() == [], "which is never acted on, but swept", (r, entries()))


def plant(name, text, lock=False, mode=0o600):
    fd = os.open(os.path.join(REGISTRY, name), os.O_RDWR | os.O_CREAT, mode)
    os.write(fd, text)
    if lock:
        fcntl.lockf(fd, fcntl.LOCK_EX)
    return fd


os.close(plant("crash", stale))
r = sbox("--name=crash", "--", "sh", "-c", "exit 4")
ok(r.returncode == 4 and entries() == [], "its name can be had again at once", (r, entries()))
os.close(plant("crash", stale))
sbox("--", "true")
ok(entries() == [], "the next start sweeps", entries())
bystander = subprocess.Popen(["sleep", MARK], **quiet)
os.close(plant("reused", stale.replace(b"child=%x\0" % e["pid"], b"child=%x\0" % bystander.pid)))
r = sbox("kill", "reused")
ok(r.returncode == 125 and bystander.poll() is None, "a pid in use again: nobody is signalled", r)
# Somebody holds the lock, and the pid is another's: what the entry says of its child is looked at, not believed.
edited = plant("edited", stale.replace(b"child=%x\0" % e["pid"], b"child=%x\0" % bystander.pid), lock=True)
before_list = listed()
ok("edited" in before_list, "an entry is alive while its lock is held", before_list)
holder = subprocess.run([SBOX, "kill", "--signal=KILL", "edited"], check=False, capture_output=True, text=True)
ok(holder.returncode == 125 and bystander.poll() is None, "and only a child of the lock's holder is its pid 1", holder)
os.close(edited)
sbox("list")
bystander.kill()
bystander.wait()
for name, text in (("empty", b""), ("rubbish", os.urandom(300)), ("zeros", bytes(5000)), ("huge", b"x" * (3 << 20)), ("half", stale[:700])):
    held = plant(name, text, lock=True)
    r = sbox("list", "--json")
    ok((r.returncode, r.stdout.strip()) == (0, "[]"), f"{name}: not listed", r)
    os.close(held)
os.symlink("/etc/passwd", os.path.join(REGISTRY, "link"))
os.mkfifo(os.path.join(REGISTRY, "fifo"))
os.mkdir(os.path.join(REGISTRY, "dir"))
r = sbox("list", "--json")
ok((r.returncode, r.stdout.strip()) == (0, "[]"), "a link, a pipe and a directory are not read", r)
for name in ("link", "fifo"):
    os.unlink(os.path.join(REGISTRY, name))
os.rmdir(os.path.join(REGISTRY, "dir"))
# An empty entry may be one that is just being made; an old one is not.
young = os.path.join(REGISTRY, "empty")
ok(os.path.exists(young), "an empty entry that is young stays")
os.utime(young, (1, 1))
sbox("list")
ok(entries() == [], "an old one goes, and so does everything else", entries())

# ---- where ----
os.chmod(REGISTRY, 0o755)
r = sbox("list")
ok(r.returncode == 125 and "0700" in r.stderr, "a registry that others can read is refused", r)
r = sbox("--", "sh", "-c", "exit 6")
ok(r.returncode == 6 and entries() == [], "a launch does without", (r, entries()))
r = sbox("--name=x", "--", "true")
ok(r.returncode == 125 and "--name" in r.stderr, "unless a name was asked for", r)
os.chmod(REGISTRY, 0o700)
os.rmdir(REGISTRY)
other = os.path.join(os.environ["T"], "elsewhere")
os.mkdir(other, 0o700)
os.symlink(other, REGISTRY)
r = sbox("--", "sh", "-c", "exit 6")
ok(r.returncode == 6 and os.listdir(other) == [], "a link in its place is not followed", r)
os.unlink(REGISTRY)
env = dict(os.environ, XDG_RUNTIME_DIR="/nonexistent")
r = sbox("--", "sh", "-c", "exit 6", env=env)
ok(r.returncode == 6 and r.stderr == "", "no runtime directory: the run works, and says nothing", r)
r = sbox("list", "--json", env=env)
ok((r.returncode, r.stdout.strip()) == (0, "[]") and "runtime directory" in r.stderr, "nothing is listed, and it is said why", r)
r = sbox("--name=x", "--", "true", env=env)
ok(r.returncode == 125 and "XDG_RUNTIME_DIR" in r.stderr, "a name is refused with the remedy", r)
env = dict(os.environ, XDG_RUNTIME_DIR="/")
r = sbox("--", "true", env=env)
ok(r.returncode == 0, "a runtime directory that is root's is none", r)

# ---- from inside ----
runtime = os.environ["XDG_RUNTIME_DIR"]
r = sbox("--rw", runtime, "--name=in", "--", "sh", "-c", f"ls -A {REGISTRY}; echo x > {REGISTRY}/in; rm -r {REGISTRY}; mv {REGISTRY} {REGISTRY}2")
ok(r.stdout == "" and not os.path.exists(REGISTRY + "2") and r.returncode != 0 and entries() == [],
   "from inside the registry cannot be seen, written or moved away", (r, entries()))
r = sbox("--rw", REGISTRY, "--", "true")
ok(r.returncode == 125 and "never visible inside" in r.stderr, "nor can it be given", r)
ok(not gone(MARK, before), "nothing is left")
finish()
