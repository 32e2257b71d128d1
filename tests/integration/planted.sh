#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2088,SC2001 # a profile expands the ~, not the shell
# What an earlier run, or another sandbox with the same directory, left for the next launch to believe or to follow.
. "$TOP_SRCDIR/tests/lib/tap.sh"

profiles=$HOME/.config/sbox/profiles
mkdir -p "$HOME/.ssh" "$HOME/p" "$HOME/victim" "$profiles"
echo SECRET > "$HOME/.ssh/id_key"

# ---- a kept directory: a link in it that a later line of the profile would follow
keeper() {
	printf '[profile]\nextends = default\n[files]\n' > "$profiles/keeper.ini"
	printf 'keep = %s\n' "$@" >> "$profiles/keeper.ini"
}
keeper '~/.cache'
run sbox --profile=keeper -- sh -c "ln -s $HOME/.ssh ~/.cache/tool; ln -s $HOME/victim ~/.cache/way; mkfifo ~/.cache/pipe"
keeper '~/.cache/tool'
complains "keep: a link left in a kept directory is not followed" 125 "$HOME/.local/state/sbox/keep/keeper/.cache/tool" \
	sbox --profile=keeper -- sh -c 'cat ~/.cache/tool/id_key'
keeper '~/.cache' '~/.cache/tool'
complains "... nor when both are kept" 125 .cache/tool sbox --profile=keeper -- sh -c 'cat ~/.cache/tool/id_key'
keeper '~/.cache/way/in'
complains "... nor on the way to one that is to be made" 125 .cache/way sbox --profile=keeper -- true
is "... so nothing is made where it leads" "$(ls -A "$HOME/victim")" ""
keeper '~/.cache/pipe'
complains "a FIFO in its place is refused, not waited for" 125 .cache/pipe sbox --profile=keeper -- true

# A profile's name is part of the path of its home.
for name in . ..; do
	printf '[profile]\nextends = default\n' > "$name.ini"
	complains "a profile called \"$name\" has no private home" 125 "can keep nothing" sbox --profile="./$name.ini" --home=private -- true
done

# ---- a source below something writable
ln -s "$HOME/.ssh" "$HOME/p/sub"
for args in "--rw=$HOME/p --ro=$HOME/p/sub" "--rw=$HOME/p --ro=$HOME/p/sub:/srv" "--rw=$HOME/p:/srv/p --ro=$HOME/p/sub:/opt/x" \
	"--rw=$HOME/p:/zz --ro=$HOME/p/sub/id_key:/srv/x"; do
	# shellcheck disable=SC2086
	run sbox $args -- sh -c "cat $HOME/p/sub/id_key /srv/id_key /opt/x/id_key /srv/x"
	is "a link below a writable directory is not followed ($args)" "$status:$out" 125:
done
rm "$HOME/p/sub"

# ---- links that the profile makes, below one another: nothing is made where they lead on the host
printf '[profile]\nextends = default\n[files]\nsymlink = /z1 -> /m\nsymlink = /z1/x -> %s\ntmpfs = /m/x/made\n' "$HOME/victim" \
	> "$profiles/links.ini"
run sbox --profile=links -- true
is "links below links do not lead a mount point out of the new root" "$(ls -A "$HOME/victim")" ""

# ---- what the next launch reads is never writable
cat > plant.sh << 'END'
mkdir -p "$1"; rm -f "$1"; rm -rf "$1"; mv "$1" "$1.old"; mkdir -p "$2"
for file in "$2/default.ini" "$2/new.ini" "$2/default.d/x.ini"; do mkdir -p "${file%/*}"; echo hostile-line > "$file"; done
exit 0
END
planted() { # DESC DIR...: is there a profile that a program wrote?
	local found
	found=$(grep -rls hostile-line "${@:2}")
	is "$1" "$found" ""
}
cp plant.sh "$HOME/plant.sh"

mkdir "$HOME/dot"
mv "$HOME/.config" "$HOME/dot/config"
ln -s dot/config "$HOME/.config"
run sbox --home=host -- sh "$HOME/plant.sh" "$HOME/.config" "$HOME/.config/sbox/profiles"
planted "~/.config is a link into the home: it cannot be replaced" "$HOME/.config/" "$HOME/dot"
check "... and is still there" test -L "$HOME/.config"
run sbox --rw="$HOME" -- sh "$HOME/plant.sh" "$HOME/dot/config" "$HOME/dot/config/sbox/profiles"
planted "... nor can what it leads to" "$HOME/.config/" "$HOME/dot"
rm "$HOME/.config"
ln -s nowhere/yet "$HOME/.config"
run sbox --home=host -- sh "$HOME/plant.sh" "$HOME/.config" "$HOME/.config/sbox/profiles"
planted "the same with a link that leads nowhere yet" "$HOME/.config/" "$HOME/nowhere"
rm -rf "$HOME/.config" "$HOME/nowhere"
mv "$HOME/dot/config" "$HOME/.config"

# A single profile, or a directory of drop-ins, kept elsewhere and linked to.
mkdir -p "$HOME/dot/drop"
printf '[profile]\nextends = default\n' > "$HOME/dot/tool.ini"
ln -s "$HOME/dot/tool.ini" "$profiles/tool.ini"
ln -s "$HOME/dot/drop" "$profiles/default.d"
run sbox --home=host -- sh -c 'echo hostile-line > ~/dot/tool.ini; echo hostile-line > ~/dot/drop/x.ini; rm -f ~/dot/tool.ini; mv ~/dot ~/dot2; mkdir ~/dot; echo hostile-line > ~/dot/tool.ini'
planted "a profile that is a link cannot be changed where it leads" "$HOME/dot"
check "... nor removed" test -f "$HOME/dot/tool.ini"
rm "$profiles/default.d"

# SBOX_PROFILE_PATH is as good as the usual directories; so is a directory on it that does not exist.
mkdir "$HOME/prof"
cp "$TOP_SRCDIR"/profiles/*.ini "$HOME/prof/"
cp "$HOME/prof/default.ini" default.before
export SBOX_PROFILE_PATH="$HOME/prof:$HOME/prof.later"
run sbox --home=host -- sh "$HOME/plant.sh" "$HOME/prof" "$HOME/prof"
planted "a directory of SBOX_PROFILE_PATH cannot be written" "$HOME/prof" "$HOME/prof.old"
check "... its profiles are as they were" cmp default.before "$HOME/prof/default.ini"
run sbox --home=host -- sh "$HOME/plant.sh" "$HOME/prof.later" "$HOME/prof.later"
planted "... nor one that was not there" "$HOME/prof.later"
complains "... and none is given as writable" 125 "reads profiles" sbox --rw="$HOME/prof" -- true
check "given read-only it can be read" sbox --ro="$HOME/prof" -- grep -q . "$HOME/prof/default.ini"
unset SBOX_PROFILE_PATH

# A profile given by its path, in the directory that it gives.
mkdir "$HOME/work"
cd "$HOME/work"
printf '[profile]\nextends = default, ./parent.ini\n[files]\ncwd = rw\n' | sed 's/, / /' > ci.ini
printf '[rlimits]\nnproc = 100\n' > parent.ini
cp ci.ini ../ci.before
run sbox --profile=./ci.ini -- sh -c 'echo hostile-line >> ci.ini; rm -f ci.ini; echo hostile-line > ci.ini; echo hostile-line >> parent.ini; mv ../work ../w; touch made'
check "a profile given by path cannot be changed by the program that it confines" cmp ci.ini ../ci.before
planted "... nor can its parents" "$HOME/work"
check "... while the rest of the directory can" test -e made
cd "$T/work"

# ---- under the name of the report that is asked for next
echo mine > "$HOME/victim/file"
run sbox --cwd=rw -- ln -s "$HOME/victim/file" report.json
complains "--report: a link left under its name is not followed" 125 "symbolic link" sbox --report=report.json -- true
is "... and what it leads to is as it was" "$(cat "$HOME/victim/file")" mine
rm report.json
run sbox --cwd=rw -- mkfifo report.json
complains "--report: a FIFO left under its name is not waited for" 125 "FIFO" sbox --report=report.json -- true
rm report.json

# The same home under another name, which a bind mount gives it: by identity.
cat > alias.sh << 'END'
mount --bind "$HOME" alias || exit 3
"$SBOX" --rw "$PWD/alias" -- sh -c "ls alias/.config/sbox alias/.ssh; echo hostile-line > $PWD/alias/.config/sbox/profiles/default.ini"
cd alias && "$SBOX" --cwd=rw -- ls -A
END
mkdir alias own
cp "$TOP_SRCDIR"/profiles/*.ini own/
SBOX_PROFILE_PATH=$PWD/own run unshare -rm sh alias.sh
planted "sbox's own directories are masked under any name of the home" "$profiles"
hasnt "... and a current directory that is the home by another name is not given" "$out" .bashrc
has "... which is said" "$err" "is the home directory"
finish
