#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs escape.c in a sandbox (or in none) with an outside that is worth attacking, and looks what came of it.

    run.py bare|sbox|bwrap|firejail ESCAPE [ARG of the sandbox...]

The caller's side: a terminal, processes in the same process group, secrets in the home, servers on the loopback and on
unix sockets, System V shared memory, a key, descriptors left open.  Prints the program's table, then the rows that only
the outside can tell (outside-*).  $SBOX is the launcher under test.
"""
import ctypes
import fcntl
import glob
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

LIBC = ctypes.CDLL(None, use_errno=True)
MARK = f"escape-{os.getpid()}"
SHM_KEY = 0x5B000000 | os.getpid() & 0xFFFFFF
TIMEOUT = 240 * int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def system_directories():
    """bwrap's arguments for /usr and the links and directories beside it."""
    args = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(name):
            args += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            args += ["--ro-bind", name, name]
    return args


def command(kind, work, rw, home, more):
    """What starts the program: the strictest that the sandbox is usually called with."""
    if kind == "bare":
        return []
    if kind == "sbox":
        return [os.environ["SBOX"], "--profile=untrusted", f"--rw={rw}", *more, "--"]
    if kind == "bwrap":
        return ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
                "--setenv", "PATH", "/usr/bin:/bin", *system_directories(), "--ro-bind", "/etc", "/etc", "--proc", "/proc",
                "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", home, "--ro-bind", work, work,
                "--bind", rw, rw, "--chdir", work, *more, "--"]
    return ["firejail", "--quiet", *more, "--"]


class Outside:
    """The host, as far as the program could want it."""

    def __init__(self, base, home):
        self.facts = {"marker": MARK, "variable": f"{MARK}-variable", "planted": "1"}
        self.work, self.rw = os.path.join(base, "work"), os.path.join(base, "rw")
        secrets = {"secret": f"{home}/.ssh/{MARK}", "document": f"{home}/{MARK}.txt", "hosttmp": f"/tmp/{MARK}"}
        if os.environ.get("XDG_RUNTIME_DIR"):
            secrets["hostrun"] = os.path.join(os.environ["XDG_RUNTIME_DIR"], MARK)
        for path in secrets.values():
            write(path, "SECRET of the host\n")
        self.secrets = secrets
        self.facts.update(secrets, rw=self.rw)
        os.makedirs(self.rw)
        write(os.path.join(self.work, "file"), "as it was\n" * 500)
        self.sockets()
        self.objects()

    def sockets(self):
        def listen(family, address):
            s = socket.socket(family, socket.SOCK_STREAM)
            s.bind(address)
            s.listen(64)
            self.listening.append(s)
            return s

        self.listening = []
        listen(socket.AF_UNIX, f"\0{MARK}")
        self.facts["abstract"] = MARK
        self.facts["socket"] = os.path.join(os.path.dirname(self.facts["hosttmp"]), f"{MARK}.sock")
        listen(socket.AF_UNIX, self.facts["socket"])
        self.facts["port"] = listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        try:
            self.facts["port6"] = listen(socket.AF_INET6, ("::1", 0)).getsockname()[1]
        except OSError:
            pass

    def objects(self):
        self.shm = LIBC.shmget(SHM_KEY, 4096, 0o1600)
        self.facts["shmkey"] = SHM_KEY
        LIBC.mq_open.restype = ctypes.c_int
        if LIBC.mq_open(f"/{MARK}".encode(), os.O_CREAT | os.O_RDONLY, 0o600, None) >= 0:
            self.facts["mqueue"] = f"/{MARK}"
        LIBC.syscall(250, 1, None)  # keyctl(JOIN_SESSION_KEYRING)
        added = [LIBC.syscall(248, b"user", MARK.encode(), b"SECRET", ctypes.c_ulong(6), ring) for ring in (-3, -4)]
        if os.uname().machine == "x86_64" and min(added) > 0:
            self.facts["key"] = MARK

    def arguments(self):
        return [f"{name}={value}" for name, value in self.facts.items()]

    def remove(self):
        for path in (*self.secrets.values(), self.facts["socket"]):
            if os.path.exists(path):
                os.unlink(path)
        LIBC.shmctl(self.shm, 0, None)
        LIBC.mq_unlink(f"/{MARK}".encode())


class Neighbour:
    """A process outside, in the process group that the sandbox is started from."""
    CODE = """
import os, signal, sys, time
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
for s in (signal.SIGURG, signal.SIGWINCH, signal.SIGTERM, signal.SIGHUP):
    signal.signal(s, lambda n, f: os.write(out, b"%d " % n))
os.write(out, b"ready ")
while True:
    time.sleep(60)
"""

    def __init__(self, base):
        self.log = os.path.join(base, "felt")
        self.process = subprocess.Popen([sys.executable, "-c", self.CODE, self.log], stdin=subprocess.DEVNULL)
        while "ready" not in self.felt():
            time.sleep(0.01)
        self.nice = os.getpriority(os.PRIO_PROCESS, self.process.pid)

    def felt(self):
        try:
            with open(self.log, encoding="utf-8") as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def rows(self):
        alive = self.process.poll() is None
        felt = self.felt()
        reniced = alive and os.getpriority(os.PRIO_PROCESS, self.process.pid) != self.nice
        ioprio = LIBC.syscall(252, 1, self.process.pid) if os.uname().machine == "x86_64" else 0
        yield "outside-group", str(int(signal.SIGURG)) in felt or not alive, "a process of the caller's group was signalled"
        yield "outside-all", str(int(signal.SIGWINCH)) in felt, "kill(-1) reached a process outside"
        yield "outside-nice", reniced, "a process of the caller's group was reniced"
        yield "outside-ioprio", ioprio >> 13 == 3, "the I/O priority of a process of the caller's group was changed"

    def end(self):
        self.process.kill()
        self.process.wait()


def processes_called(mark):
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                if f.read().startswith(mark.encode() + b"\0"):
                    found.append(int(path.split("/")[2]))
        except OSError:
            continue
    return found


def typed():
    """What is in the terminal's input, though nobody typed."""
    mode = termios.tcgetattr(2)
    mode[3] &= ~(termios.ICANON | termios.ECHO)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 0, 0
    termios.tcsetattr(2, termios.TCSANOW, mode)
    return os.read(2, 100)


def set_id_files(top):
    for directory, _, names in os.walk(top):
        for name in names:
            if os.lstat(os.path.join(directory, name)).st_mode & 0o6000:
                return True
    return False


def changed(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read() != text
    except FileNotFoundError:
        return True


def judge(outside, neighbour):
    """The rows that only the outside can tell."""
    orphans = processes_called(MARK)
    for _ in range(50):
        if not orphans:
            break
        time.sleep(0.02)
        orphans = processes_called(MARK)
    yield "outside-orphan", bool(orphans), "a process outlived the sandbox"
    for pid in orphans:
        os.kill(pid, signal.SIGKILL)
    yield from neighbour.rows()
    yield "outside-typed", typed() != b"", "something was typed into the caller's terminal"
    yield "outside-setid", set_id_files(outside.rw), "a set-id file was left in the shared directory"
    yield "outside-file", changed(os.path.join(outside.work, "file"), "as it was\n" * 500), "a file given read-only has changed"
    yield "outside-document", changed(outside.facts["document"], "SECRET of the host\n"), "a file that was not given has changed"


def attack(kind, program, more, base, home, out):
    """In a session with a terminal, as a shell would start it."""
    outside = Outside(base, home)
    shutil.copy(program, os.path.join(outside.work, "escape"))
    os.chdir(outside.work)
    outside.facts.update(tty=os.ttyname(2), ttydev=os.fstat(2).st_dev)
    neighbour = Neighbour(base)
    outside.facts["hostpid"] = neighbour.process.pid
    if kind == "bare":
        outside.facts["bare"] = "1"
    for fd, path in ((100, "/"), (101, outside.facts["secret"]), (199, os.path.dirname(outside.facts["secret"]))):
        os.dup2(os.open(path, os.O_RDONLY), fd)
    os.environ["ESCAPE_VARIABLE"] = outside.facts["variable"]
    given = os.open(outside.facts["document"], os.O_RDONLY)
    try:
        done = subprocess.run([*command(kind, outside.work, outside.rw, home, more), "./escape", *outside.arguments()],
                              stdin=given, stdout=subprocess.PIPE, close_fds=False, timeout=TIMEOUT, check=False)
        out.write(done.stdout.decode(errors="replace"))
        for name, happened, what in judge(outside, neighbour):
            out.write(f"{name}\t{'ALLOWED' if happened else 'blocked'}\t-\t-\toutside: {what}\n")
        return 0 if done.returncode in (0, 1) else done.returncode or 125
    finally:
        neighbour.end()
        outside.remove()


def main():
    kind, program, more = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:]
    home = os.environ["HOME"]
    base = tempfile.mkdtemp(prefix="escape.", dir=os.environ.get("T", home))
    report = os.path.join(base, "table")
    pid, master = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        fcntl.fcntl(2, fcntl.F_SETFL, 0)
        status = 125
        try:
            with open(report, "w", encoding="utf-8") as out:
                status = attack(kind, program, more, base, home, out)
        finally:
            sys.stderr.flush()
            os._exit(status)
    log = b""
    while True:
        ready, _, _ = select.select([master], [], [], 1)
        try:
            part = os.read(master, 65536) if ready else None
        except OSError:
            break
        if part == b"":
            break
        log += part or b""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with open(report, encoding="utf-8") as f:
        sys.stdout.write(f.read())
    if status:
        sys.stderr.write(log.decode(errors="replace")[-4000:])
        sys.stderr.write(f"run.py: {kind}: status {status}\n")
    shutil.rmtree(base, ignore_errors=True)
    sys.exit(status)


main()
