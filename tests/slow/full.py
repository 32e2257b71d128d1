#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 600
# runs as: root
"""Disks, memory file systems and process limits that are full: a message instead of half a sandbox, and nothing is lost.

The disks are small ones of the test's own.  An apply that met a full disk is repeated when there is room, and is whole then.
"""
import os
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
import ownmachine  # noqa: E402
from sboxtest import SBOX, Traces, finish, ok, skip  # noqa: E402
from walled import HOME, PROJECT, launch, lines_of, prepare, write  # noqa: E402

T = os.environ["T"]
SMALL, OTHER, MEMORY, NODES = (os.path.join(T, name) for name in ("small", "other", "memory", "nodes"))
FILL = "fill"
DISKS = []


def disks():
    """As root on the host, in a mount namespace of its own: two small disks."""
    owner = os.stat(HOME)
    for where, size in ((SMALL, "8M"), (OTHER, "24M")):
        os.makedirs(where)
        image = where + ".image"
        made = subprocess.run(["sh", "-c", f"truncate -s {size} {image} && mkfs.ext4 -q -m 0 -E nodiscard {image} && mount -o loop {image} {where}"],
                              check=False, capture_output=True)
        if made.returncode == 0:
            os.chown(where, owner.st_uid, owner.st_gid)
            DISKS.append(where)


def memory():
    """As root of the new machine: file systems in memory."""
    owner = os.stat(HOME)
    for where, options in ((MEMORY, "size=64k,mode=700"), (NODES, "nr_inodes=6,mode=700")):
        os.makedirs(where)
        ownmachine.mount("tmpfs", where, "tmpfs", data=options)
        os.chown(where, owner.st_uid, owner.st_gid)


def fill(where):
    """Not a byte is free there."""
    with open(os.path.join(where, FILL), "wb", buffering=0) as f:
        for size in (1 << 20, 4096, 1):
            try:
                while f.write(b"x" * size) == size:
                    pass
            except OSError:
                pass


def fill_nodes(where):
    try:
        for i in range(1000):
            write(os.path.join(where, f"{FILL}{i}"), "")
    except OSError:
        pass


def empty(where):
    for name in os.listdir(where):
        if name.startswith(FILL):
            os.unlink(os.path.join(where, name))


def sbox(*args, cwd=PROJECT, env=None, **more):
    return subprocess.run([SBOX, *args], cwd=cwd, env=dict(os.environ, **(env or {})), capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120, **more)


def good(what, result, statuses, want):
    """125 with words, and nothing ran; 7 with all walls."""
    status, walls, said, _ = result
    right = status in statuses and ("sbox: " in said and not walls if status == 125 else lines_of(walls) == lines_of(want))
    ok(right, f"{what}: {'refused' if status == 125 else 'its walls'}", f"{status} {said[-500:]} {sorted(lines_of(walls) ^ lines_of(want))[:6]}")


def runtime(want):
    for where, filling, what in ((MEMORY, fill, "no byte"), (NODES, fill_nodes, "no inode")):
        os.makedirs(os.path.join(where, "sbox"), 0o700)
        filling(where)
        env = dict(os.environ, XDG_RUNTIME_DIR=where)
        good(f"{what} free in the runtime directory: a launch does without its entry", launch([], env=env), {7}, want)
        # An entry of tmpfs needs an inode and no byte; its text does.
        good("... one with a name", launch(["--name=wanted"], env=env), {125}, want)
        r = sbox("list", "--json", env={"XDG_RUNTIME_DIR": where})
        ok(r.returncode == 0 and r.stdout.strip() == "[]", "... list works", r)
        empty(where)
        good("... with room again", launch(["--name=wanted"], env=env), {7}, want)
        left = os.listdir(os.path.join(where, "sbox"))
        ok(not left, "... nothing is left there", left)


def state(want):
    fill(SMALL)
    env = dict(os.environ, XDG_STATE_HOME=SMALL, XDG_CACHE_HOME=SMALL + "/cache", XDG_DATA_HOME=SMALL + "/data")
    good("the state directory is full: --home=private", launch(["--home=private"], env=env), {125}, want)
    good("... --overlay", launch([f"--overlay={PROJECT}"], env=env), {125}, want)
    good("... an ephemeral home", launch([], env=env), {7}, want)
    empty(SMALL)
    r = sbox("--home=private", "--", "sh", "-c", "echo kept > ~/kept", env=env)
    fill(SMALL)
    again = sbox("--home=private", "--", "sh", "-c", "cat ~/kept; echo x > ~/more || exit 9", env=env)
    ok(r.returncode == 0 and again.returncode == 9 and again.stdout == "kept\n" and again.stderr.startswith("sh: "),
       "a private home on a full disk is there, and the program is told", (r, again))
    empty(SMALL)


def outputs():
    fill(SMALL)
    full = os.path.join(SMALL, "out")
    for name in ("out", "learned.ini"):
        subprocess.run(["sh", "-c", f": > {SMALL}/{name}"], check=False)
    r = sbox(f"--report={full}", "--profile=untrusted", "--", "sh", "-c", "cat /etc/shadow 2> /dev/null; exit 7")
    ok(r.returncode == 7 and "report" in r.stderr, "a report on a full disk: the program's status, and it is said", r)
    r = sbox("--set", f"process.log={full}", "--", "sh", "-c", "echo word; exit 7")
    ok(r.returncode == 7 and "the log is not complete: No space left" in r.stderr, "a log on a full disk: the same", r)
    r = sbox("learn", "-o", f"{SMALL}/new.ini", "true")
    ok(r.returncode not in (0, None) and "No space" in r.stderr and not os.path.exists(f"{SMALL}/new.ini"),
       "what was learnt on a full disk: no half a profile", r)
    with open("/dev/full", "wb", buffering=0) as nowhere:
        for args in (["explain", "true"], ["profiles"], ["help"], ["check", "default"]):
            p = subprocess.run([SBOX, *args], stdout=nowhere, stderr=subprocess.PIPE, check=False, cwd=PROJECT)
            ok(p.returncode not in (0, 127), f"{args[0]} to a full device is no success", p)
        p = subprocess.run([SBOX, f"--json-status-fd={nowhere.fileno()}", "--", "sh", "-c", "exit 7"], pass_fds=[nowhere.fileno()],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=PROJECT)
        ok(p.returncode == 125 and b"json-status-fd" in p.stderr, "nobody drives a sandbox whose start could not be said", p)
    empty(SMALL)
    os.unlink(full)


def content(where):
    found = {}
    for top, _, files in os.walk(where):
        for name in files:
            with open(os.path.join(top, name), "rb") as f:
                found[os.path.relpath(os.path.join(top, name), where)] = f.read()
    found.pop(FILL, None)
    return found


def overlays():
    """The layer on one disk, the project on another, or both on one: full while it runs, while it is applied."""
    script = ("mkdir new; for i in 1 2 3 4 5 6; do head -c 300000 /dev/zero | tr '\\0' $i > new/$i; done; echo changed > old; rm gone; ln new/1 new/1b")
    want = {f"new/{i}": str(i).encode() * 300000 for i in range(1, 7)}
    want |= {"new/1b": want["new/1"], "old": b"changed\n"}
    for layer, project, what in ((SMALL, os.path.join(SMALL, "p"), "on one disk"), (OTHER, os.path.join(SMALL, "p"), "from one disk to another")):
        shutil.rmtree(project, ignore_errors=True)
        os.makedirs(project)
        for name in ("old", "gone"):
            write(os.path.join(project, name), "before\n")
        env = {"XDG_STATE_HOME": layer}
        # The kernel's clock ticks: what changes in the same tick looks changed on the host, too.
        subprocess.run(["sleep", "0.1"], check=True)
        r = sbox("--cwd=overlay", "--name=full", "--", "sh", "-c", script, cwd=project, env=env)
        ok(r.returncode == 0, f"{what}: changes are made", r)
        before = content(project)
        fill(SMALL)
        r = sbox("apply", "full", cwd=project, env=env)
        first = r.returncode
        half = content(project)
        ok((first == 0) == (half == want) and all(half[name] in (before.get(name), want.get(name)) for name in half),
           f"... applied to a full disk: status {first}, each file whole, old or new", (r, {n: len(c) for n, c in half.items()}))
        ok(first == 0 or "No space left" in r.stderr, "... it is said", r)
        empty(SMALL)
        if first:
            r = sbox("apply", "full", cwd=project, env=env)
        after = content(project)
        ok(r.returncode == 0 and after == want, "... applied again with room: everything is there, and nothing else",
           (r, {n: len(c) for n, c in after.items()}))
        left = os.listdir(os.path.join(layer, "sbox/overlays"))
        ok(not left, "... nothing is kept any more", left)
    # full while the program writes
    r = sbox("--cwd=overlay", "--name=full", "--", "sh", "-c", "echo mine > old; head -c 100M /dev/zero > big; exit 7", cwd=project,
             env={"XDG_STATE_HOME": SMALL})
    ok(r.returncode == 7 and "No space left" in r.stderr, "a program that fills the disk of its layer is told, and ends as it likes", r)
    r = sbox("diff", "full", cwd=project, env={"XDG_STATE_HOME": SMALL})
    ok(r.returncode == 0 and "old" in r.stdout and "big" in r.stdout, "... what it changed can be looked at", r)
    r = sbox("discard", "full", cwd=project, env={"XDG_STATE_HOME": SMALL})
    ok(r.returncode == 0 and content(project) == want, "... and dropped", r)


def limits(want):
    """Too few processes, descriptors, bytes of a file for what serves a sandbox: a launch, or a message, and no third."""
    kinds = {"plain": [], "report": ["--report=/dev/null"], "log": ["--set", f"process.log={HOME}/log"],
             "net": ["--net=user", "--set", "network.allow=example.org:443"] if os.path.exists("/usr/bin/pasta") else None}
    for name, options in kinds.items():
        if options is None:
            continue
        _, walls, _, _ = launch(options)
        wrong, tried, ran = [], 0, 0
        for limit, values in ((resource.RLIMIT_NPROC, range(1, 12)), (resource.RLIMIT_NOFILE, range(4, 34, 2)), (resource.RLIMIT_FSIZE, (0, 1, 100))):
            for value in values:
                before = resource.getrlimit(limit)
                # The launcher alone inherits it: this process makes no others meanwhile.
                resource.setrlimit(limit, (value if limit != resource.RLIMIT_NPROC else value + len(ownmachine.others()), before[1]))
                try:
                    status, found, said, _ = launch(options)
                except (OSError, subprocess.SubprocessError) as e:
                    status, found, said = None, "", repr(e)
                finally:
                    resource.setrlimit(limit, before)
                tried += 1
                ran += bool(found)
                if status is None and not found and "Error" in said:
                    continue  # not even the launcher could be started
                if found and not {line for line in lines_of(found) if "?" not in line} <= lines_of(walls):
                    wrong.append(f"limit {limit} = {value}: other walls {sorted(lines_of(found) - lines_of(walls))[:4]}")
                elif status not in (7, 125, 126, 127, 2, 137) or (status == 125 and "sbox: " not in said):
                    wrong.append(f"limit {limit} = {value}: status {status} {said[-300:]!r}")
        ok(not wrong, f"{name}: {tried} limits on processes, descriptors and file size; {ran} ran, with their walls", "\n".join(wrong))
    ok(want, "limits were tried")


def main():
    ownmachine.enter("full disks", prepare=memory, outside=disks)
    prepare()
    _, want, _, _ = launch([])
    ok(want.endswith("complete\n") and "WORKS" not in want and "THE HOST'S" not in want, "the walls as they should be", want)
    launch(["--set", f"process.log={HOME}/log"])
    # Directories that are made once.
    sbox("learn", "-o", f"{HOME}/learned.ini", "true")
    sbox("--cwd=overlay", "--", "true")
    traces = Traces()
    runtime(want)
    if len(DISKS) == 2:
        state(want)
        outputs()
        overlays()
    else:
        skip("full disks", "no loop device, or no mkfs.ext4")
    limits(want)
    shutil.rmtree(os.path.join(SMALL, "p"), ignore_errors=True)
    left = list(ownmachine.alone().values()) + [name for name in traces.left() if not any(where in name for where in (SMALL, OTHER, MEMORY, NODES))]
    ok(not left, "nothing is left of any kind", "\n".join(left))
    finish()


main()
