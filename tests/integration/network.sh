#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# mode = none has a loopback and nothing else; mode = host is the host's.
. "$TOP_SRCDIR/tests/lib/tap.sh"

interfaces() {
	run sbox "$@" -- sh -c 'sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d " " | sort'
}
interfaces
is "none: lo is the only interface" "$out" lo
interfaces --net=host
is "host: the interfaces are the host's" "$out" "$(sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' ' | sort)"

cat > echo.py << 'END'
import socket, sys, threading
family, addr = (socket.AF_INET6, "::1") if "6" in sys.argv[1] else (socket.AF_INET, "127.0.0.1")
s = socket.socket(family)
s.bind((addr, 0))
s.listen()
def serve():
    c, _ = s.accept()
    c.sendall(c.recv(10))
threading.Thread(target=serve, daemon=True).start()
c = socket.create_connection(s.getsockname()[:2], timeout=5)
c.sendall(b"hello")
print(c.recv(10).decode())
END
run sbox -- python3 echo.py 4
is "none: loopback works inside" "$out" hello
run sbox -- python3 echo.py 6
case $(cat /proc/sys/net/ipv6/conf/lo/disable_ipv6 2> /dev/null) in
0) is "none: ::1 works too" "$out" hello ;;
*) skip "none: ::1 works too" "this kernel has no IPv6" ;;
esac

# A server of the host: on a port, on an abstract socket.
cat > server.py << 'END'
import socket, sys
t = socket.socket(); t.bind(("127.0.0.1", 0)); t.listen()
a = socket.socket(socket.AF_UNIX); a.bind("\0sbox-test-" + sys.argv[1]); a.listen()
print(t.getsockname()[1], flush=True)
sys.stdin.read()
END
mkfifo port hold
python3 server.py $$ < hold > port &
server=$!
exec 8> hold
read -r number < port
cat > client.py << 'END'
import socket, sys
for family, addr in ((socket.AF_INET, ("127.0.0.1", int(sys.argv[1]))), (socket.AF_UNIX, "\0sbox-test-" + sys.argv[2])):
    s = socket.socket(family)
    s.settimeout(5)
    try:
        s.connect(addr)
        print("connected")
    except OSError as e:
        print(e.strerror)
END
is "(outside, both servers answer)" "$(python3 client.py "$number" $$)" "connected
connected"
run sbox -- python3 client.py "$number" $$
is "none: neither a port nor an abstract socket of the host is reached" "$out" "Connection refused
Connection refused"
run sbox --net=host -- python3 client.py "$number" $$
is "host: the port is reached" "$(head -n 1 <<< "$out")" connected
exec 8>&-
wait "$server"
run sbox -- python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    s.sendto(b"x", ("192.0.2.1", 53)); print("sent")
except OSError as e:
    print(e.strerror)'
is "none: nothing leaves" "$out" "Network is unreachable"
refuses "none: the interface cannot be changed" sbox -- python3 -c '
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack("16sH", b"lo", 0))'
if have ip; then
	run sbox -- ip -o link
	like "ip link shows lo and nothing else" "$(cut -d: -f2 <<< "$out" | tr -d ' ' | tr '\n' ' ')" '^lo ([a-z0-9]+@NONE )*$'
	refuses "ip link add" sbox -- ip link add dummy0 type dummy
else
	skip "ip link shows lo and nothing else" "ip (iproute2) is not installed"
fi
for name in untrusted build debug default; do
	interfaces --profile=$name
	is "$name has no network" "$out" lo
done
finish
