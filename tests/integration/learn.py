#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sbox learn: what a program used becomes a profile that runs it; nothing it does meanwhile changes the host or writes a line."""
import os
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests/lib"))
from sboxtest import SBOX, finish, gone, ok, processes, skip, tree  # noqa: E402

HOME = os.environ["HOME"]
CONFIG = os.path.join(HOME, ".config")
WORK = os.path.join(HOME, "project")
SLOWDOWN = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1"))
DENIED = os.path.join(HOME, "tools/denied")
LEARNED = os.path.join(HOME, "learned.ini")
STATE = os.path.join(HOME, ".local/state/sbox/overlays")
for d in (WORK, os.path.dirname(DENIED), f"{CONFIG}/app", f"{HOME}/.ssh", f"{HOME}/music", STATE):
    os.makedirs(d, exist_ok=True)
shutil.copy(os.path.join(os.environ["TOP_BUILDDIR"], "tests/bin/denied"), DENIED)
os.chdir(WORK)


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def sbox(*args, **kw):
    return subprocess.run([SBOX, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120 * SLOWDOWN, check=False, **kw)


def learn(*command, options=("-o", LEARNED), fresh=True):
    """A run of learn: its result, and the profile."""
    if fresh and os.path.exists(LEARNED):
        os.unlink(LEARNED)
    result = sbox("learn", *options, "--", *command)
    return result, read(LEARNED) if os.path.exists(LEARNED) else ""


def lines(text):
    """What the profile says: no comments, no sections."""
    return [line for line in text.splitlines() if line and line[0] not in ";[" and not line.startswith("description = ")]


def off(text):
    return [line[len(";off "):] for line in text.splitlines() if line.startswith(";off ")]


def secret_free(text):
    return not any(word in line for line in lines(text) for word in (".ssh", ".gnupg", "shadow"))


# ---- a script: configuration, output, a cache, a secret
write(f"{CONFIG}/app/a.conf", "a")
write(f"{CONFIG}/app/b.conf", "b")
write(f"{HOME}/.ssh/id", "KEY\n")
for i in range(40):
    write(f"{HOME}/music/{i}.ogg", str(i))
write("script.py", """
import os, sys
home = os.path.expanduser("~")
print(open(home + "/.config/app/a.conf").read() + open(home + "/.config/app/b.conf").read())
print(sum(len(open(f"{home}/music/{i}.ogg").read()) for i in range(40)))
os.makedirs(home + "/.cache/app/x", exist_ok=True)
open(home + "/.cache/app/x/y", "w").write("cached")
open("out", "w").write("made")
os.unlink(home + "/music/0.ogg")
try:
    print(open(home + "/.ssh/id").read())
except OSError as e:
    print("no key")
""")
sbox("learn", "-o", "-", "true")  # sbox makes directories of its own
before = tree(HOME)
r, text = learn("python3", "script.py")
ok(r.returncode == 0 and r.stdout == "ab\n70\nno key\n", "a script runs while it is learned, and sees no secret", r)
ok(tree(HOME) - {LEARNED} == before and read(f"{HOME}/music/0.ogg") == "0", "... and changes nothing on the host", tree(HOME) ^ before)
ok(os.listdir(STATE) == [], "... where nothing is kept of the run", os.listdir(STATE))
said = lines(text)
ok("ro = ${XDG_CONFIG_HOME}/app" in said, "its own directory of ~/.config is one line", text)
ok("rw = ~/music" in said, "so is a directory of forty files, one of which it removed", text)
ok("keep = ${XDG_CACHE_HOME}/app" in said, "a cache that was not there is kept for the profile", text)
ok("cwd = rw" in said and "ro = -${CWD}/.git/hooks" in said, "the current directory is given as such, without git's hooks", text)
ok("ro = ~/.ssh" in off(text) and "WARNING" in text and secret_free(text), "the secret is a line that is off, with a warning", text)
ok("extends = base" in said and "mode" not in str(said), "the rest comes from base, and no network", text)
r = sbox("check", LEARNED)
ok(r.returncode == 0, "sbox check has no error", r)
r = sbox("--report", f"--profile={LEARNED}", "--", "python3", "script.py")
ok(r.returncode == 0 and r.stdout == "ab\n70\nno key\n" and read("out") == "made", "under the profile the script does the same", r)
ok("1 denied" in r.stderr and ".ssh/id" in r.stderr, "... and nothing is denied but the secret", r.stderr)
write(f"{HOME}/music/0.ogg", "0")

# ---- what would be a way out in the runs after
write(f"{HOME}/.bashrc", "HOST\n")
os.mkdir(f"{HOME}/bin")
write(f"{HOME}/bin/tool", "HOST\n")
os.mkdir(".git")
write(".git/config", "HOST\n")
r, text = learn("sh", "-c", "echo evil >> ~/.bashrc; echo evil > ~/bin/ls; echo evil >> .git/config; echo made > made")
ok("rw = ~/.bashrc" in off(text) and "rw = ~/bin" in off(text) and "WARNING" in text, "what the host runs later is a line that is off", text)
ok("cwd = rw" in lines(text) and "ro = -${CWD}/.git/config" in lines(text), "... and git's configuration stays shut, also when it was changed", text)
r = sbox(f"--profile={LEARNED}", "--", "sh", "-c", "echo evil >> ~/.bashrc; echo evil > ~/bin/ls; echo evil >> .git/config; true")
ok([read(f"{HOME}/.bashrc"), read(".git/config"), os.listdir(f"{HOME}/bin")] == ["HOST\n", "HOST\n", ["tool"]], "... under the profile none of it is changed", r)
os.unlink(".git/config")
os.rmdir(".git")
os.unlink(f"{HOME}/.bashrc")
os.unlink(f"{HOME}/bin/tool")
os.rmdir(f"{HOME}/bin")

# ---- asked for, the secret is given
r, text = learn("cat", f"{HOME}/.ssh/id", options=("-o", LEARNED, "--ro", "~/.ssh"))
ok(r.stdout == "KEY\n" and "ro = ~/.ssh" in lines(text), "--ro shows a secret, and writes that down", [r, text])

# ---- a static program
r, text = learn(DENIED, "open", f"{CONFIG}/app/a.conf")
ok(r.stdout == "ok\n" and "ro = ${XDG_CONFIG_HOME}/app/a.conf" in lines(text), "a static program is seen: one file is one file", [r, text])
ok("ro = ~/tools/denied" in lines(text), "... and so is the program itself", text)
r = sbox(f"--profile={LEARNED}", "--", DENIED, "open", f"{CONFIG}/app/a.conf")
ok(r.stdout == "ok\n", "... and runs under what was written", r)
r, text = learn(DENIED, "-g", "open", f"{CONFIG}/app/b.conf")
ok("ro = ${XDG_CONFIG_HOME}/app/b.conf" in lines(text), "what a grandchild does counts", text)
r, text = learn("sh", "-c", f"{DENIED} ptrace; {DENIED} open {CONFIG}/app/a.conf")
ok("allow = ptrace" in off(text) and "ptrace" not in str(lines(text)), "a dangerous call is a line that is off", text)

# ---- sockets
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
r, text = learn("python3", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port})); print('in')")
ok(r.stdout == "in\n" and "mode = host" in lines(text) and f"connect = {port}" in lines(text) and "; Sockets that it made: inet" in text,
   "a service at the loopback: the host's network, held to its port", [r, text])
r = sbox(f"--profile={LEARNED}", "--", "python3", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port})); print('in')")
ok(r.stdout == "in\n", "... and it is reached under the profile", r)
server.close()
serve = "import socket; s = socket.create_server(('127.0.0.1', 4711)); print('up')"
r, text = learn("python3", "-c", serve)
ok(r.stdout == "up\n" and ("publish = 4711:4711" in lines(text) and "mode = user" in lines(text) or "mode = host" in lines(text)),
   "a program that serves: its port is published", [r, text])
listener = socket.socket(socket.AF_UNIX)
listener.bind(f"{HOME}/agent")
listener.listen()
r, text = learn("python3", "-c", f"import socket; socket.socket(socket.AF_UNIX).connect('{HOME}/agent')")
ok("ConnectionRefusedError" in r.stderr and "ro = ~/agent" in off(text) and "ro = ~/agent" not in lines(text),
   "a socket of the user's leads nowhere while learning, and its line is off", [r, text])
listener.close()

names = """
import socket
def ask(name): return b"\\1\\2\\1\\0\\0\\1" + bytes(6) + b"".join(bytes([len(n)]) + n for n in name.split(b".")) + b"\\0\\0\\1\\0\\1"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", 53535))
s.send(ask(b"one.example.org"))
try: s.sendmsg([ask(b"two.example.org")])
except ConnectionRefusedError: pass
try: s.send(b"not a question at all, one.example.net")
except ConnectionRefusedError: pass
"""
r, text = learn("python3", "-c", names)
hosts = [line for line in lines(text) if line.startswith(("allow = ", "mode = "))]
ok(hosts == ["mode = user", "allow = one.example.org", "allow = two.example.org"] or hosts == ["mode = host"],
   "host names are learned from what a name server is asked", [r, text])

# ---- message buses
if shutil.which("dbus-run-session") and shutil.which("xdg-dbus-proxy") and shutil.which("gdbus"):
    if os.path.exists(LEARNED):
        os.unlink(LEARNED)
    call = "gdbus call --session -o / -m org.freedesktop.DBus.Peer.Ping -d "
    r = subprocess.run(["dbus-run-session", "--", SBOX, "learn", "-o", LEARNED, "--", "sh", "-c",
                        "; ".join(call + name for name in ("org.example.Service", "org.freedesktop.systemd1", "org.freedesktop.Notifications"))],
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120 * SLOWDOWN, check=False)
    gone("dbus-daemon")
    text = read(LEARNED) if os.path.exists(LEARNED) else ""
    ok(all(line in off(text) for line in ("dbus-talk = org.example.Service", "dbus-talk = org.freedesktop.systemd1", "notifications = yes"))
       and "dbus" not in str(lines(text)), "names on the bus are lines that are off", [r, text])
else:
    skip("names on the bus", "dbus-run-session, xdg-dbus-proxy and gdbus are needed")

# ---- names that would be lines
evil = [f"{HOME}/e/x\nrw = /y", f"{HOME}/e/a ;b", f"{HOME}/e/c #d", f"{HOME}/e/${{HOME}}", f"{HOME}/e/*", f"{HOME}/e/%s%n", f"{HOME}/e/\033[2J",
        f"{HOME}/f/\nrw = \\", f"{HOME}/f/'\"", f"{HOME}/f/[files]", f"{HOME}/f/\rrw = ~"]
for name in evil:
    os.makedirs(os.path.dirname(name), exist_ok=True)
    write(name, "")
r, text = learn("python3", "-c", "import os, sys\nfor p in sys.argv[1:]: open(p)\nos.execvp('sh', ['x\\n[files]\\nrw = /', '-c', 'cat /etc/hostname'])",
                *evil)
bad = [line for line in lines(text) if not line.startswith(("extends = ", "commands = ", "cwd = ro", "ro = "))]
ok(text and not bad and "rw = /" not in text.splitlines(), "names with line breaks, signs and patterns add no line and no grant", [r, text])
ok(all(c == "\n" or ord(c) >= 32 for c in text), "... nor do they put a control character into the file", text)
r = sbox("check", LEARNED)
ok(r.returncode == 0, "... and the profile is one", r)
link = f"{HOME}/innocent"
os.symlink(f"{HOME}/.ssh", link)
r, text = learn("cat", f"{link}/id")
ok(r.returncode == 1 and secret_free(text) and "innocent" not in str(lines(text)), "a link to a secret is one", [r, text])
r, text = learn("sh", "-c", f"rm {link}; ln -s {HOME}/.ssh {HOME}/two; cat {HOME}/two/id; echo > {CONFIG}/app/new; rm -rf {HOME}/music {HOME}/.config 2>&1")
ok(os.path.exists(f"{HOME}/music/1.ogg") and os.path.islink(link) and secret_free(text) and "rw = ~" not in lines(text),
   "a program that removes everything removes nothing, and gets no home", [r, text])


# ---- sbox's own directories: what a program does there is no line, nor is the kernel's word for what is gone part of a name
r, text = learn("python3", "-c", """
import os
home = os.path.expanduser("~")
for d in (".config/sbox", ".local/state/sbox"):
    fd = os.open(f"{home}/{d}", os.O_DIRECTORY)
    os.chdir(fd)
    for act in (lambda: os.mkdir("x", dir_fd=fd), lambda: os.mkdir(f"{home}/{d}/y"), lambda: open("z", "w"), lambda: os.listdir(".")):
        try:
            act()
        except OSError:
            pass
os.makedirs(f"{home}/brief/gone")
os.chdir(f"{home}/brief/gone")
os.rmdir(f"{home}/brief/gone")
try:
    open("late", "w")
except OSError:
    print("late")
""")
ok(r.stdout == "late\n" and "sbox" not in str(lines(text) + off(text)) and "deleted" not in text, "sbox's own directories and those that are gone are no lines", [r, text])

# ---- a program that fails, one that is interrupted, one that is not there
r, text = learn("sh", "-c", f"cat {CONFIG}/app/a.conf; exit 3")
ok(r.returncode == 3 and "ro = ${XDG_CONFIG_HOME}/app/a.conf" in lines(text), "a program that fails: its status, and what was recorded", [r, text])
r, text = learn("sh", "-c", f"cat {CONFIG}/app/a.conf; kill -9 $$")
ok(r.returncode == 137 and "ro = ${XDG_CONFIG_HOME}/app/a.conf" in lines(text), "one that is killed", [r, text])
for number in (signal.SIGINT, signal.SIGTERM):
    if os.path.exists(LEARNED):
        os.unlink(LEARNED)
    with subprocess.Popen([SBOX, "learn", "-o", LEARNED, "--", "sh", "-c", f"cat {CONFIG}/app/a.conf; echo; exec sleep 60"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
        p.stdout.readline()
        p.send_signal(number)
        status = p.wait(120 * SLOWDOWN)
    text = read(LEARNED) if os.path.exists(LEARNED) else ""
    ok(status == 128 + number and "ro = ${XDG_CONFIG_HOME}/app/a.conf" in lines(text), f"one that {number.name} ends", [status, text])
marker = "61.25"
known = processes(marker)
with subprocess.Popen([SBOX, "learn", "-o", LEARNED + "2", "--", "sh", "-c", f"echo in; exec sleep {marker}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                      stderr=subprocess.DEVNULL, text=True) as p:
    p.stdout.readline()
    p.kill()
ok(not gone(marker, known, 20 * SLOWDOWN), "the sandbox dies with a learner that is killed", processes(marker))
for name in os.listdir(STATE):
    sbox("discard", name)
r, text = learn("/nonexistent/program")
ok(r.returncode == 127 and not text, "a command that is not found: 127, and no file", r)

# ---- where the profile goes
r = sbox("learn", "env", cwd=HOME)
profile = f"{CONFIG}/sbox/profiles/env.ini"
ok(os.path.exists(profile) and "commands = env" in lines(read(profile)), "without -o it is the user's own, and found by the command's name", r)
r = sbox("explain", "env")
ok(profile in r.stdout + r.stderr or "env" in r.stdout.splitlines()[0], "... by sbox as well", r.stdout[:300])
r = sbox("learn", "env")
ok(r.returncode == 125 and "--merge" in r.stderr, "one that is there is not replaced", r)
os.unlink(profile)
r = sbox("learn", "-o", "-", "true")
ok(r.returncode == 0 and r.stdout.startswith("; sbox learn") and "extends = base" in r.stdout, "-o - is stdout", r)

# ---- merge
write(LEARNED, f"; mine\n[profile]\nextends = base\n\n[files]\n; by hand\nro = {HOME}/music/1.ogg\nhide = ~/music/2.ogg\n")
r, text = learn("cat", f"{CONFIG}/app/a.conf", f"{HOME}/music/1.ogg", f"{HOME}/music/2.ogg", options=("-o", LEARNED, "--merge"), fresh=False)
ok(text.startswith(f"; mine\n[profile]\nextends = base\n\n[files]\n; by hand\nro = {HOME}/music/1.ogg\nhide = ~/music/2.ogg\n"), "--merge keeps every line and comment", text)
ok("ro = ${XDG_CONFIG_HOME}/app/a.conf" in lines(text) and "+ro = ${XDG_CONFIG_HOME}/app/a.conf" in r.stdout and "--- " in r.stdout,
   "... adds, and shows the difference", [r, text])
ok("ro = ~/music/2.ogg" not in lines(text), "... and opens nothing that the file hides", text)
r, text2 = learn("cat", f"{CONFIG}/app/a.conf", options=("-o", LEARNED, "--merge"), fresh=False)
ok(text2 == text, "the same once more adds nothing", [r, text2])
r = sbox("check", LEARNED)
ok(r.returncode == 0, "what was merged is a profile", r)
ok(not [n for n in os.listdir(HOME) if ".new-" in n], "no draft is left", os.listdir(HOME))
finish()
