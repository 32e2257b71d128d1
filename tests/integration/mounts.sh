#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is visible, how it is mounted, and that a mount guards what it is meant to guard.
. "$TOP_SRCDIR/tests/lib/tap.sh"

echo content > file
mkdir -p "$HOME/p/a/b/c" "$HOME/secret" "$HOME/.ssh" srv
echo key > "$HOME/.ssh/id_rsa"
echo hook > "$HOME/p/a/b/c/hook"
echo env > "$HOME/p/.env"
echo private > "$HOME/secret/x"

# ---- the visible tree
first=${T#/}
first=${first%%/*}
run sbox -- ls -A /
for name in $out; do
	case $name in
	bin | dev | etc | home | lib | lib32 | lib64 | libx32 | opt | proc | run | sbin | sys | tmp | usr | var | "$first") ;;
	*) fail "nothing unexpected at the top" "/$name is visible" ;;
	esac
done
has "/usr is visible" "$out" usr
for path in /root /boot /srv /mnt /media /etc/shadow /etc/gshadow /etc/sudoers /var/lib/dpkg /var/log /sys/fs/cgroup/cgroup.procs \
	"$HOME/.ssh/id_rsa" "$HOME/p" "$HOME/secret" /run/dbus /run/systemd; do
	refuses "$path is not there" sbox -- ls -d "$path"
done
run sbox -- sh -c 'wc -l < /etc/passwd'
like "/etc/passwd names the caller and hardly anybody else" "$out" '^[1-4]$'

# ---- flags, from the kernel's own list
mountinfo() {
	run sbox "$@" -- cat /proc/self/mountinfo
}
mountinfo --cwd=rw
is "every mount is nosuid" "$(awk '$6 !~ /nosuid/' <<< "$out")" ""
is "every mount but devices is nodev" "$(awk '$6 !~ /nodev/ && $5 !~ "^/dev/"' <<< "$out")" ""
is "the root is a read-only tmpfs" "$(awk '$5 == "/" { print $6 ~ /^ro,/, $0 ~ / - tmpfs / }' <<< "$out")" "1 1"
is "/usr is read-only" "$(awk '$5 == "/usr" { print $6 ~ /^ro,/ }' <<< "$out")" 1
is "/dev is read-only and not the host's" "$(awk '$5 == "/dev" || $5 == "/" { ro = $6 ~ /^ro,/; own = $0 ~ / - tmpfs / } END { print ro, own }' <<< "$out")" "1 1"
for mount in /tmp /dev/shm "$HOME"; do
	is "$mount is a writable file system in memory with a bounded size" \
		"$(awk -v m="$mount" '$5 == m { print $6 ~ /^rw,/, $0 ~ / - tmpfs /, $0 ~ /size=/ }' <<< "$out")" "1 1 1"
done
is "nothing else is writable but proc, devices and the cwd" "$(awk -v home="$HOME" -v run="$XDG_RUNTIME_DIR" -v cwd="$PWD" '
	$6 ~ /^rw,/ && $5 !~ "^/(proc|dev/|tmp$|run$|var$)" && $5 != home && $5 != run && $5 != cwd { print $5 }' <<< "$out")" ""
is "the inodes of each tmpfs are bounded" "$(awk '/ - tmpfs / && !/nr_inodes=/ { print $5 }' <<< "$out")" ""
is "no mount propagates to or from the host" "$(grep -cE '(shared|master):' <<< "$out")" 0
is "the old root is gone" "$(awk '$5 ~ /old/' <<< "$out")" ""

# ---- what can be written
for path in /x /usr/x /etc/x /bin/x /dev/x /proc/x "$PWD/x" /home/x; do
	refuses "writing $path" sbox -- sh -c "echo x > $path"
done
for path in /tmp/x /var/tmp/x /dev/shm/x "$HOME/x" "$XDG_RUNTIME_DIR/x"; do
	check "writing $path" sbox -- sh -c "echo x > $path && cat $path"
done
check "nothing of that reached the host" test ! -e "$HOME/x" -a ! -e "$XDG_RUNTIME_DIR/x" -a ! -e /dev/shm/x
refuses "remounting /usr" sbox -- mount -o remount,rw /usr
refuses "chmod of a file below /usr" sbox -- chmod 777 /usr/bin/env
run sbox -- stat -c %a /tmp "$HOME" "$XDG_RUNTIME_DIR"
is "/tmp is 1777, the home and the runtime directory 0700" "$out" "1777
700
700"
run sbox -- ls -A "$XDG_RUNTIME_DIR" "$HOME"
is "the runtime directory and the home are empty" "$(grep -v ':$' <<< "$out")" ""

# ---- /dev
run sbox -- ls /dev
for name in $out; do
	case $name in
	null | zero | full | random | urandom | tty | pts | ptmx | shm | fd | stdin | stdout | stderr | core | console) ;;
	*) fail "/dev holds its eight nodes" "/dev/$name" ;;
	esac
done
for name in null zero full random urandom tty pts ptmx shm fd stdin stdout stderr; do
	has "/dev/$name" "$out" "$name"
done
run sbox -- sh -c 'head -c 4 /dev/zero | od -An -tx1; echo x > /dev/null; head -c 8 /dev/urandom | wc -c; echo y | cat > /dev/full'
has "/dev/zero gives zeroes" "$out" "00 00 00 00"
has "/dev/urandom gives bytes" "$out" 8
has "/dev/full is full" "$err" "No space"
run sbox -- ls /dev/pts
is "no terminal of the host is in /dev/pts" "$out" ptmx
run sbox -- python3 -c 'import pty, os; m, s = pty.openpty(); print(os.ttyname(s))'
is "ptys are the sandbox's own" "$out" /dev/pts/0

# ---- ro, rw, SRC:DST, optional, missing
run sbox --ro "$HOME/p" -- sh -c "cat $HOME/p/.env; echo x > $HOME/p/.env"
is "--ro shows" "$out" env
like "--ro refuses a write" "$err" "Read-only"
check "--rw writes" sbox --rw="$HOME/p" -- sh -c "echo new > $HOME/p/new"
is "... and the host sees it" "$(cat "$HOME/p/new")" new
run sbox --rw /proc -- sh -c "cat /proc/$$/comm"
hasnt "the host's /proc is not given, whatever is asked for: its processes could be written through it" "$out" bash
run sbox --ro "$HOME/p:/srv" -- cat /srv/.env
is "SRC:DST" "$out" env
run sbox --ro srv -- sh -c "ls -d $PWD/srv"
is "a relative path is relative to the cwd" "$out" "$PWD/srv"
complains "a missing source is an error that names the path" 125 "$HOME/nowhere" sbox --ro "$HOME/nowhere" -- true
check "a missing source with - is skipped" sbox --ro "-$HOME/nowhere" -- true
mkdir -p 'odd:name' 'with space' $'new\nline'
check "a path with a colon is written \\:" sbox --ro "$PWD/odd\\:name" -- ls -d "$PWD/odd:name"
check "a path with a blank" sbox --ro "$PWD/with space:/srv" -- ls -d /srv
ln -s "$HOME/p" "$HOME/link"
run sbox --ro "$HOME/link" -- cat "$HOME/link/.env"
is "a link on the host is followed, and there inside" "$out" env
profile glob << 'END'
[profile]
extends = default
[files]
ro = ~/g/*.txt
END
mkdir "$HOME/g"
touch "$HOME/g/one.txt" "$HOME/g/two.txt" "$HOME/g/three.md"
run sbox --profile=glob -- ls "$HOME/g"
is "a glob gives what it hits and nothing else" "$out" "one.txt
two.txt"

# ---- many lines
mkdir "$HOME/many"
{
	printf '[profile]\nextends = default\n[files]\n'
	for i in {1..3000}; do
		echo "$i" > "$HOME/many/$i"
		echo "ro = ~/many/$i:/srv/$i"
	done
} > many.ini
run sbox --profile=./many.ini -- sh -c 'ls /srv | wc -l; cat /srv/2999'
is "3,000 lines" "$status:$out" "0:3000
2999"
rm -r "$HOME/many"

# ---- read-only is recursive: a file system mounted below a ro item
cat > nest.sh << 'END'
mkdir -p tree/sub
mount -t tmpfs tmpfs tree/sub
echo old > tree/sub/file
"$SBOX" --ro "$PWD/tree" -- sh -c "cat $PWD/tree/sub/file; echo new > $PWD/tree/sub/file"
END
mkdir "$T/own"
cp "$TOP_SRCDIR"/profiles/*.ini "$T/own/"
SBOX_PROFILE_PATH=$T/own run unshare -rm sh nest.sh
is "a file system below a ro item is visible" "$out" old
like "... and read-only too" "$err" "Read-only"

# ---- hide
run sbox --rw "$HOME/p" --hide "$HOME/p/.env" -- cat "$HOME/p/.env"
is "a hidden file cannot be read" "$status:$out" "1:"
run sbox --rw "$HOME/p" --hide "$HOME/p/.env" -- sh -c "echo x > $HOME/p/.env"
refused "a hidden file cannot be written"
run sbox --rw "$HOME/p" --hide "$HOME/p/a" -- ls -A "$HOME/p/a"
is "a hidden directory is empty" "$status:$out" 0:
refuses "a hidden directory cannot be written" sbox --rw "$HOME/p" --hide "$HOME/p/a" -- touch "$HOME/p/a/x"
refuses "a hidden file cannot be removed" sbox --rw "$HOME/p" --hide "$HOME/p/.env" -- rm -f "$HOME/p/.env"
refuses "a hidden file cannot be renamed" sbox --rw "$HOME/p" --hide "$HOME/p/.env" -- mv "$HOME/p/.env" "$HOME/p/x"
is "the host's file is as it was" "$(cat "$HOME/p/.env")" env
check "a hide that covers nothing is legal" sbox --hide "$HOME/p/.env" -- true
run sbox --rw "$HOME/p:/srv/p" --hide "$HOME/p/.env" -- cat /srv/p/.env "$HOME/p/.env"
is "hide also holds where the same object is visible under another name" "$out" ""
run sbox --rw "$HOME/p:/srv/p" --ro "$HOME/p/a" -- sh -c 'echo x > /srv/p/a/x'
refused "ro also holds there"
check "... and nothing was written" test ! -e "$HOME/p/a/x"
complains "a missing path below something writable is an error" 125 "$HOME/p/later" sbox --rw "$HOME/p" --hide "$HOME/p/later" -- true
check "... with - it is skipped" sbox --rw "$HOME/p" --hide "-$HOME/p/later" -- true

# ---- the longest path wins, in whatever order the lines stand
for order in 'hide rw ro' 'ro hide rw' 'rw ro hide'; do
	{
		echo '[profile]'
		echo 'extends = default'
		echo '[files]'
		for word in $order; do
			case $word in
			rw) echo 'rw = ~/p' ;;
			ro) echo 'ro = ~/p/a/b' ;;
			hide) echo 'hide = ~/p/.env' ;;
			esac
		done
	} | profile order
	run sbox --profile=order -- sh -c "echo 1 > $HOME/p/w && echo written; echo 2 > $HOME/p/a/b/w; cat $HOME/p/.env; cat $HOME/p/a/b/c/hook"
	is "longest path wins, lines in the order $order" "$out" "written
hook"
done

# ---- pins: a directory above a protected one cannot be renamed away and replaced
attack() { # what a hostile program tries, below $HOME/p
	cat << 'END'
cd "$HOME/p"
mv a x && mkdir -p a/b/c && echo evil > a/b/c/hook
mv a/b x && mkdir -p a/b/c && echo evil > a/b/c/hook
mv a/b/c x && mkdir -p a/b/c && echo evil > a/b/c/hook
mv ../p ../q
rm -rf a/b
ln -sfn /tmp a
python3 - << 'PY'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
os.makedirs("evil/b/c", exist_ok=True)
open("evil/b/c/hook", "w").write("evil\n")
for target in (b"a", b"a/b", b"a/b/c"):
    libc.renameat2(-100, b"evil", -100, target, 2)  # RENAME_EXCHANGE
PY
cat a/b/c/hook
END
}
for how in ro hide; do
	attack > "$HOME/p/attack.sh"
	run sbox --rw "$HOME/p" "--$how" "$HOME/p/a/b/c" -- bash "$HOME/p/attack.sh"
	is "a renaming attacker does not get round $how ($how)" "$(cat "$HOME/p/a/b/c/hook")" hook
	rm -rf "$HOME/p/evil"
done
run sbox --rw "$HOME/p" --ro "$HOME/p/a/b/c" -- sh -c "mkdir $HOME/p/d && mv $HOME/p/new $HOME/p/d/new2 && mv $HOME/p/d/new2 $HOME/p/new && rmdir $HOME/p/d && touch $HOME/p/a/t $HOME/p/a/b/t && rm $HOME/p/a/t $HOME/p/a/b/t"
is "ordinary renames and files beside the pins work" "$status" 0

# ---- a source below something writable may be whatever an earlier run left there
mkdir -p "$HOME/w/sub"
echo inner > "$HOME/w/sub/f"
ln -s "$HOME/.ssh" "$HOME/w/evil"
ln -s ../.ssh "$HOME/w/evil2"
mkfifo "$HOME/w/pipe"
for name in evil evil2; do
	run sbox --rw "$HOME/w" --ro "$HOME/w/$name" -- sh -c "cat $HOME/w/$name/id_rsa; cat $HOME/.ssh/id_rsa"
	hasnt "a link left in a writable directory is not followed out ($name)" "$out" key
	run sbox --rw "$HOME/w" --ro "$HOME/w/$name/id_rsa:/srv/k" -- cat /srv/k
	hasnt "... nor on the way to a source" "$out" key
done
run timeout -k 1 10 "$SBOX" --rw "$HOME/w" --ro "$HOME/w/pipe" -- test -p "$HOME/w/pipe"
like "a FIFO left there does not block the launch" "$status" '^(0|125)$'
# The same while a program swaps the names, as one that still runs outside could.
cat > swap.py << 'END'
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
a, b, n = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2]), 0
end = time.monotonic() + 60
print("ready", flush=True)
while time.monotonic() < end and not os.path.exists(sys.argv[3]):
    for _ in range(200):
        libc.renameat2(-100, a, -100, b, 2)  # RENAME_EXCHANGE
        n += 1
print(n, flush=True)
END
mkfifo swaps
python3 swap.py "$HOME/w/sub" "$HOME/w/evil" "$T/stop" > swaps &
swapper=$!
exec 7< swaps
read -r _ <&7
wins=0 hits=0 refusals=0
launches=$((300 / ${SBOX_TEST_SLOWDOWN:-1}))
for ((n = 0; n < launches; n++)); do
	text=$("$SBOX" --rw "$HOME/w" --ro "$HOME/w/sub" -- sh -c 'cat ~/w/sub/id_rsa ~/w/sub/f' 2>&1)
	case $text in
	*key*) wins=$((wins + 1)) ;;
	*inner*) hits=$((hits + 1)) ;;
	*) refusals=$((refusals + 1)) ;;
	esac
done
touch "$T/stop"
read -r swaps_made <&7
exec 7<&-
wait "$swapper"
echo "# $swaps_made swaps; of $launches launches $hits went on, $refusals were refused, $wins were led outside"
is "a racing renamer never leads a set-up outside" "$wins" 0
check "(both sides of the race were seen)" test "$hits" -gt 0 -a "$refusals" -gt 0
rm -f "$HOME/w/evil" "$HOME/w/sub" 2> /dev/null

# ---- build: the repository's hooks and its configuration
mkdir repo
git -c init.defaultBranch=main init -q repo
cp repo/.git/config config.before
cat > "repo/attack.sh" << 'END'
mv .git x; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit
echo evil > .git/hooks/post-checkout
rm -rf .git/hooks; mv .git/hooks y
git config core.hooksPath /tmp; echo evil >> .git/config; mv .git/config z; rm -f .git/config
exit 0
END
(cd repo && run sbox --profile=build -- sh attack.sh)
refuses "build: no hook was planted" grep -rqs evil repo/.git/hooks
check "build: .git/config is as it was" cmp repo/.git/config config.before
check "build: .git is where it was" test -d repo/.git/objects -a ! -e repo/x
(cd repo && run sbox --profile=build -- sh -c 'echo o > out.o && git add out.o' && cp "$T/stderr" ../build.err)
check "build: the cwd is writable and git can add" test -e repo/out.o -a -e repo/.git/index

# ---- tmpfs, data, symlink, dev, noexec
profile parts << END
[profile]
extends = default
[files]
tmpfs = /srv/scratch size=1M mode=0700
data = /etc/motd hello  from = the; profile
symlink = /srv/link -> scratch
dev = /dev/zero:/dev/nought
rw = $HOME/p
noexec = $HOME/p
tmpfs = $HOME/p/a size=2M
END
run sbox --profile=parts -- stat -c '%a %F' /srv/scratch
is "tmpfs: mode" "$out" "700 directory"
run sbox --profile=parts -- sh -c 'head -c 3000000 /dev/zero > /srv/scratch/big'
has "tmpfs: size" "$err" "No space"
run sbox --profile=parts -- cat /etc/motd
is "data" "$out" "hello  from = the; profile"
refuses "data is read-only" sbox --profile=parts -- sh -c 'echo x >> /etc/motd'
run sbox --profile=parts -- readlink /srv/link
is "symlink" "$out" scratch
run sbox --profile=parts -- sh -c 'head -c 3 /dev/nought | od -An -tx1'
is "dev" "$out" " 00 00 00"
run sbox --profile=parts -- sh -c "cp /bin/true $HOME/p/t && $HOME/p/t"
is "noexec" "$status" 126
check "tmpfs over something visible" sbox --profile=parts -- sh -c "test ! -e $HOME/p/a/b && touch $HOME/p/a/new"
check "... does not reach the host" test ! -e "$HOME/p/a/new"
refuses "a device node cannot be made" sbox -- mknod /tmp/null c 1 3
complains "dev of something that is no device" 125 "$PWD/file" sbox --set "files.dev=$PWD/file" -- true

# A target that would have to be made in something read-only of the host is refused before anything starts.
complains "a target that does not exist below a bind" 125 /usr/nowhere sbox --ro "$PWD:/usr/nowhere/deep" -- true

# A text over a file of the host.
mkdir -p covered/deep
echo "the host's" > covered/deep/file
run sbox --rw "$PWD/covered" --set "files.data=$PWD/covered/deep/file hello" -- \
	sh -c "cat covered/deep/file; echo x > covered/deep/file; rm covered/deep/file; mv covered/deep covered/moved; ls -A /"
like "data covers a file of the host" "$out" "^hello
"
hasnt "... and leaves no file at the top" "$out" text-file
is "... which stays what it was" "$(cat covered/deep/file):$(ls covered)" "the host's:deep"
finish
