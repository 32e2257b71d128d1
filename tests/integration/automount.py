#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# runs as: root
"""A report looks at the host for names that the program chose: an automounter there must not be asked for them."""
import ctypes
import fcntl
import os
import pwd
import subprocess
import sys
import threading

sys.path.insert(0, os.environ["TOP_SRCDIR"] + "/tests/lib")
from sboxtest import SBOX, finish, ok, skip  # noqa: E402

CLONE_NEWNS, MS_REC, MS_PRIVATE, AUTOFS_IOC_FAIL = 0x20000, 0x4000, 0x40000, 0x9361
libc = ctypes.CDLL(None, use_errno=True)
place = os.environ["T"] + "/auto"  # beside the directory that the sandbox is given
user = pwd.getpwnam(os.environ["USER"]) if os.getuid() == 0 else None
asked = []


def mount_automounter():
    """An indirect map in a mount namespace of this test's own; returns the end that hears what is asked for."""
    os.mkdir(place, 0o755)
    if libc.unshare(CLONE_NEWNS) or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None):
        return None
    hear, tell = os.pipe()
    os.setpgrp()
    options = f"fd={tell},pgrp={os.getpgrp()},minproto=5,maxproto=5,indirect".encode()
    if libc.mount(b"auto", place.encode(), b"autofs", 0, options):
        return None
    os.close(tell)
    return hear


def serve(hear, top):
    while True:
        message = os.read(hear, 304)
        if len(message) < 12:
            return
        asked.append(message)
        fcntl.ioctl(top, AUTOFS_IOC_FAIL, int.from_bytes(message[8:12], sys.byteorder))


def as_user(*argv):
    # another process group: the automounter's own is never made to wait
    return subprocess.run(["setsid", "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *argv],
                          capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def main():
    if user is None or user.pw_uid == 0:
        skip("automounter", "not started as root")
        return
    hear = mount_automounter()
    if hear is None:
        skip("automounter", "this kernel mounts no autofs: " + os.strerror(ctypes.get_errno()))
        return
    top = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    threading.Thread(target=serve, args=(hear, top), daemon=True).start()
    as_user("cat", f"{place}/outside/x")
    ok(any(b"outside" in m for m in asked), "outside the automounter is asked", asked)
    asked.clear()
    r = as_user(SBOX, "--report", "--", "cat", f"{place}/inside/x")
    ok("No such file" in r.stderr and "report:" in r.stderr, "inside there is no such file, and a report", r.stderr)
    ok(not asked, "the automounter does not hear what the program asked for", asked)
    os.close(top)
    libc.umount2(place.encode(), 2)


main()
finish()
