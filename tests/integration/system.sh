#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# system = DIR: an unpacked root file system.
. "$TOP_SRCDIR/tests/lib/tap.sh"

# Programs of this machine with the libraries they need, as a small system of their own.
plant() { # DIR PROGRAM...
	local dir=$1 program file to
	shift
	for program in "$@"; do
		program=$(command -v "$program" || echo "$program")
		[ -e "$program" ] || continue
		# shellcheck disable=SC2046 # words
		for file in "$program" $(ldd "$program" 2> /dev/null | grep -o '/[^ ]*'); do
			case $file in
			/usr/*) to=$dir$file ;;
			*) to=$dir/usr$file ;; # its links of the top are for inside
			esac
			[ -e "$to" ] || { mkdir -p "${to%/*}" && cp -L "$file" "$to"; }
		done
	done
}

tree=$HOME/tree
mkdir -p "$tree"/{usr/{bin,lib,lib64,sbin},etc,proc,dev,tmp,run,var/lib,srv/www,home/other,opt}
ln -s usr/bin "$tree/bin"
ln -s usr/sbin "$tree/sbin"
ln -s usr/lib "$tree/lib"
ln -s /usr/lib64 "$tree/lib64" # absolute, and meant inside
plant "$tree" sh cat ls id rm mkdir touch mv ln stat chown grep true pwd sleep
echo "the tree's own" > "$tree/etc/issue"
echo 'root:x:0:0:root:/root:/bin/sh' > "$tree/etc/passwd"
echo "$USER:x:$(id -u):0::/:/bin/sh" >> "$tree/etc/passwd"
echo 'root:x:0:' > "$tree/etc/group"
echo 'a page' > "$tree/srv/www/page"
echo 'left by the last run' > "$tree/var/lib/state"
echo hidden > "$tree/home/other/file"
echo top > "$tree/file-at-the-top"
echo 'a secret of the host' > "$HOME/secret"

in_tree() { # SBOX-ARG... -- COMMAND...
	sbox --set "files.system=$tree" "$@"
}

# ---- what is visible
run in_tree -- cat /etc/issue
is "its /etc is the system's" "$out" "the tree's own"
run in_tree -- ls /usr/share
is "... and nothing of the host's /usr is there" "$status:$out" "2:"
run in_tree -- ls -l /bin
like "its links are links" "$out" '-> usr/bin$'
run in_tree -- cat /file-at-the-top /srv/www/page
is "whatever is at its top is there" "$out" "top
a page"
run in_tree -- sh -c 'ls -d /var/*; test ! -e /var/lib && test ! -e /home/other && test -w /tmp && test -c /dev/null && test -d /proc/self && ls -d "$HOME"'
is "... but /var, /home, /tmp, /run, /dev and /proc are the sandbox's own" "$status:$out" "0:/var/run
/var/tmp
$HOME"
run in_tree -- sh -c 'ls "$HOME"; cat "$HOME/secret"'
hasnt "the home is empty" "$out" secret
run in_tree -- sh -c 'for d in /usr /etc /srv/www /opt /; do touch $d/x && echo "$d"; done'
is "nothing of it can be written" "$out" ""
run in_tree -- sh -c 'id -un'
is "users are those of its passwd" "$out" "$USER"

# ---- writable
run in_tree --rw "$tree/srv:/srv" -- sh -c 'echo changed > /srv/www/page; touch /etc/x'
is "one directory can be given read-write" "$status:$(cat "$tree/srv/www/page")" "1:changed"
run in_tree --ro "$tree/var:/var" -- sh -c 'cat /var/lib/state; touch /var/x'
is "its own /var is given by a line" "$status:$out" "1:left by the last run"
run in_tree --rw "$tree:/" -- sh -c 'echo new > /etc/issue; echo new > /var/lib/state; touch /usr/bin/x; cat /home/other/file; touch /new'
is "rw = DIR:/ gives all of it, /var and /home too" "$(cat "$tree/etc/issue" "$tree/var/lib/state")$out" "new
newhidden"
is "... the top itself is not writable" "$status:$(ls -d "$tree/new" 2> /dev/null)" "1:"
check "... and what was made is there" rm "$tree/usr/bin/x"
run in_tree --rw "$tree:/" --ro "$tree/etc:/etc" --set files.hide=/srv/www -- sh -c 'touch /etc/y; ls /srv/www; touch /opt/y'
is "longer paths win against it" "$(ls "$tree/etc/y" "$tree/opt/y" 2> /dev/null):$out" "$tree/opt/y:"
run in_tree --rw "$tree:/" -- sh -c 'rm -rf /tmp /run /dev/null /proc; mv /usr /gone; ls -d /usr /dev/null /tmp'
is "... and what the sandbox has of its own stays" "$out" "/dev/null
/tmp
/usr"
complains "another directory cannot become the root" 125 "\"/\" itself can be neither given nor hidden" in_tree --rw "$HOME:/" -- true

# ---- links never lead out
ln -s / "$tree/srv/root"
ln -s "$HOME/secret" "$tree/srv/secret"
ln -s ../../../../../../../../../../../../../../"$HOME"/secret "$tree/srv/dots"
ln -s "$HOME" "$tree/leads-out"
ln -s ../.. "$tree/up"
run in_tree -- sh -c 'cat /srv/secret /srv/dots "/srv/root$HOME/secret" /leads-out/secret "/up$HOME/secret"'
is "a link in it does not lead to the host" "$out" ""
for path in "srv/secret:/srv/www/page" "srv/dots:/x" "srv/root$HOME:/x" "leads-out:/x" "leads-out/secret:/x" "up/../../..$HOME/secret:/x"; do
	run in_tree --ro "$tree/$path" -- sh -c "cat /x /x/secret ${path#*:}"
	hasnt "... nor does one that is named: $path" "$out" "secret of the host"
done
ln -s /etc/issue "$tree/srv/issue"
run in_tree --ro "$tree/srv/issue:/x" -- cat /x
is "a link that stays in it leads where it would inside" "$out" new
mv "$tree/etc" "$tree/etc-real"
ln -s /etc "$tree/etc"
run in_tree --ro "$tree/etc/passwd:/x" -- sh -c 'cat /x /etc/passwd'
is "a link to itself leads nowhere" "$out" ""
rm "$tree/etc"
mv "$tree/etc-real" "$tree/etc"
ln -sf "$HOME/secret" "$tree/etc/resolv.conf"
run in_tree --net=host -- cat /etc/resolv.conf
hasnt "nor does its resolv.conf" "$out" secret
rm "$tree/etc/resolv.conf"
echo tree > "$tree/etc/resolv.conf"
if [ -f /etc/resolv.conf ]; then
	run in_tree --net=host -- cat /etc/resolv.conf
	is "with a network names are looked up where the host does" "$out" "$(cat /etc/resolv.conf)"
fi
if command -v pasta > /dev/null && [ -w /dev/net/tun ] && [ -n "$(ip route show default 2> /dev/null)" ]; then
	run in_tree --net=user -- sh -c 'cat /etc/resolv.conf; touch /etc/resolv.conf'
	like "... or where pasta answers" "$status:$out" "^1:nameserver "
else
	skip "... or where pasta answers" "no pasta, no /dev/net/tun, or no default route"
fi
run in_tree -- cat /etc/resolv.conf
is "without one it is the tree's" "$out" tree
ln -s "$tree" "$HOME/link-to-tree"
run sbox --set "files.system=$HOME/link-to-tree" -- cat /file-at-the-top
is "a link to it is followed" "$out" top
run sbox --set 'files.system=tree/' --set files.cwd=none -- true
is "(a relative path is that of the command line)" "$status" 125
cd "$HOME" && run sbox --set files.system=tree/ -- cat /file-at-the-top
is "... relative to the current directory" "$out" top
# somebody outside swaps a directory for a link while sandboxes are set up
mkdir "$tree/srv/swap" "$HOME/out" && echo 'a secret of the host' > "$HOME/out/page" && echo inside > "$tree/srv/swap/page"
(while :; do
	mv -T "$tree/srv/swap" "$tree/srv/real" && ln -s "$HOME/out" "$tree/srv/swap" && rm "$tree/srv/swap" && mv -T "$tree/srv/real" "$tree/srv/swap" &&
		sleep 0.01
done) 2> /dev/null &
swapper=$!
seen=
tries=0
while [ "$tries" -lt $((100 / ${SBOX_TEST_SLOWDOWN:-1})) ] || { [ "$tries" -lt 400 ] && [[ $seen != *inside* ]]; }; do
	tries=$((tries + 1))
	seen+=$(sbox --set "files.system=$tree" --ro "$tree/srv/swap/page:/x" -- cat /x 2> /dev/null)
done
kill "$swapper"
wait "$swapper" 2> /dev/null
hasnt "... it does not lead out either" "$seen" secret
has "(some of them saw the page)" "$seen" inside

# ---- refused
complains "a program that it does not have" 127 "python3: not found in $tree" in_tree -- python3
complains "a directory that is not there" 125 "No such file" sbox --set "files.system=$HOME/none" -- true
complains "a file" 125 "is not a directory" sbox --set "files.system=$tree/file-at-the-top" -- true
complains "an empty directory" 125 "holds no root file system" sbox --set "files.system=$tree/opt/../proc" -- true
complains "/" 125 "system = host gives its programs" sbox --set files.system=/ -- true
complains "a place that is not in it" 125 "does not exist in /usr" in_tree --ro "$HOME/secret:/usr/secret" -- true
run in_tree --ro /usr/bin/env:/srv/www/page -- sh -c 'test /srv/www/page -ef /srv/www/page && head -c 4 /srv/www/page; ls -l /srv/www/page'
like "what is in it can be a mount point" "$out" "[0-9]{5}"
run sbox explain --set "files.system=$tree"
like "explain shows where it comes from" "$out" "ro +$tree/usr:/usr"

run sbox explain --set "files.system=$tree" --path /etc/issue
has "... and which line would change it" "$out" "rw = $tree/etc/issue:/etc/issue"

# ---- apt-get: root over a Debian
if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
	skip "apt-get" "this is no Debian"
	finish
elif ! grep -q "^\($USER\|$(id -u)\):" /etc/subuid 2> /dev/null || ! command -v newuidmap > /dev/null; then
	skip "apt-get" "$USER has no subordinate ids, or newuidmap is not installed"
	finish
fi
debian=$HOME/debian
mkdir -p "$debian"/{usr/{bin,lib,lib64,sbin,share/dpkg},etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d},root} \
	"$debian"/var/lib/{dpkg/{info,updates,triggers,alternatives},apt/lists/partial} "$debian"/var/{cache/apt/archives/partial,log/apt}
ln -s usr/bin "$debian/bin"
ln -s usr/sbin "$debian/sbin"
ln -s usr/lib "$debian/lib"
ln -s usr/lib64 "$debian/lib64"
plant "$debian" sh cat ls id rm mkdir touch mv cp ln stat chown chmod grep sed tar diff true dpkg dpkg-deb dpkg-split dpkg-query \
	dpkg-trigger apt-get apt-cache ldconfig start-stop-daemon /usr/lib/apt/methods/{copy,file,store} /usr/lib/apt/solvers/dump
cp /usr/share/dpkg/*table "$debian/usr/share/dpkg/"
touch "$debian/etc/apt/sources.list"
# as on any Debian, the directories belong to a package that stays
cat > "$debian/var/lib/dpkg/status" << 'END'
Package: base-files
Status: install ok installed
Maintainer: nobody <nobody@example.org>
Architecture: all
Version: 1
Description: the directories
END
printf '%s\n' /. /etc /etc/passwd /usr /usr/bin > "$debian/var/lib/dpkg/info/base-files.list"
printf 'root:x:0:0:root:/root:/bin/sh\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534::/:/bin/sh\n' > "$debian/etc/passwd"
printf 'root:x:0:\nstaff:x:50:\nnogroup:x:65534:\n' > "$debian/etc/group"

package=$HOME/package
mkdir -p "$package"/{DEBIAN,usr/bin,etc}
cat > "$package/DEBIAN/control" << 'END'
Package: greeting
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: says a word
END
printf '#!/bin/sh\necho hello from the package\n' > "$package/usr/bin/greeting"
echo word > "$package/etc/greeting.conf"
printf '#!/bin/sh\nset -e\nid -u > /var/log/installed-by\nchown 7:50 /etc/greeting.conf\n' > "$package/DEBIAN/postinst"
chmod 755 "$package/usr/bin/greeting" "$package/DEBIAN/postinst"
dpkg-deb --root-owner-group --build "$package" "$debian/root/greeting.deb" > /dev/null 2>&1 || fail "(a package can be made)"

cat > "$HOME/debian.ini" << END
[profile]
extends = base
[files]
system = $debian
rw = $debian:/
[ids]
user = root
map = subids
[capabilities]
keep = chown dac_override fowner fsetid setgid setuid
[seccomp]
allow = setgroups
[environment]
set = HOME=/root
set = PATH=/usr/sbin:/usr/bin:/sbin:/bin
END
in_debian() {
	sbox --profile="$HOME/debian.ini" --cwd=none -- "$@"
}
run in_debian apt-get install -y /root/greeting.deb
is "apt-get install works inside" "$status" 0
[ "$status" = 0 ] || echo "# $out"
run in_debian greeting
is "... the program runs" "$out" "hello from the package"
run in_debian sh -c 'cat /var/log/installed-by; stat -c %u:%g /etc/greeting.conf; dpkg-query -W'
is "... its script ran as root, and owners are kept" "$(tr '\t' ' ' <<< "$out")" "0
7:50
base-files 1
greeting 1.0"
first=$(sed -n "s/^\($USER\|$(id -u)\):\([0-9]*\):.*/\2/p" /etc/subuid | head -n 1)
is "... outside they are granted ids" "$(stat -c %u "$debian/etc/greeting.conf")" $((first + 6))
run in_debian apt-get remove -y greeting
is "... and it is removed again" "$status:$(ls "$debian/usr/bin/greeting" 2> /dev/null)" "0:"
in_debian rm -rf /var/cache/apt /var/lib/apt /etc/greeting.conf /var/log
finish
