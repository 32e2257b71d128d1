#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A sandboxed program in an interactive bash with job control, typed at through a terminal."""
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, gone, ok  # noqa: E402
from terminal import Terminal, shell  # noqa: E402


# ---- a sandboxed program as a job of an ordinary shell
t = shell()
t.type(f"{SBOX} -- bash -c 'trap \"n=\\$((n + 1))\" INT; echo rea\"\"dy; for i in 1 2 3 4 5 6; do sleep 0.1; done; echo \"got=$n\"; exit 3'; echo st=$?\n")
ok(t.expect(r"ready"), "a program starts on the terminal", t.text)
time.sleep(0.15)
t.type("\x03")
ok(t.expect(r"got=1\r"), "Ctrl-C reaches a program that handles it, once", t.text)
ok(t.expect(r"st=3\r"), "... and its status is its own", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- sh -c 'echo rea\"\"dy; exec sleep 60'; echo st=$?\n")
t.expect(r"ready")
time.sleep(0.1)
t.type("\x03")
ok(t.expect(r"P> "), "Ctrl-C ends a program that does not, and with it the line, as for a bare program", t.text)
ok("st=" not in t.text[t.typed:], "... nothing more of that line is run", t.text)
t.type("echo st=$?\n")
ok(t.expect(r"st=130\r"), "... with status 130", t.text)
t.expect(r"P> ")
t.type(f"{SBOX} -- sh -c 'echo rea\"\"dy; exec sleep 60'; echo st=$?\n")
t.expect(r"ready")
time.sleep(0.1)
t.type("\x1c")
ok(t.expect(r"st=131\r"), "Ctrl-\\ ends it with SIGQUIT", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- sh -c 'echo rea\"\"dy; sleep 0.4; read line; echo \"line=$line\"; exit 4'\n")
t.expect(r"ready")
time.sleep(0.1)
t.type("\x1a")
ok(t.expect(r"Stopped"), "Ctrl-Z stops the job, and the shell says so", t.text)
ok(t.expect(r"P> "), "... and is back at its prompt", t.text)
t.type("jobs\n")
ok(t.expect(r"Stopped"), "jobs lists it", t.text)
t.expect(r"P> ")
t.type("fg\n")
time.sleep(0.8)
t.type("typed\n")
ok(t.expect(r"line=typed"), "fg: it goes on and reads from the terminal", t.text)
t.expect(r"P> ")
t.type("echo st=$?\n")
ok(t.expect(r"st=4\r"), "... and ends with its own status", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- sh -c 'echo rea\"\"dy; sleep 1; echo do\"\"ne; exit 6'\n")
t.expect(r"ready")
time.sleep(0.1)
t.type("\x1a")
t.expect(r"Stopped")
t.expect(r"P> ")
t.type("bg\n")
ok(t.expect(r"done"), "bg: it goes on in the background", t.text)
t.type("wait %1; echo st=$?\n")
ok(t.expect(r"st=6\r"), "... and its status is waited for", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- sh -c 'echo rea\"\"dy; kill -STOP $$; echo aga\"\"in; exit 5'\n")
t.expect(r"ready")
ok(t.expect(r"Stopped"), "a program that stops itself stops the job", t.text)
t.expect(r"P> ")
t.type("fg; echo st=$?\n")
ok(t.expect(r"again[\s\S]*st=5\r"), "... and fg continues it", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- sh -c 'trap \"stty size; exit 0\" WINCH; stty size; echo rea\"\"dy; while :; do sleep 0.05; done'\n")
ok(t.expect(r"24 80\r\n[\s\S]*ready"), "the program sees the size of the window", t.text)
t.resize(31, 97)
ok(t.expect(r"31 97"), "SIGWINCH and the new size reach it", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- cat | {SBOX} -- cat; echo st=$?\n")
time.sleep(0.3)
t.type("through\n")
ok(t.expect(r"through[\s\S]*through"), "two sandboxes in one pipeline read the terminal", t.text)
t.type("\x04")
ok(t.expect(r"st=0\r"), "... and end at Ctrl-D", t.text)
t.expect(r"P> ")

t.type(f"{SBOX} -- sleep 60 & sleep 0.2; kill %1; wait %1; echo st=$?\n")
ok(t.expect(r"st=143\r"), "kill of a background job", t.text)
t.expect(r"P> ")
t.type("stty -a | grep -o ' echo '\n")
ok(t.expect(r"\n ?echo"), "the terminal is as it was", t.text)
t.close()

# ---- a job that is begun in the background and has not been stopped: dash, unlike bash, continues it all the same
if shutil.which("dash"):
    t = Terminal(["dash", "-i"])
    t.type("PS1='D''> '\n")
    t.expect(r"D> ")
    t.type(f"{SBOX} -- sh -c 'trap c=1 CONT; echo rea\"\"dy; until [ $c ]; do sleep 0.05; done; echo aga\"\"in; read line; echo \"line=$line\"' &\n")
    t.expect(r"ready")
    t.type("fg\n")
    ok(t.expect(r"again"), "fg of a job in the background", t.text)
    t.type("typed\n")
    ok(t.expect(r"line=typed"), "... which has the keyboard now", t.text)
    t.close()

# ---- an interactive shell inside
t = Terminal([SBOX, "--profile=shell", "--", "bash", "--norc", "--noprofile", "-i"])
t.type("PS1='I''> '; bind 'set enable-bracketed-paste off'\n")
ok(t.expect(r"I> "), "an interactive shell inside", t.text)
ok("no job control" not in t.text and "annot set terminal process group" not in t.text, "... has job control", t.text)
# What a program answers was read in the foreground: before that a key is the shell's, and what was typed before it is lost.
# No echo looks like an answer; what comes while the shell has the terminal has none.
t.type("sed -u 's/^/=/'\n")
t.type("one\n")
ok(t.expect(r"=one\r\n"), "... whose job reads what is typed", t.text)
t.type("\x1a")
ok(t.expect(r"Stopped"), "... Ctrl-Z stops its job, not the sandbox", t.text)
t.expect(r"I> ")
t.type("fg\n")
t.type("two\n")
ok(t.expect(r"=two\r\n"), "... and goes on with it after fg", t.text)
t.type("\x03")
ok(t.expect(r"I> "), "... Ctrl-C ends its job, not the sandbox", t.text)
t.type("echo st=$?\n")
ok(t.expect(r"st=130\r"), "... with the status of a bare shell", t.text)
t.type("exit 8\n")
ok(t.wait() == 8, "... and exit leaves with its status", t.text)
os.close(t.fd)

# ---- signals go no further than the sandbox, also where the terminal and so the process group is shared
t = shell()
t.type(f"sh -c '{SBOX} --profile=default -- sh -c \"trap : TERM; kill -TERM 0; sleep 0.2; echo ins\"\"ide\"; echo out\"\"side'; echo st=$?\n")
ok(t.expect(r"st=0\r"), "kill(0) inside does not reach the processes of the host in the same group", t.text)
ok("outside" in t.text[t.typed:] and "inside" in t.text[t.typed:], "... they go on", t.text)
t.close()

# ---- no terminal at all
t = Terminal([SBOX, "--tty=none", "--", "sh", "-c", "(: < /dev/tty) && echo tty=open || echo tty=none; tty; echo en''d"])
t.expect(r"end")
ok("tty=none" in t.text, "--tty=none: /dev/tty cannot be opened", t.text)
ok("not a tty" in t.text, "... and stdin is none", t.text)
t.close()

# ---- the terminal goes away
t = Terminal([SBOX, "--profile=shell", "--", "sh", "-c", "echo rea''dy; exec sleep 77.25"])
ok(t.expect(r"ready"), "a program on a terminal", t.text)
os.close(t.fd)
status = t.wait()
ok(status == 129, "the terminal is closed: SIGHUP ends the program", f"status {status}")
left = gone("77.25")
ok(not left, "... and nothing is left", left)
finish()
