#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 9000
# runs as: root
"""Each process of a launch is stopped and continued, and killed, at random moments from the first to the last.

SBOX_MOMENTS=N moments for each process and signal (4), SBOX_MOMENTS_OF=pasta,resolver for these processes alone, SBOX_SEED=N for
the same ones.  The program runs within the very walls that it has otherwise, as tests/helpers/walls.c prints them, or not at
all; the end is the right one, comes in time, and leaves nothing.  A process that was stopped and stays so does not keep sbox from ending, either.
"""
import collections
import concurrent.futures
import errno
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
import ownmachine  # noqa: E402
from sboxtest import SBOX, Traces, finish, ok, skip, start_bus  # noqa: E402

SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
MOMENTS = int(os.environ.get("SBOX_MOMENTS") or 4)
ONLY = [role for role in os.environ.get("SBOX_MOMENTS_OF", "").split(",") if role]
SEED = int(os.environ.get("SBOX_SEED") or time.time_ns() % 1000000)
WORKERS = 3
HANGS = 10 * SLOWDOWN
WALLS = os.path.join(os.environ["TOP_BUILDDIR"], "tests", "bin", "walls")
HOME = os.environ["HOME"]
OUT, PROJECT = os.path.join(HOME, "out"), os.path.join(HOME, "project")
NAMESPACES = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "mnt", "pid", "ipc", "uts", "cgroup", "net")]
PAYLOAD = "/walls \"$@\" > /out/$0; sleep 0.03; exit 7"
NAMED = {"sbox-reporter": "reporter", "sbox-logger": "logger", "sbox-resolver": "resolver", "sbox-hooks": "hooks", "xdg-dbus-proxy": "proxy",
         "pasta": "pasta", "passt": "pasta", "pasta.avx2": "pasta", "passt.avx2": "pasta"}

# name -> options, and the processes that it has beside those that every one has
SCENARIOS = {
    "plain": ([], []),
    "strict": (["--profile=untrusted", "--set", "process.timeout=60"], []),
    "report": (["--report=/dev/null"], ["reporter"]),
    "log": (["--set", "process.log=" + HOME + "/log"], ["logger"]),
    "hooks": (["--profile=hooks"], ["hooks"]),
    "tty": (["--tty=private"], ["starting"]),
    "bus": (["--set", "desktop.dbus-talk=org.test.Name"], ["proxy"]),
    "net": (["--net=user", "--set", "network.allow=example.org:443"], ["pasta", "resolver"]),
}
EVERY = ["supervisor", "pid 1", "program"]


def fields(pid):
    """(comm, state, number in the innermost pid namespace) or None"""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
            lines = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return lines["Name"], lines["State"][0], lines.get("NSpid", str(pid)).split()


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(top, levels):
    """pid -> role, of the launch whose supervisor is top."""
    found = {top: "supervisor"}

    def walk(parent, inside):
        for pid in children(parent):
            what = fields(pid)
            if not what:
                continue
            deeper = len(what[2]) > levels
            role = NAMED.get(what[0]) or ("program" if inside else "pid 1" if deeper and what[2][-1] == "1" else "starting")
            found[pid] = role
            walk(pid, inside or role == "pid 1")

    walk(top, False)
    return found


class Launch:
    def __init__(self, scenario, name, program=PAYLOAD, more=()):
        self.out = os.path.join(OUT, name)
        self.master = slave = None
        if scenario == "tty":
            self.master, slave = pty.openpty()
        self.errors = open(os.path.join(HOME, name + ".err"), "w+b")
        os.unlink(self.errors.name)
        args = SCENARIOS[scenario][0] + list(more) + [f"--ro={WALLS}:/walls", f"--rw={OUT}:/out"]
        self.stdin = open(os.path.join(HOME, "file"), "rb") if slave is None and not more else None
        self.p = subprocess.Popen([SBOX] + args + ["--", "sh", "-c", program, name] + NAMESPACES, cwd=PROJECT, start_new_session=True,
                                  stdin=slave if slave is not None else self.stdin or subprocess.PIPE,
                                  stdout=slave if slave is not None else subprocess.DEVNULL,
                                  stderr=slave if slave is not None else self.errors)
        if slave is not None:
            os.close(slave)

    def wait(self, seconds=HANGS, go_on=True):
        """Its status, or None when it hangs.  A job that was stopped goes on, as its shell would have it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                return self.p.wait(0.05)
            except subprocess.TimeoutExpired:
                what = fields(self.p.pid)
                if go_on and what and what[1] == "T":
                    self.p.send_signal(signal.SIGCONT)
        return None

    def close(self):
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")
        self.errors.close()
        if self.stdin:
            self.stdin.close()
        if self.p.stdin:
            self.p.stdin.close()
        if self.master is not None:
            os.set_blocking(self.master, False)
            try:
                said += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                pass
            os.close(self.master)
        try:
            with open(self.out, encoding="utf-8", errors="replace") as f:
                walls = re.sub(r"/[0-9]+-session", "/N-session", f.read())
            os.unlink(self.out)
        except FileNotFoundError:
            walls = ""
        return said, walls


def judge(sig, role, status, said, walls, want, took):
    """None, or what is wrong."""
    if status is None:
        return f"hangs for {HANGS} s"
    if walls and walls != want:
        got, wanted = walls.splitlines(), want.splitlines()
        more = [line for line in got if line not in wanted]
        # What was killed while it printed has not printed all; who answers calls no more, and takes it along, refuses them all.
        if sig == "SIGKILL":
            more = [line for line in more if "?" not in line and os.strerror(errno.ENOSYS) not in line and os.strerror(errno.EIO) not in line]
        if more or sig == "SIGSTOP":
            return f"other walls: {more[:4]}, without {[line for line in wanted if line not in got][:4]}"
    if took > HANGS:
        return f"took {took:.0f} s"
    if sig == "SIGSTOP":
        return None if status == 7 and walls and "sbox: " not in said else f"status {status}, walls {bool(walls)}"
    if role == "supervisor":
        return None if status in (-9, 7) else f"status {status}"
    if status == 125:
        return None if "sbox: " in said else "status 125 and no message"
    if status == 7:
        # Whoever served the sandbox is missed, while it could still be.
        return None
    if status == 137:
        return None if role in ("pid 1", "program") or "sbox: " in said else "status 137 and no message"
    if role == "reporter" and "sbox: " in said:
        return None  # the program's own, which had no answer to its calls any more
    if status == 127 and role == "program":
        return None
    return f"status {status}"


def duration(scenario):
    """How long a launch takes here, and what the program sees."""
    took, walls = [], ""
    for i in range(5):
        began = time.monotonic()
        launch = Launch(scenario, f"{scenario}-{os.getpid()}-{i}")
        status = launch.wait(60)
        took.append(time.monotonic() - began)
        said, walls = launch.close()
        open_ways = walls.replace("writing what stdin reads: WORKS", "") if scenario == "tty" else walls
        if status != 7 or not walls.endswith("complete\n") or "THE HOST'S" in walls or "WORKS" in open_ways:
            return None, f"{status} {said} {walls[:900]}"
    return sorted(took)[2], walls


def roles_of(scenario):
    return [role for role in EVERY + SCENARIOS[scenario][1] if not ONLY or role in ONLY]


def worker(scenario, number, span, want):
    """So many moments of each process; (counts, wrong) as JSON on stdout's place."""
    rng = random.Random(f"{SEED}-{scenario}-{number}")
    roles = roles_of(scenario)
    # Those that every launch has are tried as often in two of them alone.
    seldom = [] if ONLY else EVERY if scenario not in ("plain", "strict") else []
    need = {role: -(-MOMENTS // (WORKERS * (10 if role in seldom else 1))) for role in roles}
    counts, wrong = collections.Counter(), []
    ends = collections.Counter()
    levels = len(fields(os.getpid())[2])
    for i in range(sum(need.values()) * 2 * 6):
        missing = [(s, r) for s in ("SIGSTOP", "SIGKILL") for r in roles if counts[f"{s} {r}"] < need[r]]
        if not missing:
            break
        sig, role = rng.choice(missing)
        launch = Launch(scenario, f"{scenario}-{number}-{i}")
        began = time.monotonic()
        at = rng.uniform(0, span)
        while time.monotonic() - began < at:
            time.sleep(min(0.0005, max(0, at - (time.monotonic() - began))))
        there = family(launch.p.pid, levels)
        chosen = [pid for pid, r in there.items() if r == role] or list(there)
        pid = rng.choice(chosen)
        role = there[pid]
        try:
            os.kill(pid, getattr(signal, sig))
            if sig == "SIGSTOP":
                time.sleep(rng.uniform(0, 0.03))
                os.kill(pid, signal.SIGCONT)
            counts[f"{sig} {role}"] += 1
        except ProcessLookupError:
            pass
        continued = time.monotonic()
        status = launch.wait()
        took = time.monotonic() - continued
        if status is None:
            tree = {p: (r, fields(p)) for p, r in family(launch.p.pid, levels).items()}
            launch.p.kill()
            launch.p.wait()
        said, walls = launch.close()
        ends[f"{sig} {role}: {status}"] += 1
        problem = judge(sig, role, status, said, walls, want, took)
        if problem:
            wrong.append(f"{sig} of {role} {at * 1000:.1f} ms after the start: {problem} | {said[-300:]!r} {tree if status is None else ''}")
    return counts, wrong, ends


def parallel(scenario, span, want):
    """The workers' results together."""
    pipes = []
    sys.stdout.flush()
    for number in range(WORKERS):
        r, w = os.pipe()
        if os.fork() == 0:
            os.close(r)
            try:
                counts, wrong, ends = worker(scenario, number, span, want)
            except BaseException as e:  # pylint: disable=broad-except
                counts, wrong, ends = {}, [f"{e!r}"], {}
            with os.fdopen(w, "w") as f:
                json.dump([counts, wrong, ends], f)
            os._exit(0)
        os.close(w)
        pipes.append(r)
    counts, wrong, ends = collections.Counter(), [], collections.Counter()
    for r in pipes:
        with os.fdopen(r) as f:
            c, bad, e = json.load(f)
        counts.update(c)
        ends.update(e)
        wrong += bad
        os.wait()
    return counts, wrong, ends


def stop_for_good(scenario, role, how):
    """A launch of which one process is stopped, and what becomes of it; a line for ok()."""
    name = f"stay-{role.replace(' ', '')}-{how.rsplit('=', 1)[-1]}"
    # Pid 1, the program, the supervisor, and who answers calls, are the sandbox itself: what they are ended with ends it.
    alone = how == "alone"
    more = [] if alone else ["--name=" + name] + (["--set", "process.timeout=2s"] if how == "timeout" else [])
    launch = Launch(scenario, name, "echo up > /out/$0; " + ("sleep 0.5; exit 7" if alone else "while :; do sleep 1; done"), more)
    end = time.monotonic() + 30 * SLOWDOWN
    while not os.path.exists(launch.out) and time.monotonic() < end:
        time.sleep(0.01)
    there = [pid for pid, r in family(launch.p.pid, len(fields(os.getpid())[2])).items() if r == role]
    for pid in there:
        os.kill(pid, signal.SIGSTOP)
    r = None
    if how in ("kill", "kill --signal=KILL"):
        time.sleep(0.1)
        r = subprocess.run([SBOX] + how.split() + [name], check=False, capture_output=True, text=True, timeout=60 * SLOWDOWN)
    status = launch.wait(HANGS + SLOWDOWN, go_on=False)
    if status is None:
        launch.p.kill()
        launch.p.wait()
    said, _ = launch.close()
    good = there and (status == 7 if alone else status in (137, 143)) and (r is None or r.returncode == 0)
    what = "the launch ends with the program's status" if alone else f"{how} ends the sandbox"
    return good, f"{role} is stopped for good: {what}", f"{there} {status} {said} {r}"


def stays_stopped():
    """What is stopped and never continued keeps nobody: the rest ends with the program."""
    cases = [(scenario, role, "alone") for scenario, role in (("log", "logger"), ("hooks", "hooks"), ("tty", "starting"), ("bus", "proxy"),
                                                              ("net", "pasta"), ("net", "resolver"))]
    cases += [("report" if role == "reporter" else "plain", role, how) for role in ("pid 1", "program", "supervisor", "reporter")
              for how in ("kill", "kill --signal=KILL", "timeout") if (role, how) != ("supervisor", "timeout")]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for result in pool.map(lambda case: stop_for_good(*case), [case for case in cases if case[0] in usable]):
            ok(*result)


HOSTILE = r"""
for sig in STOP KILL TSTP TTIN TERM HUP INT QUIT SEGV SYS; do kill -$sig 1 2>/dev/null; kill -$sig -1 2>/dev/null; done
for pid in $(seq 1 300); do [ $pid = $$ ] || kill -STOP $pid 2>/dev/null; done
echo alive > /out/$0
read s < /proc/1/comm
[ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' /proc/1/status)" != T ] && exit 7
"""


def hostile():
    for scenario in usable:
        launch = Launch(scenario, f"hostile-{scenario}", HOSTILE, [])
        status = launch.wait(go_on=False)
        state = fields(launch.p.pid)
        if status is None:
            launch.p.kill()
            launch.p.wait()
        said, out = launch.close()
        ok(status == 7 and out == "alive\n", f"{scenario}: the program can stop or end neither pid 1 nor anything outside",
           f"{status} {state} {out!r} {said}")


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def main():
    ownmachine.enter("signals at random moments")
    print(f"# seed {SEED}; SBOX_SEED={SEED} SBOX_MOMENTS={MOMENTS} for the same")
    write(os.path.join(HOME, "file"), "text of the host\n")
    write(os.path.join(HOME, "after"), "#!/bin/sh\necho \"$SBOX_STATUS\" >> ~/after-ran\n", 0o755)
    write(os.path.join(HOME, ".config/sbox/profiles/hooks.ini"), "[profile]\nextends = default\n[hooks]\nafter = ~/after\n")
    for where in (OUT, PROJECT):
        os.makedirs(where)
    bus = start_bus()
    known = {bus.pid} if bus else set()
    total = collections.Counter()
    spans = {}
    for scenario in filter(roles_of, SCENARIOS):
        span, want = duration(scenario)
        if span is None:
            skip(scenario, "it does not work here: " + re.sub(r"\s+", " ", want)[:700])
            continue
        spans[scenario] = (span, want)
        usable.append(scenario)
    ownmachine.alone(known)
    traces = Traces()
    for scenario, (span, want) in spans.items():
        counts, wrong, ends = parallel(scenario, span, want)
        total.update(counts)
        left = list(ownmachine.alone(known).values())
        ok(not wrong and not left, f"{scenario}, {span * 1000:.0f} ms long: {sum(counts.values())} moments", "\n".join(left + wrong[:12]))
        for name, n in sorted(ends.items()):
            print(f"#   {n} times {name}")
    print("# " + ", ".join(f"{n} {name}" for name, n in sorted(total.items())))
    never = set(ONLY) - {name.split(" ", 1)[1] for name in total}
    if ONLY:
        ok(not never, "each process of SBOX_MOMENTS_OF was met", never)
    stays_stopped()
    hostile()
    # Whoever was killed while tidying up could not: the next start does it; one that wrote nothing is given a minute.
    entries = os.path.join(os.environ["XDG_RUNTIME_DIR"], "sbox")
    for top in (entries, os.path.join(entries, ".sockets")):
        for entry in os.scandir(top) if os.path.isdir(top) else ():
            os.utime(entry.path, (1, 1))
    for scenario in ["plain"] + ["bus"] * ("bus" in spans):
        subprocess.run([SBOX] + SCENARIOS[scenario][0] + ["--", "true"], check=False, cwd=PROJECT, stderr=subprocess.DEVNULL)
    left = list(ownmachine.alone(known).values())
    # A program wrote it after its supervisor had been killed, and before it was itself.
    for name in os.listdir(OUT):
        os.unlink(os.path.join(OUT, name))
    left += [name for name in traces.left() if not name.endswith("/after-ran")] + ownmachine.system_v()
    ok(not left, "nothing is left of any kind", "\n".join(left))
    if bus:
        bus.terminate()
        bus.wait()
        bus.stdout.close()
    finish()


usable = []
main()
