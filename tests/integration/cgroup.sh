#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# `[cgroup]` in a subtree made for the test: the payload is born in a group of its own, and nothing of it stays, whatever
# ends the launcher.  Limits need controllers, which the guests have (tests/vm/cgroup.sh).
. "$TOP_SRCDIR/tests/lib/tap.sh"

for root in /sys/fs/cgroup /sys/fs/cgroup/unified; do
	[ "$(stat -f -c %T "$root" 2> /dev/null)" != cgroup2fs ] || break
	root=
done
tree=$root/test-of-sbox.$$
if [ "$(id -u)" != 0 ] || [ -z "$root" ] || ! mkdir "$tree" 2> /dev/null; then
	skip "control groups" "only root can make a subtree for the test, where version 2 is mounted"
	finish
fi
mkdir "$tree/shell" "$tree/shell/other"
chown -R "$USER" "$tree"
clean_up() {
	echo $$ > "$root/cgroup.procs"
	echo 1 > "$tree/cgroup.kill"
	for ((i = 0; i < 100; i++)); do
		find "$tree" -depth -type d -exec rmdir {} + 2> /dev/null
		[ -d "$tree" ] || break
		sleep 0.05
	done
}
trap clean_up EXIT

# As an ordinary user whose shell is in a subtree of his own.
enter_tree() {
	echo "$BASHPID" > "$tree/shell/cgroup.procs"
	exec setpriv --reuid "$USER" --regid "$(id -g "$USER")" --clear-groups --inh-caps=-all -- "$@"
}
in_tree() {
	(enter_tree "$@")
}
sbox() {
	in_tree timeout --foreground -k 5 30 "$SBOX" "$@"
}
groups() { # what sandboxes there are
	find "$tree/shell" -mindepth 1 -maxdepth 1 -name 'sbox-*' -type d -printf '%f\n' | sort
}
until_true() { # CMD...
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.05
	done
	return 1
}
running() { # N
	[ "$(groups | wc -l)" = "$1" ]
}
with_processes() { # GROUP N
	[ "$(wc -l < "$tree/shell/$1/cgroup.procs")" -ge "$2" ]
}
place=(--set cgroup.manager=subtree)

# ---- nothing without a key
if have strace; then
	run in_tree strace -f -o "$T/trace" "$SBOX" -- true
	is "without a key sbox looks at no control group" "$status:$(grep -Ec 'sys/fs/cgroup|self/cgroup' "$T/trace")" 0:0
	run in_tree strace -f -o "$T/trace" "$SBOX" "${place[@]}" -- true
	like "(the check sees it where it does)" "$(grep -Ec 'sys/fs/cgroup|self/cgroup' "$T/trace")" '^[1-9]'
	is "... with one, no process is moved" "$(grep -c 'openat.*cgroup.procs.*O_WRONLY' "$T/trace")" 0
else
	skip "without a key sbox looks at no control group" "no strace"
fi
is "nothing stays" "$(groups)" ""

# ---- the payload is born in a group of its own
mkfifo "$T/go"
chmod 666 "$T/go"
sbox "${place[@]}" --name=one -- cat < "$T/go" &
launcher=$!
exec 7> "$T/go"
check "a group is made" until_true running 1
one=$(groups)
like "... of a name of its own" "$one" '^sbox-default-[0-9]+$'
check "... pid 1 and the program are in it" until_true with_processes "$one" 2
supervisor=${one##*-}
has "... the supervisor is not" "$(cat "$tree/shell/cgroup.procs")" "$supervisor"
is "... it belongs to the user" "$(stat -c %U "$tree/shell/$one")" "$USER"

# ---- others: a running one and what is not sbox's stay, what a killed one left goes
mkdir "$tree/shell/sbox-of-mine" "$tree/shell/sbox-used-7" "$tree/shell/sbox-left-1"
chown "$USER" "$tree/shell"/sbox-*
sleep 1000 &
sleeper=$!
echo "$sleeper" > "$tree/shell/sbox-used-7/cgroup.procs"
check "another launch" sbox "${place[@]}" -- true
is "... removes only what is empty, unlocked, and has such a name" "$(groups | tr '\n' ' ')" "$one sbox-of-mine sbox-used-7 "
check "... kills nobody" kill -0 "$sleeper"
kill "$sleeper"
wait "$sleeper" 2> /dev/null
rmdir "$tree/shell/sbox-of-mine" "$tree/shell/sbox-used-7"
exec 7>&-
wait "$launcher"
is "the group goes with the sandbox" "$?:$(groups)" 0:

# ---- SIGKILL at any moment
for ((i = 0; i < 20 / ${SBOX_TEST_SLOWDOWN:-1} + 5; i++)); do
	(enter_tree "$SBOX" "${place[@]}" -- sleep 30) &
	launcher=$!
	sleep "0.00$((RANDOM % 10))"
	kill -KILL "$launcher"
	wait "$launcher" 2> /dev/null
done
empty() {
	! find "$tree/shell" -name cgroup.events -exec grep -l 'populated 1' {} + | grep -q /sbox-
}
check "after SIGKILL of the launcher no process stays" until_true empty
check "... the next launch runs" sbox "${place[@]}" -- true
is "... and nothing is left" "$(groups)" ""

# ---- what a program makes in its own group goes with it
run sbox "${place[@]}" --set namespaces.nested=full --set seccomp.allow=@mount --set landlock.fs=off -- unshare -Ur --mount --cgroup sh -c \
	'mkdir /tmp/c && mount -t cgroup2 none /tmp/c && mkdir -p /tmp/c/a/b/c && echo made'
is "groups within the group" "$status:$out:$(groups)" 0:made:
run sbox "${place[@]}" --set namespaces.nested=full --set seccomp.allow=@mount --set landlock.fs=off -- unshare -Ur --mount --cgroup sh -c \
	'mkdir /tmp/c && mount -t cgroup2 none /tmp/c && echo max > /tmp/c/cgroup.max.descendants
i=0; while [ $i -lt 100 ] && mkdir /tmp/c/$i; do i=$((i + 1)); done 2> /dev/null; echo $i'
is "... are bounded in number, whatever it writes there" "$status:$((out < 64)):$(groups)" 0:1:

# ---- frozen while somebody enters
enters() {
	pgrep -P "$(pgrep -P "$tracer" -x sbox)"
}
if have strace; then
	sbox "${place[@]}" --name=ice -- sleep 1000 &
	launcher=$!
	check "(a sandbox to enter)" until_true sbox enter ice true
	(enter_tree strace -f -qq -o /dev/null -e trace=setns -e inject=setns:signal=STOP:when=1 "$SBOX" enter ice true) 2> entered &
	tracer=$!
	check "(somebody is on the way in)" until_true enters
	check "it can be frozen meanwhile" sbox freeze ice
	wait "$tracer"
	is "... who enters gives up" "$?" 125
	has "... and says what would help" "$(cat entered)" "remedy: sbox thaw ice"
	run sbox list
	has "... it is listed as frozen" "$out" "  (frozen) sleep 1000"
	complains "... who comes later is told as well" 125 "ice is frozen" sbox enter ice true
	check "it ends all the same" sbox kill --signal=KILL ice
	wait "$launcher"
	is "... and nothing is left" "$(groups)" ""
else
	skip "frozen while somebody enters" "no strace"
fi

# ---- the host's tree is never writable inside
run sbox --rw /sys "${place[@]}" -- sh -c "mkdir '$tree/shell/mine' 2>&1; echo 0 2>&1 > '$tree/shell/cgroup.procs'"
is "with all of /sys given, no group can be made or left" "$status" 2
has "... it is read-only" "$out$err" "Read-only file system"
complains "what is the host's cgroups is refused" 125 "never writable inside" sbox --rw "$tree" -- true

# ---- limits that cannot be had here
if [ -z "$(cat "$tree/cgroup.controllers")" ]; then
	run sbox --set cgroup.memory-max=64M --set cgroup.manager=subtree -- echo it ran
	is "a limit without its controller: the program runs" "$status:$out" "0:it ran"
	like "... and one line says so, with its remedy" "$err" '^sbox: option --set cgroup.memory-max: warning: memory.max 67108864 does not '\
'hold: [^
]*, continuing without it
  remedy: [^
]*$'
	run sbox --set cgroup.memory-max=64M --set profile.require=cgroup "${place[@]}" -- echo it ran
	is "... an error when it is required" "$status:$out:$(groups)" 125::
	like "... with the same cause" "$err" "the controller memory was not handed down|hierarchies of cgroup version 1"
	run sbox --set cgroup.pids-max=20 "${place[@]}" -- bash -c 'ulimit -u'
	is "pids-max is held by a resource limit instead" "$status:$out:$err" 0:20:
else
	skip "limits that cannot be had" "the subtree has controllers here"
fi
run sbox -v "${place[@]}" -- sh -c 'i=0; while [ $i -lt 50000 ]; do i=$((i + 1)); done'
like "-v says what was used" "$err" 'status 0 after [0-9.]+ s, CPU [0-9]*\.?[0-9]*[1-9][0-9]* s, (peak memory|largest process) [0-9.]+ [KM]iB'
finish
