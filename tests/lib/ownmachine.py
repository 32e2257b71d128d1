# SPDX-License-Identifier: MIT
"""A machine of the test's own: what a launch leaves is found by looking, not by guessing whose it is.

enter() goes on as the ordinary user in a pid, a mount, an IPC and a user namespace.  Every process that is there is the test's,
every mount and System V object too, and /etc is a copy: a package that is installed meanwhile would replace /etc/ld.so.cache, and a launch that has looked
at the old one rightly refuses the new.  And how many namespaces there may be at once is bounded, so that one that stays makes
later launches fail.
"""
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time

from sboxtest import finish, skip

KINDS = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
_NEWNS, _NEWIPC, _NEWUSER, _NEWPID = 0x20000, 0x8000000, 0x10000000, 0x20000000
_MS_REC_PRIVATE = 1 << 14 | 1 << 18
_MNT_DETACH = 2
_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _must(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source, target, fstype=None, flags=0, data=None):
    """mount(2); only what enter() calls before it gives root up can do it."""
    _must(_libc.mount(source.encode(), target.encode(), fstype and fstype.encode(), flags, data and data.encode()), f"mount {target}")


def bind(source, target):
    mount(source, target, flags=4096)


def _cgroup_root():
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        with open("/proc/self/mounts", encoding="utf-8") as f:
            if any(line.split()[1:3] == [root, "cgroup2"] for line in f):
                return root
    return None


def _write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class _Tree:
    """A subtree of control groups that the user owns, as a session of systemd's would give him."""

    def __init__(self, user):
        self.top = None
        root = _cgroup_root()
        if not root:
            return
        top = os.path.join(root, f"test-of-sbox.{os.getpid()}")
        try:
            os.mkdir(top)
            os.mkdir(os.path.join(top, "shell"))
        except OSError:
            return
        for where, _, files in os.walk(top):
            for path in [where] + [os.path.join(where, n) for n in files]:
                os.chown(path, user.pw_uid, user.pw_gid)
        self.top = top
        os.environ["SBOX_TEST_CGROUPS"] = os.path.join(top, "shell")

    def join(self):
        if self.top:
            _write(os.path.join(self.top, "shell", "cgroup.procs"), str(os.getpid()))

    def remove(self):
        if not self.top:
            return
        _write(os.path.join(self.top, "cgroup.kill"), "1")
        for _ in range(200):
            for where, _, _ in os.walk(self.top, topdown=False):
                try:
                    os.rmdir(where)
                except OSError:
                    pass
            if not os.path.exists(self.top):
                return
            time.sleep(0.05)


def _first(worker):
    """Pid 1: collects whatever loses its parent, ends with the test's status and takes everything with it."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            os._exit(os.waitstatus_to_exitcode(status) & 255)


def _copy_etc():
    where = tempfile.mkdtemp()
    mount("etc", where, "tmpfs", data="mode=755")
    # What is being replaced right now is there under one of its names.
    subprocess.run(["cp", "-a", "/etc/.", where], check=False, stderr=subprocess.DEVNULL)
    bind(where, "/etc")
    _must(_libc.umount2(where.encode(), _MNT_DETACH), f"umount {where}")
    os.rmdir(where)


def _inside(prepare, outside, user, limits, tree, ready, go):
    tree.join()
    _must(_libc.unshare(_NEWNS), "unshare")
    mount("none", "/", flags=_MS_REC_PRIVATE)
    _copy_etc()
    if outside:
        outside()
    _libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _must(_libc.unshare(_NEWUSER | _NEWNS | _NEWPID | _NEWIPC), "unshare")
    os.write(ready, b"x")
    os.read(go, 1)
    first = os.fork()
    if first:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 255)
    _libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    mount("none", "/", flags=_MS_REC_PRIVATE)
    mount("proc", "/proc", "proc")
    for kind, most in limits.items():
        _write(f"/proc/sys/user/max_{kind}_namespaces", str(most))
    if prepare:
        prepare()
    worker = os.fork()
    if worker:
        _first(worker)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)


def enter(what, prepare=None, limits=None, outside=None):
    """Returns in the new machine, as the user that owns $HOME; the caller waits outside for its end.

    prepare: called there as root, before; limits: kind of namespace -> how many there may be; outside: called first of all, as
    the host's root in a mount namespace of its own.
    """
    if os.getuid() != 0:
        skip(what, "only root can make a machine of its own for the test")
        finish()
    user = pwd.getpwuid(os.stat(os.environ["HOME"]).st_uid)
    tree = _Tree(user)
    ready, go = os.pipe(), os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _inside(prepare, outside, user, limits or {}, tree, ready[1], go[0])
        return
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    os.close(ready[1])
    if os.read(ready[0], 1):
        for name in ("uid_map", "gid_map"):
            _write(f"/proc/{child}/{name}", "0 0 4294967295")
        os.write(go[1], b"x")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    tree.remove()
    os._exit(status & 255)


def others(known=()):
    """Every process of this machine beside pid 1, this one and those known; zombies, too: pid 1 collects what has no parent."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (1, os.getpid()) or int(name) in known:
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                stat = f.read()
            with open(f"/proc/{name}/cmdline", "rb") as f:
                found[int(name)] = f"{stat.split(') ')[0]}) {stat.rsplit(')', 1)[1].split()[0]} {f.read()!r}"
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def alone(known=(), seconds=20.0):
    """Waits until nobody else is there; who is after all."""
    end = time.monotonic() + seconds
    while True:
        left = others(known)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def groups():
    """The control groups below the test's own."""
    top = os.environ.get("SBOX_TEST_CGROUPS")
    return sorted(os.path.join(where, d) for where, dirs, _ in os.walk(top) for d in dirs) if top else []


def system_v():
    """System V and POSIX objects in memory of this user."""
    found = []
    for kind in ("msg", "sem", "shm"):
        try:
            with open(f"/proc/sysvipc/{kind}", encoding="ascii") as f:
                rows = [line.split() for line in f]
        except OSError:
            continue
        uid = rows[0].index("uid")
        found += [f"{kind} {row[1]}" for row in rows[1:] if int(row[uid]) == os.getuid()]
    return found


def figures():
    """What this kernel has in use: name -> number.  Others work on it as well."""
    found = {}
    with open("/proc/sys/fs/file-nr", encoding="ascii") as f:
        found["open files"] = int(f.read().split()[0])
    with open("/proc/sys/fs/dentry-state", encoding="ascii") as f:
        fields = f.read().split()
        found["dentries in use"] = int(fields[0]) - int(fields[1])
    with open("/proc/meminfo", encoding="ascii") as f:
        lines = dict(line.split(":") for line in f)
    for name in ("SUnreclaim", "Percpu", "KernelStack", "PageTables"):
        found[name + " KiB"] = int(lines[name].split()[0])
    return found
