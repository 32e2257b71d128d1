#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# in guests: no: what the shells complete is of no kernel
"""
What a user types, and the Tab key, in bash, zsh and fish: the screen of a terminal is compared.  With "installed" as argument
it is what a package put in place that the shells find by themselves, and a few lines are enough.
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.environ["TOP_SRCDIR"] + "/tests/lib")
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

INSTALLED = sys.argv[1:] == ["installed"]
SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
TOP = os.environ["TOP_SRCDIR"] + "/completions"
if INSTALLED:
    os.environ["XDG_CONFIG_HOME"] = os.path.abspath("config")  # nothing of the user's own; with --no-config fish does not look for packages' files
else:
    os.makedirs("bin", exist_ok=True)
    if not os.path.lexists("bin/sbox"):
        os.symlink(SBOX, "bin/sbox")
    os.environ["PATH"] = os.path.abspath("bin") + ":" + os.environ["PATH"]
open("a-file-with-a-long-name", "w").close()
os.makedirs("fpath", exist_ok=True)
if not INSTALLED:
    shutil.copy(f"{TOP}/_sbox", "fpath/_sbox")
BASH = "/usr/share/bash-completion/bash_completion" if INSTALLED else f"{TOP}/sbox.bash"
FISH = "true" if INSTALLED else f"source {TOP}/sbox.fish"

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f"PS1='P> '; bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'; . {BASH}"),
    "zsh": (["zsh", "-f", "-i"],
            "PS1='P> '; fpath=($PWD/fpath $fpath); autoload -Uz compinit; compinit -u -d $PWD/zdump; setopt nobeep autolist"),
    "fish": (["fish", *([] if INSTALLED else ["--no-config"]), "-i"],
             f"function fish_prompt; echo -n 'P> '; end; set -g fish_autosuggestion_enabled 0; {FISH}"),
}
# What is typed before Tab, and what the line must say afterwards; several words: what the screen must show.
CASES = [
    ("sbox expl", "sbox explain"),
    ("sbox --profi", "sbox --profile="),
    ("sbox --profile=untr", "sbox --profile=untrusted"),
    ("sbox --profile untr", "sbox --profile untrusted"),
    ("sbox --net=hos", "sbox --net=host"),
    ("sbox --set files.cw", "sbox --set files.cwd="),
    ("sbox --set process.on-exit=wai", "sbox --set process.on-exit=wait"),
    ("sbox explain --syscall process_vm_rea", "sbox explain --syscall process_vm_readv"),
    ("sbox --ro=a-file", "sbox --ro=a-file-with-a-long-name"),
    ("sbox --ro a-file", "sbox --ro a-file-with-a-long-name"),
    ("sbox check untr", "sbox check untrusted"),
    ("sbox doctor --js", "sbox doctor --json"),
    ("sbox kill sleepi", "sbox kill sleeping-one"),
    ("sbox diff chan", "sbox diff changed-one"),
    ("sbox apply chan", "sbox apply changed-one"),
    ("sbox discard chan", "sbox discard changed-one"),
    ("sbox --home=", ["ephemeral", "private", "host-ro"]),
    ("sbox che", "sbox check"),
]
if INSTALLED:
    CASES = [case for case in CASES if case[0] in ("sbox expl", "sbox --profile=untr", "sbox apply chan")]
elif SLOWDOWN > 1:
    CASES = CASES[::4]


class Tmux:
    def __init__(self, name, argv):
        self.base = ["tmux", "-S", os.path.abspath(f"tmux-{name}"), "-f", "/dev/null"]
        self.run("new-session", "-d", "-x", "120", "-y", "30", *argv)

    def run(self, *args):
        return subprocess.run([*self.base, *args], capture_output=True, text=True, timeout=20 * SLOWDOWN, check=False).stdout

    def screen(self):
        return self.run("capture-pane", "-p").rstrip()

    def type(self, text):
        self.run("send-keys", "-l", text)

    def wait(self, found, seconds=10 * SLOWDOWN):
        """Until found(screen); whether it came."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found(self.screen()):
                return True
            time.sleep(0.05)
        return False

    def clear(self):
        self.run("send-keys", "C-u")
        self.run("send-keys", "C-l")
        self.wait(lambda s: s.strip() == "P>")


def line_of(screen):
    """The line being edited: the last one with a prompt."""
    return [x for x in screen.split("\n") if x.startswith("P> ")][-1:]


def shell(name):
    argv, start = SHELLS[name]
    t = Tmux(name, argv)
    try:
        time.sleep(0.3)
        t.type(start)
        t.run("send-keys", "Enter")
        if not t.wait(lambda s: "P>" in s.split("\n")[-1]):
            ok(False, f"{name}: starts", t.screen())
            return
        for typed, want in CASES:
            t.clear()
            t.type(typed)
            t.wait(lambda s: typed in s)
            t.run("send-keys", "Tab")
            if isinstance(want, str):
                found = t.wait(lambda s: line_of(s) == ["P> " + want])
            else:
                found = t.wait(lambda s: all(w in s for w in want))
            ok(found, f"{name}: {typed} Tab", t.screen())
    finally:
        t.run("kill-server")


shutil.rmtree("project", ignore_errors=True)
os.mkdir("project")
subprocess.run([SBOX, "-q", "--name=changed-one", "--overlay=.", "--", "touch", "new"], cwd="project", stdin=subprocess.DEVNULL, timeout=60 * SLOWDOWN, check=True)
sleeper = subprocess.Popen([SBOX, "--name=sleeping-one", "--", "sleep", "300"], stdin=subprocess.DEVNULL)
try:
    for name in SHELLS:
        if not shutil.which("tmux") or not shutil.which(name):
            skip(f"{name}: completion", f"{name if shutil.which('tmux') else 'tmux'} is not installed")
            continue
        shell(name)
finally:
    sleeper.terminate()
    sleeper.wait()
    subprocess.run([SBOX, "discard", "changed-one"], stdout=subprocess.DEVNULL, timeout=60 * SLOWDOWN, check=True)
finish()
