#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 900
# 1,000 launches in a row and 200 at once.
SBOX_TEST_SLOW=1 exec python3 "$TOP_SRCDIR/tests/integration/leftovers.py"
