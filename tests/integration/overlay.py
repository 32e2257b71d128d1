#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 500
"""Runs on an overlay: what the program sees and changes, what the host keeps; diff, apply and discard."""
import fcntl
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

IN_MEMORY = ("tmpfs", "ramfs", "overlayfs", "overlay")
# Whole sizes are slow/overlay's.
SLOW = int(os.environ.get("SBOX_TEST_SLOWDOWN", "1")) * (1 if os.environ.get("SBOX_TEST_SLOW") else 5)


def type_of(path):
    return subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True, check=False).stdout.strip()


def disk():
    """A directory that is not in memory; NULL when the machine has none for us."""
    for top in (os.environ["T"], "/var/tmp", os.environ["HOME"]):
        if os.access(top, os.W_OK) and type_of(top) not in IN_MEMORY:
            return tempfile.mkdtemp(prefix="sbox-test.", dir=top)
    return None


TOP = disk()
if not TOP:
    skip("overlays", "neither the scratch directory, /var/tmp nor the home lies on a disk")
    finish()
STATE = os.path.join(TOP, "state")
OVERLAYS = os.path.join(STATE, "sbox", "overlays")
ENV = dict(os.environ, XDG_STATE_HOME=STATE)
P = os.path.join(TOP, "p")


def sbox(*args, cwd=None, env=None):
    r = subprocess.run([SBOX, *args], cwd=cwd or P, env=env or ENV, capture_output=True, text=True, errors="surrogateescape",
                       check=False, timeout=300)
    return r


def run(script, *options, cwd=None, env=None):
    return sbox("run", *options, "--", "sh", "-c", script, cwd=cwd, env=env)


def fresh(**files):
    """An empty project with these files."""
    for k in os.listdir(OVERLAYS) if os.path.isdir(OVERLAYS) else []:
        sbox("discard", k, cwd=TOP)
    shutil.rmtree(P, ignore_errors=True)
    os.makedirs(P)
    for name, text in files.items():
        write(name.replace("__", "/").replace("_DOT_", "."), text)
    settle()


def write(name, text):
    path = os.path.join(P, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def read(name):
    try:
        with open(os.path.join(P, name), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return None


def settle():
    """Times of files have the clock's ticks: what comes now is later than what was."""
    time.sleep(0.03)


def changes(name=None):
    r = sbox("diff", "--json", *([name] if name else []))
    return {c["path"]: c for layer in json.loads(r.stdout)["layers"] for c in layer["changes"]} if r.returncode == 0 else None


def picture(top):
    """Everything below top: names, types, modes, contents, targets."""
    seen = {}
    for where, dirs, files in os.walk(top):
        for n in dirs + files:
            path = os.path.join(where, n)
            st = os.lstat(path)
            what = ""
            if stat.S_ISREG(st.st_mode):
                with open(path, "rb") as f:
                    what = f.read()
            elif stat.S_ISLNK(st.st_mode):
                what = os.readlink(path)
            seen[os.path.relpath(path, top)] = (st.st_mode, what)
    return seen


def test_sees_and_keeps():
    fresh(a="a\n", d__b="b\n")
    before = picture(P)
    r = run("cat a; echo new > a; rm -rf d; mkdir e; echo 1 > e/f; cat a; ls", "--overlay=.", "--name=t1")
    ok(r.returncode == 0 and r.stdout == "a\nnew\na\ne\n", "the program sees its own changes", r.stdout + r.stderr)
    ok(picture(P) == before, "the host's files stay as they were")
    ok("3 changes are kept" in r.stderr and "sbox diff t1" in r.stderr, "one line says how many changed, and how to see them", r.stderr)
    r = run("cat a e/f; ls", "--overlay=.", "--name=t1")
    ok(r.stdout == "new\n1\na\ne\n", "the next run under the same name goes on with them", r.stdout + r.stderr)
    layer = os.open(f"{OVERLAYS}/t1", os.O_RDONLY)
    fcntl.flock(layer, fcntl.LOCK_EX)  # as apply holds it
    r = run("true", "--overlay=.", "--name=t1")
    ok(r.returncode == 125 and "the changes kept as t1 are in use" in r.stderr, "nobody goes on with them while they are applied", r.stderr)
    os.close(layer)
    r = run("cat a", "--overlay=.")
    ok(r.stdout == "a\n", "one without a name begins anew", r.stdout + r.stderr)
    ok(os.listdir(OVERLAYS) == ["t1"], "and leaves nothing when it changes nothing", os.listdir(OVERLAYS))
    odd = os.path.join(TOP, "my own+.ini")
    with open(odd, "w", encoding="utf-8") as f:
        f.write("[profile]\nextends = base\n")
    r = run("echo new > a", "--overlay=.", f"--profile={odd}")
    ok("sbox diff my_own_-1" in r.stderr and sbox("discard", "my_own_-1").returncode == 0, "a profile's name that is no id leads to one", r.stderr)
    r = run("exit 3", "-q", "--cwd=overlay")
    ok(r.returncode == 3 and r.stderr == "", "cwd = overlay; the exit status is the program's", r.stderr)
    ok(stat.S_IMODE(os.stat(OVERLAYS).st_mode) == 0o700, "the directory of the layers is the user's alone")
    r = run("echo x > x", "-q", "--overlay=.", "--name=t2")
    ok(r.stderr == "" and "t2" in os.listdir(OVERLAYS), "--quiet says nothing, and keeps the changes", r.stderr)


def test_checkout():
    if not shutil.which("git"):
        skip("a checkout", "no git")
        return
    fresh()
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for i in range(20):
        write(f"src/f{i}", f"{i}\n")
    write("README", "read\n")
    subprocess.run([*git, "init", "-q"], cwd=P, check=True)
    subprocess.run([*git, "add", "-A"], cwd=P, check=True)
    subprocess.run([*git, "commit", "-qm", "all"], cwd=P, check=True)
    settle()
    before = picture(P)
    r = run("rm -rf * .git; echo mine > README; ls -A", "--overlay", ".", "--name=wreck")
    ok(r.stdout == "README\n", "rm -rf in a checkout removes all of it, inside", r.stdout + r.stderr)
    ok(picture(P) == before, "and nothing outside")
    r = sbox("diff", "wreck")
    ok("deleted   .git/" in r.stdout and "deleted   src/" in r.stdout and "modified  README" in r.stdout, "diff shows it", r.stdout)
    r = sbox("apply", "wreck", "--", "README")
    ok(r.returncode == 0 and read("README") == "mine\n" and os.path.isdir(os.path.join(P, ".git")), "one file is applied", r.stdout + r.stderr)
    r = sbox("discard", "wreck")
    ok(r.returncode == 0 and not os.listdir(OVERLAYS), "and the rest discarded", r.stdout + r.stderr)
    r = subprocess.run([*git, "status", "--porcelain"], cwd=P, capture_output=True, text=True, check=False)
    ok(r.stdout == " M README\n", "git sees one change", r.stdout)


EDITS = """
echo x >> a; rm -rf d; mkdir d; echo n > d/n; echo b2 > d/b; mkdir -p e/f; echo 1 > e/f/1; ln e/f/1 e/f/2; mv ren named
rm l; ln -s /etc/passwd l; chmod 755 x; rm -r sub; mkfifo fifo; chmod 500 e/f; rm t1; mkdir t1; echo i > t1/i; rm -r t2; echo f > t2
mkdir -p deep/er/est; echo deep > deep/er/est/file; chmod 444 ro; printf 'tab\\tname' > 'new
line'; rm sec; echo again > sec; chmod 0 none
"""


def test_one_number():
    """The end of a run, diff and apply count the same."""
    fresh(a="a\n", b="bbb\n", same="s\n", d__x="1\n", d__y="2\n", gone__x="1\n", swap="f\n", e__q="q\n", o__p__old="1\n")
    run("echo new > a; mv b c; : 3<> same; mkdir n n/m; echo 1 > n/1; echo 2 > n/m/2; rm -r gone; rm -r d; mkdir d; echo z > d/z; "
        "rm swap; mkdir swap; echo 1 > swap/f; rm -r o; mkdir -p o/p; echo 1 > o/p/new; chmod 700 e; ln -s a l; truncate -s 1T big", "--overlay=.", "--name=n")
    r = run("true", "--overlay=.", "--name=n")
    number = r.stderr.removeprefix("sbox: ").split(" ")[0]
    shown = sbox("diff", "n").stdout.splitlines()
    listed = [line for line in shown if line.startswith("  ")]
    ok(number.isdigit() and int(number) == len(listed) and shown[-1].startswith(number + " changes."), "a run's end and diff say one number", [r.stderr, shown])
    r = sbox("apply", "n")
    ok(r.stdout.startswith(number + " changes applied"), "... and so does apply", [number, r.stdout, r.stderr])
    ok(os.listdir(os.path.join(P, "o/p")) == ["new"], "a tree that was made anew inside is all new after an apply", shown)
    os.unlink(os.path.join(P, "big"))
    r = run(": 3<> same; mkdir x; echo 1 > x/y; rm -r x", "--overlay=.", "--name=n")
    ok(r.stderr == "" and "n" not in os.listdir(OVERLAYS), "what was opened for writing and is as before is no change, and not kept", [r.stderr, os.listdir(OVERLAYS)])


def test_apply():
    def project():
        fresh(a="a\n", d__b="b\n", d__c="c\n", ren="ren\n", x="x\n", sub__deep__h="h\n", t1="t\n", t2__k="k\n", ro="r\n", sec="s\n",
              none="n\n", kept="k\n")
        os.symlink("a", os.path.join(P, "l"))
        settle()

    project()
    r = run(EDITS + "find . | sort; cat d/b e/f/1", "--overlay=.", "--name=all")
    inside = r.stdout
    c = changes("all")
    want = {"a": "modified", "d/b": "modified", "d/c": "deleted", "d/n": "added", "e": "added", "named": "renamed", "l": "modified",
            "x": "mode", "sub": "deleted", "fifo": "added", "t1": "modified", "t2": "modified", "ro": "mode", "new\nline": "added",
            "sec": "modified", "none": "modified"}
    got = {p: v["change"] for p, v in (c or {}).items()}
    ok(c is not None and all(got.get(p) == v for p, v in want.items()), "each kind of change is found", got)
    ok("kept" not in got and not any(v.get("conflict") for v in c.values()), "and nothing else, and no conflict", c)
    r = sbox("diff", "all")
    ok("\n" in r.stdout and "new\\x0aline" in r.stdout, "a line break in a name is not printed", r.stdout)
    r = sbox("apply", "all")
    ok(r.returncode == 0 and not os.listdir(OVERLAYS), "all is applied, and nothing is left", r.stdout + r.stderr)
    os.chmod(os.path.join(P, "none"), 0o600)
    r = subprocess.run(["sh", "-c", "find . | sort; cat d/b e/f/1"], cwd=P, capture_output=True, text=True, check=False)
    ok(r.stdout == inside, "outside it is what it was inside", r.stdout)
    ok(os.readlink(os.path.join(P, "l")) == "/etc/passwd" and stat.S_IMODE(os.stat(os.path.join(P, "e/f")).st_mode) == 0o500,
       "links and modes too")
    names = [n for p, _, fs in os.walk(P) for n in fs if os.path.isfile(os.path.join(p, n)) for n in
             os.listxattr(os.path.join(p, n), follow_symlinks=False)]
    ok(not [n for n in names if n.startswith(("user.overlay", "user.sbox"))], "no attribute of overlayfs comes along", names)
    os.chmod(os.path.join(P, "e/f"), 0o700)


def test_nothing_hidden():
    """The text is what a user decides by: nothing that apply would do goes without saying."""
    fresh(important="content\n", hooks__sample="hook\n")
    run("mkdir new; cp important new/x; rm important; mv hooks/sample hooks/live; chmod 777 hooks/live; mkdir open; chmod 777 open; "
        "echo x > tool; chmod 755 tool", "--overlay=.", "--name=hidden")
    r = sbox("diff", "hidden")
    for line, what in (("deleted   important", "a deletion whose content is found again in a new directory"),
                       ("renamed   hooks/sample -> hooks/live  (0777, was 0644)", "the mode of what was renamed"),
                       ("added     open/  (0 files, mode 0777)", "a directory that everybody may write"),
                       ("added     tool  (mode 0755)", "a program")):
        ok(line in r.stdout, f"diff shows {what}", r.stdout)
    sbox("discard", "hidden")
    fresh()
    run("mkdir d; echo x > d/f; chmod 0444 d; echo y > other", "--overlay=.", "--name=hidden")
    r = sbox("diff", "hidden")
    ok(r.returncode == 0 and "d/" in r.stdout and "cannot be looked into" in r.stdout and "other" in r.stdout,
       "a directory that cannot be entered is named, and the rest shown", r.stdout + r.stderr)
    r = sbox("apply", "hidden", "--", "other")
    ok(r.returncode == 0 and read("other") == "y\n", "and the rest can be applied", r.stdout + r.stderr)
    sbox("discard", "hidden")


def test_patch():
    fresh(a="one\ntwo\n", gone__x="x\n", mode="m\n")
    run("echo three >> a; rm -r gone; echo n > n; chmod +x mode; ln -s a l", "--overlay=.", "--name=p")
    r = sbox("diff", "--patch", "p")
    with open(os.path.join(TOP, "patch"), "w", encoding="utf-8") as f:
        f.write(r.stdout)
    if not shutil.which("git"):
        skip("the patch", "no git")
        return
    copy = os.path.join(TOP, "copy")
    shutil.copytree(P, copy, symlinks=True)
    r = subprocess.run(["git", "apply", os.path.join(TOP, "patch")], cwd=copy, capture_output=True, text=True, check=False)
    sbox("apply", "p")
    ok(r.returncode == 0 and picture(copy).keys() - {"gone"} == picture(P).keys() and
       picture(copy)["a"] == picture(P)["a"], "git apply takes the patch, and makes the same of it", r.stderr)
    shutil.rmtree(copy)


def test_conflicts():
    fresh(a="a\n", b="b\n", d__x="x\n", e__y="y\n", m__z="z\n", dir__in__f="f\n")
    run("echo inside >> a; rm b; rm -r d; rm -r e; mkdir e; echo new > e/n; echo z2 > m/z; echo g > dir/in/g", "--overlay=.", "--name=c")
    settle()
    write("a", "outside\n")
    write("d/more", "more\n")
    write("e/y", "outside\n")
    os.rename(os.path.join(P, "m"), os.path.join(P, "m2"))
    write("dir/in/other", "no conflict\n")
    c = changes("c")
    ok({p for p, v in c.items() if v.get("conflict")} >= {"a", "d", "e/y", "m"} and not c["b"].get("conflict") and
       not c["dir/in/g"].get("conflict"), "what changed on the host meanwhile is found, and only that", c)
    before = picture(P)
    r = sbox("apply", "c")
    ok(r.returncode == 1 and "a: it changed on the host" in r.stderr and picture(P) == before, "apply refuses, names them, does nothing",
       r.stderr)
    r = sbox("apply", "c", "--", "b", "dir")
    ok(r.returncode == 0 and read("b") is None and read("dir/in/g") == "g\n", "the others can be applied", r.stderr)
    r = sbox("apply", "c", "--", "e/n")
    ok(r.returncode == 0 and read("e/n") == "new\n" and read("e/y") == "outside\n", "also beside a conflict", r.stderr)
    ok(changes("c")["e/y"].get("conflict"), "which stays one", changes("c"))
    r = sbox("apply", "--force", "c")
    ok(r.returncode == 0 and read("a") == "a\ninside\n" and not os.path.exists(os.path.join(P, "d")) and not os.listdir(OVERLAYS),
       "--force takes the layer's", r.stderr)
    fresh(a="a\n")
    run("echo 1 > a", "--overlay=.", "--name=c")
    os.rename(P, P + ".old")
    os.makedirs(P)
    r = sbox("apply", "c")
    ok(r.returncode == 1 and "another directory" in r.stderr, "another directory of the same name is none of its business", r.stderr)
    r = run("true", "--overlay=.", "--name=c")
    ok(r.returncode == 125 and "not the directory any more" in r.stderr, "nor can a run go on there", r.stderr)
    shutil.rmtree(P + ".old")


def test_in_part():
    """What apply itself changes is no conflict to the next; what the host changed is one as before."""
    fresh(d__a="a\n", d__b="b\n", d__c="c\n", m__x="x\n", m__y="y\n", one="1\n")
    os.link(os.path.join(P, "one"), os.path.join(P, "two"))
    settle()
    run("rm -r d; mkdir d; echo a2 > d/a; echo b2 > d/b; echo x2 > m/x; echo y2 > m/y; chmod 700 m; mkdir n; "
        "echo 1 > n/1; echo 2 > n/2; echo 2 > one; echo 3 > two; chmod 711 .", "--overlay=.", "--name=part")
    r = sbox("apply", "part", "--", "d/b", "m/x", "n/1")
    ok(r.returncode == 0 and r.stdout.startswith("3 changes applied"), "some of all kinds are applied", r.stdout + r.stderr)
    c = changes("part")
    ok({p: v["change"] for p, v in c.items()} == {".": "mode", "d/a": "modified", "d/c": "deleted", "m": "mode", "m/y": "modified", "n/2": "added",
                                                   "one": "modified", "two": "modified"} and not any(v.get("conflict") for v in c.values()),
       "the rest is as it was, and no conflict", c)
    settle()
    write("d/a", "outside\n")
    os.chmod(os.path.join(P, "m"), 0o750)
    shutil.rmtree(os.path.join(P, "n"))
    with open(os.path.join(P, "n"), "w", encoding="utf-8") as f:
        f.write("mine\n")
    c = changes("part")
    ok({p for p, v in c.items() if v.get("conflict")} == {".", "d/a", "m", "n"}, "what the host changed then is one", c)
    r = sbox("apply", "part", "--", "one", "two", "m/y")
    ok(r.returncode == 1 and sbox("apply", "part", "--", "one", "two").returncode == 0 and (read("one"), read("two")) == ("2\n", "3\n"),
       "two names of one file are applied at once", r.stderr)
    r = sbox("apply", "part")
    ok(r.returncode == 1 and read("n") == "mine\n" and read("d/a") == "outside\n", "nothing of it is overwritten", r.stderr)
    r = sbox("apply", "--force", "part")
    ok(r.returncode == 0 and read("n/2") == "2\n" and read("d/a") == "a2\n" and not os.listdir(OVERLAYS), "... but by --force", r.stderr)


def test_hostile():
    fresh(a="a\n", d__b="b\n")
    outside = os.path.join(TOP, "outside")
    os.makedirs(outside)
    with open(os.path.join(outside, "f"), "w", encoding="utf-8") as f:
        f.write("mine\n")
    r = run(f"rm -r d; ln -s {outside} d; mkdir x; ln -s / x/root; ln -s ../../.. x/up; cd x; "
            "i=0; while [ $i -lt 400 ]; do mkdir dddddddddddddddddddd && cd dddddddddddddddddddd || break; i=$((i+1)); done; echo end > end",
            "--overlay=.", "--name=h")
    ok("changes are kept" in r.stderr, "deep trees and links that lead out are counted", r.stderr)
    r = sbox("diff", "h")
    ok(r.returncode == 0 and "NOT APPLIED" in r.stdout and len(r.stdout) < 200000, "and shown, with what cannot be applied", r.stdout[-300:])
    r = sbox("apply", "h", "--", "d", "x/root", "x/up")
    ok(r.returncode == 0 and os.readlink(os.path.join(P, "d")) == outside, "a link comes as a link", r.stderr)
    # The host's own directory becomes a link: nothing below it is followed.
    fresh(d__b="b\n")
    run("echo b2 > d/b; echo f2 > d/f; rm -f d/nothing", "--overlay=.", "--name=h")
    shutil.rmtree(os.path.join(P, "d"))
    os.symlink(outside, os.path.join(P, "d"))
    r = sbox("apply", "h")
    r2 = sbox("apply", "h", "--", "d/f")
    with open(os.path.join(outside, "f"), encoding="utf-8") as f:
        ok(f.read() == "mine\n" and r.returncode != 0 and r2.returncode != 0, "a link on the host is not followed either", r.stderr + r2.stderr)
    r = sbox("apply", "--force", "h")
    with open(os.path.join(outside, "f"), encoding="utf-8") as f:
        ok(f.read() == "mine\n" and read("d/f") == "f2\n" and not os.path.islink(os.path.join(P, "d")), "with --force it is replaced", r.stderr)
    fresh(a="a\n")
    run("i=0; while [ $i -lt 300 ]; do mkdir dddddddddddddddddddd && cd dddddddddddddddddddd || break; i=$((i+1)); done; mkdir m; chmod 0 m",
        "--overlay=.", "--name=h")
    r = sbox("discard", "h")
    ok(r.returncode == 0 and not os.listdir(OVERLAYS), "a tree without end and without permissions is discarded", r.stderr)
    shutil.rmtree(outside)
    # An apply that was killed while it removed a directory; then comes a run that changes nothing.
    fresh(d__f="f\n")
    run("rm -r d", "--overlay=.", "--name=h")
    os.rename(os.path.join(P, "d"), os.path.join(P, ".sbox-apply-removes"))
    run("true", "--overlay=.", "--name=h")
    r = sbox("apply", "h")
    ok(r.returncode == 0 and not os.listdir(P) and not os.listdir(OVERLAYS), "what an apply left on the host is removed by the next, after a run too",
       (r.stderr, os.listdir(P)))
    # A second name of an applied file must not be one of the host's file.
    fresh(a="a\n")
    run("echo 1 > one; ln one two; touch -d '1969-12-31 23:59:58.5 UTC' one", "--overlay=.", "--name=h")
    r = sbox("apply", "h", "--", "one")
    ok(r.returncode == 0 and os.stat(os.path.join(P, "one")).st_mtime_ns == -1500000000, "a copy has its time, be it before 1970", r.stderr)
    run("echo 2 > two", "--overlay=.", "--name=h")
    ok(read("one") == "1\n", "a later run cannot write to the host through a second name", read("one"))


def test_walls():
    fresh(_DOT_env="secret\n", _DOT_git__hooks__h="h\n", out__k="k\n", a="a\n")
    r = run("cat .env; mv .git x; echo z > .git/z; echo y > .git/hooks/y; echo o > out/o; echo z > a; mkdir .git2",
            "--overlay=.", "--hide=.env", "--ro=.git/hooks", "--rw=out", "--name=w")
    ok("secret" not in r.stdout, "a hide below an overlay holds", r.stdout)
    ok(os.listdir(os.path.join(P, ".git")) == ["hooks"] and os.listdir(os.path.join(P, ".git/hooks")) == ["h"],
       "neither the pin nor the ro line lets anything through to the host", r.stderr)
    ok(read("out/o") == "o\n" and read("a") == "a\n", "rw below an overlay is the host's own directory")
    r = sbox("diff", "w")
    ok(".git/z" in r.stdout and "out" not in r.stdout, "what was written beside them is kept apart", r.stdout)
    r = run(f"ls {STATE}/sbox 2>&1; echo x > {STATE}/sbox/x", "--overlay=" + TOP, "--name=v")
    ok("overlays" not in r.stdout and not os.path.exists(f"{STATE}/sbox/x"), "an overlay of what holds the layers does not show them",
       r.stdout + r.stderr)
    sbox("discard", "v")
    r = run("true", "--overlay=a", "--name=w2")
    ok(r.returncode == 125 and "not a directory" in r.stderr, "an overlay of a file is refused", r.stderr)
    r = sbox("explain", "--overlay=.", "--path", "a", "true")
    ok("kept apart" in r.stdout, "explain says that changes are kept apart", r.stdout)
    shm = "/dev/shm" if type_of("/dev/shm") == "tmpfs" and os.access("/dev/shm", os.W_OK) else None
    if shm:
        state = tempfile.mkdtemp(prefix="sbox-test.", dir=shm)
        r = run("true", "--overlay=.", env=dict(ENV, XDG_STATE_HOME=state))
        ok(r.returncode == 125 and "tmpfs" in r.stderr and "XDG_STATE_HOME" in r.stderr, "a layer in memory is refused", r.stderr)
        shutil.rmtree(state)
    else:
        skip("a layer in memory is refused", "no tmpfs at hand")
    r = run("true", "--overlay=/dev/shm") if shm else None
    r = run("true", "--overlay=/")
    ok(r.returncode == 125, "nor is there one of /", r.stderr)


def test_forged():
    fresh(d__a="a\n")
    r = run("setfattr -n user.overlay.opaque -v y d; setfattr -n user.overlay.sbox.mode -v +777 d; echo b > d/b; getfattr -d -m - d",
            "--overlay=.", "--name=f")
    if not shutil.which("setfattr"):
        skip("what apply goes by cannot be forged", "no setfattr")
        return
    c = changes("f")
    ok("deleted" not in [v["change"] for v in c.values()] and "d" not in c, "what diff and apply go by cannot be forged inside", (c, r.stderr))


def test_in_use():
    fresh(a="a\n")
    run("echo 1 > a", "--overlay=.", "--name=u")
    with subprocess.Popen([SBOX, "run", "--overlay=.", "--name=u", "--", "sh", "-c", "echo up; read x"], cwd=P, env=ENV,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as p:
        p.stdout.readline()
        r, a, d = run("true", "--overlay=.", "--name=u"), sbox("apply", "u"), sbox("discard", "u")
        ok(r.returncode == 125 and a.returncode == 1 and d.returncode == 1 and "in use" in a.stderr,
           "while one runs, none other can use, apply or discard it", r.stderr + a.stderr + d.stderr)
        ok("in use" in sbox("diff", "u").stdout, "diff can look")
        p.communicate("\n")
    ok(sbox("apply", "u").returncode == 0 and read("a") == "1\n", "afterwards they can")
    fresh(a="a\n")
    r = run("echo 1 > a; kill -9 $PPID 2>/dev/null; kill -9 1; sleep 0.1", "--overlay=.", "--name=k")
    p = subprocess.Popen([SBOX, "run", "--overlay=.", "--name=k2", "--", "sh", "-c", "echo 2 > a; echo up; sleep 60"], cwd=P, env=ENV,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    p.stdout.readline()
    p.kill()
    p.wait()
    p.stdout.close()
    for _ in range(100):
        r = sbox("apply", "k2")
        if r.returncode == 0:
            break
        time.sleep(0.05)
    ok(read("a") == "2\n", "a supervisor that was killed leaves changes that can be applied", r.stderr)


def many(n, size=100):
    for i in range(n):
        write(f"d{i % 50}/f{i}", "x" * size)


def test_interrupted():
    rounds, n = max(3, 8 // SLOW), max(300, 1500 // SLOW)
    kills = max(10, 40 // int(os.environ.get("SBOX_TEST_SLOWDOWN", "1")))
    over = "sbox: no changes are kept\n"  # said to the next when the one before was killed with all of it done
    random.seed(1)
    fresh()
    many(n)
    for i in range(200):
        write(f"old/{i % 7}/{i}", "old")
    settle()
    base = os.path.join(TOP, "base")
    shutil.copytree(P, base, symlinks=True)
    script = (f"for i in $(seq 0 {n - 1}); do echo y >> d$((i % 50))/f$i; done; rm -rf old; for i in 1 2 3 4 5 6; do rm -r d$i; mkdir d$i; "
              "echo n > d$i/new; echo f > d$i/f$i; done; mkdir -p n/a n/b; for i in $(seq 0 99); do echo $i > n/a/$i; done; chmod 555 n/a n")
    end = None
    wrong = []
    interrupted = 0
    for _ in range(rounds):
        for where, dirs, _f in os.walk(P):
            for d in dirs:
                os.chmod(os.path.join(where, d), 0o755)
        for name in os.listdir(P):
            shutil.rmtree(os.path.join(P, name))
        subprocess.run(["cp", "-a", base + "/.", P], check=True)
        settle()
        run(script, "--overlay=.", "--name=i")
        begun = time.monotonic()
        if end is None:
            r = sbox("apply", "i")
            took = time.monotonic() - begun
            end = picture(P)
            ok(r.returncode == 0 and len(end) > n - 100 and "old" not in end, "an apply that nobody ends", r.stderr)
            continue
        for _ in range(kills):
            p = subprocess.Popen([SBOX, "apply", "i"], cwd=P, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            time.sleep(random.random() * took)
            p.send_signal(signal.SIGKILL)
            _, text = p.communicate()
            interrupted += p.returncode == -signal.SIGKILL
            if p.returncode not in (0, -signal.SIGKILL) and text != over:
                wrong.append(text)
            if p.returncode != -signal.SIGKILL:
                break
        else:
            r = sbox("apply", "i")
            wrong += [r.stderr] if r.returncode and r.stderr != over else []
        now = picture(P)
        if now != end:
            wrong.append(str(sorted(k for k in now.keys() | end.keys() if now.get(k) != end.get(k))[:10]))
        if os.listdir(OVERLAYS):
            wrong.append("left: " + str(os.listdir(OVERLAYS)))
            sbox("discard", "i")
    for d in ("n/a", "n"):
        os.chmod(os.path.join(P, d), 0o755)
    ok(not wrong and interrupted, f"{interrupted} times ended by SIGKILL and repeated: the right end each time", wrong)
    shutil.rmtree(base)


def timed(*args):
    begun = time.monotonic()
    r = subprocess.run(args, cwd=P, env=ENV, capture_output=True, text=True, check=False)
    return r, time.monotonic() - begun


def test_speed():
    n = 10000 // SLOW
    copy = os.path.join(TOP, "copy")
    fresh()
    run(f"i=0; while [ $i -lt {n} ]; do d=n/d$((i % 50)); [ -d $d ] || mkdir -p $d; echo x > $d/f$i; i=$((i+1)); done",
        "--overlay=.", "--name=s")
    r, apply = timed(SBOX, "apply", "s")
    _, cp = timed("cp", "-a", "n", copy)
    ok(r.returncode == 0 and len(picture(P)) == n + 51, f"a tree of {n} files is applied", r.stdout + r.stderr)
    print(f"# {n} new files: apply {apply:.2f} s, cp -a {cp:.2f} s: {apply / cp:.1f} times")
    run("for d in n/d*; do for f in $d/*; do echo y >> $f; done; done", "--overlay=.", "--name=s")
    r, apply = timed(SBOX, "apply", "s")
    _, cp = timed("cp", "-a", "--remove-destination", "-T", copy, "n")
    ok(r.returncode == 0 and f"{n} changes applied" in r.stdout, f"{n} changed files are applied", r.stdout + r.stderr)
    print(f"# {n} files replaced: apply {apply:.2f} s, cp -a {cp:.2f} s: {apply / cp:.1f} times")
    shutil.rmtree(copy)


os.makedirs(P)
try:
    probe = run("true", "--overlay=.")
    if probe.returncode and "mount an overlay" in probe.stderr:
        skip("overlays", "this kernel mounts none without privileges: " + probe.stderr.strip().splitlines()[0])
    else:
        for test in (test_sees_and_keeps, test_checkout, test_one_number, test_apply, test_nothing_hidden, test_patch, test_conflicts, test_in_part, test_hostile, test_walls,
                     test_forged, test_in_use, test_interrupted, test_speed):
            test()
finally:
    fresh()
    subprocess.run(["chmod", "-R", "u+rwx", TOP], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(TOP, ignore_errors=True)
finish()
