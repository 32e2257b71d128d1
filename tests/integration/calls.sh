#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a launch asks of the kernel: system calls have no noise, so a step that makes more of them is seen here.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if ! have strace; then
	skip "system calls of a launch" "strace is not installed"
	finish
fi

calls() { # ARG...: of a whole launch, /bin/true among them
	strace -f -qq -c -o calls "$SBOX" "$@" -- /bin/true < /dev/null > /dev/null 2>&1 || return
	awk '$NF == "total" { print $4 }' calls
}
at_most() { # DESC COUNT MAX
	if [ -n "$2" ] && [ "$2" -le "$3" ]; then
		pass "$1: at most $3"
	else
		fail "$1: at most $3" "it makes ${2:-none, it failed}" "$(sort -k4 -n -r calls | head -20)"
	fi
}

profile like << END
[files]
ro = /usr
ro = /etc
ro = /bin
ro = /lib
ro = /lib64
ro = /sbin
tmpfs = /tmp
[process]
tty = inherit
END
few=$(calls --profile=like)
# Four of them are the program's wait for pid 1 and the supervisor to be confined.
at_most "the mounts that bubblewrap's users write" "$few" 534
at_most "untrusted, everything on" "$(calls --profile=untrusted)" 680

mkdir dirs
args=()
for i in {1..50}; do
	mkdir "dirs/$i"
	args+=("--ro=$PWD/dirs/$i:/b/$i")
done
many=$(calls --profile=like "${args[@]}")
at_most "one more directory" "$(((many - few + 49) / 50))" 8

finish
