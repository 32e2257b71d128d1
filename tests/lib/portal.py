# SPDX-License-Identifier: MIT
"""A desktop behind xdg-desktop-portal, for tests: whatever is to be opened, it chooses the application that it was told.

    portal.py SOCKET APPLICATION

Each line on stdout is a question of the portal's: "MEMBER APP-ID", where APP-ID is whom the portal takes the program for.
"""
import struct
import sys

from busservice import Bus, pad, text

NAME = "org.freedesktop.impl.portal.desktop.sboxtest"


def read_text(body, at, order):
    at += -at % 4
    size = struct.unpack_from(order + "I", body, at)[0]
    return body[at + 4:at + 4 + size].decode(), at + 5 + size


def choice(application):
    """(u a{sv}): success, { "choice": application }"""
    entry = text("choice") + b"\1s\0"
    entry = pad(entry, 4) + text(application)
    return struct.pack("<II", 0, len(entry)) + entry


def main():
    bus = Bus(sys.argv[1])
    bus.bus_call("RequestName", b"su", pad(text(NAME), 4) + struct.pack("<I", 0))
    print("ready", flush=True)
    while True:
        kind, serial, fields, body, order = bus.waiting.pop(0) if bus.waiting else bus.receive()
        if kind != 1:
            continue
        member = fields.get(3)
        if member == "GetAll":
            signature, answer = b"\5a{sv}\0", struct.pack("<II", 0, 0)
        else:
            _, at = read_text(body, 0, order)
            print(member, read_text(body, at, order)[0], flush=True)
            signature, answer = b"\6ua{sv}\0", choice(sys.argv[2])
        bus.send(2, {5: (b"u", struct.pack("<I", serial)), 6: (b"s", text(fields[7])), 8: (b"g", signature)}, answer)


main()
