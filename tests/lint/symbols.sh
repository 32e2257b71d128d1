#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The plan is a pure function: its object files call nothing that looks at the machine or changes it.
. "$TOP_SRCDIR/tests/lib/tap.sh"

forbidden='^_*(f?open(at)?(64|_2)?|openat2|creat(64)?|close|read|pread(64)?|write|pwrite(64)?|fdopen|fread|fwrite|f?stat(at|x|fs)?(64)?|l?xstat(64)?'
forbidden+='|lstat(64)?|fstatat(64)?|f?access(at)?|readlink(at)?|opendir|readdir(64)?|scandir(64)?|glob(64)?|mkdir(at)?|unlink(at)?|rename(at2?)?'
forbidden+='|mount|umount2?|pivot_root|chroot|chdir|fchdir|unshare|setns|clone3?|v?fork|exec[vl][pe]*|execveat|fexecve|posix_spawnp?|system|popen|prctl|seccomp'
forbidden+='|socket(pair)?|connect|bind|send(to|msg)?|recv(from|msg)?|ioctl|fcntl(64)?|kill|waitpid|wait4|waitid|getuid|geteuid|getgid|getpid|getcwd'
forbidden+='|getenv|secure_getenv|setenv|getpw(nam|uid)(_r)?|getgr(nam|gid)(_r)?|time|clock_gettime|gettimeofday|getrandom|syscall|exit|_exit|abort'
forbidden+='|printf|puts|fprintf|perror|setrlimit(64)?|prlimit(64)?|isatty|uname|sysconf|sysinfo|gethostname)$'

run bash -c 'ls "$TOP_BUILDDIR"/src/plan/*.o'
if [ "$status" != 0 ]; then
	fail "the objects of src/plan are there" "$err"
	finish
fi
objects=$out
for object in $objects; do
	name=$(basename "$object" .o)
	calls=$(nm -u "$object" | sed 's/^ *U //; s/@.*//' | grep -vE '^__(asan|ubsan|lsan|sanitizer)' | grep -E "$forbidden")
	is "${name#src_libsbox_a-} asks the machine nothing" "$calls" ""
done

# The check itself: it must see a call when there is one.
cat > probe.c << 'END'
#include <fcntl.h>
#include <unistd.h>
int main(void) { return open("/", O_RDONLY) + access("/", 0); }
END
cc -c probe.c -o probe.o
is "the check sees a forbidden call" "$(nm -u probe.o | sed 's/^ *U //' | grep -cE "$forbidden")" 2
finish
