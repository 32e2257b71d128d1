#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs suites of tests and ends with one line: N passed, N failed, N skipped.
#
#   tests/run.sh [unit] [golden] [lint] [integration] [slow] [FILE...]
#
# SBOX_TEST_SLOWDOWN=N: this machine is N times slower than others (an emulated guest): loops get shorter, waits longer.
# SBOX_TEST_LIMIT=S, SBOX_TEST_UNTIL=T: no test has more than S seconds, and all is over at T (seconds since 1970): what was
# not run by then has failed.
#
# Every test prints TAP.  As root the tests run as an ordinary user, since that is who sbox is for: the owner of the
# tree, or a user made for this run and removed afterwards.  Each test gets a home, a runtime directory and a work
# directory of its own and an environment of a dozen variables.  What a test printed is kept in tests/logs of the build
# tree.
set -u

here=$(cd "$(dirname "$0")" && pwd)
TOP_SRCDIR=${TOP_SRCDIR:-$(dirname "$here")}
TOP_BUILDDIR=${TOP_BUILDDIR:-$PWD}
SBOX=${SBOX:-$TOP_BUILDDIR/sbox}
logs=$TOP_BUILDDIR/tests/logs
base=
made_user=

say() {
	printf '%s\n' "$*"
}

die() {
	printf 'tests/run.sh: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf '  remedy: %s\n' "$2" >&2
	exit 1
}

# Outermost directory on the way to $1 that an ordinary user cannot enter.
closed_ancestor() {
	local dir=$1 found=
	while [ "$dir" != / ]; do
		dir=$(dirname "$dir")
		if ! setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$dir"; then
			found=$dir
		fi
	done
	printf '%s' "$found"
}

# Below /root, say, no ordinary user can reach the tree.  In a mount namespace of its own it is made visible at the
# same place, and nothing else of that directory.
reach_tree() {
	local closed hold
	closed=$(closed_ancestor "$TOP_BUILDDIR")
	[ -n "$closed" ] || closed=$(closed_ancestor "$TOP_SRCDIR")
	[ -n "$closed" ] || return 0
	[ -z "${SBOX_TEST_REACHED:-}" ] || die "an ordinary user cannot enter $closed" "chmod o+x $closed"
	hold=$(mktemp -d)
	SBOX_TEST_REACHED=1 unshare --mount --propagation private bash -c '
		set -e
		closed=$1 hold=$2 src=$3 build=$4
		shift 4
		mkdir "$hold/src" "$hold/build"
		mount --rbind "$src" "$hold/src"
		mount --rbind "$build" "$hold/build"
		for dir in "$src" "$build"; do
			case $dir/ in "$closed"/*) inside=1 ;; esac
		done
		[ -z "$inside" ] || mount -t tmpfs -o mode=755 tmpfs "$closed"
		for name in src build; do
			dir=${!name}
			case $dir/ in "$closed"/*) mkdir -p "$dir"; mount --rbind "$hold/$name" "$dir" ;; esac
		done
		umount -R -l "$hold/src" "$hold/build"
		rmdir "$hold/src" "$hold/build" "$hold"
		cd "$build"
		exec "$@"' reach "$closed" "$hold" "$TOP_SRCDIR" "$TOP_BUILDDIR" \
		env TOP_SRCDIR="$TOP_SRCDIR" TOP_BUILDDIR="$TOP_BUILDDIR" SBOX="$SBOX" \
		bash "$TOP_SRCDIR/tests/run.sh" "${suites[@]}"
	exit
}

choose_user() {
	if [ "$(id -u)" != 0 ]; then
		tester_uid=$(id -u) tester_gid=$(id -g) tester=$(id -un 2> /dev/null || id -u)
		return
	fi
	tester_uid=$(stat -c %u "$TOP_SRCDIR")
	if [ "$tester_uid" != 0 ] && tester=$(id -nu "$tester_uid" 2> /dev/null); then
		tester_gid=$(id -g "$tester_uid")
		return
	fi
	tester=sboxtest$$
	if command -v useradd > /dev/null &&
		useradd --no-create-home --home-dir "$base" --shell /bin/bash --comment "sbox test user" --user-group "$tester"; then
		made_user=$tester
		tester_uid=$(id -u "$tester") tester_gid=$(id -g "$tester")
		remove_system_v
	else
		tester=65533 tester_uid=65533 tester_gid=65533
	fi
}

# System V objects outlive their makers and the user; a later user with the same number would take them for his.
system_v() { # what ipcrm(1) takes, a line each
	local kind
	for kind in msg:-q sem:-s shm:-m; do
		awk -v uid="$tester_uid" -v option="${kind#*:}" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "uid") column = i; next }
			$column == uid { print option, $2 }' "/proc/sysvipc/${kind%:*}" 2> /dev/null
	done
}

remove_system_v() {
	# shellcheck disable=SC2046 # a word each
	set -- $(system_v)
	[ $# = 0 ] || ipcrm "$@"
}

as_tester() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid "$tester_uid" --regid "$tester_gid" --clear-groups --inh-caps=-all -- "$@"
	else
		"$@"
	fi
}

clean_up() {
	trap - EXIT
	if [ -n "$made_user" ]; then
		# kill(-1) as that user: everything that a test left running, and nothing else.
		as_tester sh -c 'kill -9 -1' 2> /dev/null
		find /tmp /var/tmp /dev/shm -maxdepth 1 -user "$tester_uid" ! -path "$base" -exec rm -rf {} + 2> /dev/null
		remove_system_v
		userdel "$made_user" 2> /dev/null || userdel --force "$made_user" 2> /dev/null
	fi
	if [ -n "$base" ]; then
		chmod -R u+rwx "$base" 2> /dev/null
		rm -rf "$base"
	fi
}

# Only root can make these; the launcher must refuse to run from each.
make_set_id_copies() {
	[ "$(id -u)" = 0 ] || return 0
	# where nosuid is mounted they would have no effect
	python3 -c 'import os, sys; sys.exit(os.statvfs(sys.argv[1]).f_flag & os.ST_NOSUID)' "$base" || return 0
	mkdir -m 750 "$base/set-id"
	chgrp "$tester_gid" "$base/set-id"
	install -m 4755 "$SBOX" "$base/set-id/setuid"
	install -m 2755 "$SBOX" "$base/set-id/setgid"
	install -m 755 "$SBOX" "$base/set-id/caps"
	setcap cap_net_bind_service+ep "$base/set-id/caps" 2> /dev/null || rm -f "$base/set-id/caps"
}

# How long a test may take.
seconds_for() { # FILE
	local seconds left
	seconds=$(sed -n 's/^# timeout: \([0-9]*\)$/\1/p' "$1" 2> /dev/null | head -n 1)
	seconds=$((${seconds:-120} * ${SBOX_TEST_SLOWDOWN:-1}))
	[ "$seconds" -le "${SBOX_TEST_LIMIT:-$seconds}" ] || seconds=$SBOX_TEST_LIMIT
	if [ -n "${SBOX_TEST_UNTIL:-}" ]; then
		left=$((SBOX_TEST_UNTIL - $(date +%s)))
		[ "$seconds" -le "$left" ] || seconds=$left
	fi
	echo "$seconds"
}

# What stands still is shown before it is ended.  Ends with its standard input.
watch_test() { # SECONDS
	read -r -t "$1"
	[ $? -gt 128 ] || return 0
	echo "# out of time after $1 s; what was there:"
	ps -s "$(ps -o sid= -p $$ | tr -d ' ')" -u "$tester_uid" --forest -o pid,ppid,pgid,sid,tty,stat,wchan:20,args |
		cut -c 1-160 | sed 's/^/#   /'
}

# One test: its own directories, a bare environment, a bounded time; TAP on stdout.
run_test() { # NAME FILE COMMAND...
	local dir=$base/$1 seconds keep=() prefix=as_tester name
	mkdir "$dir"
	install -d -o "$tester_uid" -g "$tester_gid" "$dir" "$dir/home" "$dir/work" 2> /dev/null ||
		mkdir -p "$dir/home" "$dir/work"
	install -d -m 700 -o "$tester_uid" -g "$tester_gid" "$dir/run" 2> /dev/null || mkdir -m 700 "$dir/run"
	seconds=$(seconds_for "$2")
	for name in ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS SBOX_TEST_SHOTS SBOX_TEST_SLOW SBOX_TEST_SLOWDOWN SBOX_TEST_UPDATE \
		SBOX_SEED SBOX_SOAK SBOX_SOAK_ONCE SBOX_MOMENTS SBOX_MOMENTS_OF SBOX_MATRIX SBOX_FUZZ_SECONDS; do
		[ -z "${!name:-}" ] || keep+=("$name=${!name}")
	done
	if head -n 5 "$2" 2> /dev/null | grep -aq '^# runs as: root$'; then
		prefix=
	fi
	cd "$dir/work" || return 1
	exec 9> >(watch_test "$seconds")
	$prefix env -i HOME="$dir/home" USER="$tester" LOGNAME="$tester" SHELL=/bin/bash TERM=xterm LANG=C.UTF-8 \
		PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/games XDG_RUNTIME_DIR="$dir/run" \
		T="$dir" SBOX="$SBOX" TOP_SRCDIR="$TOP_SRCDIR" TOP_BUILDDIR="$TOP_BUILDDIR" PROBE="$TOP_BUILDDIR/tests/bin/probe" \
		SET_ID_DIR="$base/set-id" PYTHONDONTWRITEBYTECODE=1 "${keep[@]}" \
		timeout -k 5 $((seconds + 3)) "${@:3}" < /dev/null 9>&-
}

# Counts a test's TAP and shows what failed.
report() { # NAME LOG STATUS SECONDS
	awk -v name="$1" -v status="$3" -v seconds="$4" '
		/^ok/ { if (/# *[Ss][Kk][Ii][Pp]/) { skipped++; skips = skips "    " $0 "\n" } else passed++; bad = 0 }
		/^not ok/ { failed++; bad = 1 }
		/^1\.\.[0-9]+/ { plan = substr($1, 4); have_plan = 1 }
		/^# seen: / { shown = shown "    " $0 "\n" }
		bad { failures = failures "    " $0 "\n" }
		!bad && !/^(ok|1\.\.)/ { rest = rest "    " $0 "\n" }
		END {
			if (!have_plan || plan != passed + failed + skipped || (status != 0 && !failed)) {
				failed++
				failures = failures rest "    the test ended with status " status " after " passed + 0 " results" \
					(have_plan ? " of " plan : ", without its plan") (status == 124 ? ": out of time" : "") "\n"
			}
			printf "%-4s %-28s %4d passed%s%s  %.1f s\n", failed ? "FAIL" : "ok", name, passed,
				failed ? ", " failed " failed" : "", skipped ? ", " skipped " skipped" : "", seconds
			printf "%s%s%s", failures, skips, shown
			print passed + 0, failed + 0, skipped + 0 > "/dev/fd/3"
		}' "$2"
}

one() { # NAME FILE COMMAND...
	local dir=$base/${1//\//-} log=$logs/${1//\//-}.log started status counts
	if [ "$(seconds_for "$2")" -le 0 ]; then
		say "FAIL $1: not run, the time for all of them is over"
		failed=$((failed + 1))
		return
	fi
	started=$(date +%s%N)
	(run_test "${1//\//-}" "$2" "${@:3}") > "$log" 2>&1
	status=$?
	report "$1" "$log" "$status" "$(awk -v ns=$(($(date +%s%N) - started)) 'BEGIN { printf "%.1f", ns / 1e9 }')" 3> "$base/counts"
	read -ra counts < "$base/counts"
	passed=$((passed + counts[0])) failed=$((failed + counts[1])) skipped=$((skipped + counts[2]))
	if [ -n "${SBOX_TEST_UPDATE:-}" ] && cp "$dir"/*/made/*.txt "$here/golden/" 2> /dev/null; then
		say "     updated $here/golden"
	fi
	chmod -R u+rwx "$dir" 2> /dev/null
	rm -rf "${dir:?}"
}

one_script() { # NAME FILE
	case $2 in
	*.py) one "$1" "$2" python3 "$2" ;;
	*) one "$1" "$2" bash "$2" ;;
	esac
}

suite() {
	local file
	case $1 in
	unit)
		[ -n "${UNIT_TESTS:-}" ] || return 0
		for file in $UNIT_TESTS; do
			if [ -x "$TOP_BUILDDIR/$file" ]; then
				one "unit/$(basename "$file")" "$TOP_BUILDDIR/$file" "$TOP_BUILDDIR/$file" --tap
			else
				say "skip unit/$(basename "$file"): criterion is not installed (./bootstrap installs it)"
				skipped=$((skipped + 1))
			fi
		done
		;;
	golden | lint | integration | slow)
		for file in "$here/$1"/*.sh "$here/$1"/*.py; do
			[ ! -f "$file" ] || one_script "$1/$(basename "${file%.*}")" "$file"
		done
		;;
	*)
		[ -f "$1" ] || die "no suite and no file: $1"
		one_script "$(basename "$(dirname "$1")")/$(basename "${1%.*}")" "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
		;;
	esac
}

suites=("$@")
[ $# -gt 0 ] || die "which tests?" "tests/run.sh unit golden lint integration"
[ -x "$SBOX" ] || die "there is no $SBOX" "make"
umask 022
[ "$(id -u)" != 0 ] || reach_tree
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$logs" || exit 1
base=$(mktemp -d "${TMPDIR:-/tmp}/sbox-test.XXXXXX") || exit 1
chmod 755 "$base"
choose_user
as_tester test -x "$SBOX" || die "user $tester cannot execute $SBOX" "chmod -R go+rX $TOP_BUILDDIR"
as_tester test -r "$here/run.sh" || die "user $tester cannot read $here" "chmod -R go+rX $TOP_SRCDIR"
make_set_id_copies

passed=0 failed=0 skipped=0
for name in "${suites[@]}"; do
	suite "$name"
done
# A user made for this run owns nothing but what the tests left.
if [ -n "$made_user" ]; then
	{
		ps -o state=,pid=,args= -u "$tester_uid" | sed '/^Z/d'
		find /tmp /var/tmp /dev/shm -maxdepth 1 -user "$tester_uid" ! -path "$base"
		system_v
	} > "$base/left" 2> /dev/null
	if [ -s "$base/left" ]; then
		say "FAIL left behind:"
		sed 's/^/    /' "$base/left"
		failed=$((failed + 1))
	fi
fi
[ "$failed" = 0 ] || say "What each test printed is in $logs"
say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
