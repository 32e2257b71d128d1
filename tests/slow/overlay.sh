#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 600
# Overlays with trees of 10,000 files, and an apply that is ended by SIGKILL eight times over.
SBOX_TEST_SLOW=1 exec python3 "$TOP_SRCDIR/tests/integration/overlay.py"
