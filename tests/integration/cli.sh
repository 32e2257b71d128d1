#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The command line.
. "$TOP_SRCDIR/tests/lib/tap.sh"

run sbox --help
is "--help: status 0, on stdout" "$status:$err" 0:
has "--help names the subcommands" "$out" explain
run sbox --version
like "--version" "$status:$out" '^0:sbox [0-9]+\.[0-9]+'
for word in run explain check profiles; do
	run sbox $word --help
	is "$word --help" "$status:$err" 0:
	has "... is about $word" "$out" "$word"
done

run sbox echo plain
is "sbox COMMAND" "$status:$out" 0:plain
run sbox run echo spelled
is "sbox run COMMAND" "$out" spelled
run sbox run -- echo spelled
is "sbox run -- COMMAND" "$out" spelled
run sbox -- echo --help -v --profile=x
is "options after -- belong to the command" "$out" "--help -v --profile=x"
run sbox echo --version -q --net=host
is "options after the command belong to it" "$out" "--version -q --net=host"
mkdir bin
for word in list run explain; do
	printf '#!/bin/sh\necho a program called %s\n' "$word" > "bin/$word"
	chmod +x "bin/$word"
	run sbox --env "PATH=$PWD/bin:/usr/bin:/bin" -- "$word"
	is "sbox -- $word runs a program called $word" "$out" "a program called $word"
done
for word in list enter kill freeze thaw learn diff apply discard desktop doctor; do
	run sbox "$word"
	like "$word is a subcommand" "$status:$err" '^(0:|1:|2:|125:).*'
	hasnt "... it is not taken for a program" "$err" "not found"
done

run sbox --profile untrusted -- sh -c 'echo ok'
is "--profile NAME" "$out" ok
run sbox --profile=untrusted -- sh -c 'echo ok'
is "--profile=NAME" "$out" ok
echo data > f
mkdir "$HOME/d"
for form in "--ro=$HOME/d" "--ro $HOME/d"; do
	# shellcheck disable=SC2086
	check "$form" sbox $form -- ls -d "$HOME/d"
done
run sbox --set files.cwd=rw -- sh -c 'echo x > w'
is "--set SECTION.KEY=VALUE" "$status:$(cat w)" 0:x
run sbox --set files.cwd=none --set files.cwd=rw -- cat f
is "an option given twice: the later one wins, or it is said" "$status" "$([ "$status" = 0 ] && echo 0 || echo 125)"
complains "--set of an unknown key, with the nearest" 2 cwd sbox --set files.cdw=rw -- true
complains "--set without =" 2 "" sbox --set files.cwd -- true
complains "--net of an unknown word" 125 none sbox --net=nome -- true
run sbox help --complete run --tty=
is "completion offers every word of a key" "$(cut -f1 <<< "$out" | sort | xargs)" "--tty=inherit --tty=none --tty=private"
run sbox -q --cwd=ro -- true
is "-q is quiet" "$status:$out$err" 0:
run sbox -v -- true
is "-v leaves stdout alone" "$status:$out" 0:
(cd / && "$SBOX" -q --cwd=ro -- true 2> "$T/quiet")
is "-q: not even a notice" "$(cat "$T/quiet")" ""

# --dry-run and explain
run sbox --dry-run --cwd=rw -- sh -c 'echo x > dry'
is "--dry-run: status 0" "$status" 0
has "--dry-run shows the plan" "$out" "/usr"
refuses "--dry-run runs nothing" test -e dry
run sbox explain --profile=build
is "explain" "$status" 0
like "explain names the line that decided" "$out" 'build\.ini:[0-9]+'
run sbox explain --profile=build make
is "explain COMMAND" "$status" 0
run sbox explain --json --profile=build
is "explain --json" "$status" 0
check "... is JSON" python3 -c 'import json, sys; json.loads(sys.argv[1])' "$out"
run sbox explain --steps
has "explain --steps names the steps" "$out" filter
run sbox explain --path /usr/bin/env
like "explain --path of something visible" "$status:$out" '^0:.*(read|visible)'
mkdir "$HOME/notes" "$HOME/.ssh"
echo key > "$HOME/.ssh/id_rsa"
run sbox explain --path "$HOME/.ssh/id_rsa"
has "explain --path of a key" "$out" "not visible"
hasnt "... suggests no line that would give it" "$out" "--ro"
run sbox explain --path "$HOME/notes"
has "explain --path of something that is not visible" "$out" "not visible"
has "... what line would change it" "$out" "ro = "
has "... what option" "$out" "--ro"
run sbox explain --syscall mount
like "explain --syscall" "$out" '(EPERM|den|refus)'
run sbox explain --syscalls
has "explain --syscalls" "$out" @base
printf '[files]\nro = ~/\033[31mred\n' > esc.ini
mkdir "$HOME"/$'\033[31mred'
run sbox explain --profile=./esc.ini
hasnt "explain never prints raw bytes" "$out$err" $'\033'
run sbox explain --path relative
is "explain --path takes a path relative to the cwd" "$status" 0

for args in 'explain' 'explain --json' 'profiles' '--help'; do
	# shellcheck disable=SC2086
	"$SBOX" $args > /dev/full 2> "$T/stderr"
	like "$args that cannot be written is a failure, and says so" "$?:$(cat "$T/stderr")" '^(1|125):sbox: .*No space'
done

# check and profiles
run sbox check default untrusted build viewer
is "check: profiles that need no other program are right" "$status:$err" 0:
run sbox check untrusted build
is "check PROFILE..." "$status" 0
printf '[files]\nnope = 1\nnada = 2\n[bad]\nx = 1\n' > bad.ini
run sbox check ./bad.ini
is "check FILE: exit 1" "$status" 1
for line in 2 3 4; do
	has "check shows the problem of line $line" "$out$err" "bad.ini:$line"
done
run sbox check nobody-has-this
is "check of an unknown profile" "$status" 1
run sbox profiles
is "profiles" "$status" 0
for name in default untrusted build debug shell; do
	has "profiles lists $name" "$out" "$name"
	run sbox check "$name"
	is "check $name" "$status" 0
	run sbox profiles
done
printf '[profile]\ndescription = mine\n' | profile default
run sbox profiles
has "profiles says what shadows what" "$out" "$HOME/.config/sbox/profiles/default.ini"
like "... the one that is shadowed" "$out" 'shadow'
rm "$HOME/.config/sbox/profiles/default.ini"

# ---- what other launchers test in themselves
mkdir odd
# shellcheck disable=SC2016 # the program's dollars
printf '#!/bin/sh\necho ran "$0" "$@"\n' > odd/--rw
chmod +x odd/--rw
run sbox --ro odd --env "PATH=$PWD/odd" -- --rw --ro x
is "a program that is called like an option" "$out" "ran $PWD/odd/--rw --ro x"
for name in 'a b' $'a\tb' 'a:b' '-a' "a'\"b" $'a\xff'; do
	mkdir "odd/$name"
	echo there > "odd/$name/file"
	run sbox --ro "$PWD/odd/${name//:/\\:}" -- cat "$PWD/odd/$name/file"
	is "a directory called $(printf %q "$name")" "$out" there
done
run bash -c 'umask 0777; "$SBOX" --ro "$PWD/odd:/srv/deep/er" --set files.tmpfs=/srv/t -- stat -c "%a %n" /srv /srv/deep /srv/t /tmp ~ /etc'
is "the caller's umask is not that of what sbox makes" "$out" "755 /srv
755 /srv/deep
755 /srv/t
1777 /tmp
700 $HOME
755 /etc"
run env -u PATH "$SBOX" -- echo "no PATH"
is "a caller without PATH" "$out" "no PATH"
run env -i "$SBOX" -- /bin/echo "no environment"
is "a caller without an environment" "$out" "no environment"
ln -s /dev/null history
run sbox --ro . --hide history -- sh -c 'echo x > /dev/null && cat history && echo works'
is "a hidden link to /dev/null leaves the device" "$out" works
# root's files belong to nobody inside, and the inner one believes the user's own
cp -r "$TOP_SRCDIR/profiles" profiles
run sbox --set namespaces.nested=full --ro "$SBOX" --ro "$PWD/profiles" --env "SBOX_PROFILE_PATH=$PWD/profiles" \
	--env "ASAN_OPTIONS=${ASAN_OPTIONS:-}" -- "$SBOX" -- echo inner
is "a sandbox in a sandbox" "$out" inner
finish
