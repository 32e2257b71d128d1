#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 300
"""What people run in a terminal, in a sandbox in a real one: shells, editors, pagers, top, tmux in tmux, job control."""
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
LINES = "lines.txt"


class Tmux:
    """A tmux server of this test's own with one window, which is typed at and looked at."""

    def __init__(self):
        os.environ["TMUX_TMPDIR"] = os.getcwd()
        self.name = f"sbox-test-{os.getpid()}"
        self.call("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "env", "PS1=P> ", "SBOX=" + SBOX, "bash", "--norc",
                  "--noprofile", "-i")
        self.pid = int(self.call("display-message", "-p", "#{pane_pid}"))
        self.expect(r"^P>$")

    def call(self, *args):
        return subprocess.run(["tmux", "-L", self.name, *args], capture_output=True, text=True, check=False, env=os.environ).stdout

    def keys(self, *keys):
        self.call("send-keys", *keys)

    def line(self, text):
        self.call("send-keys", "-l", text)
        self.keys("Enter")

    def screen(self):
        return self.call("capture-pane", "-p")

    def expect(self, pattern, seconds=15):
        """Waits until the screen matches; what it showed last."""
        end = time.monotonic() + seconds * SLOWDOWN
        while True:
            self.last = self.screen()
            if re.search(pattern, self.last, re.M):
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.05)

    def fresh(self, prompt="P"):
        """A cleared screen with a prompt."""
        self.line("clear")
        return self.expect(rf"\A{prompt}>\n*\Z")

    def sees(self, what, pattern):
        return ok(self.expect(pattern), what, self.last)


def have(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    for p in missing:
        skip(f"{p} in a sandbox", f"{p} is not installed")
    return not missing


def below(pid, comm):
    """Processes called comm among the descendants of pid, without their own children of that name."""
    parents, found = {}, []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                    text = f.read()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(name)] = (int(text.rsplit(")", 1)[1].split()[1]), text.split("(", 1)[1].rsplit(")", 1)[0])
    for child, (parent, name) in parents.items():
        at = parent
        while at in parents and at != pid:
            at = parents[at][0]
        if at == pid and name == comm and parents[parent][1] != comm:
            found.append(child)
    return found


def wait_for(find, seconds=15):
    end = time.monotonic() + seconds * SLOWDOWN
    while not (found := find()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


if not shutil.which("tmux"):
    skip("programs in a terminal", "tmux is not installed")
    finish()
before = processes("sbox-test-")
with open(LINES, "w", encoding="utf-8") as f:
    f.writelines(f"line {i}\n" for i in range(1, 1001))
t = Tmux()
try:
    # ---- shells
    t.line('"$SBOX" --profile=shell bash --norc --noprofile')
    t.expect(r"^bash-.*\$$")
    t.line("PS1='I> '; echo $((6 * 7)); tty")
    t.sees("bash", r"^42\n/dev/pts/0\nI>$")
    t.fresh("I")
    t.line("echo asleep; sleep 100")
    t.expect("^asleep")
    t.keys("C-z")
    t.sees("... Ctrl-Z stops a job of it", r"Stopped +sleep 100\nI>$")
    t.line("kill %1; wait")
    t.expect(r"Terminated +sleep 100\nI>$")
    t.fresh("I")
    t.line("echo waits; cat")
    t.expect("^waits")
    t.keys("C-c")
    t.sees("... Ctrl-C ends one", r"\^C\nI>$")
    t.line("exit 7")
    t.expect(r"^P>$")
    t.line("echo status $?")
    t.sees("... its status", r"^status 7")
    t.fresh()
    if have("fish"):
        t.line('"$SBOX" --profile=shell fish')
        t.expect(r">$")
        t.line("echo (math 6 x 7) and (tty)")
        t.sees("fish", r"^42 and /dev/pts/0")
        t.keys("ec", "Up")
        t.sees("... its line editor", r"> echo \(math 6 x 7\) and \(tty\)")
        t.keys("C-u")
        t.expect(r">$")
        t.line("exit 3")
        t.expect(r"^P>$")
        t.line("echo status $?")
        t.sees("... and ends", r"^status 3")
        t.fresh()

    # ---- full-screen programs
    if have("vim"):
        t.line('"$SBOX" --cwd=rw -- vim -u NONE -N written.txt')
        t.sees("vim draws its screen", r"^~\n[\s\S]*\"written.txt\"")
        t.keys("i", "hello from inside", "Escape")
        t.sees("... takes what is typed", r"^hello from inside")
        t.line(":wq")
        t.sees("... and leaves the terminal as it was", r"^P>$")
        with open("written.txt", encoding="utf-8") as f:
            text = f.read()
        ok(text == "hello from inside\n", "... after it has written", text)
        t.fresh()
    t.line(f'"$SBOX" -- less {LINES}')
    t.sees("less draws its screen", r"^line 23\n")
    t.keys("G")
    t.sees("... goes to the end", r"^line 1000\n")
    t.call("resize-window", "-x", "100", "-y", "30")
    t.expect(r"^~\n\(END\)")
    t.keys("g")
    t.sees("... and uses a window that has grown", r"\Aline 1\n[\s\S]*^line 29\n")
    t.call("resize-window", "-x", "80", "-y", "24")
    t.keys("q")
    t.expect(r"^P>$")
    t.fresh()
    if have("top"):
        t.line('"$SBOX" -- top -d 1')
        t.sees("top draws its screen", r"Tasks: +[23] total[\s\S]*sbox-in")
        t.keys("q")
        t.sees("... and ends", r"^P>$")
        t.fresh()
    t.line('"$SBOX" --profile=shell tmux -f /dev/null new-session "PS1=\'T> \' bash --norc --noprofile"')
    t.sees("tmux in tmux", r"^T>\n[\s\S]*^\[0\] 0:")
    t.keys("C-b", "%")
    t.sees("... splits its window", r"│")
    t.expect(r"│.*\$$")
    t.line("exit")
    t.expect(r"\A[^│]*\Z")
    t.line("tty; exit")
    t.sees("... and ends", r"^\[exited\]")
    t.fresh()

    # ---- resize
    t.line("\"$SBOX\" -- sh -c 'trap \"stty size\" WINCH; stty size; while :; do sleep 0.1; done'")
    t.expect("^24 80")
    t.call("resize-window", "-x", "97", "-y", "31")
    t.sees("a resized window is seen inside", r"^31 97")
    t.call("resize-window", "-x", "80", "-y", "24")
    t.sees("... and back", r"^31 97\n[\s\S]*24 80")
    t.keys("C-c")
    t.fresh()

    # ---- Ctrl-Z of a pipeline
    t.line(f'"$SBOX" -- sh -c "while cat {LINES}; do :; done" | less')
    t.sees("a pipeline into a pager", r"^line 23\n:")
    t.keys("C-z")
    t.sees("... stops as a whole at Ctrl-Z", r"^\[1\]\+ +Stopped")
    sandboxes = wait_for(lambda: below(t.pid, "sbox"))
    states = [open(f"/proc/{p}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0] for p in sandboxes]
    ok(states == ["T"], "... sbox with it", str(states))
    t.line("clear; fg")
    t.sees("... fg brings it back", r"^line 23\n:")
    t.keys("Space")
    t.sees("... and it reads what is typed", r"^line 46\n:")
    t.keys("q")
    t.sees("... and ends when the pager does", r"^P>$") or t.keys("C-c")
    t.fresh()

    # ---- modes: dash restores nothing by itself, unlike bash
    def modes(what, program, act):
        script = f'stty -a > before; "$SBOX" --cwd=rw -- {program}; echo ended $?; sleep 1; stty -a > after; echo compared'
        for name in ("before", "after"):
            if os.path.exists(name):
                os.unlink(name)
        t.line(f"dash -c '{script}'")
        act()
        if not t.sees(f"{what} ends a program", r"compared$"):
            return
        with open("before", encoding="utf-8") as f, open("after", encoding="utf-8") as g:
            a, b = f.read(), g.read()
        ok(a and a == b, f"stty -a is the same after {what}", f"{a}\n{b}\n{t.last}")
        t.fresh()

    def kill(comm):
        for pid in wait_for(lambda: below(t.pid, comm)):
            os.kill(pid, signal.SIGKILL)

    editor = "vim -u NONE -N -n x" if shutil.which("vim") else f"less {LINES}"
    drawn = r"^~" if shutil.which("vim") else r"^line 20"
    quit_it = (":q!", "Enter") if shutil.which("vim") else ("q",)
    modes("a normal end", editor, lambda: t.expect(drawn) and t.keys(*quit_it))
    modes("SIGKILL to the program", editor, lambda: t.expect(drawn) and kill(editor.split(maxsplit=1)[0]))
    modes("SIGKILL to sbox", editor, lambda: t.expect(drawn) and kill("sbox"))
    modes("stty raw inside", "sh -c \"stty raw -echo\"", lambda: None)
finally:
    t.call("kill-server")
left = gone("sbox-test-", before)
ok(not left, "nothing is left running", left)
finish()
