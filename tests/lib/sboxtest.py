# SPDX-License-Identifier: MIT
"""TAP and a look at the machine, for the integration tests that are written in Python."""
import os
import subprocess
import sys
import time

SBOX = os.environ["SBOX"]
_count = 0
_failed = 0


def ok(good, what, detail=""):
    global _count, _failed
    _count += 1
    if not good:
        _failed += 1
    print(f"{'ok' if good else 'not ok'} {_count} - {what}")
    if not good and detail:
        for line in str(detail)[-1500:].splitlines():
            print(f"#   {line!r}")
    sys.stdout.flush()
    return good


def skip(what, reason):
    global _count
    _count += 1
    print(f"ok {_count} - {what} # SKIP {reason}")


def finish():
    print(f"1..{_count}")
    sys.exit(_failed > 0)


def processes(marker):
    """Processes of this user that are the launcher's, or carry marker in their arguments."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/comm", encoding="utf-8", errors="replace") as f:
                comm = f.read().strip()
            with open(f"/proc/{name}/cmdline", "rb") as f:
                cmdline = f.read()
            with open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as f:
                status = dict(line.split(":", 1) for line in f if ":" in line)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        # A zombie is only waiting to be collected by the machine's own init.
        if status["State"].strip().startswith("Z") or int(status["Uid"].split()[0]) != os.getuid():
            continue
        if comm in ("sbox", "sbox-init") or marker.encode() in cmdline:
            found[int(name)] = f"{comm} {cmdline!r}"
    return found


def gone(marker, before=(), seconds=5.0):
    """Waits until nothing is left beside before; what is left after all."""
    end = time.monotonic() + seconds
    while True:
        left = {pid: what for pid, what in processes(marker).items() if pid not in before}
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def start_bus():
    """A session bus where programs look for it; its process, or None where dbus-daemon is not installed."""
    address = "unix:path=" + os.path.join(os.environ["XDG_RUNTIME_DIR"], "bus")
    try:
        p = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address=1", "--address=" + address], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return None
    p.stdout.readline()
    return p


def count_lines(path, word=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return sum(1 for line in f if word in line)
    except OSError:
        return 0


def tree(*tops):
    """Every name below tops."""
    names = set()
    for top in tops:
        for where, dirs, files in os.walk(top):
            names.update(os.path.join(where, n) for n in dirs + files)
    return names


class Traces:
    """What a launch could leave on the machine; the difference between two looks."""

    def __init__(self):
        # The cache may be filled by a first run; call this after one.
        self.mounts = count_lines("/proc/self/mountinfo")
        self.keys = self._keys()
        self.names = tree(os.environ["HOME"], os.environ["XDG_RUNTIME_DIR"], os.environ["T"]) | {
            os.path.join(d, n) for d in ("/tmp", "/dev/shm", "/var/tmp") for n in os.listdir(d)
            if not n.startswith("sbox-test.") and self._mine(os.path.join(d, n))}

    @staticmethod
    def _mine(path):
        try:
            return os.lstat(path).st_uid == os.getuid()
        except OSError:
            return False

    @staticmethod
    def _keys():
        try:
            with open("/proc/key-users", encoding="ascii") as f:
                for line in f:
                    uid, rest = line.split(":", 1)
                    if int(uid) == os.getuid():
                        return int(rest.split()[2].split("/")[0])
        except OSError:
            pass
        return 0

    def left(self):
        """Texts that say what is new; empty when nothing is.  Keys are collected by the kernel in the background."""
        now = Traces()
        end = time.monotonic() + 10
        while now.keys > self.keys and time.monotonic() < end:
            time.sleep(0.1)
            now = Traces()
        found = []
        if now.mounts != self.mounts:
            found.append(f"mounts: {self.mounts} before, {now.mounts} after")
        if now.keys > self.keys:
            found.append(f"keys: {self.keys} before, {now.keys} after")
        found += [f"new: {name}" for name in sorted(now.names - self.names)]
        return found
