#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 900
"""Memory that is not there: each allocation of sbox fails in turn, alone, and with all that come after it.

tests/bin/nomem is sbox with an allocator that does so.  Each run ends as it does otherwise, or with a message and nothing that
ran; a program that runs has all its walls.  SBOX_MOMENTS=N: no more than N allocations of each run (30).
"""
import errno
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
from sboxtest import Traces, finish, gone, ok, processes  # noqa: E402
from walled import HOME, NAMESPACES, PROJECT, WALLS, prepare, write  # noqa: E402

NOMEM = os.path.join(os.environ["TOP_BUILDDIR"], "tests/bin/nomem")
MOST = int(os.environ.get("SBOX_MOMENTS") or 30)
MARK = f"nomem{os.getpid()}"
LAUNCH = [f"--ro={WALLS}:/walls", "--", "/walls"] + NAMESPACES
RUNS = {
    "explain": ["explain", "--profile=untrusted", "true"], "explain --json": ["explain", "--profile=agent", "--json", "true"],
    "explain --path": ["explain", "--path", "/etc/shadow"], "explain --host": ["explain", "--net=user", "--host", "example.org"],
    "explain --syscalls": ["explain", "--profile=build", "--syscalls"],
    "a profile with errors": ["check", os.path.join(HOME, "bad.ini")], "check": ["check", "default", "browser"], "profiles": ["profiles"],
    "profiles --diff": ["profiles", "--diff", "untrusted", "build"], "list": ["list", "--json"], "overlays": ["diff"],
    "launch": LAUNCH, "strict launch": ["--profile=untrusted"] + LAUNCH, "launch with a report": ["--report=/dev/null"] + LAUNCH,
    "launch on an overlay": ["--cwd=overlay"] + LAUNCH, "launch with a log": ["--set", f"process.log={HOME}/log"] + LAUNCH,
    "launch that fails": ["--ro", "/no/such", "--", "true"], "program that is not there": ["--", "/no/such"],
}


def run(args, env):
    with open(os.path.join(HOME, "file"), "rb") as stdin:
        r = subprocess.run([NOMEM] + args, stdin=stdin, capture_output=True, check=False, cwd=PROJECT, env=dict(os.environ, **env), timeout=60)
    return r.returncode, r.stdout, r.stderr


def allocations(args):
    """How many there are until the plan is made, at least: who starts a sandbox closes what it could say the number by."""
    args = (["--dry-run"] + args) if "--" in args else args
    r, w = os.pipe()
    os.dup2(w, 9)
    os.close(w)
    with open(os.path.join(HOME, "file"), "rb") as stdin:
        subprocess.run([NOMEM] + args, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=PROJECT,
                       env=dict(os.environ, NOMEM_COUNT="1"), pass_fds=[9])
    os.close(9)
    with os.fdopen(r) as f:
        numbers = [int(n) for n in re.findall("[0-9]+", f.read())]
    return max(numbers, default=0)


def within(out, want):
    """What a program found whose reporter was gone before it was ended itself: no call that was asked for has an answer then."""
    more = set(plain(out).splitlines()) - set(plain(want).splitlines())
    return all(b"?" in line or os.strerror(errno.ENOSYS).encode() in line for line in more)


def plain(text):
    """Without what differs from run to run."""
    return re.sub(rb"[0-9]+(\.[0-9]+)?", b"N", text)


def main():
    prepare()
    write(os.path.join(HOME, "bad.ini"), "[files]\nro = \nno-such = 1\n[network]\nmode = sideways\n[seccomp]\nallow = nosuchcall\n")
    subprocess.run([NOMEM] + RUNS["launch with a log"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PROJECT)
    subprocess.run([NOMEM] + RUNS["launch on an overlay"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PROJECT)
    before = processes(MARK)
    traces = Traces()
    total = 0
    for name, args in RUNS.items():
        want = run(args, {})
        n = allocations(args)
        step = max(1, n // MOST)
        wrong, refused, same = [], 0, 0
        for at in range(1, n + 1, step):
            for on in ({}, {"NOMEM_ON": "1"}):
                total += 1
                status, out, err = run(args, {"NOMEM_AT": str(at), **on})
                if (status, plain(out)) == (want[0], plain(want[1])):
                    same += 1
                elif b"cannot be listed: Cannot allocate memory" in err:
                    refused += 1
                elif re.search(b"the report is not complete|the reporter ended before", err) and within(out, want[1]):
                    refused += 1
                elif status in (125, 137) and b"sbox: " in err and (b"/walls" not in b" ".join(a.encode() for a in args) or
                                                                    plain(out) in (b"", plain(want[1]))):
                    refused += 1
                else:
                    wrong.append(f"allocation {at}{' and later' if on else ''}: status {status}, {len(out)} bytes of {len(want[1])}: {err[-300:]!r}")
        ok(not wrong and n > 1, f"{name}: {n} allocations, {refused} times refused, {same} times without harm", "\n".join(wrong[:8]))
    # A supervisor that could not go on cleans nothing up: the next start does; an entry without a text is given a minute.
    entries = os.path.join(os.environ["XDG_RUNTIME_DIR"], "sbox")
    for entry in os.scandir(entries):
        os.utime(entry.path, (1, 1))
    for name in ("launch on an overlay", "launch with a log"):
        run(RUNS[name], {})
    # A layer whose run was cut short is kept, and dropped like any other.
    layers = os.path.join(HOME, ".local/state/sbox/overlays")
    for name in os.listdir(layers):
        run(["discard", name], {})
    left = list(gone(MARK, before).values()) + traces.left()
    ok(not left, f"{total} failures: nothing is left", "\n".join(left))
    finish()


main()
