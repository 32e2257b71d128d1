#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 900
# runs as: root
"""Services of the user's session that are slow, dead, or talk rubbish: the bus, systemd, the compositor.

Each is a socket of the test.  A launch that needs it ends in time and says why; one that does not has the walls that it has
without it; nothing is left.
"""
import concurrent.futures
import os
import re
import shutil
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.environ["TOP_SRCDIR"], "tests", "lib"))
import ownmachine  # noqa: E402
from sboxtest import Traces, finish, ok  # noqa: E402
from walled import HOME, judge, launch, prepare  # noqa: E402

class Service:
    """A socket at path, and what becomes of each who connects."""

    def __init__(self, path, serve, backlog=20):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.path = path
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(path)
        self.s.listen(backlog)
        self.serve = serve
        self.clients = []
        self.open = True
        self.thread = threading.Thread(target=self.run)
        if serve:
            self.thread.start()

    def run(self):
        self.s.settimeout(0.1)
        while self.open:
            try:
                c = self.s.accept()[0]
            except TimeoutError:
                continue
            self.clients.append(c)
            c.settimeout(0.1)
            threading.Thread(target=self.one, args=(c,)).start()

    def one(self, c):
        try:
            self.serve(self, c)
        except OSError:
            pass

    def close(self):
        self.open = False
        if self.serve:
            self.thread.join()
        for c in self.clients + [self.s]:
            c.close()
        os.unlink(self.path)


def silent(service, c):
    while service.open:
        try:
            if not c.recv(4096):
                return
        except TimeoutError:
            pass


def closes(_, c):
    c.close()


def rubbish(_, c):
    c.send(os.urandom(5000))


def floods(service, c):
    while service.open:
        try:
            c.send(b"l\x04\x01\x01" + bytes(2000))
        except TimeoutError:
            pass


def lets_in(service, c):
    c.send(b"OK 0123456789abcdef0123456789abcdef\r\n")
    silent(service, c)


def lets_in_and_floods(service, c):
    c.send(b"OK 0123456789abcdef0123456789abcdef\r\n")
    # a signal of nobody's, well formed, again and again
    fields = b"\x01\x01o\x00\x02\x00\x00\x00/x\x00" + bytes(4) + b"\x02\x01s\x00\x03\x00\x00\x00a.b\x00" + bytes(4) + b"\x03\x01s\x00\x01\x00\x00\x00X\x00"
    message = b"l\x04\x01\x01" + bytes(4) + b"\x02\x00\x00\x00" + len(fields).to_bytes(4, "little") + fields
    message += bytes(-len(message) % 8)
    while service.open:
        try:
            c.send(message * 20)
        except TimeoutError:
            pass


def dbus_message(kind, fields, types, body):
    """Little endian; fields: (code, type, bytes)."""
    head = b""
    for code, sort, value in fields + [(8, b"g", bytes([len(types)]) + types + b"\0")]:
        head += bytes(-len(head) % 8) + bytes([code, 1]) + sort + b"\0"
        head += bytes(-len(head) % 4 if sort != b"g" else 0) + value
    message = bytes([ord("l"), kind, 1, 1]) + len(body).to_bytes(4, "little") + (7).to_bytes(4, "little") + len(head).to_bytes(4, "little") + head
    return message + bytes(-len(message) % 8) + body


def dbus_string(text):
    return len(text).to_bytes(4, "little") + text + b"\0"


def refuses(service, c):
    c.send(b"OK 0123456789abcdef0123456789abcdef\r\n" +
           dbus_message(3, [(4, b"s", dbus_string(b"org.test.No")), (5, b"u", (1).to_bytes(4, "little"))], b"s", dbus_string(b"because\x1b[2J")))
    silent(service, c)


def ends_job(service, c, result):
    """systemd's word for the end of the job that makes the scope, whose name is in the call."""
    asked = b""
    while service.open and not (found := re.search(rb"[a-z-]+-[0-9]+\.scope", asked)):
        asked += c.recv(4096)
    body = (1).to_bytes(4, "little") + dbus_string(b"/j")
    for text in (found.group(), result):
        body += bytes(-len(body) % 4) + dbus_string(text)
    c.send(b"OK 0123456789abcdef0123456789abcdef\r\n" + dbus_message(4, [(1, b"o", dbus_string(b"/m")), (2, b"s", dbus_string(b"org.test.M")),
                                                                          (3, b"s", dbus_string(b"JobRemoved"))], b"uoss", body))
    silent(service, c)


WAYS = [("never answers", silent), ("closes at once", closes), ("talks rubbish", rubbish), ("floods", floods),
        ("lets in and never answers", lets_in), ("lets in and floods", lets_in_and_floods), ("is full and accepts nobody", None), ("refuses", refuses),
        ("says that the job failed", lambda service, c: ends_job(service, c, b"failed")),
        ("says that the job is done, which it is not", lambda service, c: ends_job(service, c, b"done"))]


# Asked by the program itself.
CALL = ("timeout -k 1 3 gdbus call --session --timeout 1 --dest org.test.Name --object-path / --method org.test.Name.Ping "
        "> /dev/null 2>&1;")
BUS = ["--set", "desktop.dbus-talk=org.test.Name"]
SCOPE = ["--set", "cgroup.manager=systemd"]
HOLDS = SCOPE + ["--set", "cgroup.memory-max=100M", "--set", "profile.require=cgroup"]
CASES = [
    ("the session bus", "bus", BUS if os.path.exists("/usr/bin/xdg-dbus-proxy") else [], CALL, {7}),
    ("the user's systemd", "systemd/private", SCOPE, "", {7, 125}),
    ("the user's systemd, for a limit that must hold", "systemd/private", HOLDS, "", {125}),
    ("systemd by the session bus", "bus", SCOPE, "", {7, 125}),
    ("the compositor", "wayland-0", ["--set", "desktop.wayland=yes"], "", {7, 125}),
]


def one(number, path, serve, options, program):
    """A launch with this service alone in its runtime directory."""
    runtime = os.path.join(HOME, f"r{number}")
    os.makedirs(runtime, 0o700)
    service = Service(os.path.join(runtime, path), serve, 20 if serve else 0)
    held = []
    while not serve and len(held) < 5:
        held.append(socket.socket(socket.AF_UNIX))
        held[-1].setblocking(False)
        try:
            held[-1].connect(service.path)
        except BlockingIOError:
            break
    result = launch(options, program, dict(os.environ, XDG_RUNTIME_DIR=runtime, WAYLAND_DISPLAY="wayland-0"))
    for c in held:
        c.close()
    service.close()
    shutil.rmtree(runtime)
    return result


def main():
    ownmachine.enter("bad services")
    prepare()
    _, want, _, _ = launch([])
    ok(want.endswith("complete\n") and "WORKS" not in want and "THE HOST'S" not in want, "the walls as they should be", want)
    traces = Traces()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        futures = []
        for what, path, options, program, statuses in CASES:
            for way, serve in WAYS:
                futures.append((f"{what} {way}", statuses, pool.submit(one, len(futures), path, serve, options, program)))
        for what, statuses, future in futures:
            judge(what, future.result(), statuses, want)
    left = list(ownmachine.alone().values()) + traces.left()
    ok(not left, "nothing is left of any kind", "\n".join(left))
    finish()


main()
