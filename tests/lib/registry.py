# SPDX-License-Identifier: MIT
"""What registry.npmjs.org, pypi.org and files.pythonhosted.org are to their clients: registry.py DIR PORT CERTIFICATE KEY

DIR holds what is served: NAME-VERSION.tgz for npm, NAME-VERSION-py3-none-any.whl for pip; both are told one version of each.
"""
import base64
import hashlib
import http.server
import json
import os
import re
import ssl
import sys

DIR = sys.argv[1]


def npm(name):
    """The document of an npm package, or None."""
    for file in os.listdir(DIR):
        hit = re.fullmatch(re.escape(name) + r"-([0-9.]+)\.tgz", file)
        if hit:
            with open(os.path.join(DIR, file), "rb") as f:
                digest = base64.b64encode(hashlib.sha512(f.read()).digest()).decode()
            version = {"name": name, "version": hit[1], "hasInstallScript": True,
                       "dist": {"tarball": f"https://registry.npmjs.org/{name}/-/{file}", "integrity": "sha512-" + digest}}
            return {"name": name, "dist-tags": {"latest": hit[1]}, "versions": {hit[1]: version}}
    return None


def pip(name):
    """The page of a Python package."""
    files = [f for f in os.listdir(DIR) if f.startswith(name.replace("-", "_") + "-") and f.endswith(".whl")]
    return "".join(f'<a href="https://files.pythonhosted.org/packages/{f}">{f}</a>\n' for f in files)


class Registry(http.server.BaseHTTPRequestHandler):
    def answer(self, kind, data):
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        words = self.path.strip("/").split("/")
        if words[0] == "simple":
            self.answer("text/html", pip(words[1]).encode())
        elif len(words) == 1:
            found = npm(words[0])
            self.answer("application/json", json.dumps(found).encode() if found else b"")
        else:
            path = os.path.join(DIR, os.path.basename(words[-1]))
            data = b""
            if os.path.exists(path):
                with open(path, "rb") as f:
                    data = f.read()
            self.answer("application/octet-stream", data)

    def log_message(self, *args):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[2])), Registry)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
