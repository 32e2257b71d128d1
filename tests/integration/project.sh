#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the profiles for developers' tools give of a project, and which program gets which; without their network.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p project/.git/{hooks,modules/sub} project/.husky "$HOME"/{.ssh,.aws,.docker}
cd project || exit 1
for file in .git/config .env .env.local .env.example .bashrc .gitconfig notes; do
	echo "HOST $file" > $file
done
for file in .ssh/id_rsa .ssh/config .aws/credentials .docker/config.json .npmrc .bash_history .netrc .bashrc; do
	echo "TOPSECRET $file" > "$HOME/$file"
done
chmod 700 "$HOME/.ssh"

# One word for each: what could be read and changed.
cat > try.sh << 'END'
for path in notes new .env.example; do
	echo x >> $path && echo "rw $path"
done
for path in .git/config .git/hooks/post-commit .git/modules/sub/config .husky/pre-commit .env .env.local .bashrc .gitconfig; do
	{ echo evil >> $path; } 2> /dev/null && echo "WRITTEN $path"
done
for path in .env .env.local ~/.ssh/id_rsa ~/.aws/credentials ~/.docker/config.json ~/.npmrc ~/.bash_history ~/.netrc; do
	cat $path 2> /dev/null && echo "READ $path"
done
mv .git elsewhere 2> /dev/null && echo "MOVED .git"
mv notes .git/config 2> /dev/null && echo "REPLACED .git/config"
rm .env 2> /dev/null && echo "REMOVED .env"
ls /run/docker.sock ~/.bash_history "$SSH_AUTH_SOCK" 2> /dev/null
echo evil >> ~/.bashrc
true
END
for name in node python rust agent git; do
	# A submodule's repository is git's own work.
	[ $name != git ] || sed -i 's| .git/modules/sub/config||' try.sh
	: > notes
	rm -f new
	run sbox --profile=$name --net=none sh try.sh
	is "$name: the project is written, and nothing that the host would run or must keep secret" "$(sort <<< "$out")" "rw .env.example
rw new
rw notes"
	hasnt "$name: not a byte of a secret" "$out$err" TOPSECRET
	is "$name: what is protected is what it was" "$(cat .git/config .env .env.local .bashrc .gitconfig "$HOME/.bashrc")" "HOST .git/config
HOST .env
HOST .env.local
HOST .bashrc
HOST .gitconfig
TOPSECRET .bashrc"
done
run sbox --profile=git --net=none sh -c 'echo x > .git/modules/sub/config'
is "git: a submodule's repository is written" "$status" 0
run sbox --profile=node --net=none --rw .git --rw .git/config sh -c 'mv notes .git/config'
is "--rw uncovers one of them for a run" "$status" 0
mkdir .vscode .claude
for name in node python rust; do
	run sbox --profile=$name --net=none sh -c 'for f in index commondir info HEAD; do : > .git/$f; done; mv .git x; : > .vscode/tasks.json; : > .claude/settings.json; ls -A .git .vscode'
	is "$name: nothing of git's own is made, its index neither, nor what an editor or an agent runs" "$(ls -A .claude .git .vscode)" ".claude:

.git:
config
hooks
modules

.vscode:"
done
rm -r .vscode .claude

# A worktree's .git is a file that says where the repository is.
mkdir ../worktree
cd ../worktree || exit 1
echo "gitdir: $T/elsewhere" > .git
for name in build agent node; do
	run sbox --profile=$name --net=none sh -c 'echo "gitdir: evil" > .git; mv .git x; rm -f .git; mkdir -p .git/hooks'
	hasnt "$name: ... and nothing is said of what could lie below it" "$err" unnoticed
	is "$name: a .git that is a file is protected as well" "$(cat .git)" "gitdir: $T/elsewhere"
done
cd ../project || exit 1

run sbox --profile=node --net=none sh -c 'mkdir -p ~/.npm ~/.local/share && echo kept > ~/.npm/x && echo gone > ~/.npmrc'
run sbox --profile=node --net=none sh -c 'cat ~/.npm/x ~/.npmrc'
is "node: a cache is kept, a configuration is not" "$out" kept
run sbox --profile=python --net=none sh -c 'cat ~/.npm/x'
is "python: another profile's cache is not there" "$out" ""
run sbox --profile=agent --net=none sh -c 'echo kept > ~/x'
run sbox --profile=agent --net=none sh -c 'cat ~/x; cat ~/.bashrc'
has "agent: its home is kept" "$out" kept
hasnt "agent: ... without what was put into its start-up files" "$out" evil
like "agent: a protected file that appears is announced" \
	"$(sbox --profile=agent --net=none sh -c ': > .git/commondir; sleep 0.2' 2>&1)" 'commondir has appeared'
like "the directory itself is made a repository: said at once" \
	"$(sbox --profile=node --net=none sh -c 'echo "ref: refs/heads/x" > HEAD; sleep 0.2' 2>&1)" 'HEAD has appeared'
rm -f .git/commondir HEAD

# ---- ssh ----
run sbox --profile=ssh sh -c 'cat ~/.ssh/id_rsa; cat ~/.aws/credentials ~/.npmrc ~/.bash_history notes; { echo x >> ~/.ssh/config; rm ~/.ssh/id_rsa; : > ~/.ssh/authorized_keys; }'
is "ssh: sees the keys, and nothing else of the user" "$out" "TOPSECRET .ssh/id_rsa"
is "ssh: ... and changes nothing there" "$(cat "$HOME/.ssh/config" "$HOME/.ssh/id_rsa")$(ls "$HOME/.ssh")" "TOPSECRET .ssh/config
TOPSECRET .ssh/id_rsaconfig
id_rsa"
: > "$HOME/.ssh/known_hosts"
run sbox --profile=ssh sh -c 'echo a key >> ~/.ssh/known_hosts'
is "ssh: ... but the list of known hosts" "$(cat "$HOME/.ssh/known_hosts")" "a key"

# ---- which profile ----
for pair in npm:node npx:node yarn:node pnpm:node pip:python pip3:python uv:python poetry:python cargo:rust git:git ssh:ssh scp:ssh sftp:ssh \
	claude:agent codex:agent aider:agent node:default python3:default make:build; do
	run sbox explain --net=none "${pair%:*}"
	like "sbox ${pair%:*} is ${pair#*:}" "$out" "name +${pair#*:} "
done
if have pasta; then
	run sbox explain --profile=node --host registry.npmjs.org:443 --host registry.npmjs.org:80 --host example.org:443 --host 169.254.169.254
	has "explain: the registry can be reached" "$out" "registry.npmjs.org:443 can be reached"
	is "explain: ... and nothing else" "$(grep -c 'cannot be reached' <<< "$out")" 3
	run sbox check node python rust git ssh agent
	is "sbox check finds nothing" "$status $(tail -n 1 <<< "$out$err")" "0 6 profiles: 0 errors, 0 warnings"
else
	skip "explain: the registry can be reached" "pasta (passt) is not installed"
fi
cd "$HOME" || exit 1
complains "in the home directory it is refused" 125 "it is the home directory" sbox --profile=node --net=none true
finish
