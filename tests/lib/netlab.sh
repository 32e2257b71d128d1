# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A network of the test's own, for tests that run as root: the machine that sbox runs on, and an outside that it reaches
# by one veth.  Nothing of it is the real machine's, and all of it ends with the test.
#
#   . "$TOP_SRCDIR/tests/lib/netlab.sh"    starts the test once more inside, or leaves with a SKIP
#   outside CMD...                         run CMD in the outside's network
#   netlab_web outside|here PORT TEXT      a web server in one of the two
#   await CMD...                           until CMD succeeds
#   user CMD...                            run CMD as the ordinary user that the tests are for
#
# The host: 192.0.2.2 and 2001:db8:1::2 on h0, 198.18.0.9 on a second interface, a resolver's file in /etc.
# Outside: 192.0.2.1 and 2001:db8:1::1 (the gateway), 198.51.100.7, 203.0.113.8, 10.9.9.9, 2001:db8:7::7 are all of it.

if [ "$(id -u)" != 0 ]; then
	skip "a network of the test's own" "not started as root"
	finish
fi
for tool in ip unshare nsenter setpriv; do
	if ! have "$tool"; then
		skip "a network of the test's own" "$tool is not installed"
		finish
	fi
done
if [ -z "${NETLAB:-}" ]; then
	NETLAB=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private bash "$0"
fi

netlab_tun() {
	mkdir "$T/dev" && mount -t tmpfs -o mode=755 tmpfs "$T/dev" && mknod -m 666 "$T/dev/tun" c 10 200 || return 1
	if [ ! -e /dev/net/tun ]; then
		mkdir "$T/devnet" && mount -t tmpfs -o mode=755 tmpfs "$T/devnet" && mknod -m 666 "$T/devnet/tun" c 10 200
		mkdir -p /dev/net 2> /dev/null && mount --bind "$T/devnet" /dev/net
		return
	fi
	mount --bind "$T/dev/tun" /dev/net/tun
}

netlab_up() {
	ip link set lo up
	unshare --net sleep infinity &
	netlab_outside=$!
	for _ in $(seq 100); do
		[ "$(readlink "/proc/$netlab_outside/ns/net")" = "$(readlink /proc/self/ns/net)" ] || break
		sleep 0.02
	done
	ip link add h0 type veth peer name o0 netns "$netlab_outside" || return 1
	ip link add h1 type dummy 2> /dev/null || ip link add h1 type veth peer name h2 || return 1
	ip addr add 192.0.2.2/24 dev h0
	ip -6 addr add 2001:db8:1::2/64 dev h0 nodad
	ip addr add 198.18.0.9/32 dev h1
	ip link set h0 up && ip link set h1 up
	outside ip link set lo up
	for address in 198.51.100.7/32 203.0.113.8/32 10.9.9.9/32 169.254.169.254/32; do
		outside ip addr add "$address" dev lo
	done
	outside ip -6 addr add 2001:db8:7::7/128 dev lo nodad
	outside ip addr add 192.0.2.1/24 dev o0
	outside ip -6 addr add 2001:db8:1::1/64 dev o0 nodad
	outside ip link set o0 up
	ip route add default via 192.0.2.1 && ip -6 route add default via 2001:db8:1::1
}

outside() {
	nsenter --target "$netlab_outside" --net -- "$@"
}

# One line over HTTP on every address: netlab_web outside|here PORT TEXT
netlab_web() {
	cat > "$T/web.py" << 'END'
import http.server, socket, sys
class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(sys.argv[2].encode() + b"\n")
    def log_message(self, *args):
        pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 512
Server(("::", int(sys.argv[1])), Web).serve_forever()
END
	if [ "$1" = outside ]; then
		outside python3 "$T/web.py" "$2" "$3" &
		await outside curl -s -o /dev/null "http://127.0.0.1:$2"
	else
		python3 "$T/web.py" "$2" "$3" &
		await curl -s -o /dev/null "http://127.0.0.1:$2"
	fi
}

# Until CMD succeeds, for a while.
await() {
	for _ in $(seq 200); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.05
	done
	return 1
}

# The sandboxes see /usr/local/bin as well.
if ! have curl; then
	mount -t tmpfs -o mode=755 tmpfs /usr/local/bin && install -m 755 "$TOP_SRCDIR/tests/lib/curl.py" /usr/local/bin/curl
fi

# Who owns the tree, or nobody in particular.
netlab_uid=$(stat -c %u "$TOP_SRCDIR")
[ "$netlab_uid" != 0 ] || netlab_uid=65533
user() {
	setpriv --reuid "$netlab_uid" --regid "$netlab_uid" --clear-groups --inh-caps=-all -- env HOME="$T/user" "$@"
}

if ! netlab_tun || ! netlab_up; then
	skip "a network of the test's own" "this machine cannot make one: $(id -un) may not, or the kernel lacks veth or tun"
	finish
fi
mkdir -p "$T/user" && chown "$netlab_uid:$netlab_uid" "$T/user" "$T" . && chmod 755 "$T"
unset XDG_RUNTIME_DIR
