#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# doctor: each mechanism by trial, the right cause where one is missing, in the words of a launch that fails for it.
. "$TOP_SRCDIR/tests/lib/tap.sh"

names='sandbox kernel user-namespaces mounts seccomp landlock apparmor selinux keyring cgroup tasks subids time clock overlay pasta dbus-proxy runtime-dir'

row() { # NAME: its line of the last run
	grep -E "^$1 +(ok|degraded|missing) " <<< "$out"
}
remedy_of() { # NAME
	grep -A1 -E "^$1 +(ok|degraded|missing) " <<< "$out" | sed -n 's/^ *remedy: //p'
}
says() { # DESC NAME REGEX [REMEDY-REGEX]
	like "$1" "$(row "$2")" "^$2 +$3"
	[ -z "${4:-}" ] || like "... remedy" "$(remedy_of "$2")" "$4"
}

# ---- as it is
run sbox doctor
is "where sandboxes can be made, the status is 0" "$status" 0
says "... and that is the first line" sandbox "ok "
is "every mechanism is there, in order" "$(grep -oE '^[a-z-]+' <<< "$out" | uniq | tr '\n' ' ')" "$names "
is "nothing is left in the home" "$(find "$HOME" -name '.sbox-doctor*')" ""
for name in kernel user-namespaces mounts seccomp; do
	says "$name is there, since sandboxes run" $name "ok "
done
like "landlock's ABI is told" "$(row landlock)" "ABI [0-9]"
run sbox doctor --json
check "as JSON" python3 -c 'import json, sys
rows = json.loads(sys.argv[1])
assert [r["name"] for r in rows] == sys.argv[2].split(), rows
assert all(r["state"] in ("ok", "degraded", "missing") and r["text"] for r in rows)
assert all("remedy" in r for r in rows if r["name"] == "sandbox" and r["state"] != "ok")' "$out" "$names"
complains "doctor takes no other argument" 2 "no argument but --json" sbox doctor x
run sbox doctor
synchronised=$(python3 -c 'import ctypes
timex = (ctypes.c_int * 64)()
ctypes.CDLL(None).adjtimex(timex)
print("no" if timex[10] & 0x40 else "yes")')
if [ "$synchronised" = yes ]; then
	says "the clock is the host's" clock "ok .*shares the host's clock.*it is synchronised"
	run sbox explain true
	hasnt "... explain says no more" "$out" "not synchronised"
else
	says "the clock is the host's, and nobody sets that" clock "degraded .*shares the host's clock.*not synchronised" "timedatectl set-ntp"
	run sbox explain true
	has "explain says that the clock is not synchronised" "$out" "the wall clock is the host's in any case, and that is not synchronised"
fi

# ---- the session
run env -u XDG_RUNTIME_DIR "$SBOX" doctor
says "no runtime directory" runtime-dir "degraded +XDG_RUNTIME_DIR is not set" "login session"
chmod 755 "$XDG_RUNTIME_DIR"
run sbox doctor
says "one that others can read" runtime-dir "degraded .*mode 0755" "chmod 700 $XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
run sbox doctor
says "a good one" runtime-dir "ok +$XDG_RUNTIME_DIR"

# ---- control groups: the launch has the same words
if grep -q ':memory:' /proc/self/cgroup; then
	run sbox --set cgroup.memory-max=64M --set profile.require=cgroup -- true
	said=$(sed -n 's/^  remedy: //p' <<< "$err")
	has "version 1 is why no limit holds, for the launch" "$err" "hierarchies of cgroup version 1"
	run sbox doctor
	says "... and for doctor, with the same remedy" cgroup "missing .*hierarchies of cgroup version 1" "$said"
	like "... which is one" "$said" systemd.unified_cgroup_hierarchy
else
	skip "control groups of version 1" "they are version 2 here"
fi

# ---- a filter around sbox, as containers have one
cat > filtered.py << 'END'
import ctypes, os, struct, sys
# filtered.py NR ERRNO COMMAND...: the system call fails
nr, error = int(sys.argv[1]), int(sys.argv[2])
def op(code, k, jt=0, jf=0):
    return struct.pack("HBBI", code, jt, jf, k)
code = op(0x20, 0) + op(0x15, nr, 0, 1) + op(0x06, 0x50000 | error) + op(0x06, 0x7fff0000)
buffer = ctypes.create_string_buffer(code)
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(4, ctypes.addressof(buffer))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(program)) == 0
os.execv(sys.argv[3], sys.argv[3:])
END
both() { # DESC ROW REGEX REMEDY-REGEX COMMAND...: the launch fails, doctor's row says REGEX, both with the same remedy
	local desc=$1 name=$2 regex=$3 remedy=$4 said
	shift 4
	run "$@" "$SBOX" --profile=untrusted -- echo it ran
	is "$desc: nothing is run" "$status:$out" 125:
	said=$(sed -n 's/^  remedy: //p' <<< "$err")
	like "... the launch's remedy" "$said" "$remedy"
	run "$@" "$SBOX" doctor
	is "... doctor: untrusted would not run" "$status" 1
	is "... with the launch's remedy" "$(remedy_of sandbox)" "$said"
	says "... and names the mechanism" "$name" "$regex" "$remedy"
}
if [ "$(uname -m)" = x86_64 ]; then
	both "clone3 is hidden" kernel "missing .*clone3\(\) of Linux 5.3" "a filter around sbox hides" python3 filtered.py 435 38
	both "mount_setattr is hidden" kernel "missing .*mount_setattr\(\) of Linux 5.12" "a filter around sbox hides" python3 filtered.py 442 38
	both "clone3 is refused" sandbox "missing .*Operation not permitted" "runs in a container or another sandbox" python3 filtered.py 435 1
	both "mounts are refused" mounts "missing .*Operation not permitted" "runs in a container or another sandbox" python3 filtered.py 430 1
	run python3 filtered.py 444 38 "$SBOX" doctor
	says "no Landlock" landlock "missing +ABI 0: no Landlock" "lsm=landlock"
	is "... is no reason not to run" "$status" 0
	run python3 filtered.py 250 122 "$SBOX" doctor
	says "too many keys" keyring "degraded .*no keyring more" "/proc/key-users"
	run python3 filtered.py 272 22 "$SBOX" doctor
	says "no time namespace can be made" time "missing"
else
	skip "a filter around sbox" "the numbers are those of x86-64"
fi

# ---- a container: its own user namespace, where the test is root
contained() { # SCRIPT: prepares it
	unshare --user --map-root-user --mount --pid --fork --mount-proc sh -c "$1"' && shift && exec "$@"' sh "$@"
}
if ! contained true true 2> /dev/null; then
	skip "containers" "unshare cannot make one here"
	finish
fi
both "user.max_user_namespaces = 0" user-namespaces "missing .*No space left on device" "user.max_user_namespaces is 0" \
	contained 'echo 0 > /proc/sys/user/max_user_namespaces'
both "user.max_net_namespaces = 0" sandbox "missing .*No space left on device" "user.max_net_namespaces is 0" \
	contained 'echo 0 > /proc/sys/user/max_net_namespaces'
both "a masked /proc" mounts "missing +no fresh /proc can be mounted.*Operation not permitted" "parts of /proc are covered here \(/proc/uptime\)" \
	contained 'mount --bind /dev/null /proc/uptime'
run contained 'echo 0 > /proc/sys/user/max_time_namespaces' "$SBOX" doctor
says "user.max_time_namespaces = 0" time "missing .*boottime-offset and monotonic-offset are refused" "max_time_namespaces"
is "... is no reason not to run" "$status" 0
run contained true "$SBOX" doctor
says "nobody granted root's user here anything" subids "missing .*grants user root no subordinate ids: map = subids is refused" '"root:[0-9]+:65536" to /etc/subuid'
if [ -e /usr/bin/newuidmap ] && [ -e /etc/subuid ] && [ -e /etc/subgid ]; then
	echo root:1:10 > grant
	run contained 'mount --bind grant /etc/subuid && mount --bind grant /etc/subgid && mount --bind /dev/null /usr/bin/newuidmap' "$SBOX" doctor
	says "no newuidmap" subids "missing +newuidmap is not installed" "package uidmap"
	run contained 'mount --bind grant /etc/subuid && mount --bind grant /etc/subgid' "$SBOX" doctor
	says "more ids than the container has" subids "missing .*newuidmap cannot map the ids: newuidmap: "
fi
for tool in pasta xdg-dbus-proxy; do
	[ ! -e /usr/bin/$tool ] || [ -e /usr/local/bin/$tool ] && continue
	run contained "mount --bind /dev/null /usr/bin/$tool" "$SBOX" doctor
	says "no $tool" "${tool#xdg-}" "missing +$tool is not installed" "apt-get install"
done
if [ "$(uname -m)" = x86_64 ]; then
	echo 5.10.0-test > release
	run contained 'mount --bind release /proc/sys/kernel/osrelease' "$(command -v python3)" filtered.py 435 38 "$SBOX" doctor
	says "an old kernel" kernel "missing .*clone3" "this is Linux 5.10.0-test: sbox needs 5.14"
fi
mkdir -p "cage$TOP_SRCDIR" "cage$TOP_BUILDDIR" cage/proc cage/dev
cp -r "$TOP_SRCDIR/profiles" "cage$TOP_SRCDIR/"
cp "$SBOX" cage/sbox
if ! ldd cage/sbox 2> /dev/null | grep -q '=>'; then
	touch cage/dev/null
	run contained 'mount --bind /proc cage/proc && mount --bind /dev/null cage/dev/null' chroot cage /sbox doctor
	is "a chroot: untrusted would not run" "$status" 1
	says "... the cause is named" user-namespaces "missing" "runs in a chroot"
else
	skip "a chroot" "sbox is linked dynamically"
fi
finish
