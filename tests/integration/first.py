#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program's first instruction comes after pid 1 and the supervisor are confined, however slow they are.

strace holds one of the two back: the supervisor in its seccomp(), which nobody else is traced for, and pid 1 in the third
dup2() of a process, before its seccomp(); the supervisor makes two of them, the program none.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, gone, ok, processes, skip  # noqa: E402

SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
LATE, FOR_EVER = 400000 * SLOWDOWN, 600000000  # microseconds
NAME = f"first{os.getpid()}"
WORK = os.path.join(os.environ["T"], "work")
# the process above, which is pid 1, or stands in for it
LOOK = "read -r _ _ _ ppid _ < /proc/self/stat; grep ^Seccomp: /proc/$ppid/status; grep ^Name: /proc/$ppid/status; read -r line"
SUPERVISOR, INIT = ["strace", "-qq"], ["strace", "-f", "-qq"]


def slow(who, what):
    # not all machines have a dup2
    call = "seccomp" if who is SUPERVISOR else "dup2" if os.uname().machine == "x86_64" else "dup3"
    return [*who, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}" + ("" if who is SUPERVISOR else ":when=3")]


def status_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except (FileNotFoundError, ProcessLookupError):
        return {}


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def start(prefix, *args, **more):
    return subprocess.Popen([*prefix, SBOX, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def first_look(name, prefix, *args):
    """The filters as they are when the program says its first word; True, and how long that took."""
    began = time.monotonic()
    p = start(prefix, *args, "--", "sh", "-c", LOOK)
    inside = [p.stdout.readline(), p.stdout.readline()]
    took = time.monotonic() - began
    supervisor = children(p.pid)[:1] if prefix else [p.pid]
    outside = [status_of(pid).get("Seccomp") for pid in supervisor]
    said = p.communicate("go on\n", timeout=60 * SLOWDOWN)
    good = inside == ["Seccomp:\t2\n", "Name:\tsbox-init\n"] and outside == ["2"] and p.returncode == 0
    return ok(good and (not prefix or took >= LATE / 1e6), f"{name}: pid 1 and the supervisor are confined by then",
              f"{inside} {outside} {took:.2f} s {p.returncode} {said}")


def program_of(supervisor):
    """The first process below it that has nothing left to do but to wait: its own filter is loaded."""
    for init in children(supervisor):
        for program in children(init):
            if status_of(program).get("Seccomp") == "2":
                return init, program
    return None


def killed(name, whom, *args):
    """One of the two is killed while the program waits for the supervisor, which is slow: nothing ran, nothing stays."""
    mark = os.path.join(WORK, f"ran-{whom.replace(' ', '')}-{len(args)}")
    p = start(slow(SUPERVISOR, f"delay_enter={FOR_EVER}"), *args, "--", "sh", "-c", f"echo > {mark}")
    end = time.monotonic() + 60 * SLOWDOWN
    there, supervisor = None, []
    while not there and time.monotonic() < end and p.poll() is None:
        time.sleep(0.005)
        supervisor = children(p.pid)
        there = program_of(supervisor[0]) if supervisor else None
    late = there and status_of(supervisor[0]).get("Seccomp") == "0"
    left = there or ()
    if there:
        os.kill(supervisor[0] if whom == "the supervisor" else there[0], signal.SIGKILL)
        if whom == "the supervisor":
            p.kill()  # strace would hold it for as long as it said
        while left and time.monotonic() < end:
            time.sleep(0.005)
            left = [pid for pid in there if status_of(pid).get("State", "Z")[0] not in "ZX"]
        if whom != "the supervisor":
            os.kill(supervisor[0], signal.SIGKILL)
    p.kill()
    p.communicate(timeout=60 * SLOWDOWN)
    return ok(there and late and not left and not os.path.exists(mark), f"{name}: {whom} is killed, and the program never ran",
              f"{there} {late} {left} {os.path.exists(mark)}")


def fails(name, prefix, words, *args):
    """One of the two cannot load its filter, and finds that out late: nothing ran."""
    mark = os.path.join(WORK, f"ran-{len(words)}-{len(args)}")
    p = start(prefix, *args, "--", "sh", "-c", f"echo > {mark}")
    said = p.communicate(timeout=60 * SLOWDOWN)
    return ok(p.returncode == 125 and re.search(words, said[1]) and not os.path.exists(mark), f"{name}: then nothing runs",
              f"{p.returncode} {said}")


os.chdir(WORK)
before = processes(NAME)
first_look("a launch", [], "--profile=default")
if not shutil.which("strace"):
    skip("a slow pid 1, a slow supervisor", "strace is not installed")
    finish()
inside = start([], f"--name={NAME}", "--cwd=rw", "--", "sh", "-c", f": {NAME}; echo up; read -r line")
inside.stdout.readline()
SHAPES = {"a launch": ["--cwd=rw"], "enter": ["enter", NAME]}
if SLOWDOWN == 1:
    SHAPES.update({"a report": ["--cwd=rw", "--report=/dev/null"], "untrusted": ["--profile=untrusted", "--cwd=rw"]})
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    jobs = []
    for shape, options in SHAPES.items():
        jobs += [pool.submit(first_look, f"{shape}, a slow supervisor", slow(SUPERVISOR, f"delay_enter={LATE}"), *options),
                 pool.submit(first_look, f"{shape}, a slow pid 1", slow(INIT, f"delay_enter={LATE}"), *options)]
    for shape, options in list(SHAPES.items())[:2]:
        jobs += [pool.submit(killed, shape, "the supervisor", *options), pool.submit(killed, shape, "pid 1", *options),
                 pool.submit(fails, f"{shape}, the supervisor's filter fails", slow(SUPERVISOR, f"delay_enter={LATE}:error=EINVAL"),
                             "cannot load the supervisor's filter", *options),
                 pool.submit(fails, f"{shape}, pid 1 fails", slow(INIT, f"delay_enter={LATE}:error=EMFILE"),
                             "cannot close the descriptors of pid 1", *options)]
    for job in jobs:
        job.result()
inside.communicate("end\n", timeout=60 * SLOWDOWN)
left = gone(NAME, before, 10 * SLOWDOWN)
ok(not left, "nothing is left", left)
finish()
