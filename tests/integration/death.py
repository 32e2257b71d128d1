#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 180
"""When the supervisor dies, in whatever way and at whatever moment, the sandbox dies with it."""
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, gone, ok, processes, skip  # noqa: E402

MARK = f"94{os.getpid()}.25"
RUNS = 2000 if os.environ.get("SBOX_TEST_SLOW") else 200
# The time that a launch takes: an emulated machine is slower.
WINDOW = 0.003 * int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
before = processes(MARK)

subprocess.run([SBOX, "--", "true"], check=False)
random.seed(os.getpid())
started = 0
for i in range(RUNS):
    p = subprocess.Popen([SBOX, "--", "sleep", MARK], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    end = time.monotonic() + random.uniform(0, WINDOW)
    while time.monotonic() < end:
        pass
    p.kill()
    started += p.wait() == -signal.SIGKILL
ok(started > RUNS // 2, f"most of {RUNS} launches were really killed in their first {WINDOW * 1000:g} ms", f"{started}")
left = gone(MARK, before)
ok(not left, f"SIGKILL of the supervisor at a random moment, {RUNS} times: no process is left", left)

for name in ("SIGKILL", "SIGSEGV", "SIGABRT"):
    p = subprocess.Popen([SBOX, "--", "sh", "-c", f"echo ready; sleep {MARK} & exec sleep {MARK}"], stdout=subprocess.PIPE)
    p.stdout.readline()
    for _ in range(1000):  # a process within its execve has no arguments
        running = len(processes(MARK).keys() - before.keys())
        if running >= 3:
            break
        time.sleep(0.01)
    p.send_signal(getattr(signal, name))
    if name != "SIGKILL":
        time.sleep(0.1)
        p.kill()
    p.wait()
    p.stdout.close()
    left = gone(MARK, before)
    ok(running >= 3 and not left, f"{name} of the supervisor of a running sandbox", f"{running} {left}")

# Killing the inner processes one by one ends the whole too, with a status.
p = subprocess.Popen([SBOX, "--", "sh", "-c", f"echo ready; exec sleep {MARK}"], stdout=subprocess.PIPE)
p.stdout.readline()
for pid, what in processes(MARK).items():
    if pid not in before and what.startswith("sbox-init"):
        os.kill(pid, signal.SIGKILL)
try:
    status = p.wait(timeout=10)
except subprocess.TimeoutExpired:
    status = "still running"
p.stdout.close()
left = gone(MARK, before)
ok(status not in (0, "still running") and not left, "SIGKILL of pid 1 of the sandbox ends all, and not with status 0",
   f"{status} {left}")

# The supervisor dies before the child has asked to be told: the child is held in front of prctl(PR_SET_PDEATHSIG).
if shutil.which("strace"):
    mark = os.path.join(os.environ["T"], "work", "ran")
    p = subprocess.Popen(["strace", "-f", "-qq", "-o", "trace", "-e", "trace=prctl,clone3,clone",
                          "-e", "inject=prctl:delay_enter=700ms", SBOX, "--cwd=rw", "--",
                          "sh", "-c", f"echo x > {mark}; exec sleep {MARK}"], stderr=subprocess.PIPE)
    end = time.monotonic() + 20
    supervisor = child = None
    while time.monotonic() < end and child is None:
        time.sleep(0.01)
        for pid, what in processes("no marker").items():
            if pid in before:
                continue
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == p.pid:
                supervisor = pid
            elif parent == supervisor:
                child = pid
    time.sleep(0.05)
    if child:
        os.kill(supervisor, signal.SIGKILL)
    p.wait(timeout=60)
    p.stderr.close()
    left = gone(MARK, before)
    with open("trace", encoding="utf-8", errors="replace") as f:
        trace = f.read()
    ok(child and "PR_SET_PDEATHSIG" in trace, "a child was caught before PR_SET_PDEATHSIG", trace)
    ok(not left and not os.path.exists(mark), "... its supervisor was killed, and the program never ran",
       f"{left} {os.path.exists(mark)}")
else:
    skip("a child caught before PR_SET_PDEATHSIG", "strace is not installed")
finish()
