#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# What somebody does who has just installed the Debian package (`make deb`): look, learn a program, let a destructive
# command loose on an overlay, complete command lines, read the manuals.  What the package itself must be: package.sh.
. "$TOP_SRCDIR/tests/lib/guest.sh"

shopt -s nullglob
debs=("$TOP_BUILDDIR"/packages/sbox_*.deb)
if [ "${#debs[@]}" != 1 ]; then
	skip "a new user's walk" "there is no package: make deb"
	finish
fi
new=/home/tester
user() { # COMMAND: in ~/project, in the environment of a login
	run as_user env -i HOME="$new" USER=tester SHELL=/bin/bash TERM=xterm LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin \
		XDG_RUNTIME_DIR=/run/user/1000 timeout -k 5 $((30 * ${SBOX_TEST_SLOWDOWN:-1})) bash -c "cd ~/project && $1"
}

# A guest leaves manuals out of what it installs.
run dpkg --path-include='/usr/share/man/*' -i "${debs[0]}"
is "the package is installed" "$status" 0
rm -rf "$new"/{project,.config/sbox,.local/state/sbox}
as_user mkdir "$new/project"

user 'sbox doctor'
is "sbox doctor" "$status" 0
has "... says that sandboxes can be made" "$out" "a sandbox"

# ---- learn
user 'printf "#!/bin/sh\ncat ~/notes/todo > summary\ncat ~/.ssh/id_rsa\ntrue\n" > tool; chmod +x tool
mkdir -p ~/notes ~/.ssh; echo milk > ~/notes/todo; echo KEY > ~/.ssh/id_rsa; sbox learn ./tool'
is "sbox learn ./tool" "$status" 0
has "... says where the profile is" "$err" "$new/.config/sbox/profiles/tool.ini"
user 'ls'
is "... changes nothing" "$out" tool
user 'sbox check tool; cat ~/.config/sbox/profiles/tool.ini'
is "... the profile has no error" "$status" 0
has "... gives what was read" "$out" "ro = ~/notes/todo"
has "... and not the key" "$out" ";off ro = ~/.ssh"
user 'sbox --profile=tool ./tool; cat summary'
is "the learned profile runs the program" "$status:$out" 0:milk

# ---- a destructive command in a git checkout
user 'rm -rf ./* .git; git init -q .; mkdir src; echo a > README; echo b > src/main.c; git add .
git -c user.name=n -c user.email=n@example.org commit -qm first; sbox --cwd=overlay --name=try -- sh -c "rm -rf *; echo new > left; ls -A"'
is "rm -rf * in a checkout" "$status:$out" "0:.git
left"
has "... one line says what was changed, and how to see it" "$err" "3 changes are kept apart from the host's files: sbox diff try"
user 'git status --short'
is "... the checkout is as before" "$status:$out" 0:
user 'sbox diff'
has "sbox diff: the file that came" "$out" "added     left"
has "... and what went" "$out" "deleted   README"
has "... with what to do next" "$out" "3 changes.  sbox apply try keeps them, sbox discard try drops them."
user 'sbox apply try -- left'
has "one file is applied" "$out" "1 change applied; the rest is kept as try"
user 'git status --short'
is "... and nothing else" "$out" "?? left"
user 'sbox discard try; sbox diff; ls; git status --short'
is "the rest is dropped" "$out" "try is dropped
no changes are kept
README
left
src
?? left"

# ---- completion, as the package put it in place
if have tmux && have zsh && have fish && [ -e /usr/share/bash-completion/bash_completion ]; then
	run as_user env -i HOME="$new" USER=tester TERM=xterm LANG=C.UTF-8 PATH=/usr/bin:/bin SBOX=/usr/bin/sbox TOP_SRCDIR="$TOP_SRCDIR" \
		XDG_RUNTIME_DIR=/run/user/1000 SBOX_TEST_SLOWDOWN="${SBOX_TEST_SLOWDOWN:-1}" \
		bash -c 'cd "$(mktemp -d)" && exec python3 "$TOP_SRCDIR/tests/integration/completion.py" installed'
	is "bash, zsh and fish complete by what the package installed" "$(grep -cE '^ok' <<< "$out"):$(grep -E '^not ok|# SKIP' <<< "$out")" 9:
else
	skip "completion" "tmux, bash-completion, zsh and fish are needed"
fi

# ---- manuals
pages=(/usr/share/man/man[157]/sbox*)
check "there is a manual for each group of subcommands" test "${#pages[@]}" -ge 10
if have mandoc; then
	for page in "${pages[@]}"; do
		run mandoc -Tutf8 -Wwarning "$page"
		check "manual: ${page##*/}" test "$status" = 0 -a "${#out}" -gt 500 -a -z "$err"
	done
else
	skip "manuals" "no mandoc"
fi

run dpkg -r sbox
is "the package is removed" "$status" 0
rm -rf "$new"/{project,notes,.ssh,.config/sbox,.local/state/sbox}
finish
