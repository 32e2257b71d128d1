#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The environment is built, not inherited.
. "$TOP_SRCDIR/tests/lib/tap.sh"

export SECRET_TOKEN=hunter2 LD_PRELOAD_X=1 BASH_ENV=/tmp/evil PYTHONPATH=/tmp FOO_A=1 FOO_B=2 LC_TIME=C.UTF-8 TZ=UTC COLORTERM=truecolor
export DBUS_SESSION_BUS_ADDRESS=unix:path=/x SSH_AUTH_SOCK=/x DISPLAY=:0
export 'ODD=a
b'
run sbox -- env
names=$(sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' <<< "$out" | sort)
for name in $names; do
	case $name in
	HOME | USER | LOGNAME | SHELL | TERM | COLORTERM | LANG | LC_* | TZ | XDG_RUNTIME_DIR | PATH | PWD | SHLVL | _ | container) ;;
	*) fail "nothing unexpected is in the environment" "$name" ;;
	esac
done
for name in SECRET_TOKEN LD_PRELOAD_X BASH_ENV PYTHONPATH FOO_A DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK DISPLAY ODD; do
	hasnt "$name is not passed" "$out" "$name="
done
has "HOME" "$out" "HOME=$HOME"
has "USER" "$out" "USER=$USER"
has "LOGNAME" "$out" "LOGNAME=$USER"
has "SHELL" "$out" "SHELL=$SHELL"
has "TERM" "$out" "TERM=xterm"
has "COLORTERM" "$out" "COLORTERM=truecolor"
has "LANG" "$out" "LANG=C.UTF-8"
has "LC_TIME" "$out" "LC_TIME=C.UTF-8"
has "TZ" "$out" "TZ=UTC"
has "XDG_RUNTIME_DIR" "$out" "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR"
like "PATH is fixed" "$(grep ^PATH= <<< "$out")" '^PATH=/usr/local/bin:/usr/bin:/bin:/usr/games$'
PATH=$PWD:$PATH run sbox -- sh -c 'echo "$PATH"'
is "the caller's PATH is not inherited" "$out" /usr/local/bin:/usr/bin:/bin:/usr/games

run sbox --env FOO_A --env NEW=val=ue --env EMPTY= -- env
has "--env NAME passes" "$out" FOO_A=1
hasnt "--env NAME passes no other" "$out" FOO_B
has "--env NAME=VALUE sets" "$out" NEW=val=ue
like "--env NAME= sets to nothing" "$out" $'(^|\n)EMPTY=(\n|$)'
run sbox --env NOT_SET_ANYWHERE -- env
hasnt "--env of a variable that is not set gives none" "$out" NOT_SET_ANYWHERE
run sbox --set 'environment.pass=FOO_*' --set environment.unset=TZ --set environment.set=PATH=/bin -- env
has "pass = FOO_*" "$out" FOO_B=2
hasnt "unset = TZ" "$out" TZ=
has "set = PATH=..." "$out" PATH=/bin
run sbox --env $'MULTI=a\nb' -- sh -c 'printf %s "$MULTI" | od -An -c'
has "a value with a newline" "$out" '\n'
run env -i "$SBOX" -- true
case $status in
0) pass "an empty environment does no harm" ;;
*) fail "an empty environment does no harm" "$err" ;;
esac

# The launcher's own environment and arguments cannot be read from inside.
run sbox -- cat /proc/1/environ
hasnt "/proc/1/environ shows nothing" "$out" SECRET
run sbox --env NEW=visible-argument -- sh -c 'tr "\0" " " < /proc/1/cmdline'
hasnt "/proc/1/cmdline holds no argument of the launcher" "$out" visible-argument
run sbox --env NEW=visible-argument -- ps axww
hasnt "ps shows none either" "$out" visible-argument
finish
