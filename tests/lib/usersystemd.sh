# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For tests in a guest that need this user's systemd: where it listens, or an end with a skip.

. "$TOP_SRCDIR/tests/lib/tap.sh"

XDG_RUNTIME_DIR=/run/user/$(id -u)
export XDG_RUNTIME_DIR

need_user_systemd() { # WHAT is skipped without
	[ ! -S "$XDG_RUNTIME_DIR/systemd/private" ] || return 0
	skip "$1" "this user has no systemd"
	finish
}
