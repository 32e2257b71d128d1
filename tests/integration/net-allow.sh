#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# allow and deny: one name and its port are reached, by whatever way; nothing else is, and that at once.
. "$TOP_SRCDIR/tests/lib/tap.sh"
if ! have pasta; then
	skip "allow and deny" "pasta (passt) is not installed"
	finish
fi
. "$TOP_SRCDIR/tests/lib/netlab.sh"

cat > zone << 'END'
web.test A 60 198.51.100.7
web.test AAAA 60 2001:db8:7::7
two.test A 60 203.0.113.8
a.sub.test A 60 203.0.113.8
sub.test A 60 203.0.113.8
alias.test CNAME 60 web.test
bad-alias.test CNAME 60 denied.sub.test
denied.sub.test A 60 203.0.113.8
private.test A 60 10.9.9.9
metadata.test A 60 169.254.169.254
own.test A 60 127.0.0.1
mapped.test AAAA 60 ::ffff:10.9.9.9
short.test A 1 198.51.100.7
big.test IS truncated
END
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 192.0.2.1 53 zone log &
await test -e log
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 203.0.113.8 5353 zone log.other &
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 2001:db8:7::7 53 zone log.v6 &
await test -e log.v6
printf 'nameserver 192.0.2.1\n' > "$T/resolv"
mount --bind "$T/resolv" /etc/resolv.conf
netlab_web outside 8000 outside
netlab_web outside 8001 other-port
outside ip -6 addr add 2001:db8:7::8/128 dev lo nodad
cat > udp.py << 'END'
import socket, threading
# Each address has a socket of its own: an answer comes from where it was asked.
def serve(host):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((host, 8000))
    while True:
        d, p = s.recvfrom(100); s.sendto(b"udp " + d, p)
for host in ("198.51.100.7", "203.0.113.8", "2001:db8:7::7", "2001:db8:7::8"):
    threading.Thread(target=serve, args=(host,)).start()
END
outside python3 udp.py &

only() { # LINES CMD...: a sandbox with these allow words
	run user timeout 60 "$SBOX" --net=user --set "network.allow=$1" --cwd=ro -- "${@:2}"
}
web() { # LINES URL...
	only "$1" sh -c 'for url; do curl -g -sS -m 5 "$url" 2> /dev/null || echo "no: $?"; done' web "${@:2}"
}
no='^no: (6|7)$' # no such host, or refused: a time-out would be 28

# ---- one name, one port ----
web web.test:8000 http://web.test:8000
is "the allowed name is reached" "$out" outside
only web.test:8000 env http_proxy=http://203.0.113.8:8000 https_proxy=http://203.0.113.8:8000 curl -sS -m 5 http://web.test:8000
isnt_ok=$status
is "a proxy that is not listed is none" "$((isnt_ok != 0))" 1
only web.test:8000 env no_proxy='*' http_proxy=http://127.0.0.1:1 curl -sS -m 5 http://web.test:8000
is "with proxy variables it is the same" "$out" outside
web web.test:8000 'http://web.test:8000' 'http://[2001:db8:7::7]:8000' 'http://198.51.100.7:8000'
is "its addresses are open after the look-up, IPv6 too" "$out" "outside
outside
outside"
for url in http://198.51.100.7:8000 'http://[2001:db8:7::7]:8000' http://203.0.113.8:8000 http://two.test:8000 http://sub.web.test:8000 \
	http://web.test:8001 http://private.test:8000 http://10.9.9.9:8000 http://169.254.169.254:8000 http://192.0.2.1:8000; do
	web web.test:8000 "$url"
	like "$url is not reached, at once" "$out" "$no"
done
web web.test http://web.test:8001
is "a name without a port is allowed with all" "$out" other-port
web 'web.test:8000,8001' http://web.test:8001
is "ports are a list" "$out" other-port
web WEB.Test.:8000 http://wEb.tEST:8000
is "names have no case" "$out" outside

# ---- what it means to be a name ----
web '*.sub.test' http://a.sub.test:8000
is "*.name is what lies below" "$out" outside
web '*.sub.test' http://sub.test:8000
like "and not the name itself" "$out" "$no"
web alias.test http://alias.test:8000
is "an alias leads where it leads" "$out" outside
web 'web.test alias.test' http://two.test:8000
like "another name is not found" "$out" "$no"
hasnt "a name that is not allowed is never asked for outside" "$(cat log)" two.test
for name in private.test metadata.test own.test mapped.test; do
	web $name http://$name:8000
	like "an allowed name that leads to a private address ($name)" "$out" "$no"
done
web 'private.test 10.9.9.9:8000' http://private.test:8000 http://10.9.9.9:8000 http://10.9.9.9:8001
is "unless the address is listed, with its ports" "$out" "outside
outside
no: 7"
web 10.9.9.0/24 http://10.9.9.9:8000 http://203.0.113.8:8000
is "a network is reached, its neighbour is not" "$out" "outside
no: 7"
web '[2001:db8:7::/64]:8000' 'http://[2001:db8:7::7]:8000' 'http://[2001:db8:7::7]:8001'
is "an IPv6 network, with ports" "$out" "outside
no: 7"

# ---- deny ----
run user "$SBOX" --net=user --set network.allow='*.sub.test bad-alias.test 203.0.113.0/24' --set network.deny='denied.sub.test 203.0.113.8' -- \
	sh -c 'for u in http://denied.sub.test:8000 http://bad-alias.test:8000 http://203.0.113.8:8000; do curl -sS -m 5 $u 2> /dev/null || echo "no: $?"; done'
is "deny beats allow, for names, their aliases and addresses" "$out" "no: 6
no: 6
no: 7"
run user "$SBOX" --net=user --set network.deny='203.0.113.0/24 10.9.9.9:8000' -- \
	sh -c 'for u in http://web.test:8000 http://203.0.113.8:8000 http://10.9.9.9:8000 http://10.9.9.9:8001; do curl -sS -m 5 $u 2> /dev/null || echo "no: $?"; done'
is "deny alone leaves the rest open" "$out" "outside
no: 7
no: 7
other-port"

# ---- whatever the program speaks ----
cat > raw.py << 'END'
import errno, socket, sys, time
def tcp(host, port):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET); s.settimeout(5)
    try:
        s.connect((host, port)); return "connected"
    except OSError as e:
        return errno.errorcode.get(e.errno, type(e).__name__)
def udp(host, port):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3)
    try:
        s.sendto(b"x", (host, port)); return s.recv(100).decode()
    except OSError as e:
        return errno.errorcode.get(e.errno, type(e).__name__)
start = time.monotonic()
for what in sys.argv[1:]:
    kind, host, port = what.split(",")
    if kind == "name":
        try:
            print(sorted({a[4][0] for a in socket.getaddrinfo(host, int(port))}))
        except OSError as e:
            print("no name")
    else:
        print(globals()[kind](host, int(port)))
END
chmod a+r raw.py
only web.test:8000 python3 raw.py tcp,198.51.100.7,8000 udp,198.51.100.7,8000 name,web.test,8000 tcp,198.51.100.7,8000 udp,198.51.100.7,8000 \
	udp,2001:db8:7::7,8000 tcp,198.51.100.7,8001 udp,198.51.100.7,8001 udp,203.0.113.8,8000
is "a raw client is held like any other, TCP and UDP, before and after the look-up" "$out" "ECONNREFUSED
EPERM
['198.51.100.7', '2001:db8:7::7']
connected
udp x
udp x
ECONNREFUSED
EPERM
EPERM"
only web.test:8000 python3 raw.py udp,192.0.2.1,53 tcp,192.0.2.1,53 udp,203.0.113.8,5353 tcp,203.0.113.8,853 tcp,203.0.113.8,443 udp,203.0.113.8,443 \
	udp,224.0.0.251,5353
is "another resolver, DoT, DoH, QUIC and multicast are not reached" "$(sort -u <<< "$out" | tr '\n' ' ')" "ECONNREFUSED EPERM "
# By IPv6 a socket may send from an address that is not there: what it sends to itself from a host, or from one host to
# another, is no connection with either.
cat > forged.py << 'END'
import socket
def bound(host, port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.settimeout(5)
    s.setsockopt(socket.IPPROTO_IPV6, 78, 1) # IPV6_FREEBIND
    s.bind((host, port)); return s
def send(s, to):
    try:
        s.sendto(b"x", to); return "sent"
    except OSError as e:
        return e.strerror
allowed, other = ("2001:db8:7::7", 8000), ("2001:db8:7::8", 8000)
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.connect(allowed); own = (s.getsockname()[0], 5555)
print(send(s, allowed), s.recv(100).decode())
here, as_other, as_allowed = bound(*own), bound(*other), bound(*allowed)
print(send(as_other, own), here.recv(100).decode())
print("to the host:", send(here, other))
print("between hosts:", send(as_other, allowed), send(as_allowed, other))
END
chmod a+r forged.py
for options in --set=network.allow=2001:db8:7::7 --set=network.deny=2001:db8:7::8 '--set=network.allow=2001:db8:7::7 --publish=7000:7000'; do
	# shellcheck disable=SC2086
	run user "$SBOX" --net=user $options --cwd=ro -- python3 forged.py
	is "what looks like an answer to a host does not reach it ($options)" "$out" "sent udp x
sent x
to the host: Operation not permitted
between hosts: sent Operation not permitted"
done
cat > answer.py << 'END'
import socket, threading
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("", 7000))
t = socket.create_server(("", 7000))
def udp():
    for _ in range(2):
        d, p = u.recvfrom(100); u.sendto(b"udp " + d, p)
u_thread = threading.Thread(target=udp); u_thread.start()
print("up", flush=True)
c, _ = t.accept(); c.sendall(b"tcp " + c.recv(100)); c.close(); u_thread.join()
END
cat > ask.py << 'END'
import socket
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(10); u.connect(("127.0.0.1", 7000))
t = socket.create_connection(("127.0.0.1", 7000), 10)
for _ in range(2):
    u.send(b"x"); print(u.recv(100).decode())
t.sendall(b"x"); print(t.recv(100).decode())
END
chmod a+r answer.py
mkfifo up
user "$SBOX" --net=user --set network.allow=web.test --publish=7000:7000 --publish=7000:7000/udp --cwd=ro -- python3 answer.py > up &
answering=$!
read -r _ < up
is "who comes in by a published port is answered" "$(python3 ask.py | tr '\n' ' ')" "udp x udp x tcp x "
wait $answering
if [ -x /usr/sbin/nft ]; then
	refuses "the table cannot be read or changed" user "$SBOX" --net=user --set network.allow=web.test -- /usr/sbin/nft flush ruleset
else
	skip "the table cannot be read or changed" "nft (nftables) is not installed"
fi
run user "$SBOX" --net=user --set network.allow=web.test -- sh -c 'ps -e 2> /dev/null; cat /proc/[0-9]*/comm'
hasnt "the resolver is not inside" "$out" resolver

# ---- the life of an answer ----
cat > life.py << 'END'
import socket, sys, time
def reach():
    s = socket.socket(); s.settimeout(5)
    try:
        s.connect(("198.51.100.7", 8000)); return s
    except OSError:
        return None
socket.getaddrinfo("short.test", 8000)
s = reach()
print("open" if s else "shut")
for _ in range(300):
    time.sleep(0.1)
    if not reach():
        print("closed by itself"); break
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
print("goes on" if b"outside" in s.recv(1000) + s.recv(1000) else "broken")
socket.getaddrinfo("short.test", 8000)
print("open again" if reach() else "shut")
END
chmod a+r life.py
# These two wait most of their time: others go on meanwhile.
user timeout 90 "$SBOX" --net=user --set network.allow=short.test --cwd=ro -- python3 life.py > life &
life=$!
user timeout 90 "$SBOX" --net=user --set network.allow=web.test --set network.dns=203.0.113.9 -- sh -c 'getent ahosts web.test; echo $?' > silent &
silent=$!
run user "$SBOX" --net=user --set network.allow=web.test --set network.dns=2001:db8:7::7 -- getent ahostsv4 web.test
has "a name server that has IPv6 alone" "$out" 198.51.100.7
run user "$SBOX" --net=user --set network.allow=web.test --set network.deny=198.51.100.7 -- sh -c 'getent ahostsv4 web.test; echo $?'
is "an address that is denied is not in the answer of an allowed name" "$out" 2
printf '[profile]\nextends = base\n[network]\nmode = host\n[test]\nhost = web.test:8000 no.such.test:8000\n' > "$T/tries.ini"
run user "$SBOX" check --run "$T/tries.ini"
like "check --run asks the host's name server" "$(grep ' host ' <<< "$out" | sed 's/.*: //' | tr '\n' ' ')" '^can be reached the name is not known $'
# The server changes its mind while the program runs.
cat > turn.sh << 'END'
curl -sS -m 5 http://turn.test:8000
: > /tmp/first; echo first
until [ -e turned ]; do sleep 0.05; done
curl -sS -m 5 http://turn.test:8000 2> /dev/null || echo "no: $?"
END
echo 'turn.test A 1 198.51.100.7' >> zone
user "$SBOX" --net=user --set network.allow=turn.test --cwd=ro -- sh turn.sh > turn &
turn=$!
await grep -q first turn
sed -i 's/turn.test A 1 .*/turn.test A 1 10.9.9.9/' zone
touch turned
wait $turn
is "a name whose answer turns private leads nowhere any more" "$(cat turn)" "outside
first
no: 6"

# ---- many, and nasty ----
cat > many.py << 'END'
import socket, sys, threading
good = []
def one():
    try:
        for info in socket.getaddrinfo("web.test", 8000, socket.AF_INET, socket.SOCK_STREAM):
            s = socket.socket(); s.settimeout(20); s.connect(info[4]); s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            data = b""
            while True:
                d = s.recv(1000)
                if not d: break
                data += d
            if b"outside" in data: good.append(1)
            return
    except OSError as e:
        print(e)
ts = [threading.Thread(target=one) for _ in range(int(sys.argv[1]))]
[t.start() for t in ts]; [t.join() for t in ts]
print(len(good))
END
chmod a+r many.py
many=$((300 / ${SBOX_TEST_SLOWDOWN:-1}))
only web.test python3 many.py $many
is "$many connections at once, each with its look-up" "$(tail -n 1 <<< "$out")" $many
only big.test getent ahostsv4 big.test
has "an answer that needs TCP is fetched by TCP" "$out" 198.51.100.7
cat > tcp.py << 'END'
import socket, struct
q = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\3web\4test\0\0\1\0\1"
s = socket.create_connection(("127.0.0.1", 53), 5)
for _ in range(3):
    s.sendall(struct.pack(">H", len(q)) + q)
    n, = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))
    print(socket.inet_ntoa(s.recv(n, socket.MSG_WAITALL)[-4:]))
# Several at once, the last one in two pieces.
more = (struct.pack(">H", len(q)) + q) * 4
s.settimeout(30)
s.sendall(more[:-5])
for i in range(4):
    n, = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))
    print(socket.inet_ntoa(s.recv(n, socket.MSG_WAITALL)[-4:]))
    if i == 2:
        s.sendall(more[-5:])
END
only web.test python3 - < tcp.py
is "the resolver is asked by TCP as well, again and again, also before it has answered" "$(sort <<< "$out" | uniq -c | tr -s ' ')" " 7 198.51.100.7"
nasty='loop cut garbage huge wrong-id wrong-name servfail silent'
allowed=web.test
for word in $nasty slow; do
	echo "$word.bad.test IS $word" >> zone
	allowed+=" $word.bad.test"
done
printf '%s\n' "many.bad.test IS many" "slow.bad.test A 60 198.51.100.7" >> zone
cat > nasty.py << 'END'
import os, random, socket, struct, sys, threading
def look(name):
    try:
        return sorted({a[4][0] for a in socket.getaddrinfo(name, 8000, socket.AF_INET)})
    except OSError:
        return None
found = {}
def one(word):
    found[word] = look(word + ".bad.test")
threads = [threading.Thread(target=one, args=(w,)) for w in sys.argv[1:]]
[t.start() for t in threads]
# Meanwhile the program itself sends what it likes.
random.seed(7)
good = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\3web\4test\0\0\1\0\1"
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20000):
    m = bytearray(good) if i % 2 else bytearray(os.urandom(random.randrange(600)))
    for _ in range(random.randrange(6)):
        if m:
            m[random.randrange(len(m))] = random.randrange(256)
    u.sendto(bytes(m[:random.randrange(len(m) + 1)]) if i % 3 else bytes(m), ("127.0.0.1", 53))
for pointer in (b"\xc0\x0c", b"\xc0\x00", b"\xff\xff", b"\x3f" * 64, b"\x01a" * 200 + b"\0"):
    u.sendto(good[:12] + pointer + b"\0\1\0\1", ("127.0.0.1", 53))
held = []
for i in range(200):
    t = socket.socket()
    t.settimeout(2)
    try:
        t.connect(("127.0.0.1", 53))
        t.sendall([b"", b"\xff\xff", b"\0\0", struct.pack(">H", len(good)) + good[:5], os.urandom(100)][i % 5])
        held.append(t)
    except OSError:
        pass
print("good", look("web.test"))
[t.join() for t in threads]
for word in sys.argv[1:]:
    print(word, found[word])
END
chmod a+r nasty.py
# shellcheck disable=SC2086
only "$allowed" python3 nasty.py $nasty
is "it survives malformed, oversized, looping, forged, slow and missing answers, and whatever the program sends" "$out" "good ['198.51.100.7']
loop None
cut None
garbage None
huge None
wrong-id None
wrong-name None
servfail None
silent None"
only slow.bad.test getent ahostsv4 slow.bad.test
has "a slow answer is waited for" "$out" 198.51.100.7
only many.bad.test sh -c 'getent ahostsv4 many.bad.test | grep -c STREAM'
is "of many addresses as many as fit are answered" "$out" 16
wait "$life"
is "an address closes with its answer, a connection goes on, asking again opens it" "$(cat life)" "open
closed by itself
goes on
open again"
wait "$silent"
is "a server that is silent is an error in the end" "$(cat silent)" 2

# ---- the report ----
run user "$SBOX" --net=user --set network.allow=web.test:8000 --report -- sh -c 'curl -s -m 5 http://web.test:8000
for u in http://two.test:8000 http://203.0.113.8:8000 http://web.test:8001; do curl -s -m 5 $u; done'
is "(the allowed host was reached)" "$out" outside
has "the report names a host that was refused" "$err" two.test
has "and an address with its port" "$err" 203.0.113.8:8000
has "and another port of an allowed name" "$err" 198.51.100.7:8001
hasnt "but not what was reached" "$err" 198.51.100.7:8000
has "with the line that would allow it" "$err" "network.allow=two.test"

run user "$SBOX" --net=user --set network.allow=private.test --report -- curl -sS -m 5 http://private.test:8000
has "and a name that was not answered, since it leads to a private address" "$err" "private.test leads to 10.9.9.9"
has "... with the line" "$err" "network.allow=10.9.9.9"
# Without a report a program that failed has the cause said.
run user "$SBOX" --net=user --set network.allow='private.test web.test' -- sh -c 'for u in private two; do curl -m 5 http://$u.test:8000; done; exit 3'
has "the end of a program that failed says what was not found" "$err" "two.test was not found, because no allow line names it"
has "... and where a name led" "$err" "private.test was not found, because it leads to 10.9.9.9"
is "... and the status is the program's" "$status" 3
run user "$SBOX" --net=user --set network.allow=web.test -- sh -c 'curl -s -m 5 http://two.test:8000; exit 0'
is "... but not of one that went well" "$err" ""

# ---- what it ends with, and what is refused ----
user "$SBOX" --net=user --set network.allow=web.test -- sleep 100 &
sandbox=$!
await pgrep -x sleep
await pgrep -x sbox-resolver
kill -9 "$(pgrep -u "$netlab_uid" -x sbox | head -n 1)"
wait $sandbox
gone() {
	! pgrep -x sbox-resolver
}
check "the resolver dies with the supervisor" await gone
complains "what is no host" 125 "not a host" user "$SBOX" --net=user --set network.allow=http://web.test/ -- true
complains "a name that is denied and nothing allowed" 125 "holds nobody up" user "$SBOX" --net=user --set network.deny=web.test -- true
complains "allow without a connection" 125 "needs mode = user" user "$SBOX" --set network.allow=web.test -- true
run user "$SBOX" explain --net=user --set network.allow=web.test:8000 --host web.test:8000 --host web.test:22 --host two.test --host 198.51.100.7
has "explain answers ahead of time" "$out" "two.test"
finish
