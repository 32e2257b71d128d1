# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What an integration test is written with.  A test runs in a directory of its own ($T) with a home ($HOME, empty), a
# runtime directory and a work directory (the cwd); tests/run.sh makes them and takes them away.
#
#   run CMD...               run it; $status, $out and $err say what came of it
#   is DESC GOT WANT         equal texts
#   has / hasnt DESC TEXT S  TEXT contains S, or does not
#   like DESC TEXT REGEX     TEXT matches an extended regular expression
#   check DESC CMD...        CMD succeeds
#   refuses DESC CMD...      CMD was run and failed; refused DESC: so did the last run
#   pass / fail / skip DESC [REASON or lines]
#   sbox ARG...              the launcher under test, ended after 30 s
#   profile NAME <<END       a profile of the user's own
#   finish                   the plan; a test without it has failed
# shellcheck disable=SC2034 # status, out and err are for the test
set -u

tap_count=0
tap_failed=0
status=0
out=
err=

pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	for tap_line in "$@"; do
		printf '%s\n' "$tap_line" | sed 's/^/#   /'
	done
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

finish() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}

run() {
	tap_command="$*"
	out=$("$@" 2> "$T/stderr")
	status=$?
	err=$(cat "$T/stderr")
}

tap_context() {
	printf 'command: %s\nstatus: %s\nstdout: %s\nstderr: %s' "${tap_command:-}" "$status" "$out" "$err" | head -c 2000
}

is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:  $2" "want: $3" "$(tap_context)"
	fi
}

has() {
	case $2 in
	*"$3"*) pass "$1" ;;
	*) fail "$1" "looked for: $3" "in: $2" "$(tap_context)" ;;
	esac
}

hasnt() {
	case $2 in
	*"$3"*) fail "$1" "found: $3" "in: $2" "$(tap_context)" ;;
	*) pass "$1" ;;
	esac
}

like() {
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1" "looked for: $3" "in: $2" "$(tap_context)"
	fi
}

check() {
	tap_desc=$1
	shift
	run "$@"
	if [ "$status" = 0 ]; then
		pass "$tap_desc"
	else
		fail "$tap_desc" "$(tap_context)"
	fi
}

# 124 to 127 are no refusals: out of time, sbox itself failed, nothing was run.
refused() {
	case $status in
	0) fail "$1" "succeeded, which it must not" "$(tap_context)" ;;
	12[4567]) fail "$1" "was not refused but not even tried" "$(tap_context)" ;;
	*) pass "$1" ;;
	esac
}

refuses() {
	tap_desc=$1
	shift
	run "$@"
	refused "$tap_desc"
}

# The rule for everything that cannot be run: one clear message, the right status, nothing on stdout.
complains() { # DESC STATUS TEXT CMD...
	tap_desc=$1 tap_want=$2 tap_text=$3
	shift 3
	run "$@"
	if [ "$status" = "$tap_want" ] && [ -z "$out" ] && [[ $err == sbox:\ * ]] && [[ $err == *"$tap_text"* ]]; then
		pass "$tap_desc"
	else
		fail "$tap_desc" "want: status $tap_want, nothing on stdout, stderr that starts with 'sbox: ' and says '$tap_text'" \
			"$(tap_context)"
	fi
}

sbox() {
	timeout --foreground -k 5 $((30 * ${SBOX_TEST_SLOWDOWN:-1})) "$SBOX" "$@"
}

profile() {
	mkdir -p "$HOME/.config/sbox/profiles"
	cat > "$HOME/.config/sbox/profiles/$1.ini"
}

have() {
	command -v "$1" > /dev/null 2>&1
}
