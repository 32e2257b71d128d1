#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# timeout: 400
"""tests/bench/firefox-start.py, three rounds: that it works."""
import os
import sys

os.environ.setdefault("ROUNDS", "3")
os.execv(sys.executable, [sys.executable, os.path.join(os.environ["TOP_SRCDIR"], "tests/bench/firefox-start.py")])
