#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""As much of curl(1) as the network's tests use, for machines without it: -g -s -sS -m SECONDS -o FILE URL..., proxy variables.

Ends with curl's numbers: 5 and 6 (proxy, host not found), 7 (not connected), 28 (time is over), 56 (broken off).
"""
import os
import socket
import sys
import urllib.parse


def get(url, seconds):
    u = urllib.parse.urlsplit(url)
    host, port = u.hostname, u.port or 80
    proxy = "" if os.environ.get("no_proxy") == "*" else os.environ.get("http_proxy", "")
    line = f"GET {u.path or '/'} HTTP/1.0\r\nHost: {u.netloc}\r\n\r\n"
    if proxy:
        p = urllib.parse.urlsplit(proxy)
        host, port, line = p.hostname, p.port, line.replace("GET ", f"GET http://{u.netloc}", 1)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return (5 if proxy else 6), b""
    status = 7
    for family, kind, _, _, address in found:
        with socket.socket(family, kind) as s:
            s.settimeout(seconds)
            try:
                s.connect(address)
            except OSError as e:
                status = 28 if isinstance(e, TimeoutError) else 7
                continue
            try:
                s.sendall(line.encode())
                data = b"".join(iter(lambda: s.recv(65536), b""))
            except OSError as e:
                return (28 if isinstance(e, TimeoutError) else 56), b""
            return 0, data.partition(b"\r\n\r\n")[2]
    return status, b""


def main(words):
    seconds, out, urls = None, sys.stdout.fileno(), []
    while words:
        word = words.pop(0)
        if word == "-m":
            seconds = float(words.pop(0))
        elif word == "-o":
            out = os.open(words.pop(0), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        elif not word.startswith("-"):
            urls.append(word)
    status = 0
    for url in urls:
        status, data = get(url, seconds)
        os.write(out, data)
        if status:
            print(f"curl: ({status}) {url}", file=sys.stderr)
    return status


sys.exit(main(sys.argv[1:]))
