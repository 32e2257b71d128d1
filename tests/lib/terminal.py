# SPDX-License-Identifier: MIT
"""A program, or an interactive bash, on a terminal of its own that a test types at."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time


class Terminal:
    """A program on a terminal of its own; what it wrote is in text."""

    def __init__(self, argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = dict(os.environ, PS1="P> ", HISTFILE="", TERM="xterm", INPUTRC="/dev/null")
            os.execvpe(argv[0], argv, env)
        self.text = ""
        self.seen = self.typed = 0
        self.resize(24, 80)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        self.seen = self.typed = len(self.text)
        os.write(self.fd, text.encode())

    def expect(self, pattern, seconds=8):
        """Waits for pattern in what came since the last thing typed."""
        end = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.text[self.seen:])
            if match:
                self.seen += match.end()
                return match
            left = end - time.monotonic()
            if left <= 0:
                return None
            if select.select([self.fd], [], [], left)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    return None
                self.text += data.decode(errors="replace")

    def wait(self, seconds=30):
        """The program's exit status, 128+n for a signal; None when it does not end, and it is ended then."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, raw = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return 128 + os.WTERMSIG(raw) if os.WIFSIGNALED(raw) else os.WEXITSTATUS(raw)
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def shell():
    t = Terminal(["bash", "--norc", "--noprofile", "-i"])
    t.expect(r"P> ")
    t.type("bind 'set enable-bracketed-paste off'\n")
    t.expect(r"P> ")
    return t
