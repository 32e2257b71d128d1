#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The filter, asked call by call.  The probe's arguments are such that the kernel itself would answer something else.
. "$TOP_SRCDIR/tests/lib/tap.sh"

cp "$PROBE" probe
try() { # the errno of one attempt; $args are the launcher's
	# shellcheck disable=SC2086
	run sbox $args -- ./probe try "$1"
	echo "${out#* }"
}

args=--profile=untrusted
for call in mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr setns unshare-user \
	unshare-mnt unshare-net clone-user clone-pid ptrace-attach process_vm_readv process_vm_writev pidfd_getfd kcmp bpf \
	perf_event_open userfaultfd add_key request_key keyctl init_module finit_module delete_module kexec_load open_by_handle_at \
	fanotify_init quotactl swapon reboot acct syslog settimeofday tiocsti tiocsti-high tioclinux tioclinux-high; do
	is "$call is refused" "$(try "$call")" EPERM
done
for call in clone3 unknown-call io_uring_setup io_uring_enter io_uring_register; do
	is "$call does not exist" "$(try "$call")" ENOSYS
done
is "the limits of pid 1 cannot be set" "$(try prlimit-init)" EPERM
is "pid 1 survives SIGKILL from inside" "$(sbox $args -- sh -c 'kill -9 1; echo alive')" alive
for call in getpid clone-plain prlimit-self af-unix socketpair-unix set-name; do
	is "$call works" "$(try "$call")" ok
done
is "an ordinary ioctl reaches the kernel" "$(try tcgets)" EBADF

# Socket families.
args=--profile=default
for family in netlink-netfilter netlink-xfrm netlink-generic netlink-audit af-packet af-alg af-vsock af-vsock-high af-bluetooth af-can af-rds af-tipc \
	af-xdp; do
	like "$family is refused by the filter" "$(try $family)" '^(EPERM|EAFNOSUPPORT|EPROTONOSUPPORT|EACCES)$'
done
for family in af-unix af-inet af-inet6 netlink-route af-unix-high; do
	is "$family works" "$(try $family)" ok
done
args="--net=host"
for family in af-packet af-vsock netlink-netfilter af-alg; do
	like "$family is refused on the host's network too" "$(try $family)" '^(EPERM|EAFNOSUPPORT|EPROTONOSUPPORT|EACCES)$'
done

# A call of another ABI ends the program.
case $(uname -m) in
x86_64)
	for abi in int80 x32; do
		run sbox -- ./probe $abi
		is "a call through $abi ends the program" "$status:$out" 159:
	done
	;;
*)
	skip "a call through int80 ends the program" "not an ABI of $(uname -m)"
	;;
esac
printf 'int main(void) { return 0; }\n' > i386.c
if gcc -m32 -o i386 i386.c 2> /dev/null && ./i386; then
	run sbox -- ./i386
	like "an i386 program does not run" "$status" '^(159|127|126)$'
else
	skip "an i386 program does not run" "no 32-bit compiler or no 32-bit calls in this kernel"
fi

# The profile's own words.
run sbox --set 'seccomp.deny=mkdir mkdirat' --cwd=rw -- mkdir made
like "deny = mkdir mkdirat" "$err" "Operation not permitted"
refuses "... and it holds" test -e made
run sbox --set 'seccomp.kill=mkdir mkdirat' --cwd=rw -- mkdir made
is "kill = mkdir mkdirat" "$status" 159
args="--set seccomp.sockets= --set seccomp.sockets=unix"
like "sockets = unix leaves no inet" "$(try af-inet)" '^(EPERM|EAFNOSUPPORT)$'
is "sockets = unix leaves unix" "$(try af-unix)" ok
complains "an unknown call is refused, with the nearest word" 125 mkdir sbox --set seccomp.deny=mkdri -- true
complains "an unknown group is refused" 125 @nothing sbox --set seccomp.allow=@nothing -- true
run sbox --set 'seccomp.allow=ptrace' -- ./probe try ptrace-attach
hasnt "allow = ptrace lets the call reach the kernel" "$out" ENOSYS

# debug: a debugger works there and nowhere else.
if have strace; then
	check "debug: strace" sbox --profile=debug -- strace -o /dev/null true
	refuses "default: strace" sbox --profile=default -- strace -o /dev/null true
else
	skip "debug: strace" "strace is not installed"
fi

# Threads and processes of all kinds under the filter.
check "threads" sbox -- python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()'
check "posix_spawn and vfork" sbox -- python3 -c 'import subprocess; assert subprocess.call(["true"]) == 0'
finish
