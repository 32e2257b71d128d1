#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 1500
"""Every system call of a launch fails once: the first, second, ... n-th time that a process of it makes the call.

What calls there are comes from a strace of the same launch.  A launch that was hit either refuses (125 to 127, with a message,
and nothing ran) or runs the program within the very same walls, as tests/helpers/walls.c prints them.  It never hangs,
crashes or leaves anything.  Then the same with limits: descriptors, memory, file size, processes.
"""
import collections
import fcntl
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, Traces, finish, gone, ok, processes, skip  # noqa: E402

WALLS = os.path.join(os.environ["TOP_BUILDDIR"], "tests", "bin", "walls")
MARK = f"faults{os.getpid()}"
NAMESPACES = [os.readlink(f"/proc/self/ns/{name}") for name in ("user", "mnt", "pid", "ipc", "uts", "cgroup", "net")]
HANGS = 30  # seconds; strace makes everything slow

# What a call can fail with that a launch could take for something harmless, where ENOMEM is not it.
ERRORS = collections.defaultdict(lambda: ["ENOMEM"], {
    "read": ["EIO", "EINTR"], "write": ["EIO", "EINTR", "ENOSPC"], "openat": ["ENOENT", "EMFILE"], "openat2": ["ENOENT", "EMFILE"],
    "ppoll": ["EINTR", "ENOMEM"], "poll": ["EINTR", "ENOMEM"], "waitid": ["EINTR", "ECHILD"], "close": ["EIO"],
    "prctl": ["EPERM", "EINVAL"], "seccomp": ["EINVAL", "EFAULT"], "capset": ["EPERM"], "clone3": ["EPERM", "EAGAIN"],
    "landlock_create_ruleset": ["EOPNOTSUPP", "ENOSYS"], "landlock_restrict_self": ["E2BIG"], "landlock_add_rule": ["ENOMSG"],
    "mount_setattr": ["EPERM", "EINVAL"], "open_tree": ["EPERM", "ENOMEM"], "move_mount": ["EPERM", "EINVAL"], "umount2": ["EBUSY"],
    "pivot_root": ["EINVAL"], "unshare": ["ENOSPC", "EPERM"], "statx": ["ENOENT", "EACCES"], "faccessat": ["ENOENT", "EACCES"],
    "faccessat2": ["ENOENT", "EACCES"],
    "mkdirat": ["EEXIST", "ENOSPC"], "mknodat": ["EEXIST", "ENOSPC"], "symlinkat": ["EEXIST"], "unlinkat": ["ENOENT", "EBUSY"],
    "fsopen": ["ENODEV"], "fsconfig": ["EINVAL"], "fsmount": ["EPERM"], "close_range": ["EINVAL"], "keyctl": ["EDQUOT"],
    "setsid": ["EPERM"], "sethostname": ["EPERM"], "ioctl": ["EPERM", "EINTR"], "chdir": ["ENOENT"], "fchdir": ["ENOENT"],
})
# These do not fail with what they are given, or are not the launcher's to make.
NOT_TRIED = {"execve", "exit_group", "exit", "rt_sigreturn", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "umask", "rt_sigprocmask",
             "rt_sigaction"}
# To be told that something is not there is no fault: less is given then.  So it is with Landlock, which comes on top where the
# kernel has it, unless the profile requires it.
LOOKS = {"statx", "readlink", "openat", "faccessat", "faccessat2"}
# The only look for what a mask would be on, in a procfs that nobody else has.
LOOKS_FOR_MASKS = {"faccessat", "faccessat2"}  # by musl, by glibc
# What /proc says of a process that its filter has just ended, as it ends pid 1 here: strace makes a call that is to fail one
# without a number.
ENDED_BY_FILTER = b"  Seccomp:\t3"
# A supervisor without its own walls does not start anything.
SUPERVISORS_WALLS = {"seccomp", "landlock_restrict_self", "capset"}

PROFILES = {
    "like": "[files]\nro = /usr\nro = /etc\ntmpfs = /tmp\n[process]\ntty = inherit\n",
    "much": "[profile]\nextends = untrusted\n[files]\nhide = /etc/shadow\ntmpfs = /opt\n[environment]\nset = A=b\n"
            "[rlimits]\nnofile = 100\n",
    # What neither of them uses, of what needs no other program.
    "wide": "[files]\nro = /usr\nro = /etc\nkeep = ~/kept\noverlay = ~/over\nrw = ~/mine\nhide = ~/mine/hidden\nro = ~/mine/ro\n"
            "data = ~/data text\nsymlink = /link -> /etc\ndev = /dev/null:/dev/other\nnoexec = ~/mine\n"
            "[namespaces]\nhostname = faults\nboottime-offset = 1h\n[landlock]\nconnect = 443\nbind = 8000\n"
            "[process]\numask = 077\nnice = 5\noom-score-adj = 500\n[hooks]\nbefore = /bin/true\nafter = /bin/true\n",
    # On a terminal.
    "terminal": "[files]\nro = /usr\nro = /etc\n",
}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def launch(profile):
    if profile == "enter":
        return [SBOX, "enter", MARK, "/walls"] + NAMESPACES
    return [SBOX, f"--profile={profile}", f"--ro={WALLS}:/walls", "--", "/walls"] + NAMESPACES


def to_enter():
    """A sandbox that is entered: when it is there."""
    p = subprocess.Popen([SBOX, "--profile=much", f"--name={MARK}", f"--ro={WALLS}:/walls", "--", "sh", "-c", "echo; exec sleep infinity"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    p.stdout.read(1)
    return p


def ended(p):
    """(status, stdout, stderr) of what has its own session; status is None when it hung."""
    try:
        out, err = p.communicate(timeout=HANGS)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        return None, b"", b""
    return p.returncode, out, err


def run_on_terminal(command):
    """As run(); stderr is a terminal, and the controlling one."""
    ours, theirs = os.openpty()
    with open(os.path.join(os.environ["HOME"], "file"), "rb") as stdin:
        p = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(2, termios.TIOCSCTTY, 0))
    os.set_blocking(ours, False)
    status, out, _ = ended(p)
    try:
        err = os.read(ours, 65536)
    except BlockingIOError:
        err = b""
    os.close(theirs)
    os.close(ours)
    return (status, out, err) if status is not None else (None, b"", b"")


def run(command, **more):
    """(status, stdout, stderr); status is None when it hung."""
    with open(os.path.join(os.environ["HOME"], "file"), "rb") as stdin:
        p = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **more)
    return ended(p)


def traced(profile, inject=()):
    """The launch under strace: status, stdout, stderr, and the lines of its log."""
    log = os.path.join(os.environ["T"], "strace")
    # What strace itself says goes to its log, what sbox says to stderr.
    result = (run_on_terminal if profile == "terminal" else run)(["strace", "-f", "-qq", "-o", log, *inject] + launch(profile))
    with open(log, encoding="utf-8", errors="replace") as f:
        return (*result, f.read().splitlines())


LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)")


def calls_of(lines):
    """name → the most often that one process makes it before the program is there, and the supervisor (the first pid)."""
    counts = collections.Counter()
    first, began = None, set()
    for line in lines:
        found = LINE.match(line)
        if not found or "resumed" in line.split("(")[0]:
            continue
        pid, name = found.groups()
        first = first or pid
        if name == "execve" and "/walls\"" in line and pid != first:
            began.add(pid)
        if pid not in began:
            counts[(pid, name)] += 1
    most = collections.Counter()
    for (_, name), n in counts.items():
        most[name] = max(most[name], n)
    return most


def hits(lines):
    """Who was hit: "supervisor", "inside", or "program" (its own calls are no concern of ours)."""
    first, began, hit = None, set(), set()
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue
        pid, name = found.groups()
        first = first or pid
        if name == "execve" and pid != first and "INJECTED" not in line:
            began.add(pid)
        if "(INJECTED)" in line:
            hit.add("supervisor" if pid == first else "program" if pid in began else "inside")
    return hit


def judge(call, status, out, err, hit, want):
    """None, or what is wrong."""
    if status is None:
        return f"hung for {HANGS} s"
    if status < 0:
        return f"died of signal {-status}"
    if out:
        # The program's own calls were hit as well: what it printed may miss something, but shows nothing else.
        got, wanted = out.splitlines(), want.splitlines()
        known = {line.split(b":")[0] for line in wanted}
        more = [line for line in got if line not in wanted and b"WORKS" not in line and line != ENDED_BY_FILTER and not
                ("program" in hit and (b"?" in line or line.split(b":")[0] in known))]
        more += [line for line in got if b"WORKS" in line and not call == "landlock_create_ruleset"]
        less = [line for line in wanted if line not in got and "program" not in hit and
                not (call in LOOKS and line.startswith(b"mount /") and
                     (b"mask" not in line or call in LOOKS_FOR_MASKS and b" at /proc/" in line)) and not line.startswith(b"writing what")]
        if more or less:
            return f"other walls: {more[:4]} and not {less[:4]}"
        if "supervisor" in hit and call in SUPERVISORS_WALLS:
            return "the supervisor went without"
        return None if status == 0 or err else f"status {status} and no message"
    if "program" in hit and 125 > status > 0:
        return None
    if status == 125 and call == "write" and "supervisor" in hit:
        return None  # what could not be written was the message
    if status == 127 and b"error while loading" in err:
        return None  # before main()
    if status == 137 and b"the process that entered" in err:
        return None  # what stands in for pid 1 died of it, and nobody knows how far it had come
    if not 125 <= status <= 127:
        return f"nothing ran, status {status}"
    return None if b"sbox: " in err else "no message"


def faults(profile, traces, before):
    status, want, err, lines = traced(profile)
    if not ok(status == 0 and want.endswith(b"complete\n") and b"THE HOST'S" not in want and b"WORKS" not in want,
              f"{profile}: the walls as they should be", (want + err).decode(errors="replace")):
        return
    tried = refused = survived = 0
    wrong = []
    for call, most in sorted(calls_of(lines).items()):
        # strace leaves open what it lets nobody close: then the other end of a terminal's pipe waits for ever.
        if call in NOT_TRIED or (profile == "terminal" and call == "close"):
            continue
        # Later ones of many alike (prctl() drops one capability after the other) are tried one in four, and of hundreds fewer.
        for n in [n for n in range(1, most + 1) if n <= 12 or n % (4 if n <= 60 else 32) == 0 or n == most]:
            for error in ERRORS[call][:None if profile in ("like", "much") else 1]:
                inject = ["-e", f"trace={call},execve", "-e", f"inject={call}:error={error}:when={n}"]
                status, out, err, log = traced(profile, inject)
                hit = hits(log)
                if not hit:
                    continue
                tried += 1
                refused += not out
                survived += bool(out)
                problem = judge(call, status, out, err, hit, want)
                if problem:
                    wrong.append(f"{call} #{n} {error} in {'+'.join(sorted(hit))}: {problem} | {err[-300:].decode(errors='replace')}")
        left = gone(MARK, before)
        if left:
            wrong.append(f"{call}: left processes {list(left.values())}")
        # Whoever was hit while tidying up could not: the next start does it.
        run(launch(profile))
        layers = os.path.join(os.environ["HOME"], ".local/state/sbox/overlays")
        for name in os.listdir(layers) if os.path.isdir(layers) else []:
            run([SBOX, "discard", name])
        more = [name for name in traces.left() if "strace" not in name]
        if more:
            wrong.append(f"{call}: left {more}")
            traces = Traces()
    ok(tried > 200 and not wrong, f"{profile}: {tried} faults, {refused} refused, {survived} survived, each with all walls", "\n".join(wrong))


def limited(profile, traces, before):
    """Limits that are too small for a launch, from far too small to enough."""
    want = run(launch(profile))[1]
    wrong, refused, tried = [], 0, 0
    sweeps = [(resource.RLIMIT_NOFILE, range(3, 24), 1), (resource.RLIMIT_AS, range(1, 24), 256 << 10), (resource.RLIMIT_STACK, range(1, 12), 16 << 10),
              (resource.RLIMIT_DATA, range(0, 16), 64 << 10), (resource.RLIMIT_FSIZE, range(0, 4), 1), (resource.RLIMIT_MEMLOCK, range(0, 1), 1)]
    for which, steps, unit in sweeps:
        for step in steps:
            tried += 1
            status, out, err = run(launch(profile), preexec_fn=lambda w=which, v=step * unit: resource.setrlimit(w, (v, v)))
            refused += not out
            # With too little for the kernel to load the launcher, or the program, it is the kernel that ends it.
            if status in (-signal.SIGKILL, -signal.SIGSEGV, 128 + signal.SIGSEGV) and not out and not err and which in (resource.RLIMIT_AS, resource.RLIMIT_STACK, resource.RLIMIT_DATA):
                continue
            if out and out != want:
                wrong.append(f"limit {which} = {step * unit}: other walls {sorted(set(out.splitlines()) - set(want.splitlines()))[:3]}")
            problem = None if out and status == 0 else judge("", status, out, err, set(), want)
            if problem and not (out and out == want):
                wrong.append(f"limit {which} = {step * unit}: {problem} | {err[-300:].decode(errors='replace')}")
    left = list(gone(MARK, before).values()) + [name for name in traces.left() if "strace" not in name]
    ok(not wrong and not left, f"{profile}: {tried} limits too small or just enough, {refused} refused", "\n".join(wrong + left))


def main():
    if not shutil.which("strace"):
        skip("faults in system calls", "strace is not installed")
        finish()
    write(os.path.join(os.environ["HOME"], "file"), "text of the host\n")
    for name in ("kept/file", "over/file", "mine/file", "mine/hidden", "mine/ro"):
        write(os.path.join(os.environ["HOME"], name), "text\n")
    for name, text in PROFILES.items():
        write(os.path.join(os.environ["HOME"], ".config/sbox/profiles", name + ".ini"), text)
    for profile in PROFILES:
        traced(profile)
        run(launch(profile))
    before = processes(MARK)
    traces = Traces()
    for profile in PROFILES:
        faults(profile, traces, before)
        if profile in ("like", "much"):
            limited(profile, traces, before)
    entered = to_enter()
    traced("enter")
    faults("enter", Traces(), processes(MARK))
    entered.terminate()
    entered.wait()
    finish()


main()
