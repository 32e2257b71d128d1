#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 120
# The private terminal: it feels like the caller's, nothing is lost in it, and nothing of the caller's is inside.
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok  # noqa: E402
from terminal import Terminal, shell  # noqa: E402

ROUNDS = 100 // int(os.environ.get("SBOX_TEST_SLOWDOWN", "1")) + 1


def bare(cmd, limit=60):
    """Run cmd on a terminal of its own; what it printed, its status."""
    pid, fd = os.forkpty()
    if pid == 0:
        os.execvp(cmd[0], cmd)
    out, end = bytearray(), time.monotonic() + limit
    while time.monotonic() < end:
        try:
            data = os.read(fd, 1 << 16)
        except OSError:
            break
        if not data:
            break
        out += data
    _, raw = os.waitpid(pid, 0)
    os.close(fd)
    return bytes(out), os.waitstatus_to_exitcode(raw)


# ---- nothing is lost
lost = sum(bare([SBOX, "--", "sh", "-c", "echo quick; exit 3"]) != (b"quick\r\n", 3) for _ in range(ROUNDS))
ok(lost == 0, f"the output of a program that ends quickly is never lost ({ROUNDS} launches)", str(lost))

size = 4_000_000
out, status = bare([SBOX, "--", "sh", "-c", f"head -c {size} /dev/zero | tr '\\0' x"])
ok((len(out), status) == (size, 0), "4 MB go through", f"{len(out)} {status}")

pid, fd = os.forkpty()
if pid == 0:
    os.execvp(SBOX, [SBOX, "--", "sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i + 1)); done"])
time.sleep(1)  # nobody reads: the terminal's buffer is full long before
slow = bytearray()
while True:
    try:
        data = os.read(fd, 512)
    except OSError:
        break
    if not data:
        break
    slow += data
os.waitpid(pid, 0)
os.close(fd)
ok(slow.count(b"\n") == 3000 and b"line 2999\r\n" in slow, "a slow reader loses nothing", str(slow[-60:]))

# ---- what the program sees
t = Terminal([SBOX, "--", "sh", "-c", "tty; stty size; (: < /dev/tty) && echo op''en; readlink /proc/self/fd/0; echo en''d"])
t.expect(r"end")
ok("/dev/pts/0" in t.text, "the terminal comes from the sandbox's own devpts", t.text)
ok("open" in t.text, "/dev/tty is that terminal", t.text)
ok("24 80" in t.text, "it has the size of the caller's from the start", t.text)
t.close()

t = Terminal(["sh", "-c", f"echo piped | {SBOX} -- sh -c 'readlink /proc/self/fd/0; [ -t 1 ] && echo tt''y1; cat' ; echo en''d"])
t.expect(r"end")
ok("pipe:" in t.text and "tty1" in t.text and "piped" in t.text, "a pipe on stdin stays a pipe", t.text)
t.close()
t = Terminal(["sh", "-c", f"{SBOX} -- sh -c '[ -t 0 ] && echo tt''y0; [ -t 1 ] || echo no''t1' | cat; echo en''d"])
t.expect(r"end")
ok("tty0" in t.text and "not1" in t.text, "a pipe on stdout stays a pipe", t.text)
t.close()


# ---- the caller's terminal afterwards

for how, name in ((None, "ends"), (signal.SIGTERM, "gets SIGTERM"), (signal.SIGKILL, "gets SIGKILL")):
    t = shell()
    t.type(f"{SBOX} -- sh -c 'stty -echo raw; echo rea''dy; exec sleep {0.2 if how is None else 60}'\n")
    t.expect(r"ready")
    time.sleep(0.2)
    if how is not None:
        subprocess.run(["pkill", f"-{int(how)}", "-x", "-P", str(t.pid), "sbox"], check=False)
    t.expect(r"P> ")
    t.type("echo usa''ble\n")
    ok(t.expect(r"usable"), f"the caller's terminal is usable after sbox {name}", t.text)
    # Whoever gives it back after SIGKILL may be slower than the shell.
    for _ in range(50):
        t.type("stty -a > stty.txt; echo writ''ten\n")
        t.expect(r"written")
        with open("stty.txt") as f:
            text = f.read()
        if {"echo", "icanon", "opost", "isig", "icrnl"} <= set(text.split()):
            break
        time.sleep(0.1)
    ok({"echo", "icanon", "opost", "isig", "icrnl"} <= set(text.split()), "... with its modes", text)
    t.close()

# ---- a message of sbox's own while a program has every key for itself
project = os.path.join(os.environ["HOME"], "message")
os.makedirs(project)
for name in ("masked", "new"):
    with open(os.path.join(project, name), "w", encoding="utf-8") as f:
        f.write("x")
t = Terminal([SBOX, f"--rw={project}", f"--hide={project}/masked", "--", "sh", "-c", "stty raw -echo; printf rea''dy; head -c 1; printf e''nd"])
t.expect(r"ready")
os.rename(f"{project}/new", f"{project}/masked")
ok(t.expect(r"sbox: [^\n]*masked[^\n]*\r\n"), "a message has whole lines on a raw terminal", t.text)
t.type("k")
ok(t.expect(r"kend"), "... which is raw again afterwards", t.text)
t.close()

# ---- injection
inject = "import fcntl, sys\ntry:\n  fcntl.ioctl(0, 0x5412, b'x')\n  print('INJ' + 'ECTED')\nexcept OSError as e: print('err' + 'no', e.errno)"
t = Terminal([SBOX, "--", "python3", "-c", inject])
t.expect(r"errno \d+|INJECTED")
ok("errno 1" in t.text, "TIOCSTI is refused", t.text)
t.close()
finish()
