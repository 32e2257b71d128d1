# SPDX-License-Identifier: MIT
"""A service on a message bus, for tests: owns the names it is given and answers each call to it.

    busservice.py SOCKET NAME...

Each line on stdout is one call: "NAME MEMBER".  The answer is one string: what a portal would take the caller for, which
is the name in /.flatpak-info of the root of the caller's process, or "host".
"""
import os
import socket
import struct
import sys


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def text(value):
    value = value.encode()
    return struct.pack("<I", len(value)) + value + b"\0"


def message(kind, serial, fields, body=b""):
    """fields: code → (signature, bytes)"""
    array = b""
    for code, (signature, value) in fields.items():
        array = pad(array, 8) + bytes([code]) + bytes([len(signature)]) + signature + b"\0"
        array = pad(array, 4 if signature in (b"s", b"o", b"u") else 1) + value
    head = struct.pack("<cBBBII", b"l", kind, 0, 1, len(body), serial) + struct.pack("<I", len(array)) + array
    return pad(head, 8) + body


class Bus:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.sock.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        assert self.sock.recv(256).startswith(b"OK")
        self.sock.sendall(b"BEGIN\r\n")
        self.serial = 0
        self.data = b""
        self.waiting = []
        self.bus_call("Hello")

    def take(self, n):
        while len(self.data) < n:
            more = self.sock.recv(65536)
            if not more:
                sys.exit(0)
            self.data += more
        taken, self.data = self.data[:n], self.data[n:]
        return taken

    def receive(self):
        head = self.take(16)
        order = "<" if head[:1] == b"l" else ">"
        body_size, serial, size = struct.unpack(order + "III", head[4:])
        fields, raw, at = {}, self.take(size + (-size % 8)), 0
        while at < size:
            at += -at % 8
            code, n = raw[at], raw[at + 1]
            signature = raw[at + 2:at + 2 + n]
            at += n + 3
            if signature in (b"s", b"o"):
                at += -at % 4
                length = struct.unpack_from(order + "I", raw, at)[0]
                fields[code] = raw[at + 4:at + 4 + length].decode()
                at += length + 5
            elif signature == b"g":
                fields[code] = raw[at + 1:at + 1 + raw[at]].decode()
                at += raw[at] + 2
            else:
                at += -at % 4
                fields[code] = struct.unpack_from(order + "I", raw, at)[0]
                at += 4
        return head[1], serial, fields, self.take(body_size), order

    def send(self, kind, fields, body=b""):
        self.serial += 1
        self.sock.sendall(message(kind, self.serial, fields, body))
        return self.serial

    def bus_call(self, member, signature=b"", body=b""):
        fields = {1: (b"o", text("/org/freedesktop/DBus")), 2: (b"s", text("org.freedesktop.DBus")),
                  3: (b"s", text(member)), 6: (b"s", text("org.freedesktop.DBus"))}
        if signature:
            fields[8] = (b"g", bytes([len(signature)]) + signature + b"\0")
        serial = self.send(1, fields, body)
        while True:
            got = self.receive()
            if got[2].get(5) == serial:
                return got
            self.waiting.append(got)


def identity(bus, sender):
    _, _, _, body, order = bus.bus_call("GetConnectionUnixProcessID", b"s", text(sender))
    pid = struct.unpack(order + "I", body)[0]
    try:
        with open(f"/proc/{pid}/root/.flatpak-info", encoding="utf-8") as info:
            return next(line.split("=", 1)[1].strip() for line in info if line.startswith("name="))
    except OSError:
        return "host"


# What real callers want to hear; everybody else gets the caller's identity.
ANSWERS = {
    "GetServerInformation": (b"\4ssss\0", b"".join(pad(text(word), 4) for word in ("test", "sbox", "1", "1.2"))),
    "Notify": (b"\1u\0", struct.pack("<I", 1)),
}


def main():
    bus = Bus(sys.argv[1])
    for name in sys.argv[2:]:
        bus.bus_call("RequestName", b"su", pad(text(name), 4) + struct.pack("<I", 0))
    print("ready", flush=True)
    while True:
        kind, serial, fields, _, _ = bus.waiting.pop(0) if bus.waiting else bus.receive()
        if kind != 1:
            continue
        print(fields.get(6), fields.get(3), flush=True)
        signature, answer = ANSWERS.get(fields.get(3)) or (b"\1s\0", text(identity(bus, fields[7])))
        bus.send(2, {5: (b"u", struct.pack("<I", serial)), 6: (b"s", text(fields[7])), 8: (b"g", signature)}, answer)


if __name__ == "__main__":
    main()
