#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# runs as: root
# timeout: 180
"""The launcher protects itself: what it gave up, and what a program inside can make it do.

The supervisor is made to call what a bug could make it call: its registers are set from outside, as a debugger does.
"""
import ctypes
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
WORK = os.getcwd()
ENV = dict(os.environ)


def someone():
    """An ordinary user: this one, or the owner of nothing when this is root."""
    return [] if os.getuid() else ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "--inh-caps=-all", "--"]


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except FileNotFoundError:
        return []


def start(args, command, **more):
    p = subprocess.Popen([*args, "--", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENV, **more)
    line = p.stdout.readline()
    if line != "ready\n":
        print(f"# did not start: {line!r}")
    return p


# ---- from outside: what the three processes have
def look_at(who, args):
    p = start([*args, SBOX], ["sh", "-c", "echo ready; read line"])
    supervisor = p.pid
    init = children(supervisor)
    program = children(init[0]) if init else []
    ok(len(init) == 1 and len(program) == 1, f"{who}: a supervisor, pid 1 and the program", f"{init} {program}")
    for name, pid in (("supervisor", supervisor), ("pid 1", init[0]), ("program", program[0])):
        s = status_of(pid)
        caps = {s[k] for k in ("CapEff", "CapPrm", "CapInh", "CapAmb")}
        ok(caps == {"0" * 16}, f"{who}: no capability ({name})", caps)
        ok(s["NoNewPrivs"] == "1" and s["Seccomp"] == "2", f"{who}: no_new_privs and a filter ({name})",
           f"{s['NoNewPrivs']} {s['Seccomp']}")
    fds = {os.readlink(f"/proc/{supervisor}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{supervisor}/fd")}
    files = {f for f in fds if f.startswith("/") and f != "/dev/null" and not f.startswith(os.environ["T"])}
    ok(not {f for f in files if f != os.readlink("/proc/self/fd/2")}, f"{who}: the supervisor keeps no file of the caller", fds)
    for what in ("environ", "maps", "exe", "root/", "fd/0"):
        try:
            if what == "environ":
                with open(f"/proc/{init[0]}/{what}", "rb") as f:
                    text = f.read()
            else:
                text = b""
        except PermissionError:
            text = b""
        ok(b"PATH=" not in text, f"{who}: nothing of the caller's environment is in pid 1 ({what})") if what == "environ" else None
    return p, supervisor


class Injected:
    """System calls in another process: it waits in ppoll(), so two bytes before its next instruction is `syscall`."""
    NUMBERS = {"openat": 257, "execve": 59, "socket": 41, "clone": 56, "fork": 57, "ptrace": 101, "mount": 165, "unlinkat": 263,
               "renameat2": 316, "symlinkat": 266, "mkdirat": 258, "setuid": 105, "prctl": 157, "process_vm_writev": 311,
               "connect": 42, "memfd_create": 319, "io_uring_setup": 425, "unshare": 272, "setns": 308, "bpf": 321, "truncate": 76,
               "fchmodat": 268, "getpid": 39}

    def __init__(self, pid):
        self.pid = pid
        self.call(16, 0, 0)  # PTRACE_ATTACH
        os.waitpid(pid, 0)
        self.regs = self.registers()

    def call(self, request, address, data):
        r = LIBC.ptrace(request, self.pid, address, data)
        if r < 0 and ctypes.get_errno():
            raise OSError(ctypes.get_errno(), f"ptrace {request}")
        return r

    def registers(self):
        buffer = (ctypes.c_ulonglong * 27)()
        self.call(12, 0, ctypes.addressof(buffer))
        return list(buffer)

    def run(self, name, *args):
        """The result; strings are put below the stack."""
        regs = list(self.regs)
        at = regs[19] - 4096
        values = []
        for arg in args:
            if isinstance(arg, bytes):
                arg += b"\0" * (8 - len(arg) % 8)
                for i in range(0, len(arg), 8):
                    self.call(4, at + i, struct.unpack("Q", arg[i:i + 8])[0])
                values.append(at)
                at += len(arg)
            else:
                values.append(arg & 0xFFFFFFFFFFFFFFFF)
        values += [0] * (6 - len(values))
        regs[14], regs[13], regs[12], regs[7], regs[9], regs[8] = values  # rdi rsi rdx r10 r8 r9
        regs[10], regs[15] = self.NUMBERS[name], 0xFFFFFFFFFFFFFFFF  # rax, orig_rax: nothing to restart
        regs[16] -= 2  # rip
        self.set(regs)
        self.call(9, 0, 0)  # PTRACE_SINGLESTEP
        os.waitpid(self.pid, 0)
        r = self.registers()[10]
        return r - (1 << 64) if r >> 63 else r

    def set(self, regs):
        buffer = (ctypes.c_ulonglong * 27)(*regs)
        self.call(13, 0, ctypes.addressof(buffer))

    def end(self):
        self.set(self.regs)
        self.call(17, 0, 0)


def take_over(who, pid):
    at = -100
    written = os.path.join(WORK, f"written-{who}")
    there = os.path.join(WORK, "there")
    with open(there, "w", encoding="utf-8") as f:
        f.write("as it was\n")
    os.chmod(there, 0o666)
    os.chmod(WORK, 0o777)
    tried = Injected(pid)
    try:
        ok(tried.run("getpid") == pid, f"{who}: (calls can be made in the supervisor's name)")
        attempts = {
            "make a file": ("openat", at, written.encode(), os.O_CREAT | os.O_WRONLY, 0o600),
            "write a file": ("openat", at, there.encode(), os.O_WRONLY, 0),
            "empty a file": ("openat", at, there.encode(), os.O_RDONLY | os.O_TRUNC, 0),
            "truncate": ("truncate", there.encode(), 0),
            "chmod": ("fchmodat", at, there.encode(), 0o777),
            "remove": ("unlinkat", at, there.encode(), 0),
            "rename": ("renameat2", at, there.encode(), at, written.encode(), 0),
            "link": ("symlinkat", b"/etc", at, written.encode()),
            "mkdir": ("mkdirat", at, written.encode(), 0o700),
            "execute a program": ("execve", b"/bin/true", 0, 0),
            "fork": ("fork",), "clone": ("clone", 17, 0, 0, 0, 0),
            "make a socket": ("socket", 1, 1, 0), "connect": ("connect", 0, 0, 0),
            "trace": ("ptrace", 16, os.getpid(), 0, 0), "write memory": ("process_vm_writev", os.getpid(), 0, 0, 0, 0, 0),
            "mount": ("mount", b"none", b"/tmp", b"tmpfs", 0, 0), "unshare": ("unshare", 0x10000000),
            "join a namespace": ("setns", 0, 0), "become somebody else": ("setuid", 1 if os.getuid() == 0 else 0),
            "load a program into the kernel": ("bpf", 0, 0, 0), "io_uring": ("io_uring_setup", 1, 0),
            "make memory to execute": ("memfd_create", b"x", 0),
        }
        for what, call in attempts.items():
            r = tried.run(*call)
            ok(r in (-1, -13, -30), f"{who}: a supervisor that was taken over cannot {what}", r)
    finally:
        tried.end()
    with open(there, encoding="utf-8") as f:
        ok(f.read() == "as it was\n" and not os.path.lexists(written), f"{who}: and nothing has changed")


def landlock_abi():
    return LIBC.syscall(444, None, ctypes.c_size_t(0), 1)


users = [("a user", someone())] + ([("root", [])] if os.getuid() == 0 else [])
os.chmod(os.environ["T"], 0o755)
os.chmod(os.environ["HOME"], 0o777)
ENV["XDG_RUNTIME_DIR"] = "" if os.getuid() == 0 else ENV["XDG_RUNTIME_DIR"]
for user, prefix in users:
    process, its_pid = look_at(user, prefix)
    if os.uname().machine != "x86_64" or landlock_abi() < 2:
        skip(f"{user}: a supervisor that was taken over", "needs x86-64 and Landlock")
    else:
        take_over(user, its_pid)
    output = process.communicate("go\n", timeout=20 * SLOWDOWN)[0]
    ok(process.returncode == 0, f"{user}: the run goes on as if nothing had been", f"{process.returncode} {output}")

# ---- from inside: signals without end to pid 1, while the supervisor has something to say
FLOOD = """
import os, signal, sys, time
for _ in range(3):
    if os.fork() == 0:
        while True:
            for s in range(1, 65):
                try:
                    os.kill(1, s)
                except OSError:
                    pass
{own}
print("ready", flush=True)
time.sleep(60)
"""
p = start([*someone(), SBOX], [sys.executable, "-c", FLOOD.format(own="")])
time.sleep(0.3)
p.send_signal(signal.SIGTERM)
try:
    code = p.wait(timeout=60 * SLOWDOWN)
except subprocess.TimeoutExpired:
    code = "still there"
    p.kill()
ok(code == 143, "a flood of signals to pid 1 keeps no SIGTERM from the program", code)
p = start([*someone(), SBOX], [sys.executable, "-c", FLOOD.format(own="print('ready', flush=True); time.sleep(0.3); os._exit(42)")])
try:
    code = p.wait(timeout=60 * SLOWDOWN)
except subprocess.TimeoutExpired:
    code = "still there"
    p.kill()
ok(code == 42, "... nor its status from the caller", code)

# ---- a program that stops itself stops the supervisor; what was promised holds all the same
STOP = """
import os, signal, time
print("ready", flush=True)
if os.fork() == 0:
    time.sleep(30)
    os._exit(0)
os.kill(os.getpid(), signal.SIGSTOP)
"""
begin = time.monotonic()
p = start([*someone(), SBOX, "--set", "process.timeout=1"], [sys.executable, "-c", STOP], stderr=subprocess.DEVNULL)
try:
    code = p.wait(timeout=15 * SLOWDOWN)
except subprocess.TimeoutExpired:
    code = "still there"
    p.send_signal(signal.SIGCONT)
    p.kill()
took = time.monotonic() - begin
ok(code in (137, 143) and took < 8 * SLOWDOWN, "timeout holds for a program that stopped itself, and the supervisor with it",
   f"{code} after {took:.1f} s")

project = os.path.join(WORK, "project")
os.makedirs(project, exist_ok=True)
os.chmod(project, 0o777)
env_file = os.path.join(project, ".env")
with open(env_file, "w", encoding="utf-8") as f:
    f.write("one\n")
p = start([*someone(), SBOX, f"--rw={project}", f"--hide={env_file}", "--set", "process.on-unmask=kill"],
          [sys.executable, "-c", STOP], stderr=subprocess.DEVNULL)
time.sleep(0.5)
stopped = status_of(p.pid)["State"].startswith("T")
with open(env_file + ".new", "w", encoding="utf-8") as f:
    f.write("two\n")
os.rename(env_file + ".new", env_file)
try:
    code = p.wait(timeout=60 * SLOWDOWN)
except subprocess.TimeoutExpired:
    code = "still there"
    p.send_signal(signal.SIGCONT)
    p.kill()
ok(stopped and code == 137, "on-unmask = kill holds for it, too", f"stopped: {stopped}, {code}")

# ---- names that come and go do not fill the supervisor's memory
CHURN = """
import os, sys
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    os.mkdir(sys.argv[1]); os.rmdir(sys.argv[1])
print("done", flush=True)
sys.stdin.readline()
"""
p = start([*someone(), SBOX, f"--rw={project}", f"--hide=-{project}/no/later"],
          [sys.executable, "-c", CHURN, f"{project}/no", "20000"])
first = int(status_of(p.pid)["VmHWM"].split()[0])
p.stdout.readline()
time.sleep(0.5)
last = int(status_of(p.pid)["VmHWM"].split()[0])
p.communicate("go\n", timeout=20 * SLOWDOWN)
ok(last - first < 1024, "20,000 directories made and removed under a watch cost the supervisor no memory", f"{first} {last} kB")

# ---- a mask that is replaced while the sandbox is being built is noticed as well
if shutil.which("strace"):
    trace = os.path.join(WORK, "trace")
    p = subprocess.Popen([*someone(), "strace", "-qq", "-o", "/dev/null", "-e", "trace=inotify_init1", "-e",
                          f"inject=inotify_init1:delay_enter={800 * SLOWDOWN}ms", SBOX, f"--rw={project}", f"--hide=-{project}/later", "--",
                          "sleep", "1"], stderr=subprocess.PIPE, env=ENV)
    time.sleep(0.4 * SLOWDOWN)
    with open(f"{project}/later", "w", encoding="utf-8") as f:
        f.write("here\n")
    text = p.communicate(timeout=30 * SLOWDOWN)[1].decode()
    ok(f"{project}/later" in text, "a name that appears between the look and the watch is reported", text)
else:
    skip("a name that appears between the look and the watch is reported", "strace is not installed")

# A directory above a protected name, replaced from outside, takes the mask away with it.
os.makedirs(f"{project}/dir/sub", exist_ok=True)
with open(f"{project}/dir/sub/.env", "w", encoding="utf-8") as f:
    f.write("one\n")
p = start([*someone(), SBOX, f"--rw={project}", f"--hide={project}/dir/sub/.env"], ["sh", "-c", "echo ready; read line"],
          stderr=subprocess.PIPE)
os.rename(f"{project}/dir", f"{project}/moved")
os.makedirs(f"{project}/dir/sub")
time.sleep(0.5)
text = p.communicate("go\n", timeout=20 * SLOWDOWN)[1]
ok(f"{project}/dir" in text, "a directory above a hidden file, replaced from outside, is reported", text)


# ---- tty = inherit: the program is in the caller's process group, and reaches nobody in it
def in_terminal(script):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("bash", ["bash", "-c", script], ENV)
    out, end = b"", time.monotonic() + 20 * SLOWDOWN
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                part = os.read(fd, 4096)
            except OSError:
                break
            if not part:
                break
            out += part
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(fd)
    return out.decode(errors="replace")


launcher = " ".join([*someone(), SBOX, "--tty=inherit", "--"])
for name in ("KILL", "TERM", "HUP"):
    text = in_terminal(f"{launcher} python3 -c 'import os, signal\ntry:\n os.kill(0, signal.SIG{name})\nexcept OSError: pass'; echo the caller lives")
    ok("the caller lives" in text, f"tty = inherit: kill(0, SIG{name}) does not reach the caller", text)
text = in_terminal(f"{launcher} python3 -c 'import os; os.setpriority(os.PRIO_PGRP, 0, 15)'; echo nice $(nice)")
ok(f"nice {os.nice(0)}" in text, "... nor does setpriority() of the group", text)
finish()
