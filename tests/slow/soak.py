#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 20000
# runs as: root
"""Thousands of launches of every kind, eight at once, while others list, enter, freeze and end them; then hundreds at once.

SBOX_SOAK=N launches (300), SBOX_SOAK_ONCE=N at once (100), SBOX_SEED=N to have the same ones again.  Afterwards nothing is
left of any of them, and nothing has grown: this is a machine of its own (tests/lib/ownmachine.py), and how many namespaces there
may be at once is bounded to far less than there are launches.
"""
import collections
import json
import os
import pty
import random
import resource
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
import ownmachine  # noqa: E402
from sboxtest import SBOX, Traces, finish, ok, start_bus  # noqa: E402

SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
COUNT = int(os.environ.get("SBOX_SOAK") or 300 // SLOWDOWN)
ONCE = int(os.environ.get("SBOX_SOAK_ONCE") or (500 if COUNT >= 5000 else 100 // SLOWDOWN))
SEED = int(os.environ.get("SBOX_SEED") or time.time_ns() % 1000000)
AT_ONCE = 8
WARM_UP = min(200, COUNT // 4)
HANGS = 60 * SLOWDOWN
# Eight of two or three user namespaces each; the kernel takes those that ended apart when it has time.
NAMESPACES = 400 + COUNT // 20 + 3 * ONCE

PROJECT = os.path.join(os.environ["HOME"], "project")
GONE = ("no sandbox called", "has just ended", "No such process", "was ended", "is frozen", "namespaces of its own")

# Weights: what takes a tenth of a second is rarer.
OPTIONS = [
    (6, []), (4, ["--profile=untrusted"]), (4, ["--profile=build"]), (2, ["--home=private"]), (2, ["--home=ephemeral", "--cwd=rw"]),
    (2, ["--net=none", "--cwd=none"]), (2, ["--net=host"]), (1, ["--net=user"]), (1, ["--net=user", "--set", "network.allow=example.org:443"]),
    (2, ["--cwd=overlay"]), (2, ["--report=/dev/null", "--profile=untrusted"]), (2, ["--profile=build", "--report"]),
    (2, ["--set", "process.timeout=100ms"]), (2, ["--set", "process.log=" + os.environ["HOME"] + "/log"]), (1, ["--set", "process.on-exit=wait"]),
    (2, ["--set", "namespaces.nested=full"]), (1, ["--set", "capabilities.keep=chown"]), (2, ["--set", "seccomp.allow=@ipc"]),
    (1, ["--set", "desktop.dbus-talk=org.test.Name"]), (1, ["--set", "desktop.dbus-talk=org.test.Name", "--report"]),
    (2, ["--set", "cgroup.manager=none", "--set", "rlimits.nproc=50"]), (2, ["--set", "namespaces.boottime-offset=10"]),
    (1, ["--set", "files.rw=-/no/such/file", "--ro", "/etc/hostname", "--hide", "/usr/share"]),
] + [(1, ["--profile=" + name]) for name in
     ("debug", "shell", "git", "ssh", "viewer", "office", "media", "graphics", "editor", "archive", "games", "browser")] + [
         (0.3, ["--profile=" + name]) for name in ("node", "python", "rust", "agent", "mail", "chat", "electron")]
if os.environ.get("SBOX_TEST_CGROUPS") or os.getuid() == 0:
    OPTIONS += [(6, ["--set", "cgroup.manager=subtree"]), (1, ["--set", "cgroup.manager=subtree", "--set", "namespaces.nested=full"])]

# What runs inside, and the status with which it ends by itself.
PROGRAMS = [
    (6, ["true"], 0), (3, ["sh", "-c", "exit 7"], 7), (2, ["sh", "-c", "kill -9 $$"], 137), (1, ["/no/such/program"], 127),
    (3, ["sh", "-c", "sleep $0 & setsid sleep $0 & exit 3", "300"], 3), (2, ["sh", "-c", "for i in 1 2 3 4 5 6; do sleep 0.02 & done; wait"], 0),
    (2, ["sh", "-c", "echo x > /tmp/x; echo x > /dev/shm/x; echo x > ~/x; echo x > /var/tmp/y; echo x > kept; exit 0"], 0),
    (2, ["python3", "-c", "import ctypes; c = ctypes.CDLL(None); [c.shmget(0, 4096, 0o1600) for _ in range(3)]; c.semget(0, 1, 0o1600)"], 0),
    (8, ["sleep", "0.05"], 0), (6, ["sleep", "0.2"], 0), (3, ["sh", "-c", "trap 'exit 9' TERM; sleep 0.3 & wait"], 0),
    (1, ["sh", "-c", "trap '' TERM; sleep 0.2"], 0), (1, ["unshare", "-Ur", "true"], None),
]


def pick(rng, table):
    return rng.choices(table, [row[0] for row in table])[0][1:]


class Wrong:
    """What went wrong, the first of each kind in full."""

    def __init__(self):
        self.texts = []

    def add(self, text):
        self.texts.append(text)

    def __str__(self):
        return f"{len(self.texts)}: " + "\n".join(self.texts[:12])


class Child:
    """One process of sbox, launcher or other subcommand, with its outputs in a file each."""

    def __init__(self, args, tty=False, stdin=subprocess.DEVNULL):
        self.args = args
        self.began = time.monotonic()
        self.name = None
        self.entered = self.ended = self.frozen = False
        self.err = open(os.path.join(os.environ["T"], f"err.{id(self)}"), "w+b")
        self.out = open(os.path.join(os.environ["T"], f"out.{id(self)}"), "w+b")
        os.unlink(self.err.name)
        os.unlink(self.out.name)
        self.master = slave = None
        if tty:
            self.master, slave = pty.openpty()
            os.set_blocking(self.master, False)
        self.p = subprocess.Popen([SBOX] + args, stdin=slave or stdin, stdout=slave or self.out, stderr=slave or self.err, cwd=PROJECT,
                                  start_new_session=tty)
        if tty:
            os.close(slave)
        self.fd = os.pidfd_open(self.p.pid)

    def drain(self):
        if self.master is not None:
            try:
                self.out.write(os.read(self.master, 65536))
            except OSError:
                pass

    def text(self, which):
        which.seek(0)
        return which.read().decode(errors="replace")

    def said(self):
        self.drain()
        return (self.text(self.err) + (self.text(self.out) if self.master is not None else "")).strip()

    def close(self):
        for fd in (self.fd, self.master):
            if fd is not None:
                os.close(fd)
        self.err.close()
        self.out.close()


class Soak:
    def __init__(self, rng):
        self.rng = rng
        self.launched = 0
        self.running, self.helpers = [], []
        self.wrong = Wrong()
        self.counts = collections.Counter()

    # ---- launches
    def launch(self):
        options, (program, status) = pick(self.rng, OPTIONS)[0], pick(self.rng, PROGRAMS)
        args = list(options)
        if "process.on-exit=wait" in args and program[-1] == "300":
            program = program[:-1] + ["0.3"]
        tty = self.rng.random() < 0.08
        name = f"s{self.launched}" if self.rng.random() < 0.5 else None
        if name:
            args.append("--name=" + name)
        if tty:
            args.append("--tty=" + self.rng.choice(["private", "none", "inherit"]))
        child = Child(args + ["--"] + program, tty)
        child.name = name
        child.want = status
        child.timed = "process.timeout=100ms" in args
        self.launched += 1
        self.counts["launches"] += 1
        self.running.append(child)

    def launch_ended(self, child):
        status = child.p.wait()
        said = child.said()
        good = {child.want}
        if child.want is None:
            good = set(range(125))
        if child.ended:
            good |= {143, 137, 9, 130, 1}
        if child.timed:
            good |= {143, 137, 9}
        if status not in good:
            self.wrong.add(f"{child.args}: status {status}, not {good}: {said[-400:]!r}")
        if "changed" in said and "sbox discard" in said:
            self.counts["overlays with changes"] += 1
        child.close()

    # ---- what others do meanwhile
    def act(self):
        what = self.rng.choices(["list", "json", "enter", "kill", "freeze", "signal"], [3, 3, 5, 4, 4, 1])[0]
        named = [c for c in self.running if c.name and time.monotonic() - c.began > 0.02]
        target = self.rng.choice(named) if named else None
        if what == "list":
            self.help(["list"], self.list_ended)
        elif what == "json":
            self.help(["list", "--json"], self.list_ended)
        elif not target:
            return
        elif what == "enter":
            target.entered = True
            self.help(["enter", target.name, "sh", "-c", "read x < /proc/1/comm; [ $x = sbox-init ] && exit 5"], self.enter_ended, target)
        elif what == "kill":
            target.ended = True
            self.help(["kill", target.name], self.kill_ended, target)
        elif what == "signal":
            target.ended = True
            self.help(["kill", "--signal=KILL", target.name], self.kill_ended, target)
        else:
            self.help(["freeze", target.name], self.freeze_ended, target)

    def help(self, args, then, target=None):
        child = Child(args)
        child.then, child.target = then, target
        self.counts[args[0]] += 1
        self.helpers.append(child)

    def helper_ended(self, child):
        child.then(child, child.p.wait(), child.said())
        child.close()

    def unless_gone(self, child, status, said, good):
        """125 with words that say that it is gone, or one of good."""
        if status in good:
            return
        if status == 125 and any(word in said for word in GONE):
            self.counts[child.args[0] + " too late"] += 1
            return
        self.wrong.add(f"{child.args}: status {status}: {said[-400:]!r}, target {child.target.args}")

    def list_ended(self, child, status, said):
        text = child.text(child.out)
        if status != 0 or said:
            self.wrong.add(f"{child.args}: status {status} {said!r}")
        if "--json" in child.args:
            for e in json.loads(text):
                if not (e["id"] and e["pid"] > 0 and 0 <= e["age"] < 3600 and e["tasks"] >= 0 and e["command"]):
                    self.wrong.add(f"list --json: {e}")

    def enter_ended(self, child, status, said):
        # 137: it was ended meanwhile, and took with it who had entered.
        self.unless_gone(child, status, said, {5, 137, 143})
        self.counts["entered"] += status == 5

    def kill_ended(self, child, status, said):
        self.unless_gone(child, status, said, {0})

    def freeze_ended(self, child, status, said):
        target = child.target
        if status == 125 and "has no control group" in said:
            self.counts["freeze refused"] += 1
            if "cgroup.manager=subtree" in target.args:
                self.wrong.add(f"no control group: {target.args}")
            return
        self.unless_gone(child, status, said, {0})
        if status == 0:
            self.counts["frozen"] += 1
            target.frozen = True
            # It may be ended instead: that thaws it.
            self.help(["thaw", target.name], self.thaw_ended, target)

    def thaw_ended(self, child, status, said):
        self.unless_gone(child, status, said, {0})

    # ---- the loop
    def step(self):
        for c in self.running + self.helpers:
            c.drain()
        children = {c.fd: c for c in self.running + self.helpers}
        ready, _, _ = select.select(list(children), [], [], 0.005)
        for fd in ready:
            child = children[fd]
            if child in self.running:
                self.running.remove(child)
                self.launch_ended(child)
            else:
                self.helpers.remove(child)
                self.helper_ended(child)
        for child in children.values():
            if time.monotonic() - child.began > HANGS and child.fd not in ready:
                self.wrong.add(f"hangs: {child.args}: {child.said()!r} {ownmachine.others()}")
                child.p.kill()
                child.began = time.monotonic()

    def run(self, count):
        until = self.launched + count
        while self.launched < until or self.running or self.helpers:
            while self.launched < until and len(self.running) < AT_ONCE:
                self.launch()
            if len(self.helpers) < 4 and self.launched < until and self.rng.random() < 0.5:
                self.act()
            self.step()


def discard_all():
    top = os.path.join(os.environ["HOME"], ".local/state/sbox/overlays")
    for name in os.listdir(top) if os.path.isdir(top) else []:
        subprocess.run([SBOX, "discard", name], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PROJECT)
    for name in os.listdir(PROJECT):
        if name == "kept":
            os.unlink(os.path.join(PROJECT, name))


def at_once(count, rng):
    """So many at the same time, each of them up before the first one may end."""
    options = [(6, []), (3, ["--profile=untrusted"]), (2, ["--profile=build"]), (2, ["--report"]), (1, ["--home=private"]),
               (2, ["--set", "cgroup.manager=subtree"]), (0.2, ["--net=user"])]
    chosen = [pick(rng, options)[0] for _ in range(count)]
    began = time.monotonic()
    running = []
    for i, args in enumerate(chosen):
        running.append(subprocess.Popen([SBOX] + args + [f"--name=at-once-{i}", "--", "sh", "-c", "echo up; read line; exit 7"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT))
    up = [p.stdout.readline() for p in running]
    seconds = time.monotonic() - began
    listed = json.loads(subprocess.run([SBOX, "list", "--json"], check=False, capture_output=True).stdout)
    processes = len(ownmachine.others())
    entered = [subprocess.run([SBOX, "enter", f"at-once-{i}", "true"], check=False).returncode for i in range(0, count, max(1, count // 10))]
    for p in running:
        p.stdin.close()
    status = [p.wait(timeout=10 * HANGS) for p in running]
    said = [p.stderr.read() for p in running]
    for p in running:
        p.stdout.close()
        p.stderr.close()
    ok(up.count(b"up\n") == count, f"{count} at once are up, after {seconds:.1f} s: {processes} processes", set(said))
    ok(len(listed) == count and set(entered) == {0}, "... all are listed, and can be entered", f"{len(listed)} {entered}")
    ok(status.count(7) == count, "... and end with their own status", f"{collections.Counter(status)} {set(said)}")


def clean(what, bus, traces):
    discard_all()
    left = list(ownmachine.alone({bus.pid} if bus else ()).values()) + traces.left() + ownmachine.system_v()
    end = time.monotonic() + 20
    while ownmachine.groups() and time.monotonic() < end:
        time.sleep(0.05)
    left += ownmachine.groups()
    ok(not left, f"{what}: nothing is left of any kind", "\n".join(left))


def main():
    ownmachine.enter("soak", limits={kind: NAMESPACES for kind in ownmachine.KINDS})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * ONCE + 200)), hard))
    os.makedirs(PROJECT)
    print(f"# seed {SEED}; SBOX_SEED={SEED} SBOX_SOAK={COUNT} for the same")
    rng = random.Random(SEED)
    bus = start_bus()
    soak = Soak(rng)
    for _, args in OPTIONS:
        # Homes and logs that stay are made once.
        subprocess.run([SBOX] + args + ["--", "sh", "-c", "echo x > ~/x; echo x > kept"], check=False, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    discard_all()
    ownmachine.alone({bus.pid} if bus else ())
    traces = Traces()
    own = len(os.listdir("/proc/self/fd"))
    soak.run(WARM_UP)
    before = ownmachine.figures()
    began = time.monotonic()
    soak.run(COUNT - WARM_UP)
    seconds = time.monotonic() - began
    counts = ", ".join(f"{n} {name}" for name, n in sorted(soak.counts.items()))
    ok(not soak.wrong.texts, f"{counts}: each ends as it should", soak.wrong)
    print(f"# {(COUNT - WARM_UP) / seconds:.0f} launches a second")
    clean(f"{COUNT} launches, {AT_ONCE} at once", bus, traces)
    after = ownmachine.figures()
    for name, value in after.items():
        print(f"# {name}: {before[name]} after {WARM_UP} launches, {value} after {COUNT}")
    # Others work on this machine: what a launch could leave of each, were it to leave anything.
    ok(after["open files"] - before["open files"] < 1000 + COUNT // 10, "no open files stay in the kernel", (before, after))
    ok(after["SUnreclaim KiB"] - before["SUnreclaim KiB"] < 100000 + 4 * COUNT, "no memory of the kernel's stays", (before, after))
    ok(len(os.listdir("/proc/self/fd")) == own, "this test keeps no descriptor", os.listdir("/proc/self/fd"))
    at_once(ONCE, rng)
    clean(f"{ONCE} at once", bus, traces)
    if bus:
        bus.send_signal(signal.SIGTERM)
        bus.wait()
        bus.stdout.close()
    finish()


main()
