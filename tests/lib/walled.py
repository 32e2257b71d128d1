# SPDX-License-Identifier: MIT
"""Launches whose program prints what surrounds it (tests/helpers/walls.c), and whether that is what it should be."""
import os
import re
import subprocess
import threading
import time

from sboxtest import SBOX, ok

SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
# What is asked outside has eight seconds; the rest is this machine's, on which others work.
HANGS = 20 * SLOWDOWN
WALLS = os.path.join(os.environ["TOP_BUILDDIR"], "tests", "bin", "walls")
HOME = os.environ["HOME"]
PROJECT = os.path.join(HOME, "project")
NAMESPACES = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "mnt", "pid", "ipc", "uts", "cgroup", "net")]
_lock = threading.Lock()
_number = [0]


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def prepare():
    os.makedirs(PROJECT)
    write(os.path.join(HOME, "file"), "text of the host\n")


def launch(options, program="", env=None):
    """(status, what the program found, what was said, seconds); status None: it hung.  By itself it ends with 7."""
    with _lock:
        _number[0] += 1
        out = os.path.join(HOME, f"out.{_number[0]}")
    os.makedirs(out)
    try:
        return _launch(options, program, env, out)
    finally:
        os.rmdir(out)


def _launch(options, program, env, out):
    began = time.monotonic()
    with open(os.path.join(HOME, "file"), "rb") as stdin:
        p = subprocess.Popen([SBOX] + options + [f"--ro={WALLS}:/walls", f"--rw={out}:/out", "--", "sh", "-c",
                                                 f"/walls \"$@\" > /out/walls; {program} sleep 0.3; exit 7", "x"] + NAMESPACES,
                             cwd=PROJECT, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        try:
            _, said = p.communicate(timeout=HANGS)
            status = p.returncode
        except subprocess.TimeoutExpired:
            p.kill()
            _, said = p.communicate()
            status = None
    walls = ""
    if os.path.exists(os.path.join(out, "walls")):
        with open(os.path.join(out, "walls"), encoding="utf-8", errors="replace") as f:
            walls = f.read()
        os.unlink(os.path.join(out, "walls"))
    return status, walls.replace(os.path.basename(out), "OUT"), said.decode(errors="replace"), time.monotonic() - began


def lines_of(walls):
    """Without what a service brings when it is there: its socket, its variable, the resolver's file."""
    return {line for line in walls.splitlines() if not re.search(r"/etc/(resolv\.conf|gai\.conf|host\.conf|hosts|protocols|services) |-session|wayland|env (DBUS_|WAYLAND_)|XDG_RUNTIME_DIR|/bus ", line)}


def judge(what, result, statuses, want):
    """125 goes with a message and nothing that ran, 7 with the walls that are wanted, and both come in time."""
    status, walls, said, seconds = result
    problem = None
    if status is None:
        problem = f"hangs for {HANGS} s"
    elif status not in statuses:
        problem = f"status {status}"
    elif status == 125 and ("sbox: " not in said or walls):
        problem = "no message, or it ran all the same"
    elif any(ord(c) < 32 and c != "\n" for c in said):
        problem = "bytes of a terminal"
    elif status == 7 and lines_of(walls) != lines_of(want):
        problem = f"other walls: {sorted(lines_of(walls) ^ lines_of(want))}"
    ok(not problem, f"{what}: {'its walls' if status == 7 else 'refused'} after {seconds:.1f} s", f"{problem} {said[-600:]}")
