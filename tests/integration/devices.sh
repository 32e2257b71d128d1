#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# The words of [desktop] that give devices, with a /dev of this test's own: its cameras, keys, game pads and graphics cards are
# nodes of /dev/zero's numbers.  What they are called is all that the words go by.
. "$TOP_SRCDIR/tests/lib/tap.sh"

if [ "$(id -u)" != 0 ]; then
	skip "devices" "only root can make nodes"
	finish
fi
if [ -z "${DEVICES_APART:-}" ]; then
	DEVICES_APART=1 exec unshare --mount --propagation private bash "$0"
fi
mkdir dev
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/{pts,shm,input,dri,nvidia-caps}
for name in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "dev/${name%:*}" c 1 "${name#*:}"
done
mknod -m 666 dev/tty c 5 0
for name in video0 video1 media0 hidraw0 input/event0 input/js0 dri/renderD128 nvidia0 nvidiactl nvidia-caps/nvidia-cap1; do
	mknod "dev/$name" c 1 5 && chmod 666 "dev/$name"
done
mknod dev/input/event1 c 1 5 && chmod 600 dev/input/event1
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
if ! head -c 1 dev/video0 > /dev/null 2>&1; then
	skip "devices" "nodes do not work here"
	finish
fi
mount --bind /dev/pts dev/pts
mount --rbind dev /dev
mount -t tmpfs -o mode=755 tmpfs /sys/class
mkdir -p /sys/class/{video4linux,hidraw,input,drm,net}

user=$(stat -c %u "$HOME") group=$(stat -c %g "$HOME")
inside() { # WORD SCRIPT
	run setpriv --reuid "$user" --regid "$group" --clear-groups --inh-caps=-all -- \
		timeout -k 5 60 "$SBOX" ${1:+--set desktop.$1=yes} -- sh -c "$2"
}
every='for d in /dev/video* /dev/media* /dev/hidraw* /dev/input/* /dev/dri/* /dev/nvidia* /dev/nvidia-caps/*; do
	[ ! -c "$d" ] || [ "$(head -c 1 "$d" 2> /dev/null | wc -c)" = 1 ] && [ -c "$d" ] && printf "%s " "${d#/dev/}"
done; for d in /sys/class/*; do [ ! -d "$d" ] || printf "%s " "${d#/sys/class/}"; done'
inside "" "$every"
is "no word: none of them" "$status:$out$err" "0:"
inside camera "$every"
is "camera" "$status:$out$err" "0:video0 video1 media0 video4linux "
inside u2f "$every"
is "u2f" "$status:$out$err" "0:hidraw0 hidraw "
inside input "$every"
is "input: those that the host lets the user open" "$status:$out$err" "0:input/event0 input/js0 input "
inside input 'cat /dev/input/event1'
refused "... and no other"
inside gpu "$every"
is "gpu" "$status:$out$err" "0:dri/renderD128 nvidia0 nvidiactl nvidia-caps/nvidia-cap1 drm "
inside camera 'echo x > /sys/class/video4linux/x; mknod /dev/video9 c 1 5; rm /dev/video0'
refused "nothing is made or removed there"
check "... as one sees outside" test -c /dev/video0 -a ! -e /dev/video9 -a ! -e /sys/class/video4linux/x

# A game pad that is plugged in while the game runs.
mkfifo -m 666 go
setpriv --reuid "$user" --regid "$group" --clear-groups --inh-caps=-all -- \
	timeout -k 5 60 "$SBOX" --set desktop.input=yes --ro "$PWD/go" -- sh -c 'echo ready; read -r _ < "$0"; head -c 1 /dev/input/js1 | wc -c' "$PWD/go" > later 2>&1 &
pid=$!
for ((i = 0; i < 600; i++)); do
	grep -q ready later && break
	sleep 0.1
done
mknod /dev/input/js1 c 1 5 && chmod 666 /dev/input/js1
timeout 60 sh -c 'echo go > go'
wait "$pid"
is "input: one that comes later is there too" "$(cat later)" "ready
1"
finish
