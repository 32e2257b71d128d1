#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 900
# runs as: root
"""What sbox starts outside, and what goes wrong there: it crashes, hangs, lies, floods.

pasta, xdg-dbus-proxy, newuidmap and newgidmap are covered by others in a mount namespace of the test's own.  Each launch ends in
time; what runs has the same walls as without any of them, or does not run at all and a message says why; nothing is left.
"""
import concurrent.futures
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
import ownmachine  # noqa: E402
from sboxtest import Traces, finish, ok, skip  # noqa: E402
from walled import HOME, judge, launch, prepare, write  # noqa: E402

RUNTIME = os.environ["XDG_RUNTIME_DIR"]
FAKES = os.path.join(HOME, "fakes")
COVERED = {name: os.path.realpath("/usr/bin/" + name) for name in ("pasta", "xdg-dbus-proxy", "newuidmap", "newgidmap")
           if os.path.exists("/usr/bin/" + name)}

HEAD = """#!/usr/bin/python3 -ISE
import os, signal, socket, sys, time
def forever():
    while True:
        time.sleep(1)
def flood(fd):
    os.set_blocking(fd, False)
    while True:
        try:
            os.write(fd, b"x" * 4000 + b"\\n")
        except BlockingIOError:
            time.sleep(0.001)
def listen():
    for word in sys.argv[1:]:
        if word.startswith("/"):
            s = socket.socket(socket.AF_UNIX)
            s.bind(word)
            s.listen(5)
            return s
"""
SAY_PASTA = "open('/dev/stdout', 'w').write(str(os.getpid()) + '\\n')\n"
SAY_PROXY = "os.write(3, b'x')\n"

# (helper, what it does, its program, statuses that are right): 125 goes with a message, 7 with all walls.
CASES = [
    ("pasta", "crashes at once", "os.kill(os.getpid(), signal.SIGSEGV)", {125}),
    ("pasta", "fails with words and bytes of a terminal", "os.write(2, b'no \\x1b[31mway\\x07\\n' * 500); sys.exit(1)", {125}),
    ("pasta", "succeeds at once", "sys.exit(0)", {125}),
    ("pasta", "hangs, deaf to signals", "[signal.signal(n, signal.SIG_IGN) for n in range(1, 32) if n not in (9, 19)]; forever()", {125}),
    ("pasta", "closes everything and hangs", "os.closerange(0, 100); forever()", {125}),
    ("pasta", "floods its messages, never ready", "flood(2)", {125}),
    ("pasta", "says it is ready, and has done nothing", SAY_PASTA + "forever()", {7, 125}),
    ("pasta", "says it is ready, and ends", SAY_PASTA + "sys.exit(0)", {7, 125}),
    ("pasta", "says it is ready, and crashes later", SAY_PASTA + "time.sleep(0.1); os.kill(os.getpid(), 11)", {7, 125}),
    ("pasta", "floods both when ready", SAY_PASTA + "os.fork() and flood(1); flood(2)", {7, 125}),
    ("pasta", "cannot be executed", None, {125}),
    ("xdg-dbus-proxy", "crashes at once", "os.kill(os.getpid(), signal.SIGSEGV)", {125}),
    ("xdg-dbus-proxy", "succeeds at once", "sys.exit(0)", {125}),
    ("xdg-dbus-proxy", "hangs, and is deaf", "[signal.signal(n, signal.SIG_IGN) for n in range(1, 32) if n not in (9, 19)]; forever()", {125}),
    ("xdg-dbus-proxy", "closes everything and hangs", "os.closerange(0, 100); forever()", {125}),
    ("xdg-dbus-proxy", "says four zeros", "os.write(3, bytes(4)); forever()", {125}),
    ("xdg-dbus-proxy", "says a number that is no error", "os.write(3, b'\\xff\\xff\\xff\\x7f'); forever()", {125}),
    ("xdg-dbus-proxy", "says a thousand bytes", "os.write(3, b'\\xff' * 1000); forever()", {125}),
    ("xdg-dbus-proxy", "says it listens, and does not", SAY_PROXY + "forever()", {125}),
    ("xdg-dbus-proxy", "says it listens, and ends", SAY_PROXY + "sys.exit(0)", {125}),
    ("xdg-dbus-proxy", "listens, and never answers", "s = listen()\n" + SAY_PROXY + "forever()", {7}),
    ("xdg-dbus-proxy", "listens, and crashes", "s = listen()\n" + SAY_PROXY + "time.sleep(0.1); os.kill(os.getpid(), 11)", {7}),
    ("xdg-dbus-proxy", "floods its log", "s = listen()\n" + SAY_PROXY + "flood(1)", {7}),
    ("xdg-dbus-proxy", "cannot be executed", None, {125}),
    ("newuidmap", "crashes at once", "os.kill(os.getpid(), signal.SIGSEGV)", {125}),
    ("newuidmap", "hangs", "forever()", {125}),
    ("newuidmap", "floods", "flood(2)", {125}),
    ("newuidmap", "succeeds, and has done nothing", "sys.exit(0)", {125}),
    ("newgidmap", "succeeds, and has done nothing", "sys.exit(0)", {125}),
]
OPTIONS = {
    "pasta": ["--net=user"], "xdg-dbus-proxy": ["--set", "desktop.dbus-talk=org.test.Name"],
    "newuidmap": ["--set", "ids.map=subids"], "newgidmap": ["--set", "ids.map=subids"],
}
def cover():
    """As root, before: the helpers are what the test writes."""
    os.makedirs(FAKES)
    owner = os.stat(HOME)
    for name, path in COVERED.items():
        fake = os.path.join(FAKES, name)
        with open(fake, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\nexit 1\n")
        os.chmod(fake, 0o755)
        os.chown(fake, owner.st_uid, owner.st_gid)
        ownmachine.bind(fake, path)
    os.chown(FAKES, owner.st_uid, owner.st_gid)


def bad_helpers(want, reported):
    """The cases of one helper after another, those of different ones side by side."""
    def of(helper):
        results = []
        for name, what, text, statuses in CASES:
            if name != helper:
                continue
            fake = os.path.join(FAKES, name)
            # Both tools of an id map are asked: the other one is right.
            other = {"newuidmap": "newgidmap", "newgidmap": "newuidmap"}.get(name)
            if other:
                write(os.path.join(FAKES, other), HEAD)
            write(fake, "#!/no/such/interpreter\n" if text is None else HEAD + text + "\n")
            results.append((f"{name} {what}", launch(OPTIONS[name]), statuses, want[helper]))
            if 7 in statuses:
                results.append((f"{name} {what}, with a report", launch(OPTIONS[name] + ["--report=/dev/null"]), statuses, reported[helper]))
        return results

    groups = [["pasta"], ["xdg-dbus-proxy"], ["newuidmap", "newgidmap"]]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for results in pool.map(lambda group: [r for helper in group if helper in COVERED for r in of(helper)], groups):
            for result in results:
                judge(*result)


def main():
    ownmachine.enter("bad helpers", prepare=cover)
    if not COVERED:
        skip("bad helpers", "neither pasta nor xdg-dbus-proxy nor newuidmap is installed")
        finish()
    prepare()
    s = socket.socket(socket.AF_UNIX)
    s.bind(os.path.join(RUNTIME, "bus"))
    s.listen(5)
    with_report = ["--report=/dev/null"]
    # A network that nobody connects, a bus that nobody serves: the same walls as without.
    want = {name: launch([])[1] for name in COVERED}
    reported = {name: launch(with_report)[1] for name in COVERED}
    ok(all(w.endswith("complete\n") and "WORKS" not in w and "THE HOST'S" not in w for w in list(want.values()) + list(reported.values())),
       "the walls as they should be", want)
    launch(OPTIONS["xdg-dbus-proxy"])
    traces = Traces()
    bad_helpers(want, reported)
    left = list(ownmachine.alone().values()) + traces.left()
    ok(not left, "nothing is left of any kind", "\n".join(left))
    s.close()
    finish()


main()
