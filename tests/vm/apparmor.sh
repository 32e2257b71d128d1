#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# `[apparmor] label` with a real AppArmor: taken, unknown, required; and sbox under a profile of its own.
. "$TOP_SRCDIR/tests/lib/guest.sh"

current=(cat /proc/self/attr/apparmor/current)
all='file, network, unix, ptrace, signal, mount, umount, pivot_root, capability, dbus,'
is "(AppArmor is at work here)" "$(cat /sys/module/apparmor/parameters/enabled)" Y
apparmor_load << 'END'
profile sbox-test {
  file, network, unix, ptrace, signal, capability,
  deny /etc/passwd r,
}
profile sbox-other { file, network, unix, ptrace, signal, capability, }
profile sbox-loose flags=(unconfined) { file, }
END

# ---- taken
run sbox -- "${current[@]}"
is "without a label the program is unconfined" "$status:$out:$err" 0:unconfined:
run sbox --set apparmor.label=sbox-test -- "${current[@]}"
is "the program has the label" "$status:$out:$err" "0:sbox-test (enforce):"
run sbox --set apparmor.label=sbox-test -- sh -c "${current[*]}; true"
is "... and so has what it starts" "$out" "sbox-test (enforce)"
check "(without the label /etc/passwd can be read)" sbox -- cat /etc/passwd
refuses "... and it holds: what the label denies is denied" sbox --set apparmor.label=sbox-test -- cat /etc/passwd
has "... by EACCES" "$err" "Permission denied"
run sbox --set apparmor.label=sbox-loose -- "${current[@]}"
is "an unconfined profile has a name too" "$status:$out:$err" "0:sbox-loose (unconfined):"
run sbox --set 'apparmor.label=sbox-test//&sbox-other' -- "${current[@]}"
like "a stack of two" "$status:$out:$err" '^0:sbox-(test//&sbox-other|other//&sbox-test) \(enforce\):$'
for more in capabilities.keep=net_bind_service namespaces.nested=sandbox namespaces.nested=full landlock.fs=off seccomp.allow=@debug; do
	run sbox --set apparmor.label=sbox-test --set "$more" -- "${current[@]}"
	is "... with $more" "$status:$out:$err" "0:sbox-test (enforce):"
done
run sbox --set apparmor.label=sbox-test --set profile.require=apparmor -- "${current[@]}"
is "required and taken" "$status:$out:$err" "0:sbox-test (enforce):"

# ---- who enters has it as well
sbox --name=labelled --set apparmor.label=sbox-test --set profile.require=apparmor -- sleep 300 < /dev/null > /dev/null 2>&1 &
labelled=$!
for ((i = 0; i < 100; i++)); do
	sbox list | grep -q '^labelled ' && break
	sleep 0.1
done
run sbox enter labelled "${current[@]}"
is "who enters takes the label" "$status:$out:$err" "0:sbox-test (enforce):"
refuses "... and is held by it" sbox enter labelled cat /etc/passwd
apparmor_unload sbox-test
run sbox enter labelled "${current[@]}"
is "... and is not let in when the label is required and cannot be taken any more" "$status:$out" 125:
sbox kill --signal=KILL labelled
wait "$labelled"
apparmor_load << 'END'
profile sbox-test {
  file, network, unix, ptrace, signal, capability,
  deny /etc/passwd r,
}
END

# ---- a hint that cannot be taken: one line, at once, and the program runs
as_user mkdir -p "$HOME/.config/sbox/profiles"
as_user tee "$HOME/.config/sbox/profiles/hinted.ini" > /dev/null << 'END'
[profile]
extends = default
[apparmor]
label = sbox-nobody
END
run sbox --profile=hinted -- "${current[@]}"
is "an unknown label: the program runs without it" "$status:$out" 0:unconfined
is "... and one line says so" "$err" "sbox: $HOME/.config/sbox/profiles/hinted.ini:4: label: warning: cannot take the AppArmor label \
sbox-nobody: no such profile is loaded, continuing without it"
mkfifo go
sbox --profile=hinted -- cat < go 2> "$T/early" &
exec 7> go
for ((i = 0; i < 100; i++)); do
	[ ! -s "$T/early" ] || break
	sleep 0.1
done
has "... while the program still runs" "$(cat "$T/early")" "continuing without it"
exec 7>&-
wait
run sbox --profile=hinted --set profile.require=apparmor -- "${current[@]}"
is "required: not run" "$status:$out" 125:
is "... and the line, the cause and the remedy are named" "$err" "sbox: $HOME/.config/sbox/profiles/hinted.ini:4: label: cannot take the \
AppArmor label sbox-nobody: no such profile is loaded
  remedy: apparmor_parser -r FILE loads one; aa-status, run by root, lists those that are loaded"
run sbox --set apparmor.label=sbox-test --set files.hide=/proc -- echo it ran
is "a profile that hides /proc: announced" "$status:$out" "0:it ran"
has "... with its cause" "$err" "its attribute below /proc is not there, continuing without it"
run sbox --set apparmor.label=sbox-test --set files.hide=/proc --set profile.require=apparmor -- echo it ran
is "... and an error when it is required" "$status:$out" 125:

# ---- sbox itself confined by somebody's profile
apparmor_load << END
profile sbox-around flags=(attach_disconnected) { $all $([ ! -e /etc/apparmor.d/abi/4.0 ] || echo userns,) }
END
around() {
	as_user timeout -k 5 $((30 * ${SBOX_TEST_SLOWDOWN:-1})) aa-exec -p sbox-around -- "$SBOX" "$@"
}
run around -- "${current[@]}"
is "under a profile that allows all it needs sbox runs" "$status:$out:$err" "0:sbox-around (enforce):"
run around --set apparmor.label=sbox-test -- "${current[@]}"
is "... a label that it does not allow is announced" "$status:$out" "0:sbox-around (enforce)"
like "... in one line" "$err" '^[^
]*sbox-test: .*, continuing without it$'
run around --set apparmor.label=sbox-test --set profile.require=apparmor -- "${current[@]}"
is "... and an error when it is required" "$status:$out" 125:
has "... with the rule that is missing" "$err" "change_profile -> NAME,"
apparmor_unload sbox-around

# ---- the profile that is shipped for sbox
if [ -e /etc/apparmor.d/abi/4.0 ]; then
	for name in sbox sbox-tree; do
		check "the shipped profile $name can be parsed" apparmor_parser -QT "$TOP_BUILDDIR/profiles/apparmor/$name"
	done
	check "... and loaded" apparmor_parser -r "$TOP_BUILDDIR/profiles/apparmor/sbox-tree"
	run sbox -- "${current[@]}"
	is "... sbox runs under it" "$status:$out:$err" "0:sbox-tree (unconfined):"
	run sbox --set apparmor.label=sbox-test --set profile.require=apparmor -- "${current[@]}"
	is "... and can still take a label" "$status:$out:$err" "0:sbox-test (enforce):"
	run sbox doctor
	is "... doctor is content" "$status" 0
	like "... and knows AppArmor" "$out" 'apparmor +ok '
	apparmor_unload sbox-tree
else
	skip "the shipped profile for sbox" "this AppArmor is older than 4 and knows no rule for user namespaces"
	run sbox doctor
	like "doctor knows AppArmor" "$out" 'apparmor +ok '
fi
has "... and how the shipped profile is installed" "$out" \
	"cp $TOP_BUILDDIR/profiles/apparmor/sbox-tree /etc/apparmor.d/sbox && apparmor_parser -r /etc/apparmor.d/sbox"

# ---- pasta: the distribution's profile for it takes signals from unconfined processes alone, which sbox is not with a name
apparmor_load << END
profile sbox-named "$SBOX" flags=(unconfined) { $([ ! -e /etc/apparmor.d/abi/4.0 ] || echo userns,) }
END
pastas() {
	ps -C pasta,pasta.avx2,passt,passt.avx2 -o stat=,label= | awk '!/^Z/'
}
run sbox --net=user -- "${current[@]}"
is "mode = user of a sbox with a label ends with the program" "$status:$out:$err" "0:sbox-named (unconfined):"
is "... and pasta with it" "$(pastas)" ""
# not as_user: $! would be the shell's number
setpriv --reuid=tester --regid=tester --clear-groups --inh-caps=-all -- "$SBOX" --net=user --name=way -- sleep 300 \
	< /dev/null > /dev/null 2>&1 &
named=$!
for ((i = 0; i < 300; i++)); do
	sbox list | grep -q '^way ' && break
	sleep 0.1
done
like "(pasta has its own label, and not sbox's)" "$(pastas)" '^[^ ]+ +pas(ta|st) \(enforce\)$'
kill -KILL "$named"
wait "$named" 2> /dev/null
for ((i = 0; i < 100; i++)); do
	[ -n "$(pastas)" ] || break
	sleep 0.1
done
is "... nor does pasta outlive a supervisor that was killed" "$(pastas)" ""
apparmor_unload sbox-named

apparmor_unload sbox-test
apparmor_unload sbox-other
apparmor_unload sbox-loose
finish
