#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the home directory is: nothing of it, a private one, parts kept, the host's.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p "$HOME/.ssh" "$HOME/doc"
echo key > "$HOME/.ssh/id_rsa"
echo text > "$HOME/doc/t"
profile own << 'END'
[profile]
extends = default
END
cp "$HOME/.config/sbox/profiles/own.ini" own.before
cat > as.sh << 'END'
exec "$SBOX" --home="$1" --profile="${2:-own}" -- sh -c "$3"
END
home() { # MODE PROFILE SCRIPT
	run timeout -k 5 30 sh as.sh "$@"
}

# ---- ephemeral
home ephemeral own 'ls -A ~; echo x > ~/x; cat ~/x; stat -c %a ~; echo ~'
is "ephemeral: an empty home, 0700, writable, at its place" "$out" "x
700
$HOME"
home ephemeral own 'ls -A ~'
is "ephemeral: the next run starts afresh" "$out" ""
refuses "ephemeral: nothing reaches the host" test -e "$HOME/x"

# ---- private
home private own 'ls -A ~; mkdir ~/d; echo kept > ~/d/x'
is "private: empty at first" "$status:$out" 0:
home private own 'cat ~/d/x; stat -c %a ~'
is "private: what one run wrote the next one reads" "$out" "kept
700"
profile second << 'END'
[profile]
extends = default
END
home private second 'cat ~/d/x'
is "private: another profile has another home" "$status:$out" 1:
refuses "private: it is not the host's home" test -e "$HOME/d/x"
run find "$HOME" -name x -path '*own*' -path '*d/x'
like "private: it lies in a directory that only the user can enter" "$(stat -c %a "$(dirname "$(dirname "${out%%$'\n'*}")")")" '^700$'

# A hostile run leaves links behind: the next one must not follow them out.
home private own 'rm -rf ~/.config; ln -s /etc ~/.config; ln -s ../../../../../../../.. ~/up; mkfifo ~/pipe; ls -d ~/up'
home private own 'echo started'
is "private: links and FIFOs of an earlier run do no harm" "$status:$out" 0:started
profile deep << END
[profile]
extends = default
[files]
home = private
ro = $HOME/doc
END
home private deep 'cat ~/doc/t'
is "private: a host directory inside" "$out" text
is "private: what sbox makes there at the first start is no news" "$err" ""
home private deep 'mv ~/doc ~/gone'
refused "private: ... is a mount and cannot be renamed away"
profile deep << END
[profile]
extends = default
[files]
home = private
END
home private deep 'rmdir ~/doc && ln -s /etc ~/doc'
profile deep << END
[profile]
extends = default
[files]
home = private
ro = $HOME/doc
END
complains "private: a target replaced by a link is refused" 125 doc sbox --profile=deep -- true

# ---- keep
profile keeper << 'END'
[profile]
extends = default
[files]
keep = ~/.cache/tool
END
run sbox --profile=keeper -- sh -c 'mkdir -p ~/.cache/tool; echo k > ~/.cache/tool/f; echo l > ~/.cache/lost; echo l > ~/lost'
is "keep: works" "$status" 0
run sbox --profile=keeper -- sh -c 'cat ~/.cache/tool/f; ls -A ~ ~/.cache'
is "keep: the directory is kept, the rest is not" "$(head -n 1 <<< "$out")" k
hasnt "keep: nothing else is" "$out" lost

# ---- host-ro and host
home host-ro own 'cat ~/doc/t; echo x > ~/x'
is "host-ro: shows" "$out" text
like "host-ro: refuses a write" "$err" "Read-only"
home host own 'cat ~/doc/t; echo x > ~/x'
is "host: shows" "$out" text
is "host: writes" "$(cat "$HOME/x")" x

# Sbox's own configuration, state and cache are never given, whatever is.
for mode in host host-ro; do
	home "$mode" own 'cat ~/.config/sbox/profiles/own.ini'
	refused "$mode: sbox's configuration is not visible"
done
home private own 'echo x > ~/private-mark'
home host own 'grep -rs . ~/.local/state/sbox ~/.local/share/sbox ~/.cache/sbox; find ~ -name private-mark'
is "host: private homes of other profiles are not visible" "$out" ""
cat > attack.sh << 'END'
mkdir -p ~/.config/sbox/profiles; echo '[profile]' > ~/.config/sbox/profiles/default.ini
mv ~/.config ~/c; mv ~/.config/sbox ~/.config/s; mkdir -p ~/.config/sbox/profiles
echo '[profile]' > ~/.config/sbox/profiles/default.ini
mv ~/.local ~/l; mv ~/.local/state ~/s
exit 0
END
cp attack.sh "$HOME/"
home host own 'sh ~/attack.sh'
check "host: a program cannot change sbox's own profiles" cmp "$HOME/.config/sbox/profiles/own.ini" own.before
check "host: ... nor plant one" test ! -e "$HOME/.config/sbox/profiles/default.ini"
check "host: ... nor rename the directories above away" test -d "$HOME/.config/sbox" -a ! -e "$HOME/c"
run sbox --rw "$HOME/.config" -- sh "$HOME/attack.sh"
check "rw = ~/.config does not give them either" cmp "$HOME/.config/sbox/profiles/own.ini" own.before
# With no configuration yet: the directory is made first, so that it can be guarded.
mkdir fresh
HOME=$PWD/fresh run sbox --home=host -- sh -c 'mkdir -p ~/.config/sbox/profiles && echo evil > ~/.config/sbox/profiles/default.ini'
refuses "host: a profile cannot be planted where there was no configuration" test -s fresh/.config/sbox/profiles/default.ini

# In the home itself.
cd "$HOME"
run sbox -- ls -A
is "cd ~; sbox -- ls -A gives nothing of it" "$status:$out" 0:
# ---- the runtime directory, in the home ----
mkdir -m 700 "$HOME/run"
: > "$HOME/run/bus"
for home in private host; do
	run env XDG_RUNTIME_DIR="$HOME/run" "$SBOX" --home=$home --cwd=none -- sh -c 'ls -A "$XDG_RUNTIME_DIR"; : > "$XDG_RUNTIME_DIR/x" && stat -c %a "$XDG_RUNTIME_DIR"'
	is "home = $home: a runtime directory in it is empty and can be written" "$out$err" 700
done
check "... and nothing of that reaches the host's" test ! -e "$HOME/run/x"
finish
