#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# join: a network namespace that the user prepared is entered by path, by descriptor and by `enter`, as it is; nobody else's is.
. "$TOP_SRCDIR/tests/lib/tap.sh"

cat > serve.py << 'END'
import fcntl, os, socket, struct, sys
s = socket.socket()
fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", 1))  # lo is up
s.bind(("127.0.0.1", 7777)); s.listen()
print(os.getpid(), flush=True)
while True:
    c, _ = s.accept(); c.sendall(b"prepared"); c.close()
END
cat > ask.py << 'END'
import socket, sys
s = socket.socket(); s.settimeout(5)
try:
    s.connect(("127.0.0.1", int(sys.argv[1]))); print(s.recv(100).decode())
except OSError as e:
    print(e.strerror)
END
cat > host.py << 'END'
import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True)
c, _ = s.accept(); c.sendall(b"host"); c.close()
sys.stdin.read()
END
lo_down='
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0))'
if ! unshare --user --map-root-user --net true 2> /dev/null; then
	skip "a prepared network namespace" "this user cannot make one with unshare -rn"
	finish
fi
mkfifo number hold port
unshare --user --map-root-user --net python3 serve.py > number &
holder=$!
read -r pid < number
net=/proc/$pid/ns/net
python3 host.py < hold > port &
server=$!
exec 8> hold
read -r host_port < port

joined() { # OPTION... -- CMD...
	run sbox --set network.join="$net" "$@"
}
joined --cwd=ro -- python3 ask.py 7777
is "a server in it is reached, on its own loopback" "$out" prepared
joined -- readlink /proc/self/ns/net
is "it is that namespace" "$out" "$(readlink "$net")"
joined --cwd=ro -- python3 ask.py "$host_port"
is "the host's loopback is not reached" "$out" "Connection refused"
is "(outside, the host's server answers)" "$(python3 ask.py "$host_port")" host
run sbox --set network.join=fd:9 --cwd=ro -- python3 ask.py 7777 9< "$net"
is "by descriptor" "$out" prepared
run sbox --set network.join=fd:9 -- sh -c 'readlink /proc/self/fd/*' 9< "$net"
hasnt "which the program does not get" "$out" net:
joined --set ids.user=root --cwd=ro -- sh -c 'id -u; python3 ask.py 7777'
is "with another user inside" "$out" "0
prepared"
joined --set namespaces.nested=sandbox --cwd=ro -- python3 ask.py 7777
is "with namespaces of the program's own" "$out" prepared

# ---- nothing in it is changed, by sbox or by the program ----
ports=/proc/sys/net/ipv4/ip_unprivileged_port_start
in_it() {
	nsenter --user --preserve-credentials --net --target "$pid" "$@"
}
is "its ports are as they were" "$(in_it cat $ports)" "$(unshare --user --map-root-user --net cat $ports)"
refuses "the program cannot take an interface down" sbox --set network.join="$net" -- python3 -c "$lo_down"
has "(it was not permitted)" "$err" "Operation not permitted"
refuses "not even with capabilities" sbox --set network.join="$net" --set 'capabilities.keep=net_admin net_raw' -- python3 -c "$lo_down"
has "(it was not permitted)" "$err" "Operation not permitted"

# ---- one process more, a report, the end ----
sbox --name=joins --set network.join="$net" --cwd=ro -- sleep 60 &
for ((i = 0; i < 200; i++)); do
	"$SBOX" list | grep -q ^joins && break
	sleep 0.05
done
run sbox enter joins python3 ask.py 7777
is "who enters is in it as well" "$out" prepared
run sbox enter joins sh -c 'cat /proc/self/status; cat /proc/*/comm'
has "without a capability" "$out" "CapEff:	0000000000000000"
has "beside the program" "$out" sleep
"$SBOX" list --json > listed
child=$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' listed)
supervisor=$(ps -o ppid= -p "$child" | tr -d ' ')
is "the sandbox is the supervisor's child" "$(cat "/proc/$supervisor/comm")" sbox
kill -9 "$supervisor"
for ((i = 0; i < 200; i++)); do
	[ -e "/proc/$child" ] || break
	sleep 0.05
done
check "and dies with it" test ! -e "/proc/$child"
wait %?joins 2> /dev/null
joined --report -- cat /etc/shadow
has "a report is written" "$err" "/etc/shadow"
joined -- sh -c 'exit 42'
is "the status is the program's" "$status" 42
joined -- sh -c 'kill -9 $$'
is "a signal too" "$status" 137

# ---- names ----
run sbox --set network.join="$net" --set network.dns='127.0.0.1 192.0.2.1' -- cat /etc/resolv.conf
is "dns names the resolvers, on its loopback too" "$out" "nameserver 127.0.0.1
nameserver 192.0.2.1"

# ---- what is said last holds ----
joined --net=none --cwd=ro -- python3 ask.py 7777
is "a mode that is said later" "$out" "Connection refused"
profile joins << END
[profile]
extends = build
[network]
join = $net
END
run sbox --profile=joins -- python3 ask.py 7777
is "in a profile that extends one with a mode" "$out" prepared
profile both << END
[network]
mode = user
join = $net
END
complains "a mode and a namespace in one file" 125 "the mode is said as well" sbox --profile=both -- true
complains "lines that need pasta" 125 "a namespace is joined" sbox --set network.join="$net" --publish=8080:80 -- true
run sbox explain --set network.join="$net" --host example.org
has "explain says what it knows" "$out" "as the network namespace that is joined reaches it"

# ---- what cannot be joined ----
complains "the caller's own" 125 "the one that sbox runs in" sbox --set network.join=/proc/self/ns/net -- true
has "with the remedy" "$err" "mode = host"
complains "what is no namespace" 125 "no network namespace" sbox --set network.join=/etc/passwd -- true
complains "another kind" 125 "no network namespace" sbox --set network.join="/proc/$pid/ns/uts" -- true
mkfifo pipe
complains "a pipe that nobody writes to" 125 "no network namespace" sbox --set network.join="$PWD/pipe" -- true
complains "what is not there" 125 "No such file" sbox --set network.join=/run/netns/none-such -- true
complains "a descriptor that is not open" 125 "not open" sbox --set network.join=fd:77 -- true
complains "what is no descriptor" 125 "not a descriptor" sbox --set network.join=fd: -- true
kill "$holder"
wait "$holder" 2> /dev/null
complains "that of a process that has ended" 125 "cannot open" sbox --set network.join="$net" -- true
exec 8>&-
wait "$server"
finish
