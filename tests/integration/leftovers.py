#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 600
"""Nothing stays: no process, mount, file, directory, socket, key or descriptor."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, Traces, finish, gone, ok, processes  # noqa: E402

SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
ROW, ONCE = max(30, 200 // SLOWDOWN), max(10, 50 // SLOWDOWN)
MARK = f"95{os.getpid()}.5"
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

subprocess.run([SBOX, "--", "true"], check=False, **quiet)
subprocess.run([SBOX, "--profile=build", "--", "true"], check=False, **quiet)
before = processes(MARK)
traces = Traces()


def clean(what):
    left = list(gone(MARK, before).values()) + traces.left()
    ok(not left, f"{what}: nothing is left", "\n".join(left))


bad = sum(subprocess.run([SBOX, "--", "true"], check=False, **quiet).returncode != 0 for _ in range(ROW))
ok(bad == 0, f"{ROW} launches in a row all work", f"{bad} failed")
clean(f"{ROW} launches in a row")

running = [subprocess.Popen([SBOX, "--", "sh", "-c", "read line; exit 7"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE) for _ in range(ONCE)]
for p in running:
    try:
        p.stdin.write(b"go\n")
        p.stdin.close()
    except BrokenPipeError:
        pass
results = [p.wait(timeout=60 * SLOWDOWN) for p in running]
texts = {p.stderr.read() for p in running}
for p in running:
    p.stderr.close()
ok(results.count(7) == ONCE, f"{ONCE} at once all work", f"{results} {texts}")
clean(f"{ONCE} at once")

for args, what in ((["--ro", "/no/such/path", "--", "true"], "a plan that fails"),
                   (["--", "/no/such/program"], "a program that is not there"),
                   (["--", "/etc/hostname"], "a program that cannot be executed"),
                   (["--profile=no-such-profile", "--", "true"], "a profile that is not there"),
                   (["--set", "process.timeout=50ms", "--", "sleep", MARK], "a timeout"),
                   (["--", "sh", "-c", f"sleep {MARK} & setsid sleep {MARK} & exit 0"], "a daemon"),
                   (["--", "sh", "-c", "kill -9 $$"], "a program that was killed"),
                   (["--home=private", "--dry-run", "--", "true"], "--dry-run"),
                   (["explain", "true"][0:1], "explain"),
                   (["check"], "check")):
    for _ in range(5):
        subprocess.run([SBOX] + args, check=False, **quiet)
    clean(what)

for _ in range(20):
    p = subprocess.Popen([SBOX, "--profile=build", "--", "sleep", MARK], **quiet)
    p.send_signal(signal.SIGKILL)
    p.wait()
# Nobody is left to take its entry out of the registry: the next start does.
# One that was killed before it wrote anything looks like one on its way, for a minute: let that pass.
entries = os.path.join(os.environ["XDG_RUNTIME_DIR"], "sbox")
for entry in os.scandir(entries) if os.path.isdir(entries) else ():
    if entry.stat().st_size == 0:
        os.utime(entry.path, (entry.stat().st_atime - 120, entry.stat().st_mtime - 120))
subprocess.run([SBOX, "--", "true"], check=False, **quiet)
clean("a killed supervisor under build")

open_fds = len(os.listdir("/proc/self/fd"))
ok(open_fds < 10, "this test itself kept no descriptor", open_fds)
finish()
