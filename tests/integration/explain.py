#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 180
"""What explain says is what then happens: verdicts against the truth inside, and each suggestion applied."""
import json
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

HOME = os.environ["HOME"]
WORK = os.getcwd()
SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))

# Run inside: one line of JSON on stdin, one on stdout.
INSIDE = r"""
import errno, json, os, socket, stat, subprocess, sys

def attempt(f):
    try:
        f()
    except OSError as e:
        return errno.errorcode[e.errno]
    return "ok"

def path(name):
    try:
        st = os.stat(name)
    except OSError as e:
        return {"verdict": "absent" if e.errno in (errno.ENOENT, errno.ELOOP) else "denied", "exec": False}
    is_dir, new = stat.S_ISDIR(st.st_mode), os.path.join(name, "made-by-the-test")
    if is_dir:
        read = attempt(lambda: os.listdir(name)) == "ok"
        write = attempt(lambda: os.close(os.open(new, os.O_CREAT | os.O_WRONLY))) == "ok"
        if write:
            os.unlink(new)
        masked = read and not write and not os.listdir(name) and stat.S_IMODE(st.st_mode) == 0o555
    elif stat.S_ISSOCK(st.st_mode):
        read = masked = False
        write = attempt(lambda: socket.socket(socket.AF_UNIX).connect(name)) == "ok"
    else:
        read = attempt(lambda: os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK))) == "ok"
        write = attempt(lambda: os.close(os.open(name, os.O_WRONLY | os.O_NONBLOCK))) == "ok"
        masked = stat.S_ISREG(st.st_mode) and not read and not st.st_size and not stat.S_IMODE(st.st_mode)
    run = not is_dir and attempt(lambda: subprocess.run([name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)) == "ok"
    return {"verdict": "masked" if masked else "write" if write else "read" if read else "denied", "exec": run, "dir": is_dir}

def syscall(name):
    if name == "ptrace":
        # A child that wants to be traced: the probe's attempt is at somebody else, which the kernel refuses on its own.
        code = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print('ptrace', 'ok' if c.ptrace(0, 0, 0, 0) == 0 else 'EPERM')"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split()
        return {"verdict": "denied" if out[1:] == ["EPERM"] else "allowed", "saw": out}
    out = subprocess.run([sys.argv[1], "try", {"unshare": "unshare-user"}.get(name, name)], capture_output=True, text=True).stdout.split()
    return {"verdict": "denied" if out[1:] in (["EPERM"], ["ENOSYS"]) else "allowed", "saw": out}

def host(name):
    address, port = name.rsplit(":", 1)
    try:
        got = socket.getaddrinfo(address.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except OSError as e:
        return {"verdict": "denied", "saw": str(e)}
    saw = []
    for family, kind, proto, _, where in got:
        def go():
            s = socket.socket(family, kind)
            s.settimeout(20)
            s.connect(where)
        saw.append(attempt(go))
    # Refused by a host that was reached.
    return {"verdict": "allowed" if "ok" in saw or "ECONNREFUSED" in saw else "denied", "saw": saw}

asked = json.loads(sys.stdin.readline())
print(json.dumps([{"path": path, "syscall": syscall, "host": host}[kind](what) for kind, what in asked]))
"""


def sbox(args, command=(), stdin=None):
    return subprocess.run([SBOX, *args, *command], input=stdin, capture_output=True, text=True, timeout=60 * SLOWDOWN)


def predicted(options, asked):
    p = sbox(["explain", "--json", *options, *[f"--{kind}={what}" for kind, what in asked]])
    if p.returncode:
        ok(False, "explain answers", p.stderr)
        finish()
    return json.loads(p.stdout)["answers"]


def seen(options, asked):
    p = sbox([*options, "--tty=none"], ["--", sys.executable, "-c", INSIDE, "./probe"], json.dumps(asked) + "\n")
    try:
        return json.loads(p.stdout)
    except ValueError:
        ok(False, "the questions can be asked inside", p.stdout + p.stderr)
        finish()


DENIED = ("absent", "masked", "denied")


# The kernel refuses these by itself to who has no capability, with the same error: only the verdict is compared.
PRIVILEGED = ("reboot", "pivot_root", "fanotify_init", "syslog", "fsopen")


def compare(title, options, asked):
    """Every verdict, then every suggestion."""
    said = predicted(options, asked)
    for (kind, what), s, t in zip(asked, said, seen(options, asked)):
        same = s["verdict"] == t["verdict"] and (kind != "path" or t.get("dir") or s.get("exec", False) == t["exec"])
        ok(same, f"{title}: --{kind} {what.replace(HOME, '~')}: {s['verdict']}", {"said": s, "seen": t})
    for (kind, what), s in zip(asked, said):
        if s["verdict"] not in DENIED or not s["option"] or what in PRIVILEGED:
            continue
        then = seen([*options, *s["option"]], [(kind, what)])[0]
        ok(then["verdict"] not in DENIED, f"{title}: {' '.join(s['option']).replace(HOME, '~')} opens it", {"said": s, "seen": then})


def make(path, text="x\n", mode=0o644):
    path = os.path.join(HOME, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


shutil.copy(os.environ["PROBE"], "probe")
make(".config/sbox/profiles/asked.ini", """[profile]
extends = base
[files]
cwd = ro
ro = ~/ro
rw = ~/rw
hide = ~/rw/.env
hide = ~/rw/hidden
ro = ~/rw/hooks
noexec = ~/rw/data
rw = ~/moved:/srv
tmpfs = ~/scratch
""")
TOOL = "#!/bin/sh\nexit 0\n"
make("ro/file")
make("ro/tool", TOOL, 0o755)
make("ro/shut", mode=0o000)
make("ro/mine", mode=0o400)
make("rw/file")
make("rw/fixed", mode=0o444)
make("rw/.env")
make("rw/hidden/file")
make("rw/hooks/tool", TOOL, 0o755)
make("rw/data/tool", TOOL, 0o755)
make("rw/we ird:[x]")
make("moved/file")
make("outside/file")
make("outside/tool", TOOL, 0o755)
os.symlink("../outside/file", os.path.join(HOME, "rw/leads-out"))
os.symlink("file", os.path.join(HOME, "rw/leads-here"))
os.symlink(".env", os.path.join(HOME, "rw/leads-to-hidden"))
os.mkfifo(os.path.join(HOME, "ro/fifo"))
LISTENER = socket.socket(socket.AF_UNIX)
os.chdir(os.path.join(HOME, "ro"))
LISTENER.bind("socket")
os.chdir(WORK)
LISTENER.listen()

PATHS = [os.path.join(HOME, p) for p in (
    "ro", "ro/file", "ro/tool", "ro/shut", "ro/mine", "ro/none", "ro/socket", "rw", "rw/file", "rw/fixed", "rw/none", "rw/.env",
    "rw/hidden", "rw/hooks", "rw/hooks/tool", "rw/data/tool", "rw/leads-out", "rw/leads-here", "rw/leads-to-hidden", "outside/file",
    "outside/tool", "outside", "moved/file", "scratch", "", "rw/we ird:[x]")] + [
    "/", "/usr", "/usr/bin/env", "/bin/sh", "/etc/passwd", "/etc/shadow", "/etc/none", "/srv/file", "/srv/none", "/tmp", "/var/tmp", "/run",
    "/dev", "/dev/null", "/dev/full", "/dev/shm", "/dev/none", "/dev/fuse", "/proc/cpuinfo", "/proc/kcore", "/proc/keys",
    "/proc/sys/kernel/hostname", "/proc/none", "/proc/1", "/sys", "/home", "/boot"]
OPTIONS = ["--profile=asked"]
compare("paths", OPTIONS, [("path", p) for p in PATHS])

CALLS = ["mount", "ptrace", "unshare", "bpf", "keyctl", "add_key", "io_uring_setup", "perf_event_open", "userfaultfd", "setns", "clone3",
         "kexec_load", "init_module", "reboot", "open_by_handle_at", "name_to_handle_at", "pivot_root", "process_vm_readv", "chroot", "kcmp",
         "fanotify_init", "quotactl", "swapon", "syslog", "acct", "settimeofday", "getpid", "open_tree", "fsopen"]
compare("calls", OPTIONS, [("syscall", c) for c in CALLS])
compare("calls that lines deny", [*OPTIONS, "--set=seccomp.deny=kcmp getpid", "--set=seccomp.allow=@debug", "--set=seccomp.deny=@keyring"],
        [("syscall", c) for c in ("kcmp", "getpid", "ptrace", "keyctl")])


def listen(family, address):
    s = socket.socket(family)
    try:
        s.bind((address, 0))
    except OSError:
        return None
    s.listen(64)
    return s


V4, OTHER, V6 = listen(socket.AF_INET, "127.0.0.1"), listen(socket.AF_INET, "127.0.0.1"), listen(socket.AF_INET6, "::1")
PORT, OTHER_PORT = V4.getsockname()[1], OTHER.getsockname()[1]
NONE = [f"127.0.0.1:{PORT}", "192.0.2.1:80", "localhost:9"]
HOST = [f"127.0.0.1:{PORT}", f"localhost:{PORT}"]
if V6:
    NONE += ["[::1]:9", "[2001:db8::1]:80"]
    HOST.append(f"[::1]:{V6.getsockname()[1]}")
else:
    skip("hosts by IPv6", "this machine has none")
# What mode = host then meets is the machine's own business: a suggestion for an address that is not there opens nothing.
said = predicted(OPTIONS, [("host", h) for h in NONE])
for h, s, t in zip(NONE, said, seen(OPTIONS, [("host", h) for h in NONE])):
    ok(s["verdict"] == t["verdict"], f"mode = none: --host {h.replace(str(PORT), 'PORT')}: {s['verdict']}", {"said": s, "seen": t})
    if s["verdict"] == "denied":
        ok(s["option"] and s["option"][0] in ("--net=host", "--net=user"), "... and the line that would change it", s)
compare("mode = host", [*OPTIONS, "--net=host"], [("host", h) for h in HOST])
compare("without inet", [*OPTIONS, "--net=host", "--set=seccomp.sockets=", "--set=seccomp.sockets=unix inet6"], [("host", h) for h in HOST if "localhost" not in h])
compare("connect denied", [*OPTIONS, "--net=host", "--set=seccomp.deny=connect"], [("host", HOST[0])])
ABI = subprocess.run([sys.executable, "-c", "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))"], capture_output=True, text=True,
                     check=True).stdout
if int(ABI) >= 4:
    compare("one port", [*OPTIONS, "--net=host", f"--set=landlock.connect={PORT}"], [("host", HOST[0]), ("host", f"127.0.0.1:{OTHER_PORT}")])
else:
    skip("one port", "this kernel's Landlock holds no ports")
finish()
