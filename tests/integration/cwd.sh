#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The current directory: what it is inside, and where it is never given.
. "$TOP_SRCDIR/tests/lib/tap.sh"

echo here > file
run sbox -- sh -c 'pwd; cat file; echo x > new'
is "default: the program starts in the cwd and reads it" "$out" "$PWD
here"
like "default: the cwd is read-only" "$err" "Read-only"
run sbox --cwd=rw -- sh -c 'echo x > new'
is "--cwd=rw" "$status:$(cat new)" 0:x
run sbox --cwd=none -- sh -c 'pwd; ls -A'
is "--cwd=none starts in the home" "$out" "$HOME"
run sbox --profile=build -- sh -c 'echo b > built; cat built'
is "build: the cwd is writable" "$status:$out:$(cat built)" 0:b:b
run sbox --profile=untrusted -- sh -c 'cat file; echo x > no'
is "untrusted: the cwd is readable" "$out" here
refuses "untrusted: the cwd is not writable" test -e no

# ---- never given
show='ls -A; cat secret 2> /dev/null; pwd'
echo top > "$HOME/secret"
for dir in / "$HOME" "$T" /usr /etc /tmp; do
	cd "$dir"
	for mode in ro rw; do
		run sbox --cwd=$mode -- sh -c "$show"
		is "$dir with --cwd=$mode: the run goes on" "$status" 0
		hasnt "... and gives nothing of it" "$out" secret
		is "... one line says so" "$(grep -c '^sbox: ' <<< "$err")" 1
		has "... with the remedy" "$err" "--$mode"
	done
done
cd "$HOME"
refuses "$HOME with --cwd=rw: nothing can be written to it" sbox --cwd=rw -- sh -c 'echo x > /proc/self/cwd/x && exit 1; exit 1'
check "... and nothing was" test ! -e "$HOME/x"
complains "build refuses to start in the home" 125 "" sbox --profile=build -- true
cd /
complains "build refuses to start in /" 125 "" sbox --profile=build -- true
ln -s "$HOME" "$T/to-home"
cd "$T/to-home"
run sbox --cwd=ro -- ls -A
hasnt "the home behind a link is the home" "$out" secret
cd "$T/work"

# ---- odd places
for name in 'with space' 'col:on' $'new\nline' 'uml-äöü' '-dash' 'star*' "quo'te\"" '$HOME' '~' '%d' $'\xff\xfe'; do
	mkdir -p "./$name"
	echo odd > "./$name/file"
	cd "./$name"
	run sbox -- sh -c 'cat file && pwd'
	is "a cwd called $(printf %q "$name")" "$out" "odd
$PWD"
	cd "$T/work"
done
mkdir real
echo linked > real/file
ln -s real link
cd link
run sbox -- cat file
is "a cwd reached through a link" "$out" linked
cd "$T/work"
dir=$(mktemp -d /var/tmp/sbox-test.XXXXXX)
echo var > "$dir/file"
cd "$dir"
run sbox -- cat file
is "a cwd below /var/tmp" "$status:$out" 0:var
cd "$T/work"
rm -rf "$dir"
mkdir gone
cd gone
rmdir "$T/work/gone"
run sbox -- pwd
case $status in
0) is "a deleted cwd: the program starts in its home and is told so" "$out:${err:0:6}" "$HOME:sbox: " ;;
*) complains "a deleted cwd: one clear message" 125 "directory" sbox -- pwd ;;
esac
cd "$T/work"
mkdir -p shut/in
cd shut/in
chmod 000 "$T/work/shut"
run sbox -- true
case $status in
0) has "a cwd that cannot be reached any more: told" "$err" "sbox: " ;;
*) complains "a cwd that cannot be reached any more: one clear message" 125 "" sbox -- true ;;
esac
chmod 755 "$T/work/shut"
finish
