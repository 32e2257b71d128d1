# SPDX-License-Identifier: MIT
"""A name server for tests: nameserver.py ADDRESS PORT ZONE LOG

ZONE, read again for each question: `NAME TYPE TTL VALUE` a line (A, AAAA, CNAME, TXT), `NAME IS WORD` for an answer that
misbehaves: silent, slow, loop, cut, garbage, huge, wrong-id, wrong-name, wrong-port, truncated, many, servfail.  LOG gets `udp NAME TYPE`.
"""
import os
import socket
import struct
import sys
import threading
import time

TYPES = {"A": 1, "CNAME": 5, "TXT": 16, "AAAA": 28}


def name_bytes(name):
    out = b""
    for label in name.strip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def question_of(data):
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode("latin-1"))
        at += 1 + data[at]
    kind, = struct.unpack_from(">H", data, at + 1)
    return ".".join(labels).lower(), kind, data[12:at + 5]


def record(name, kind, ttl, value):
    number = TYPES[kind]
    if kind == "A":
        rdata = socket.inet_pton(socket.AF_INET, value)
    elif kind == "AAAA":
        rdata = socket.inet_pton(socket.AF_INET6, value)
    elif kind == "CNAME":
        rdata = name_bytes(value)
    else:
        rdata = bytes([len(value)]) + value.encode()
    return name_bytes(name) + struct.pack(">HHIH", number, 1, int(ttl), len(rdata)) + rdata


def answer(data, zone, udp):
    name, kind, question = question_of(data)
    lines = [line.split(None, 3) for line in open(zone) if line.strip()]
    word = next((line[2] for line in lines if line[0].lower() == name and line[1] == "IS"), None)
    head = lambda flags, n, ident=data[:2]: ident + struct.pack(">HHHHH", flags, 1, n, 0, 0)
    a = record(name, "A", 60, "198.51.100.7")
    if word == "silent":
        return None
    if word == "slow":
        time.sleep(3)
    if word == "loop":  # a name that points at itself
        return head(0x8180, 1) + question + struct.pack(">HHHIH", 0xC000 | (12 + len(question)), 1, 1, 60, 4) + b"\xc6\x33\x64\x07"
    if word == "cut":
        return (head(0x8180, 1) + question + a)[:-3]
    if word == "garbage":
        return data[:2] + os.urandom(200)
    if word == "huge":
        return head(0x8180, 3000) + question + a * 3000
    if word == "wrong-id":
        return head(0x8180, 1, bytes([data[0] ^ 1, data[1]])) + question + a
    if word == "wrong-name":
        return head(0x8180, 1) + name_bytes("other.test") + question[-4:] + record("other.test", "A", 60, "198.51.100.7")
    if word == "many":
        return head(0x8180, 40) + question + b"".join(record(name, "A", 60, "198.51.100.%d" % (i + 1)) for i in range(40))
    if word == "servfail":
        return head(0x8182, 0) + question
    if word == "truncated" and udp:
        return head(0x8380, 0) + question
    records, seen, want = [], set(), name
    while want not in seen:
        seen.add(want)
        nexts = [line for line in lines if line[0].lower() == want and line[1] == "CNAME"]
        records += [record(*line[:1], line[1], line[2], line[3].strip()) for line in lines
                    if line[0].lower() == want and TYPES.get(line[1]) == kind]
        if nexts and TYPES["CNAME"] != kind:
            records.append(record(want, "CNAME", nexts[0][2], nexts[0][3].strip()))
            want = nexts[0][3].strip().strip(".").lower()
    known = word or any(line[0].lower() == name for line in lines)
    if word == "truncated":
        records = [a]
    return head(0x8180 if known else 0x8183, len(records)) + question + b"".join(records)


def log(path, how, data):
    name, kind, _ = question_of(data)
    with open(path, "a") as f:
        f.write("%s %s %s\n" % (how, name, {v: k for k, v in TYPES.items()}.get(kind, kind)))


def serve_tcp(server, zone, path):
    def one(c):
        with c:
            while True:
                head = c.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                data = c.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                log(path, "tcp", data)
                reply = answer(data, zone, False)
                if reply is not None:
                    c.sendall(struct.pack(">H", len(reply) & 0xffff) + reply[:65535])
    while True:
        c, _ = server.accept()
        threading.Thread(target=one, args=(c,), daemon=True).start()


def main():
    address, port, zone, path = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp, tcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family)
    for s in (udp, tcp):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
    tcp.listen(50)
    open(path, "a").close()
    threading.Thread(target=serve_tcp, args=(tcp, zone, path), daemon=True).start()

    def one(data, peer):
        try:
            log(path, "udp", data)
            reply = answer(data, zone, True)
            if reply is not None:
                udp.sendto(reply[:65000], peer)
        except (IndexError, struct.error, OSError):
            pass
    while True:
        data, peer = udp.recvfrom(65535)
        threading.Thread(target=one, args=(data, peer), daemon=True).start()


main()
