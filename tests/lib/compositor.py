# SPDX-License-Identifier: MIT
"""A Wayland compositor that has one protocol, security-context-v1, for tests.

    compositor.py SOCKET [BEHIND]

Who comes by a context's socket is handed on to the compositor that listens at BEHIND, or closed.  Each line on stdout is an
event: "ready", "context ENGINE APP INSTANCE", "client APP", "end APP".  With $REFUSE a commit is answered by an error; with
$SILENT nothing is.
"""
import array
import os
import select
import socket
import struct
import sys
import threading

MANAGER = b"wp_security_context_manager_v1"


def say(*words):
    print(*words, flush=True)


def text(data, at):
    size = struct.unpack_from("=I", data, at)[0]
    return data[at + 4:at + 3 + size], at + 4 + size + -size % 4


def event(obj, opcode, body=b""):
    return struct.pack("=IHH", obj, opcode, 8 + len(body)) + body


def string(value):
    return struct.pack("=I", len(value) + 1) + value + b"\0" + b"\0" * (-(len(value) + 1) % 4)


def pump(source, target):
    """Bytes and descriptors, one way."""
    while True:
        try:
            data, control, _, _ = socket.recv_fds(source, 65536, 28)
            if not data:
                break
            socket.send_fds(target, [data], control)
            for fd in control:
                os.close(fd)
        except OSError:
            break
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Context:
    def __init__(self, listen, close):
        self.listen, self.close, self.words = socket.socket(fileno=listen), close, {}

    def serve(self, behind):
        app = self.words[2]
        say("context", self.words[1], app, self.words[3])
        poll = select.poll()
        poll.register(self.listen, select.POLLIN)
        poll.register(self.close, 0)
        while True:
            ready = dict(poll.poll())
            if self.close in ready:
                say("end", app)
                self.listen.close()
                os.close(self.close)
                return
            client, _ = self.listen.accept()
            client.setblocking(True)
            say("client", app)
            if behind:
                real = socket.socket(socket.AF_UNIX)
                real.connect(behind)
                for ends in ((client, real), (real, client)):
                    threading.Thread(target=pump, args=ends, daemon=True).start()
            else:
                client.close()


class Client:
    def __init__(self, sock):
        self.sock, self.kinds, self.contexts, self.fds, self.data = sock, {1: "display"}, {}, array.array("i"), b""

    def request(self, obj, opcode, body, behind):
        kind = self.kinds.get(obj)
        if kind == "display" and opcode == 0:
            # in two parts, as a busy compositor may send it
            done = event(struct.unpack("=I", body)[0], 0, struct.pack("=I", 1))
            self.sock.sendall(done[:5])
            self.sock.sendall(done[5:])
        elif kind == "display":
            number = struct.unpack("=I", body)[0]
            self.kinds[number] = "registry"
            for nr, name in enumerate([b"wl_compositor", b"wp_security_context_manager_v1_x", MANAGER, b"wl_shm"]):
                if name != MANAGER or "WITHOUT" not in os.environ:
                    self.sock.sendall(event(number, 0, struct.pack("=I", 10 + nr) + string(name) + struct.pack("=I", 1)))
        elif kind == "registry":
            assert struct.unpack_from("=I", body)[0] == 12
            name, at = text(body, 4)
            assert name == MANAGER, name
            self.kinds[struct.unpack_from("=II", body, at)[1]] = "manager"
        elif kind == "manager" and opcode == 1:
            number = struct.unpack("=I", body)[0]
            self.kinds[number] = "context"
            self.contexts[number] = Context(self.fds.pop(0), self.fds.pop(0))
        elif kind == "context" and 1 <= opcode <= 3:
            self.contexts[obj].words[opcode] = text(body, 0)[0].decode()
        elif kind == "context" and opcode == 4:
            if "REFUSE" in os.environ:
                self.sock.sendall(event(1, 0, struct.pack("=II", obj, 0) + string(b"no")))
            else:
                threading.Thread(target=self.contexts[obj].serve, args=(behind,), daemon=True).start()
        else:
            raise ValueError(f"{kind} {opcode}")

    def serve(self, behind):
        while True:
            data, fds, _, _ = socket.recv_fds(self.sock, 4096, 28)
            if not data:
                return
            self.fds.extend(fds)
            self.data += data
            if "SILENT" in os.environ:
                continue
            while len(self.data) >= 8:
                obj, opcode, size = struct.unpack_from("=IHH", self.data)
                if len(self.data) < size:
                    break
                self.request(obj, opcode, self.data[8:size], behind)
                self.data = self.data[size:]


def main():
    behind = sys.argv[2] if len(sys.argv) > 2 else None
    server = socket.socket(socket.AF_UNIX)
    server.bind(sys.argv[1])
    server.listen()
    say("ready")
    while True:
        client, _ = server.accept()
        threading.Thread(target=Client(client).serve, args=(behind,), daemon=True).start()


main()
