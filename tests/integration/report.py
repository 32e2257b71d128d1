#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--report and `notify`: what was denied is counted exactly, and the sandbox is as tight as without."""
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests/lib"))
from sboxtest import SBOX, finish, gone, ok, processes, skip  # noqa: E402

BIN = os.path.join(os.environ["TOP_BUILDDIR"], "tests/bin")
SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
WORK = os.getcwd()
DENIED = os.path.join(os.environ["HOME"], "bin/denied")
os.makedirs(os.path.dirname(DENIED), exist_ok=True)
shutil.copy(os.path.join(BIN, "denied"), DENIED)
shutil.copy(os.path.join(BIN, "probe"), os.path.dirname(DENIED))


def sbox(*args, **kw):
    """Runs the launcher with the directory of the helpers visible."""
    return subprocess.run([SBOX, f"--ro={os.path.dirname(DENIED)}", *args], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120 * SLOWDOWN, check=False, **kw)


def read(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def report(*args):
    """Result of a run, and its records by event."""
    path = os.path.join(WORK, "report.json")
    result = sbox(f"--report={path}", *args)
    lines = read(path)
    return result, [r for r in lines if r["event"] == "total"], lines


def of(records, **want):
    """The records with these fields."""
    return [r for r in records if all(r.get(k) == v for k, v in want.items())]


# ---- calls

r, total, lines = report("--", DENIED, "ptrace")
ok(r.stdout == "EPERM\n" and r.returncode == 0, "a denied call fails as without a report", r)
found = of(total, call="ptrace")
ok(len(found) == 1 and found[0]["count"] == 1 and found[0]["kind"] == "syscall" and found[0]["errno"] == "EPERM",
   "it is in the report, once, with its errno", lines)
ok(found and found[0]["first"]["command"] == "denied" and found[0]["first"]["exe"] == DENIED and found[0]["first"]["pid"] == 2,
   "... with the process that met it first, by its pid inside", found)
ok(found and found[0]["option"] == ["--set=seccomp.allow=ptrace"] and found[0]["change"] == ["[seccomp] allow = ptrace"],
   "... and with the option and the line that would allow it", found)
ok([line["event"] for line in lines if line.get("call") == "ptrace"] == ["first", "total"],
   "JSON lines: one at the first time, one at the end", lines)
ok(lines[-1]["event"] == "end" and lines[-1]["without-record"] == 0, "... and one that ends it", lines[-1:])

r = sbox("--report", "--", DENIED, "-g", "ptrace")
ok("sbox: report: " in r.stderr and "--set=seccomp.allow=ptrace" in r.stderr and r.stdout == "EPERM\n",
   "without a file the report is text on stderr", r)
r = sbox("--", DENIED, "ptrace")
ok(r.stderr == "", "without --report nothing is said", r)

r = sbox("--report", "--", "sh", "-c", "kill -9 $$")
ok(r.returncode == 137 and "sbox: report: " in r.stderr, "a program that is killed has its report as well", r)
r = [sbox("--report", "--", "/nonexistent/program") for _ in range(20)]
ok(all(x.returncode == 127 and "report" not in x.stderr for x in r), "a command that is not found is 127, and nothing is reported", r)
r = sbox("--report=/nonexistent/dir/file", "--", "true")
ok(r.returncode == 125 and "--report" in r.stderr and r.stdout == "", "a file that cannot be written: nothing is run", r)

# The answers of the filter, one by one, with and without.
names = [n for n in subprocess.run([os.path.join(BIN, "probe"), "list"], capture_output=True, text=True, check=True).stdout.split()
         if n != "kill-init"]
probe = os.path.join(os.path.dirname(DENIED), "probe")
plain = sbox("--", probe, "try", *names).stdout
with_report = sbox("--report", "--", probe, "try", *names).stdout
ok(plain == with_report and plain.count("\n") == len(names), f"{len(names)} calls end the same with a report as without",
   "\n".join(sorted(set(plain.splitlines()) ^ set(with_report.splitlines()))))
if os.uname().machine == "x86_64":
    codes = [sbox(*option, "--", probe, "int80").returncode for option in ([], ["--report"])]
    ok(codes[0] == codes[1] == 128 + signal.SIGSYS, "a call of another ABI ends the program with a report too", codes)

# ---- exactly

def kernel_answers_once():
    """Before Linux 6.17 a signal right between question and answer made the kernel ask once more."""
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int(minor)) >= (6, 17)


os.makedirs(f"{WORK}/many", exist_ok=True)
N = 10000 // SLOWDOWN
r, total, lines = report("--", DENIED, "many", f"{os.environ['HOME']}/abs", str(N))
ok(r.stdout == "ENOENT\n" and not total, "what is nowhere is no denial", (r, total[:2]))
for i in range(N):
    with open(f"{WORK}/many/{i}", "w", encoding="ascii"):
        pass
r, total, lines = report("--cwd=none", "--", DENIED, "-g", "many", f"{WORK}/many", str(N))
found = [t for t in total if t["call"] in ("open", "openat") and t["object"].startswith(f"{WORK}/many/")]
ok(len(found) == N and all(t["count"] == 1 for t in found) and lines[-1]["totals"]["path"] == N,
   f"a static loop over {N} different files: {N} records", (len(found), lines[-1]))
r, total, lines = report("--cwd=none", "--", DENIED, "again", f"{WORK}/many/0", str(N))
ok(len(of(total, kind="path")) == 1 and total[0]["count"] == N, f"the same one {N} times: one record with that count", total[:3])

N = 3000 // SLOWDOWN
r, total, lines = report("--", DENIED, "interrupted", str(N))
found = of(total, call="ptrace")
count = found[0]["count"] if found else 0
ok(r.stdout == "EPERM\n" and (count == N or (count > N and not kernel_answers_once())), f"{N} calls are {N}, interrupted by signals", found)
r, total, lines = report("--", "sh", "-c", f"for i in 1 2 3 4 5 6 7 8; do {DENIED} interrupted {N // 8} & done; wait")
found = of(total, call="ptrace")
count = found[0]["count"] if found else 0
ok(count == N // 8 * 8 or (count > N and not kernel_answers_once()), "eight processes at once are counted together", found)

# ---- notify

r = sbox("--set=seccomp.notify=getppid", "--", "sh", "-c", "echo $PPID")
ok(r.stdout.strip() == "1" and "getppid was called" in r.stderr, "notify: the call works, and is reported at the end", r)
r, total, lines = report("--set=seccomp.default=notify", "--", probe, "try", "unknown-call")
ok(r.stdout == "unknown-call ENOSYS\n" and of(total, kind="notified"), "default = notify: reported, and no such call", (r, total))

# ---- inner sandboxes

if shutil.which("bwrap"):
    hidden = f"{os.environ['HOME']}/hidden/f"
    os.makedirs(os.path.dirname(hidden))
    with open(hidden, "w", encoding="ascii"):
        pass
    r, total, lines = report("--set=namespaces.nested=full", f"--ro={os.path.dirname(hidden)}", "--cwd=none", "--", "bwrap", "--ro-bind",
                             "/", "/", "--tmpfs", os.path.dirname(hidden), DENIED, "open", hidden)
    ok(r.stdout == "ENOENT\n" and not of(total, object=hidden), "what an inner sandbox hides is its own business", (r, total))
else:
    skip("what an inner sandbox hides is its own business", "bwrap is not installed")

# ---- it costs nothing, and lets nothing behind

if shutil.which("strace"):
    for options, calls in ([], {"NEW_LISTENER": 0, "socketpair(": 1, "clone3(": 2, "PR_SET_DUMPABLE, SUID_DUMP_USER": 0}), \
                          (["--report"], {"NEW_LISTENER": 1, "socketpair(": 2, "clone3(": 3}):
        trace = os.path.join(WORK, "trace")
        subprocess.run(["strace", "-f", "-o", trace, SBOX, *options, "--", "true"], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=60 * SLOWDOWN, check=False)
        with open(trace, encoding="utf-8", errors="replace") as f:
            text = f.read()
        counts = {c: sum(c in line for line in text.splitlines() if "resumed" not in line) for c in calls}
        ok(counts == calls, f"{' '.join(options) or 'no option'}: system calls made for a report", counts)
else:
    skip("system calls made for a report", "strace is not installed")

before = processes(WORK)
p = subprocess.Popen([SBOX, "--report", "--", "sh", "-c", "sleep 600 & sleep 0.2; echo go; wait"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True)
p.stdout.readline()
p.kill()
p.communicate(timeout=60)
ok(not gone(WORK, before), "SIGKILL of the supervisor ends reporter and sandbox")

p = subprocess.Popen([SBOX, "--report", "--", "sh", "-c", "sleep 600 & sleep 0.2; echo go; wait"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True)
p.stdout.readline()
children = {}
for name in os.listdir("/proc"):
    try:
        with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
            stat = f.read()
        if stat.rsplit(")", 1)[1].split()[1] == str(p.pid):
            children[stat[stat.index("(") + 1:stat.rindex(")")]] = int(name)
    except (OSError, ValueError, IndexError):
        pass
ok("sbox-reporter" in children, "the reporter is a process of its own beside pid 1", children)
with open(f"/proc/{children['sbox-reporter']}/status", encoding="utf-8") as f:
    status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
ok(all(int(status[c], 16) == 0 for c in ("CapEff", "CapPrm", "CapInh", "CapAmb")) and status["NoNewPrivs"] == "1" and status["Seccomp"] == "2",
   "... without capabilities, under a filter of its own", status)
links = {n: os.readlink(f"/proc/{children['sbox-reporter']}/fd/{n}") for n in os.listdir(f"/proc/{children['sbox-reporter']}/fd")}
ok(len(links) <= 6 and not any("socket" in t for t in links.values()), "... with nothing open but its output and the listener", links)
os.kill(children["sbox-reporter"], signal.SIGKILL)
out, err = p.communicate(timeout=60)
ok(p.returncode == 137 and "the reporter ended" in err, "when the reporter dies, the sandbox is ended and it is said", (p.returncode, err))
ok(not gone(WORK, before), "... and nothing is left")
finish()
