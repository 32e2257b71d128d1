#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Descriptors: 0, 1, 2 and what is named; nothing else comes in.
. "$TOP_SRCDIR/tests/lib/tap.sh"

cp "$PROBE" probe
echo secret > "$HOME/secret"
numbers() {
	cut -d' ' -f1 <<< "$out" | tr '\n' ' '
}

run sbox -- ./probe fds
is "plain: 0, 1 and 2" "$(numbers)" "0 1 2 "
planted() {
	# shellcheck disable=SC2034
	for n in {3..60}; do
		eval "exec $n< '$HOME'" 2> /dev/null
	done
	"$SBOX" -- ./probe fds
}
run planted
is "58 planted descriptors of a directory: none comes in" "$(numbers)" "0 1 2 "
exec 9< "$HOME/secret" 7< file.none 2> /dev/null
exec 9< "$HOME/secret"
run sbox -- sh -c 'cat <&9'
refused "an open secret cannot be read"
run python3 - << 'END'
import os, resource, subprocess, sys
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
top = min(hard, 100000) - 1
d = os.open("/", os.O_RDONLY)
os.dup2(d, top, inheritable=True)
os.dup2(d, 1000 if top > 1000 else 500, inheritable=True)
sys.exit(subprocess.call([os.environ["SBOX"], "--", "./probe", "fds"], close_fds=False))
END
is "high descriptors do not come in" "$(numbers)" "0 1 2 "

run sbox --set process.pass-fds=9 -- sh -c 'cat <&9'
is "pass-fds = 9" "$out" secret
exec 11< "$HOME/secret" 12< "$HOME/secret"
run sbox --set 'process.pass-fds=11 9' -- ./probe fds
is "pass-fds = 11 9: these and no other" "$(numbers)" "0 1 2 9 11 "
complains "pass-fds of one that is not open" 125 77 sbox --set process.pass-fds=77 -- true
exec 9<&- 11<&- 12<&-

# Missing ones become /dev/null, for the launcher too: nothing of its own lands on them.
for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do
	eval "\"\$SBOX\" --cwd=rw -- sh -c './probe fds > fds' $closed"
	is "closed ($closed): the program still has three" "$(cut -d' ' -f1 fds | tr '\n' ' ')" "0 1 2 "
	rm -f fds
done
"$SBOX" --cwd=rw -- sh -c 'readlink /proc/self/fd/0 > zero' 0<&-
is "a closed stdin is /dev/null" "$(cat zero)" /dev/null
"$SBOX" --cwd=rw -- sh -c 'echo lost; echo kept > file' 1>&-
is "a closed stdout swallows what is written" "$(cat file)" kept
run python3 -c 'import os, sys; os.dup2(os.open("/", os.O_PATH), 0); os.execv(sys.argv[1], sys.argv[1:])' "$SBOX" -- readlink /proc/self/fd/0
is "an O_PATH descriptor is no stream: /dev/null" "$out" /dev/null
complains "a directory as a stream is refused" 125 "a standard stream is a directory" sbox -- true < /
complains_closed=$("$SBOX" --profile=nowhere -- true 2>&1 1>&- 0<&-)
like "a message still comes out with 0 and 1 closed" "$complains_closed" '^sbox: '

# Data goes through untouched, and a pipe stays a pipe.
head -c 3000000 /dev/urandom > data
"$SBOX" -- cat < data > copy
check "3 MB from a file to a file" cmp data copy
# shellcheck disable=SC2002
cat data | "$SBOX" -- cat | cat > copy
check "3 MB through pipes" cmp data copy
run bash -c 'echo x | "$SBOX" -- readlink /proc/self/fd/0'
like "a pipe is a pipe" "$out" '^pipe:'
run bash -c '"$SBOX" -- yes | head -n 1; echo "${PIPESTATUS[0]}"'
like "a closed pipe ends the program with SIGPIPE" "$out" $'y\n(141|1)'

run bash -c 'ulimit -n 10; "$SBOX" -- ./probe fds'
case $status in
0) is "RLIMIT_NOFILE = 10 works" "$(numbers)" "0 1 2 " ;;
*) like "RLIMIT_NOFILE = 10: one clear message" "$status:$err" '^125:sbox: .*(nofile|NOFILE|descriptor|open files)' ;;
esac
run sbox -- sh -c 'ulimit -Sn; ulimit -Hn'
is "the limit of descriptors is the caller's" "$out" "$(ulimit -Sn)
$(ulimit -Hn)"
finish
