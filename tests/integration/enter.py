#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 300
"""sbox enter: one process more inside has what the first has, no more and no less, and cannot be touched on its way."""
import json
import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, Traces, finish, gone, ok, processes, skip  # noqa: E402

MARK = f"97{os.getpid()}.5"
LOOPS = max(5, 50 // int(os.environ.get("SBOX_TEST_SLOWDOWN", "1")))
T = os.path.join(os.environ["T"], "work")
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
before = processes(MARK)


def sbox(*args, **more):
    return subprocess.run([SBOX, *args], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, **more)


def enter(name, *command, **more):
    return sbox("enter", name, "--", *command, **more)


def listed():
    return {e["id"]: e for e in json.loads(sbox("list", "--json").stdout)}


def until(what, seconds=30):
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    return what()


def start(name, *args, program=("sleep", MARK), **more):
    p = subprocess.Popen([SBOX, f"--name={name}", *args, "--", *program], **{**quiet, **more})
    until(lambda: name in listed() or p.poll() is not None)
    return p


def state(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def end(p, name):
    sbox("kill", "--signal=KILL", name)
    return p.wait(timeout=60)


# ---- the same confinement ----
# What a process is, asked of the kernel by the process itself; pids aside.
LOOK = r"""
import os, resource, json, sys, ctypes
def read(p):
    try:
        with open(p, "rb") as f: return f.read().decode("latin-1")
    except OSError as e: return "E%d" % e.errno
s = dict(l.split(":", 1) for l in read("/proc/self/status").splitlines())
r = {k: s[k].strip() for k in ("Seccomp", "Seccomp_filters", "NoNewPrivs", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
                               "Uid", "Gid", "Groups", "SigBlk", "SigIgn", "SigCgt", "Umask") if k in s}
r["ns"] = {n: os.readlink("/proc/self/ns/" + n) for n in sorted(os.listdir("/proc/self/ns"))}
r["env"] = {k: v for k, v in os.environ.items() if k != "PWD"} # the shell's
r["cwd"] = os.getcwd()
r["limits"] = {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")}
r["mounts"] = read("/proc/self/mountinfo")
r["oom"] = read("/proc/self/oom_score_adj")
r["attr"] = read("/proc/self/attr/current")
r["cgroup"] = read("/proc/self/cgroup")
r["maps"] = [read("/proc/self/uid_map"), read("/proc/self/gid_map"), read("/proc/self/setgroups")]
r["nice"] = os.nice(0)
r["fds"] = sorted(os.listdir("/proc/self/fd"))
libc = ctypes.CDLL(None, use_errno=True)
r["securebits"] = libc.prctl(27, 0, 0, 0, 0)
r["dumpable"] = libc.prctl(3, 0, 0, 0, 0)
def tries(what):
    try: return repr(what())
    except OSError as e: return "E%d" % e.errno
def write(p):
    with open(p, "w") as f: f.write("x")
r["tries"] = {
    "write /": tries(lambda: write("/x")), "write /usr": tries(lambda: write("/usr/x")), "write tmp": tries(lambda: write("/tmp/x")),
    "write cwd": tries(lambda: write("w")), "hidden": tries(lambda: os.listdir("secret")), "sys": tries(lambda: write("/proc/sys/kernel/hostname")),
    "unshare": libc.unshare(0x10000000), "errno": ctypes.get_errno(), "ptrace": libc.ptrace(0, 0, 0, 0), "mknod": tries(lambda: os.mknod("/tmp/n", 0o20600, 0x103)),
    "landlock": tries(lambda: os.truncate("/dev/null", 0)), "net": tries(lambda: __import__("socket").socket().connect(("127.0.0.1", 9))),
    "log": tries(lambda: open("/dev/kmsg")), "kill 1": tries(lambda: os.kill(1, 9)), "mem 1": tries(lambda: open("/proc/1/mem")),
    "root 1": tries(lambda: os.listdir("/proc/1/root")), "fd 1": tries(lambda: os.listdir("/proc/1/fd")),
}
print(json.dumps(r, sort_keys=True))
"""
os.makedirs(os.path.join(T, "secret"))
os.makedirs(os.path.join(T, "layers"))
os.chdir(T)
look = os.path.join(T, "look.py")
with open(look, "w", encoding="ascii") as out:
    out.write(LOOK)
SETS = ["--cwd=rw", "--ro", look, "--hide", "secret", "--set", "rlimits.nofile=77:99", "--set", "process.umask=027",
        "--set", f"process.nice={os.nice(0) + 3}",
        "--set", "process.oom-score-adj=7", "--set", "environment.set=COLOUR=red", "--env", "LANG=C.UTF-8"]
MAYBE = ("subids", "subroot", "overlay")
for name, args in (("default", ["--profile=default"]), ("untrusted", ["--profile=untrusted"]), ("debug", ["--profile=debug"]),
                   ("nested", ["--profile=default", "--set", "namespaces.nested=sandbox"]),
                   ("full", ["--profile=default", "--set", "namespaces.nested=full"]),
                   ("kept", ["--profile=default", "--set", "capabilities.keep=net_bind_service"]),
                   ("host", ["--profile=default", "--net=host", "--set", "namespaces.ipc=host", "--set", "namespaces.uts=host"]),
                   ("root", ["--profile=default", "--set", "ids.user=root"]),
                   ("subids", ["--profile=default", "--set", "ids.map=subids"]),
                   ("subroot", ["--profile=default", "--set", "ids.map=subids", "--set", "ids.user=root"]),
                   ("overlay", ["--profile=default", "--overlay", "layers"]),
                   ("clocks", ["--profile=default", "--set", "namespaces.boottime-offset=1d"]),
                   ("landlock", ["--profile=default", "--net=host", "--set", "landlock.connect=443"])):
    if name in MAYBE and (r := sbox("run", *args, "--", "true")).returncode:
        skip(f"{name}: a process more", "not on this machine: " + r.stderr.splitlines()[0])
        continue
    p = start(name, *args, *SETS, program=("sh", "-c", f"python3 {look}; echo {name} > layers/first; sleep {MARK}"), stdout=subprocess.PIPE,
              text=True)
    line = p.stdout.readline()
    first = json.loads(line) if line else {}
    # another environment outside, other limits, another directory: what counts is the sandbox's
    r = enter(name, "python3", look, env=dict(os.environ, COLOUR="blue", LANG="C", EXTRA="x"), cwd="/",
              preexec_fn=lambda: (os.umask(0o077), os.nice(1)))
    second = json.loads(r.stdout) if r.returncode == 0 else {}
    if not ok(first and second, f"{name}: a process more runs inside", r):
        end(p, name)
        continue
    # Files of procfs differ in their processes alone.
    different = {k: (first[k], second.get(k)) for k in first if first[k] != second.get(k)}
    ok(not different, f"{name}: it has the confinement of the first", different)
    ok(second["env"]["COLOUR"] == "red" and second["cwd"] == T and second["limits"]["RLIMIT_NOFILE"] == [77, 99],
       f"{name}: and what the profile says", second)
    if name == "overlay":
        until(lambda: enter(name, "cat", "layers/first").stdout == "overlay\n")
        r = enter(name, "sh", "-c", "cat layers/first; echo more > layers/second")
        ok((r.stdout, os.listdir(os.path.join(T, "layers"))) == ("overlay\n", []), "overlay: it sees what changed, and the host does not", r)
    end(p, name)
    if name == "overlay":
        r = sbox("diff", name)
        ok("first" in r.stdout and "second" in r.stdout, "overlay: what either changed is kept", r)
        sbox("discard", name)
    for left in os.listdir(os.path.join(T, "layers")):
        os.unlink(os.path.join(T, "layers", left))

# Who leads in is in the sandbox's own namespaces, and descends from pid 1.
left = ("python3", "-c", f"import ctypes, subprocess; p = subprocess.Popen(['sleep', '{MARK}']); "
        "print(ctypes.CDLL(None).unshare(0x10000000), flush=True); p.wait()")
p = start("left", "--profile=default", "--set", "namespaces.nested=sandbox", program=left, stdout=subprocess.PIPE, text=True)
ok(p.stdout.readline() == "0\n", "(a program goes to a user namespace of its own)")
r = enter("left", "echo", "in")
ok(r.stdout == "in\n", "... and is passed by: its child leads in", r)
end(p, "left")

# ---- status, streams, reaping ----
p = start("s", "--profile=default")
ends = [enter("s", "sh", "-c", c) for c in ("exit 0", "exit 7", "kill -9 $$", "kill -TERM $$")]
ok([r.returncode for r in ends] == [0, 7, 137, 143], "the exit status is the program's", ends)
ok(not any(r.stderr for r in ends), "and nothing is said of the sandbox, which has not ended", ends)
ok([enter("s", c).returncode for c in ("/no/such", "no-such", "/etc/passwd")] == [127, 127, 126], "127 and 126 as in a launch")
r = subprocess.run([SBOX, "enter", "s", "--", "sh", "-c", "cat; echo err >&2"], input="in", check=False, capture_output=True, text=True, timeout=60)
ok((r.stdout, r.stderr, r.returncode) == ("in", "err\n", 0), "pipes stay pipes", r)
r = sbox("enter", "s", "echo", "-n", "--", "x")
ok(r.stdout == "-- x", "what follows the command is its own", r)
r = sbox("enter", "s")
ok(r.returncode == 0, "without a command a shell is started", r)
r = subprocess.run([SBOX, "enter", "s"], input="echo $0 $((6*7))\n", check=False, capture_output=True, text=True, timeout=60)
ok(r.stdout.split()[-1:] == ["42"], "and reads what it is told", r)
r = enter("s", "sh", "-c", "cat /proc/1/comm; for p in /proc/[0-9]*; do read -r c < $p/comm; echo $c; done | sort | uniq -c | tr -s ' '")
ok(r.stdout.startswith("sbox-init\n") and "2 sbox-init" in r.stdout, "inside are pid 1, one process that stands in for it, and the program", r)
r = enter("s", "sh", "-c", "tr '\\0' ' ' < /proc/$PPID/cmdline; ls -l /proc/$PPID/fd /proc/$PPID/root 2>&1 | grep -c denied; cat /proc/$PPID/environ")
ok("enter" not in r.stdout and "2" in r.stdout and "COLOUR" not in r.stdout, "which shows nothing of the caller's", r)
enter("s", "sh", "-c", f"(setsid sleep {MARK} > /dev/null 2>&1 &) ; exit 0")
r = enter("s", "sh", "-c", "cat /proc/[0-9]*/stat | grep -c ') [SRDZ] 1 '")
ok(r.stdout.strip() == "2", "an orphan becomes pid 1's", r)
stray = start("dead", "--profile=default")
child = listed()["dead"]["pid"]
for args in ((), ("--bad",), ("--",)):
    ok(sbox("enter", *args).returncode == 2, f"enter {' '.join(args)}: wrong usage")
r = enter("nobody", "true")
ok(r.returncode == 125 and "no sandbox called nobody" in r.stderr, "no such sandbox", r)
end(stray, "dead")

# ---- ends ----
inside = subprocess.Popen([SBOX, "enter", "s", "--", "sh", "-c", f"echo up; exec sleep {MARK}"], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
inside.stdout.readline()
count = len(processes(MARK))
inside.kill()
inside.wait(timeout=60)
ok(until(lambda: len(processes(MARK)) == count - 3), "SIGKILL of the outer process ends what entered", processes(MARK))
ok(p.poll() is None and enter("s", "true").returncode == 0, "and nothing else")
for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, -2), (signal.SIGHUP, 129)):
    inside = subprocess.Popen([SBOX, "enter", "s", "--", "sh", "-c", f"echo up; exec sleep {MARK}"], stdout=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL)
    inside.stdout.readline()
    inside.send_signal(number)
    got = inside.wait(timeout=60)
    ok(got in (status, 128 + number), f"{number.name} reaches what entered", got)
inside = subprocess.Popen([SBOX, "enter", "s", "--", "sh", "-c", f"echo up; exec sleep {MARK}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, stdin=subprocess.DEVNULL)
inside.stdout.readline()
end(p, "s")
ok(inside.wait(timeout=60) == 137 and "has ended" in inside.stderr.read(), "the end of the sandbox ends what entered, and it is said")
ok(not gone(MARK, before), "nothing is left", gone(MARK, before))

# ---- who stands still holds nobody up ----
for word, what in (("the program in it", "kill -STOP $$"), ("enter itself", "sleep 300")):
    p = start("held", "--profile=default")
    inside = subprocess.Popen([SBOX, "enter", "held", "--", "sh", "-c", f"echo up; {what}"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    inside.stdout.readline()
    if "itself" in word:
        inside.send_signal(signal.SIGSTOP)
    ok(until(lambda: state(inside.pid) == "T"), f"({word} is stopped)", state(inside.pid))
    r = sbox("kill", "--signal=KILL", "held")
    ok(r.returncode == 0, f"{word} is stopped: the sandbox ends all the same", r)
    if "itself" in word:
        inside.send_signal(signal.SIGCONT)
    ok(inside.wait(timeout=60) == 137 and "has ended" in inside.stderr.read(), "... and enter with it", inside.returncode)
    p.wait(timeout=60)

# ---- many ----
p = start("many", "--profile=default")
until(lambda: any(text.startswith("sleep ") for text in processes(MARK).values()))  # listed before its program begins
traces = Traces()
known = len(os.listdir(f"/proc/{p.pid}/fd")), len(processes(MARK))
bad = [r for r in (enter("many", "true") for _ in range(LOOPS)) if r.returncode != 0]
ok(not bad, f"{LOOPS} in a row all work", bad)
together = [subprocess.Popen([SBOX, "enter", "many", "--", "sh", "-c", "exit 3"], **quiet) for _ in range(20)]
ok([q.wait(timeout=60) for q in together] == [3] * 20, "20 at once all work")
r = enter("many", "sh", "-c", "cat /proc/[0-9]*/comm | sort | uniq -c | tr -s ' '")
ok(until(lambda: (len(os.listdir(f"/proc/{p.pid}/fd")), len(processes(MARK))) == known) and not traces.left(), "and leave nothing",
   (known, processes(MARK), traces.left()))

# ---- a terminal ----
pid, master = pty.fork()
if pid == 0:
    os.execv(SBOX, [SBOX, "enter", "many", "--", "sh", "-i"])
seen = b""


def talk(text, answer, seconds=30):
    global seen
    os.write(master, text)
    seen = b""
    end_at = time.monotonic() + seconds
    while answer not in seen and time.monotonic() < end_at:
        if select.select([master], [], [], 0.2)[0]:
            seen += os.read(master, 4096)
    return answer in seen


ok(talk(b"tty; echo a$((1+1))b\n", b"a2b") and b"/dev/pts/" in seen, "a terminal of its own", seen)
talk(b"echo e$((3+3))f; sleep 300\n", b"e6f")
ok(any(talk(b"\x1a", b"topped", 1) for _ in range(20)), "Ctrl-Z stops a job of its shell", seen)
ok(talk(b"kill -9 %1; wait; echo c$((2+2))d\n", b"c4d"), "the shell goes on", seen)
# The words come from the job: what is typed before the shell has made it is the shell's, and ends nothing.
talk(b"trap 'echo i$((4+4))j' INT; sh -c 'echo g$((3+3))h; exec sleep 300'\n", b"g6h")
ok(any(talk(b"\x03", b"i8j", 1) for _ in range(20)), "Ctrl-C ends one", seen)
os.write(master, b"exit 6\n")
try:
    while os.read(master, 4096):
        pass
except OSError:
    pass
ok(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 6, "and the status comes through")
os.close(master)
end(p, "many")

# ---- one that cannot get in ----
p = start("slow", "--profile=default")
for word in ("SIGINT", "SIGHUP"):
    if not shutil.which("strace"):
        skip(f"{word} ends enter while it waits for the way in", "strace is not installed")
        continue
    inside = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=setns", "-e", "inject=setns:delay_enter=600000000", SBOX,
                               "enter", "slow", "true"], **quiet, start_new_session=True)
    until(lambda: [pid for pid, what in processes("slow").items() if what.startswith("sbox-init ") and state(pid) == "t"])
    outer = until(lambda: [pid for pid, what in processes("slow").items() if what.startswith("sbox ") and r"\x00enter" in what and state(pid) == "S"])
    ok(len(outer) == 1, "(enter waits)", processes("slow"))
    for pid in outer:
        os.kill(pid, signal.Signals[word])
    ok(until(lambda: not [pid for pid in outer if state(pid) not in "ZX"]), f"{word} ends enter while it waits for the way in", outer)
    os.killpg(inside.pid, signal.SIGKILL)
    inside.wait(timeout=60)
end(p, "slow")

# ---- somebody inside who writes to every terminal, faster than this one is read ----
FLOOD = """
import os
print("up", flush=True)
os.fork(), os.fork(), os.fork()
fd = -1
while True:
    try:
        if fd < 0:
            fd = os.open("/dev/pts/0", os.O_WRONLY | os.O_NOCTTY)
        os.write(fd, b"flood " * 5000)
    except OSError:
        if fd >= 0:
            os.close(fd)
        fd = -1
"""
p = start("flood", "--profile=untrusted", program=("python3", "-c", FLOOD), stdout=subprocess.PIPE, text=True)
p.stdout.readline()
pid, master = pty.fork()
if pid == 0:
    os.execv(SBOX, [SBOX, "enter", "flood", "--", "sh", "-c", "sleep 0.2; echo LA''ST; exit 6"])
seen, after, status = b"", 0, None
while status is None and after < 4 << 20:
    got = b""
    if select.select([master], [], [], 0.05)[0]:
        try:
            got = os.read(master, 4096)
        except OSError:
            break
    time.sleep(0.003)
    seen = seen[-3:] + got
    after += len(got) if after else b"LAST" in seen
    status = (lambda w: os.waitstatus_to_exitcode(w[1]) if w[0] else None)(os.waitpid(pid, os.WNOHANG))
if status is None:
    os.kill(pid, signal.SIGKILL) if after >= 4 << 20 else None
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
os.close(master)
ok(status == 6, "what others write to the terminal does not keep enter from ending", f"status {status}, {after} bytes after the program's last")
end(p, "flood")

# ---- somebody inside who leaves descriptors under way: the kernel then sends none for this user ----
LEFT = """
import socket, time
a, b = socket.socketpair()
for _ in range(4):
    socket.send_fds(a, [b"x"], [0] * 100)
print("up", flush=True)
time.sleep(600)
"""
p = start("under-way", "--profile=untrusted", program=("python3", "-c", LEFT), stdout=subprocess.PIPE, text=True)
ok(p.stdout.readline() == "up\n", "(400 descriptors are under way)")
r = enter("under-way", "true", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300)))
ok(r.returncode == 0, "descriptors under way are not in the way of who enters", r)
end(p, "under-way")

# ---- an attacker that waits inside ----
# It looks for every process that appears, and tries all that a process of the same user may try on another.
ATTACK = r"""
import ctypes, os, sys, time, resource
libc = ctypes.CDLL(None, use_errno=True)
known, won, seen = set(os.listdir("/proc")), [], set()
class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
def comm(p):
    try:
        with open("/proc/%s/comm" % p) as f: return f.read().strip()
    except OSError: return ""
def read(p, name):
    with open("/proc/%s/%s" % (p, name), "rb") as f:
        text = f.read(64)
    if not text: raise OSError(3, "a process that is gone")
    return text
def some(names):
    if not names: raise OSError(3, "a process that is gone")
def vm(p):
    buf = ctypes.create_string_buffer(8)
    mine, its = Iovec(ctypes.addressof(buf), 8), Iovec(0x400000, 8)
    if libc.process_vm_readv(int(p), ctypes.byref(mine), 1, ctypes.byref(its), 1, 0) < 0:
        if ctypes.get_errno() == 14: return  # EFAULT: it was allowed, there is nothing
        raise OSError(ctypes.get_errno(), "")
def trace(p):
    if libc.ptrace(0x4206, int(p), None, None) < 0: raise OSError(ctypes.get_errno(), "")
    libc.ptrace(17, int(p), None, None)
def getfd(p):
    fd = libc.syscall(434, int(p), 0)
    if fd < 0: raise OSError(ctypes.get_errno(), "")
    got = libc.syscall(438, fd, 0, 0)
    e = ctypes.get_errno()
    os.close(fd)
    if got < 0: raise OSError(e, "")
def setlimit(p):
    resource.prlimit(int(p), resource.RLIMIT_CORE, (1, 1))
TRIES = {
    "mem": lambda p: os.close(os.open("/proc/%s/mem" % p, os.O_RDONLY)), "environ": lambda p: read(p, "environ"),
    "maps": lambda p: read(p, "maps"), "fd": lambda p: some(os.listdir("/proc/%s/fd" % p)), "fdinfo": lambda p: some(os.listdir("/proc/%s/fdinfo" % p)),
    "root": lambda p: os.listdir("/proc/%s/root/" % p), "cwd": lambda p: os.listdir("/proc/%s/cwd/" % p), "exe": lambda p: os.readlink("/proc/%s/exe" % p),
    "ns": lambda p: os.readlink("/proc/%s/ns/mnt" % p), "syscall": lambda p: read(p, "syscall"), "stack": lambda p: read(p, "stack"),
    "auxv": lambda p: read(p, "auxv"), "oom": lambda p: open("/proc/%s/oom_score_adj" % p, "w").write("1000"), "io": lambda p: read(p, "io"),
    "vm": vm, "ptrace": trace, "getfd": getfd, "limit": setlimit,
}
print("watching", flush=True)
while not os.path.exists("stop"):
    # what it traced, once that had become a program like itself, must be waited for
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG | 0x40000000)
            if not pid: break
            if os.WIFSTOPPED(status): libc.ptrace(17, pid, None, None)
    except ChildProcessError: pass
    for p in os.listdir("/proc"):
        if not p.isdigit() or int(p) == os.getpid() or p in known: continue
        who = comm(p)
        if who not in ("sbox", "sbox-init"):
            if who: known.add(p)
            continue
        seen.add(p)
        try:
            with open("/proc/%s/cmdline" % p, "rb") as f:
                if b"secretword" in f.read() and comm(p) in ("sbox", "sbox-init"): won.append("cmdline")
        except OSError: pass
        for name, what in TRIES.items():
            try: what(p)
            except (OSError, ValueError): continue
            # A success counts if it was not yet the program that it became (in the middle of execve() its memory is small, and
            # all walls are up), nor dying: a process without memory is anybody's, and holds no more than the program would.
            try:
                if comm(p) in ("sbox", "sbox-init") and int(read(p, "statm").split()[0]) > 250: won.append(name)
            except OSError: pass
    if len(known) > 5000: known.clear()
with open("result", "w") as f: f.write("%d %s" % (len(seen), " ".join(sorted(set(won)))))
"""
for name, args in (("victim", ["--profile=debug", "--set", "landlock.fs=off", "--set", "landlock.scope="]), ("victim2", ["--profile=untrusted"]),
                   ("victim3", ["--profile=debug", "--set", "landlock.fs=off", "--set", "landlock.scope=", "--set", "capabilities.keep=sys_ptrace"])):
    where = os.path.join(T, name)
    os.mkdir(where)
    with open(os.path.join(where, "attack.py"), "w", encoding="ascii") as out:
        out.write(ATTACK)
    p = start(name, *args, "--rw", where, program=("sh", "-c", f"cd {where} && exec python3 attack.py {MARK}"), stdout=subprocess.PIPE, text=True)
    ready = p.stdout.readline()
    if not ok(ready == "watching\n", f"{name}: somebody watches inside", ready):
        end(p, name)
        continue
    bad = [r for r in (enter(name, "sh", "-c", "exit 4 # secretword") for _ in range(LOOPS)) if r.returncode != 4]
    with open(os.path.join(where, "stop"), "w", encoding="ascii"):
        pass
    p.wait(timeout=60)
    with open(os.path.join(where, "result"), encoding="ascii") as f:
        met, *won = f.read().split()
    # Where the profile leaves prlimit64 open, limits of others can be lowered; what enters sets its own, and none can be raised.
    ok(not set(won) - ({"limit"} if "debug" in args[0] else set()), f"{name}: it met {met} on their way and could touch none", won)
    ok(int(met) > 0, f"{name}: it did meet some")
    ok(not bad, f"{name}: all of them ran", bad)

# ---- a supervisor that cannot be confined: filters of the caller's leave no room for its own ----
FULL = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
class Prog(ctypes.Structure): _fields_ = [("n", ctypes.c_ushort), ("code", ctypes.c_void_p)]
allow = (6).to_bytes(2, sys.byteorder) + bytes(2) + (0x7FFF0000).to_bytes(4, sys.byteorder)
code = ctypes.create_string_buffer(allow * 4000)
n = 4000
while n:
    if libc.prctl(22, 2, ctypes.byref(Prog(n, ctypes.addressof(code))), 0, 0): n //= 2
os.execv(sys.argv[1], sys.argv[1:])
"""
p = start("full", "--profile=default")
r = subprocess.run([sys.executable, "-c", FULL, SBOX, "enter", "full", "true"], check=False, capture_output=True, text=True, timeout=120)
ok(r.returncode == 125 and "Cannot allocate memory" in r.stderr and "processor time" not in r.stderr,
   "what cannot be confined is ended, and waited for", r)
end(p, "full")

# ---- where the program has gone elsewhere ----
p = start("gone", "--profile=default", "--set", "namespaces.nested=sandbox", program=("unshare", "--user", "sleep", MARK))
r = until(lambda: (lambda x: x if x.returncode == 125 else None)(enter("gone", "true")))
ok(r and "namespaces of its own" in r.stderr, "a program that made a user namespace is not followed into it", r)
end(p, "gone")
p = start("rm", "--profile=default", "--cwd=rw", program=("sh", "-c", f"sleep {MARK}"), cwd=where)
r = enter("rm", "pwd")
ok(r.stdout.strip() == where, "the directory is the sandbox's", r)
end(p, "rm")
ok(not gone(MARK, before), "nothing is left", gone(MARK, before))
finish()
