#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Typical denials, each by a static program, from itself and from a grandchild: the report names the cause; what it
suggests, applied by this script as options and as profile lines, makes the same thing work; explain says it beforehand."""
import collections
import ctypes
import json
import os
import shutil
import socket
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests/lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
HOME = os.environ["HOME"]
BIN = f"{HOME}/bin"
DENIED = f"{BIN}/denied"
WORK = os.getcwd()
REPORT = f"{WORK}/report.json"


def prepare():
    """Files on the host; done anew before each run, since what is allowed changes them."""
    for name in ("abs/dir", "ro/dir", "p", "data", "noexec", "lib"):
        os.makedirs(f"{HOME}/{name}", exist_ok=True)
    for name in ("abs/file", "ro/file", "p/.env", "p/kept", "p/new", "p/shut/x", "data/f", "lib/libx.so.1", ".ssh/id_x"):
        os.makedirs(os.path.dirname(f"{HOME}/{name}"), exist_ok=True)
        with open(f"{HOME}/{name}", "w", encoding="ascii") as f:
            f.write("x\n")
    for name in ("ro/new", "ro/newdir", "ro/link", "ro/renamed"):
        if os.path.isdir(f"{HOME}/{name}"):
            os.rmdir(f"{HOME}/{name}")
        elif os.path.lexists(f"{HOME}/{name}"):
            os.unlink(f"{HOME}/{name}")
    shutil.copy("/bin/true", f"{HOME}/noexec/program")
    shutil.copy("/bin/true", f"{HOME}/abs/program")
    shutil.copy("/bin/true", f"{HOME}/abs/interpreter")
    with open(f"{HOME}/ro/script", "w", encoding="ascii") as f:
        f.write(f"#!{HOME}/abs/interpreter\n")
    os.chmod(f"{HOME}/ro/script", 0o755)


os.makedirs(BIN, exist_ok=True)
shutil.copy(os.path.join(os.environ["TOP_BUILDDIR"], "tests/bin/denied"), DENIED)
prepare()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
PORT = listener.getsockname()[1]
local = socket.socket(socket.AF_UNIX)
local.bind(f"{HOME}/abs/socket")
local.listen()
SOUND = os.environ["XDG_RUNTIME_DIR"] + "/pulse/native"
os.mkdir(os.path.dirname(SOUND))
sound = socket.socket(socket.AF_UNIX)
sound.bind(SOUND)
sound.listen()
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0sbox-test-" + str(os.getpid()))
abstract.listen()


def device():
    """A device that this user may read, and no sandbox has by itself."""
    for top, _, names in os.walk("/dev"):
        for name in sorted(names):
            path = os.path.join(top, name)
            try:
                if stat.S_ISCHR(os.lstat(path).st_mode) and os.access(path, os.R_OK) and not path.startswith("/dev/pts") and \
                        name not in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "console", "kmsg", "autofs"):
                    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
                    return path
            except OSError:
                pass
    return None


Row = collections.namedtuple("Row", "name base act errno kind object explain after", defaults=(None, "ok"))
ABS, RO = f"{HOME}/abs", f"{HOME}/ro"
GIVE_RO = f"[files]\nro = {RO}\n"
HIDE = f"[files]\nrw = {HOME}/p\nhide = {HOME}/p/.env\nhide = {HOME}/p/shut\n"
NET = "[network]\nmode = host\n[landlock]\nconnect = 443\nbind = 8443\n"
P, S = "--path", "--syscall"
rows = [
    Row("a file that is not there", "", ["open", f"{ABS}/file"], "ENOENT", "path", f"{ABS}/file", (P, f"{ABS}/file")),
    Row("a directory that is not there", "", ["list", f"{ABS}/dir"], "ENOENT", "path", f"{ABS}/dir", (P, f"{ABS}/dir")),
    Row("stat", "", ["stat", f"{HOME}/data"], "ENOENT", "path", f"{HOME}/data", (P, f"{HOME}/data")),
    Row("access", "", ["access", f"{ABS}/file", "4"], "ENOENT", "path", f"{ABS}/file", (P, f"{ABS}/file")),
    Row("a library", "", ["open", f"{HOME}/lib/libx.so.1"], "ENOENT", "path", f"{HOME}/lib/libx.so.1", (P, f"{HOME}/lib/libx.so.1")),
    Row("a program", "", ["exec", f"{ABS}/program"], "ENOENT", "path", f"{ABS}/program", (P, f"{ABS}/program")),
    Row("an interpreter", GIVE_RO, ["exec", f"{RO}/script"], "ENOENT", "exec", f"{ABS}/interpreter", (P, f"{ABS}/interpreter")),
    Row("a place without execution", f"[files]\nro = {HOME}/noexec\nnoexec = {HOME}/noexec\n", ["exec", f"{HOME}/noexec/program"],
        "EACCES", "exec", f"{HOME}/noexec/program"),
    Row("writing a file", GIVE_RO, ["write", f"{RO}/file"], "EROFS", "read-only", f"{RO}/file", (P, f"{RO}/file")),
    Row("making a file", GIVE_RO, ["create", f"{RO}/new"], "EROFS", "read-only", f"{RO}/new"),
    Row("making a directory", GIVE_RO, ["mkdir", f"{RO}/newdir"], "EROFS", "read-only", f"{RO}/newdir"),
    Row("removing a file", GIVE_RO, ["unlink", f"{RO}/file"], "EROFS", "read-only", f"{RO}/file"),
    Row("renaming a file", GIVE_RO, ["rename", f"{RO}/file", f"{RO}/renamed"], "EROFS", "read-only", f"{RO}/file"),
    Row("changing a mode", GIVE_RO, ["chmod", f"{RO}/file"], "EROFS", "read-only", f"{RO}/file", (P, f"{RO}/file")),
    Row("truncating", GIVE_RO, ["truncate", f"{RO}/file"], "EROFS", "read-only", f"{RO}/file", (P, f"{RO}/file")),
    Row("making a link", GIVE_RO, ["symlink", f"{RO}/link"], "EROFS", "read-only", f"{RO}/link"),
    Row("changing a time", GIVE_RO, ["touch", f"{RO}/file"], "EROFS", "read-only", f"{RO}/file", (P, f"{RO}/file")),
    Row("replacing a protected file", f"[files]\nrw = {HOME}/p\nro = {HOME}/p/kept\n", ["rename", f"{HOME}/p/new", f"{HOME}/p/kept"],
        "EBUSY", "read-only", f"{HOME}/p/kept", (P, f"{HOME}/p/kept")),
    Row("a masked file", HIDE, ["open", f"{HOME}/p/.env"], "EACCES", "masked", f"{HOME}/p/.env", (P, f"{HOME}/p/.env")),
    Row("below a masked directory", HIDE, ["open", f"{HOME}/p/shut/x"], "ENOENT", "masked", f"{HOME}/p/shut/x", (P, f"{HOME}/p/shut/x")),
    Row("a secret", "", ["open", f"{HOME}/.ssh/id_x"], "ENOENT", "path", f"{HOME}/.ssh/id_x", (P, f"{HOME}/.ssh/id_x"), None),
    Row("a unix socket", "", ["connect-unix", f"{ABS}/socket"], "ENOENT", "path", f"{ABS}/socket", (P, f"{ABS}/socket")),
    Row("a service of the session's", "", ["connect-unix", SOUND], "ENOENT", "path", SOUND, (P, SOUND)),
    Row("an abstract socket", "", ["connect-unix", f"@sbox-test-{os.getpid()}"], "ECONNREFUSED", "connect",
        f"@sbox-test-{os.getpid()}"),
    Row("a service of the host", "", ["connect", "127.0.0.1", str(PORT)], "ok", "connect", f"127.0.0.1:{PORT}"),
    Row("a host by TCP", "", ["connect", "127.1.2.3", str(PORT)], "ok", "connect", f"127.1.2.3:{PORT}"),
    Row("a TCP port to connect to", NET, ["connect", "127.0.0.1", str(PORT)], "EACCES", "connect", f"127.0.0.1:{PORT}",
        ("--host", f"127.0.0.1:{PORT}")),
    Row("a TCP port to listen at", NET, ["bind", "127.0.0.1", "28443"], "EACCES", "bind", "127.0.0.1:28443"),
    Row("a socket family", "", ["socket", "17", "3", "0"], "EAFNOSUPPORT", "socket", "packet"),
    Row("a netlink protocol", "", ["socket", "16", "3", "15"], "EAFNOSUPPORT", "socket", "netlink:kobject-uevent"),
    Row("ptrace", "", ["ptrace"], "EPERM", "syscall", None, (S, "ptrace")),
    Row("process_vm_readv", "", ["process_vm_readv"], "EPERM", "syscall", None, (S, "process_vm_readv")),
    Row("kcmp", "", ["kcmp"], "EPERM", "syscall", None, (S, "kcmp")),
    Row("perf_event_open", "", ["perf"], "EPERM", "syscall", None, (S, "perf_event_open")),
    Row("bpf", "", ["bpf"], "EPERM", "syscall", None, (S, "bpf"), None),
    Row("add_key", "", ["add_key"], "EPERM", "syscall", None, (S, "add_key")),
    Row("io_uring", "", ["io_uring"], "ENOSYS", "syscall", None, (S, "io_uring_setup")),
    Row("unshare", "", ["unshare"], "EPERM", "syscall", None, (S, "unshare")),
    Row("clone with a namespace", "", ["clone"], "EPERM", "syscall", "CLONE_NEWUSER", (S, "clone")),
    Row("mount", "", ["mount-only", "/tmp"], "EPERM", "syscall", None, (S, "mount"), "EPERM"),
    Row("mount in a namespace", "[namespaces]\nnested = sandbox\n", ["mount", "/tmp"], "EPERM", "syscall", "CLONE_NEWUSER|CLONE_NEWNS"),
    Row("typing into the terminal", "", ["tiocsti"], "EPERM", "syscall", "TIOCSTI", (S, "ioctl"), None),
    Row("a set-user-ID bit", f"[files]\nrw = {RO}\n", ["setuid", f"{RO}/file"], "EPERM", "syscall", "S_ISUID"),
    Row("an extended attribute", f"[files]\nrw = {RO}\n", ["setxattr", f"{RO}/file"], "ENOSYS", "syscall", None, (S, "setxattr")),
    Row("System V shared memory", "", ["shmget"], "ENOSYS", "syscall", None, (S, "shmget")),
    Row("a file handle", GIVE_RO, ["handle", f"{RO}/file"], "EPERM", "syscall", None, (S, "name_to_handle_at")),
]
rows += [
    Row("the limit on open files", "[rlimits]\nnofile = 32\n", ["nofile", "64"], "EMFILE", "limit", "nofile"),
    Row("the limit on tasks", "[rlimits]\nnproc = 12\n", ["nproc", "15"], "EAGAIN", "limit", "nproc"),
]
DEVICE = device()
if DEVICE:
    rows.append(Row("a device", "", ["open", DEVICE], "ENOENT", "device", DEVICE, (P, DEVICE)))


def profile(name, *parts):
    path = f"{WORK}/{name}.ini"
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(parts))
    return path


def run(ini, row, *options, grandchild=False):
    """The word that the act ended with, and the records of its report."""
    prepare()
    command = [SBOX, f"--profile={ini}", f"--ro={BIN}", "--cwd=none", *options, f"--report={REPORT}", "--", DENIED]
    r = subprocess.run([*command, *(["-g"] if grandchild else []), *row.act], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=60 * SLOWDOWN, check=False)
    try:
        with open(REPORT, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    except (OSError, ValueError):
        records = []
    return (r.stdout.strip() or r.stderr.strip()), [x for x in records if x["event"] == "total"]


def found(records, row):
    return [r for r in records if r["kind"] == row.kind and r.get("object") == row.object]


def lines_of(changes):
    """"[section] key = value" as a profile has it."""
    return "".join("{}]\n{}\n".format(*c.split("] ", 1)) for c in changes)


def one(row):
    base = profile("base", "[profile]\nextends = default\n", row.base)
    for grandchild in (False, True):
        word, records = run(base, row, grandchild=grandchild)
        hit = found(records, row)
        who = f"{row.name}{', by a grandchild' if grandchild else ''}"
        ok(word == row.errno and len(hit) == 1 and hit[0]["count"] == 1 and hit[0].get("errno", "ok") in (row.errno, "ECONNREFUSED"),
           f"{who}: {row.errno}, in the report as {row.kind}", (word, hit or records))
    if not hit:
        return
    hit = hit[0]
    if row.after is None:
        ok(hit["option"] == [] and hit["change"] == [] and hit["why-not"], "... without a line that would allow it, and why", hit)
    else:
        word, records = run(base, row, *hit["option"])
        ok(word == row.after and not found(records, row) and hit["option"], f"... with {' '.join(hit['option'])} it is allowed", (word, records))
        more = profile("more", "[profile]\nextends = ./base.ini\n", lines_of(hit["change"]))
        word, records = run(more, row)
        ok(word == row.after and not found(records, row), f"... with {'; '.join(hit['change'])} too", (word, records))
    if row.explain:
        r = subprocess.run([SBOX, "explain", f"--profile={base}", f"--ro={BIN}", "--cwd=none", "--json", *row.explain],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        answer = json.loads(r.stdout)["answers"][0] if r.returncode == 0 else {}
        same = answer.get("file") == hit.get("file") and answer.get("line") == hit.get("line")
        ok(same and (answer.get("verdict") == "allowed" or row.kind == "read-only" or answer.get("option") == hit["option"]),
           f"... and explain {' '.join(row.explain)} says so beforehand", (answer, hit, r.stderr))


# landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)
LANDLOCK = ctypes.CDLL(None, use_errno=True).syscall(444, None, 0, 1)
for row_ in rows:
    if row_.base == NET and LANDLOCK < 4:
        skip(row_.name, "this kernel's Landlock keeps no ports")
    else:
        one(row_)
if not DEVICE:
    skip("a device", "this user may read no device that a sandbox has not")
finish()
