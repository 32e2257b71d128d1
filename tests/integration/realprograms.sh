#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 300
# Programs that people use, under the profile meant for them.
. "$TOP_SRCDIR/tests/lib/tap.sh"

need() { # PROGRAM DESC
	have "$1" && return 0
	skip "$2" "$1 is not installed"
	return 1
}

# ---- python
cat > pool.py << 'END'
import multiprocessing, os, sqlite3, tempfile
def f(x):
    return x * x
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(sum(pool.map(f, range(100))))
    q = multiprocessing.Queue()
    p = multiprocessing.Process(target=q.put, args=("from a process",))
    p.start(); print(q.get()); p.join()
    with tempfile.TemporaryDirectory() as d:
        db = sqlite3.connect(os.path.join(d, "x.db"))
        db.execute("pragma journal_mode=wal")
        db.execute("create table t(a)"); db.execute("insert into t values (7)")
        print(db.execute("select a from t").fetchone()[0])
END
for p in default untrusted; do
	run sbox --profile=$p -- python3 pool.py
	is "$p: python3 with multiprocessing and sqlite" "$status:$out" "0:328350
from a process
7"
done

# ---- gcc, make
cat > hello.c << 'END'
#include <stdio.h>
int main(void) { puts("hello from the sandbox"); return 0; }
END
printf 'hello: hello.c\n\tcc -O2 -o hello hello.c\ncheck: hello\n\t./hello\n' > Makefile
run sbox --profile=build -- make -s check
is "build: make, cc and the program" "$status:$out" "0:hello from the sandbox"
run ./hello
is "build: the result is in the cwd" "$out" "hello from the sandbox"
run sbox --profile=untrusted -- sh -c 'cc -o /tmp/h hello.c && /tmp/h'
is "untrusted: cc on a read-only cwd, the program in /tmp" "$status:$out" "0:hello from the sandbox"
run sbox --profile=build -- sh -c 'make -s -j4 check && c++ --version > /dev/null && ar --version > /dev/null'
is "build: make -j" "$status" 0

# ---- a configure script, as real packages have it
if need autoconf "build: autoconf, configure, make"; then
	mkdir pkg
	printf 'AC_INIT([x],[1])\nAC_PROG_CC\nAC_CHECK_HEADERS([unistd.h sys/mman.h])\nAC_CHECK_FUNCS([mmap fork])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' > pkg/configure.ac
	printf 'all: x\nx: x.c\n\t@CC@ -o x x.c\ncheck: x\n\t./x\n' > pkg/Makefile.in
	cp hello.c pkg/x.c
	cd pkg || exit 1
	run sbox --profile=build -- sh -c 'autoconf && ./configure -q && make -s -j2 && make -s check'
	cd .. || exit 1
	is "build: autoconf, configure, make" "$status:$out" "0:hello from the sandbox"
fi

# ---- git
if need git "git clone"; then
	git -c init.defaultBranch=main init -q origin
	(cd origin && git config user.name t && git config user.email t@example.org && echo 1 > f && git add f && git commit -qm one)
	run sbox --profile=build -- git clone -q origin clone
	is "build: git clone of a local repository" "$status" 0
	check "... the clone is there" test -f clone/f
	cd clone || exit 1
	run sbox --profile=build -- sh -c 'echo 2 > f && git add f && git -c user.name=t -c user.email=t@example.org commit -qm two && git log --oneline | wc -l'
	cd .. || exit 1
	is "build: git commit" "$status:$out" 0:2
fi

# ---- programs that write machine code as they run: java (whose compiler no runtime brings, so the class is put together
# here: a loop that is worth compiling, and a thread), luajit
cat > class.py << 'END'
import struct
pool = []
def const(tag, data):
    if (tag, data) not in pool:
        pool.append((tag, data))
    return pool.index((tag, data)) + 1
def utf(s): return const(1, struct.pack(">H", len(s)) + s.encode())
def cls(s): return const(7, struct.pack(">H", utf(s)))
def ref(tag, c, n, t): return const(tag, struct.pack(">HH", cls(c), const(12, struct.pack(">HH", utf(n), utf(t)))))
u2 = lambda n: struct.pack(">H", n)
run = (b"\x03\x3c\x03\x3d" + b"\x1c\x12" + bytes([const(3, struct.pack(">i", 30000000))]) + b"\xa2" + u2(13) +
       b"\x1b\x1c\x60\x3c" + b"\x84\x02\x01" + b"\xa7" + struct.pack(">h", -13) +
       b"\xb2" + u2(ref(9, "java/lang/System", "out", "Ljava/io/PrintStream;")) + b"\x1b" +
       b"\xb6" + u2(ref(10, "java/io/PrintStream", "println", "(I)V")) + b"\xb1")
new = b"\x2a\xb7" + u2(ref(10, "java/lang/Thread", "<init>", "()V")) + b"\xb1"
main = (b"\xbb" + u2(cls("Loop")) + b"\x59\xb7" + u2(ref(10, "Loop", "<init>", "()V")) + b"\x4c\x2b\xb6" +
        u2(ref(10, "Loop", "start", "()V")) + b"\x2b\xb6" + u2(ref(10, "Loop", "join", "()V")) + b"\xb1")
def method(flags, name, kind, code):
    body = struct.pack(">HHI", 3, 3, len(code)) + code + u2(0) + u2(0)
    return struct.pack(">HHHH", flags, utf(name), utf(kind), 1) + u2(utf("Code")) + struct.pack(">I", len(body)) + body
methods = [method(1, "<init>", "()V", new), method(1, "run", "()V", run), method(9, "main", "([Ljava/lang/String;)V", main)]
tail = u2(0x21) + u2(cls("Loop")) + u2(cls("java/lang/Thread")) + u2(0) + u2(0) + u2(len(methods)) + b"".join(methods) + u2(0)
with open("Loop.class", "wb") as f:
    f.write(b"\xca\xfe\xba\xbe" + u2(0) + u2(49) + u2(len(pool) + 1) + b"".join(bytes([t]) + d for t, d in pool) + tail)
END
if need java "java"; then
	python3 class.py
	for p in default untrusted; do
		run sbox --profile=$p -- java -cp . Loop
		is "$p: java, compiled as it runs, with a thread" "$status:$out" 0:-918471104
	done
	run sbox --profile=untrusted -- java -Xint -cp . Loop
	is "... interpreted" "$status:$out" 0:-918471104
fi
if need luajit "luajit"; then
	run sbox --profile=untrusted -- luajit -e 'local s = 0 for i = 1, 3e7 do s = s + i % 7 end print(s, jit.status())'
	like "untrusted: luajit, with its compiler on" "$status:$out" '^0:89999997.*true'
fi

# ---- node, npm
if need node "node"; then
	run sbox --profile=untrusted -- node -e 'const w = require("worker_threads"); console.log(require("os").userInfo().username, [1,2,3].map(x => x * 2).join())'
	is "untrusted: node" "$status:$out" "0:$USER 2,4,6"
fi
if need npm "npm install of a local package"; then
	mkdir -p mod app
	echo '{"name":"mod","version":"1.0.0","main":"i.js","scripts":{"install":"cat ~/.ssh/id_rsa > stolen || true"}}' > mod/package.json
	echo 'module.exports = 41 + 1' > mod/i.js
	mkdir -p "$HOME/.ssh"
	echo key > "$HOME/.ssh/id_rsa"
	tar -czf app/mod.tgz --transform 's,^mod,package,' mod
	echo '{"name":"app","version":"1.0.0"}' > app/package.json
	cd app || exit 1
	run sbox --profile=build -- npm install --no-audit --no-fund --offline ./mod.tgz
	cd .. || exit 1
	is "build: npm install of a local tarball" "$status" 0
	run sbox --profile=build -- node -e 'console.log(require("./app/node_modules/mod"))'
	is "... and it can be used" "$out" 42
	refuses "... its install script got no key" grep -rqs key app/node_modules/mod/stolen
fi

# ---- tar, ffmpeg and friends on files of the cwd
mkdir -p in
head -c 100000 /dev/urandom > in/data
tar -czf in.tar.gz in
check "untrusted: tar from the cwd into /tmp" sbox --profile=untrusted -- sh -c 'tar -xzf in.tar.gz -C /tmp && cmp /tmp/in/data in/data'
check "build: tar into the cwd" sbox --profile=build -- sh -c 'mkdir -p out && tar -xzf in.tar.gz -C out'
check "... the files are there" cmp in/data out/in/data
if have ffmpeg; then
	run sbox --profile=untrusted -- sh -c 'ffmpeg -v error -f lavfi -i testsrc=d=0.2 -f lavfi -i sine=d=0.2 /tmp/x.mp4 && ffmpeg -v error -i /tmp/x.mp4 -f null - && echo converted'
	is "untrusted: ffmpeg" "$status:$out" 0:converted
fi
if have gdb; then
	cc -g -o hello hello.c
	run sbox --profile=debug -- gdb -nx -q -batch -ex 'break main' -ex run -ex bt ./hello
	has "debug: gdb stops in main" "$out" "main () at"
fi
if have perl; then
	run sbox -- perl -e 'print join(",", sort { $a <=> $b } 3, 1, 2)'
	is "perl" "$out" 1,2,3
fi
run sbox -- bash -c 'diff <(echo a) <(echo a) && cat <<< here && echo $((6 * 7))'
is "bash with process substitution and here-strings" "$status:$out" "0:here
42"

# ---- what nobody may see
echo 'top secret' > "$HOME/secret"
mkdir -p "$HOME/.ssh"
echo key > "$HOME/.ssh/id_rsa"
for p in default untrusted build debug shell; do
	refuses "$p: cat ~/.ssh/id_rsa" sbox --profile=$p -- cat "$HOME/.ssh/id_rsa"
	run sbox --profile=$p -- ls -A "$HOME"
	hasnt "$p: ls ~" "$out" secret
done
finish
