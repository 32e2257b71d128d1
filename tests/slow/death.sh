#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 900
# 2,000 SIGKILLs of the supervisor at random moments.
SBOX_TEST_SLOW=1 exec python3 "$TOP_SRCDIR/tests/integration/death.py"
