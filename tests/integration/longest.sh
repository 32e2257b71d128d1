#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The longest path wins, also inside of what is hidden, and a line is about what is at its path inside.
. "$TOP_SRCDIR/tests/lib/tap.sh"

p=$HOME/p
mkdir -p "$p/h/pub" "$p/h/way/out" "$p/h/secret" "$HOME/doc"
echo env > "$p/.env"
echo public > "$p/h/pub/f"
echo private > "$p/h/secret/f"
echo text > "$HOME/doc/t"

# ---- something visible below a hidden directory
below() { # SCRIPT
	run sbox --rw "$p" --hide "$p/h" --ro "$p/h/pub" --rw "$p/h/way/out" -- sh -c "cd $p/h; $1"
}
below 'ls -A . way; cat pub/f'
is "below a hidden directory only what has a longer line is visible" "$out" ".:
pub
way

way:
out
public"
below 'echo x > new'
refused "... and nothing can be made beside it"
below 'mkdir way/new'
refused "... nor on the way to it"
below 'echo x > pub/f'
refused "... a read-only one is read-only"
below 'echo written > out && mv out way/out/f'
refused "... what is writable lies below a read-only way"
below 'echo written > way/out/f'
is "... a writable one is writable" "$status:$(cat "$p/h/way/out/f")" 0:written
below 'mount -o remount,rw . ; chmod u+w . ; rmdir way; mv ../h ../gone; ls -A'
is "... and it can be neither opened nor moved" "$out" "pub
way"
is "nothing of it reached the host" "$(ls -A "$p/h")" "pub
secret
way"

# ---- a path is a path inside
run sbox --ro "$p:/srv" --hide /srv/.env -- cat /srv/.env
is "hide means what is at that path inside" "$status:$out" 1:
run sbox --rw "$p:/srv" --rw "$p" --hide /srv/.env -- cat "$p/.env"
is "... and the same file at its other place" "$status:$out" 1:
complains "what could be made there is refused" 125 "$p/none" sbox --rw "$p:/srv" --hide /srv/none -- true

# ---- what the system brings
run sbox --ro /etc -- grep -c : /etc/passwd
is "--ro /etc gives the host's own files" "$out" "$(grep -c : /etc/passwd)"
run sbox --hide /etc/ssl --hide /opt -- ls -d /etc/ssl /opt
is "a part of the system can be left out" "$out" ""
run sbox --hide /proc/cpuinfo -- cat /proc/cpuinfo
is "a file of /proc can be hidden" "$status:$out" 1:
for option in --ro --rw --hide; do
	complains "$option / is refused" 125 '"/" itself' sbox "$option" / -- true
done
ln -s / rootlink
complains "... by another name, too" 125 '"/" itself' sbox --ro "$PWD/rootlink" -- true

# ---- noexec that nothing could carry out
complains "noexec on a directory that is no mount" 125 "no mount of its own" sbox --set files.noexec=/tmp/x -- true

# ---- a private home with something deep in it
run sbox --home=private --ro "$HOME/doc:$HOME/a/b/doc" -- sh -c 'cat ~/a/b/doc/t; mv ~/a ~/gone'
is "private home: the way to a mount point is made" "$out" text
has "... and pinned, also when it was made just now" "$err" "mv:"
run sbox --home=private --ro "$HOME/doc:$HOME/a/b/doc" -- sh -c 'ls -A ~'
is "... and stays" "$out" a

# ---- a home that is reached through a link
mkdir -p "$T/elsewhere/p"
ln -s "$T/elsewhere" "$T/homelink"
cat > linked.sh << 'END'
cd "$T/elsewhere/p" && HOME=$T/homelink exec "$SBOX" --rw "$T/homelink/p" -- sh -c 'cd ~/p && echo here > f && pwd -P && ls -A ~'
END
run sh linked.sh
is "a home behind a link is behind it inside" "$status:$out" "0:$T/elsewhere/p
p"
is "... and what was given in it is the host's" "$(cat "$T/elsewhere/p/f")" here

# ---- the program makes what an optional ro line would protect
mkdir -p "$HOME/q"
run sbox --rw "$HOME/q" --ro "-$HOME/q/.git/hooks" -- sh -c "mkdir -p $HOME/q/.git/hooks; sleep 0.3"
has "its appearing is reported" "$err" "$HOME/q/.git/hooks"
finish
