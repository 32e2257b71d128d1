/* SPDX-License-Identifier: MIT */
/*
 * The reporter, served by a program that asks whatever it likes: any call, with arguments that point anywhere, into memory
 * that holds anything.  The program's memory, files and limits are this process's own.
 * Claimed is: each answer is what the filter without a report says; the report is text, or lines of JSON; what `learn` reads
 * of those is what was recorded.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "fuzz.h"
#include "kernel/kernel.h"
#include "learn/trace.h"
#include "net/dns.h"
#include "plan/filter.h"
#include "plan/plan.h"
#include "profile/profile.h"
#include "report/listener.h"
#include "report/reporter.h"

enum { CALLS_MAX = 24, PLANS = 4, BLOB_MAX = 300 };

static const char *const texts[PLANS] = {
	"[files]\nsystem = host\nro = /etc/hostname\nhide = /etc/machine-id\n[rlimits]\nnofile = 64\nnproc = 4000\n",
	"[files]\nsystem = host\nhome = host-ro\n[network]\nmode = host\n[namespaces]\nnested = sandbox\n[seccomp]\nnotify = uname\nlog = getpid\n",
	"[files]\nsystem = host\nro = ~\n[network]\nmode = user\nallow = example.org:443 10.0.0.0/8\n[seccomp]\narch = native -i386 -x32\n",
	"[files]\nrw = /tmp\n[seccomp]\ndefault = errno:EPERM\nkill = ptrace\n[landlock]\nconnect = 80\nbind = 8080\n",
};

/* ---- the program ---- */

static const struct plan *plan;
static struct bytes input;
static struct seccomp_notif last;
static int listener = -1, calls;
static uint8_t blob[BLOB_MAX]; /* what the arguments point to */

int listener_take(int link, int end)
{
	(void)link, (void)end;
	return -ECANCELED;
}

bool listener_is_waiting(int fd, const struct seccomp_notif *n)
{
	(void)fd, (void)n;
	return true;
}

/* Addresses of the kinds that are known, so that not every one has to be found by chance. */
static size_t address_put(uint8_t *to, uint8_t how)
{
	static const char paths[][20] = { "/run/user/0/bus", "\0abstract", "/tmp/x", "/etc/machine-id" };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(how & 1 ? 80 : 443), .sin_addr.s_addr = htonl(how & 2 ? 0x7f000001 : 0x0a000001) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(8080), .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	memcpy(local.sun_path, paths[how % 4], sizeof(paths[0]));
	if (how & 0x80) {
		memcpy(to, &local, sizeof(local));
		return sizeof(local);
	}
	memcpy(to, how & 0x40 ? (void *)&v6 : (void *)&v4, how & 0x40 ? sizeof(v6) : sizeof(v4));
	return how & 0x40 ? sizeof(v6) : sizeof(v4);
}

/* The next text of the input, or one that is somewhere on every machine. */
static void memory_fill(uint8_t kind)
{
	static const char *const known[] = { "/etc/machine-id", "/etc/hostname", "/proc/self/root/etc", "/dev/kvm", "/usr/bin/../bin/sh", "/root/x", "a/b",
					    "/sys/kernel", "/etc/mtab", "/bin/true" };
	size_t n = 0, size = kind & 0x40 ? 200 : 40;

	memset(blob, 0, sizeof(blob));
	if (kind & 0x80) {
		n = address_put(blob, bytes_u8(&input));
	} else if (kind & 0x20) {
		const char *text = known[kind % (sizeof(known) / sizeof(*known))];

		n = strlen(text);
		memcpy(blob, text, n);
	}
	while (n < size && bytes_left(&input)) {
		uint8_t c = bytes_u8(&input);

		blob[n++] = c;
		if (!c && !(kind & 0x10))
			break;
	}
}

static uint64_t argument(void)
{
	uint8_t how = bytes_u8(&input);

	switch (how >> 5) {
	case 0:
		return how & 31;
	case 1: case 2:
		return (uint64_t)(uintptr_t)(blob + (how & 31) * 4 * (how >> 6 & 1));
	case 3:
		return bytes_u64(&input);
	case 4:
		return (uint64_t)AT_FDCWD;
	case 5:
		return 16 + (how & 31) * 4;
	case 6: {
		/* a struct msghdr at the beginning of the blob, that points into it */
		uint64_t where = (uint64_t)(uintptr_t)blob + 64;

		memcpy(blob, &where, sizeof(where));
		memcpy(blob + 16, &where, sizeof(where));
		return (uint64_t)(uintptr_t)blob;
	}
	default:
		return (uint64_t)1 << (how & 31);
	}
}

int listener_next(int fd, union notification *ret)
{
	uint64_t n;

	if (calls++ == CALLS_MAX || !bytes_left(&input)) {
		(void)!read(fd, &n, sizeof(n)); /* nothing more comes */
		return -ENOENT;
	}
	uint8_t which = bytes_u8(&input);
	const struct filter_abi *abi = &plan->filter->abis[which >> 6 ? 0 : which % plan->filter->n_abis];
	/* mostly a call that has a line, else any */
	int nr = bytes_u8(&input) << 1 | (which & 1);
	if (which & 2 && abi->n_rules)
		nr = abi->rules[(size_t)nr % abi->n_rules].nr;
	memory_fill(bytes_u8(&input));
	last = (struct seccomp_notif){ .id = (uint64_t)calls, .pid = (uint32_t)getpid(), .data = { .nr = nr, .arch = abi->audit_arch } };
	for (size_t i = 0; i < 6; i++)
		last.data.args[i] = argument();
	*ret = (union notification){ .n = last };
	return 0;
}

/* The wall is the same with a report as without. */
int listener_answer(int fd, const struct seccomp_notif *n, int error)
{
	uint32_t verdict = filter_verdict(plan->filter, &n->data, NULL), action = verdict & SECCOMP_RET_ACTION_FULL;

	(void)fd;
	CLAIM(n->id == last.id);
	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_USER_NOTIF)
		CLAIM(error == 0);
	else
		CLAIM(error > 0 && error < 4096);
	if (action == SECCOMP_RET_ERRNO)
		CLAIM((uint32_t)error == (verdict & SECCOMP_RET_DATA));
	return calls % 7 ? 0 : -ENOENT;
}

static bool asks(const uint8_t *data, size_t size, char *ret)
{
	struct dns_question q;

	if (dns_question_read(data, size, &q) < 0)
		return false;
	(void)snprintf(ret, NAME_ASKED_MAX, "%s", q.name);
	return true;
}

/* ---- what it wrote ---- */

static void check_text(const char *text)
{
	CLAIM(strncmp(text, "sbox: report: ", 14) == 0);
	for (const char *c = text; *c; c++)
		CLAIM(*c == '\n' || (unsigned char)*c >= ' ');
	CLAIM(!strchr(text, 0x7f) && !strchr(text, 0x1b));
}

static void check_lines(struct arena *arena, const char *text)
{
	struct trace trace;
	size_t uses = 0, firsts = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
		const char *event = object ? json_string_value(json_object_get(object, "event")) : NULL;

		CLAIM(line[strcspn(line, "\n")] == '\n' && event);
		uses += strcmp(event, "use") == 0;
		firsts += strcmp(event, "first") == 0;
		json_decref(object);
	}
	trace_read(arena, text, &trace);
	CLAIM(trace.whole && trace.uses.n == uses && trace.refused.n == firsts);
}

/* ---- plans, once ---- */

static struct plan *plan_of(const char *text, bool learns)
{
	static char *environment[] = { "HOME=/tmp", "PATH=/usr/bin:/bin", "USER=fuzz", NULL };
	static struct caller caller;
	struct arena *arena = arena_new(); /* of the process */
	struct profile *profile;
	struct plan *ret;
	struct err err;
	cli_settings none = { 0 };
	char *argv[] = { "true", NULL }, path[256];

	CLAIM(getenv("FUZZ_PRIVATE"));
	(void)snprintf(path, sizeof(path), "%s/report-%d.ini", getenv("FUZZ_PRIVATE"), getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CLAIM(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
	close(fd);
	err_init(&err, arena);
	CLAIM(caller_look(arena, environment, &caller, &err) == 0);
	const struct profile_request request = { .caller = &caller, .name = path, .cli = &none };
	int r = profile_load(arena, &request, &profile, &err);
	if (r == 0)
		r = plan_build(arena, profile, host_new(arena, &caller), argv, &ret, &err);
	if (r == 0)
		r = learns ? plan_want_learning(ret, 1, &err) : plan_want_report(ret, NULL, &err);
	if (r < 0)
		err_print(&err, 2, 0);
	CLAIM(r == 0);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan *plans[2 * PLANS];
	static struct names_seen seen;

	if (size < 2 || size > 2000)
		return -1;
	input = (struct bytes){ data, size };
	uint8_t which = bytes_u8(&input);
	bool learns = which & 4;
	if (!plans[which % (2 * PLANS)])
		plans[which % (2 * PLANS)] = plan_of(texts[which % PLANS], learns);
	plan = plans[which % (2 * PLANS)];
	calls = 0;
	/* names that a program asked for, and that the resolver refused */
	seen.n_refused = which >> 6;
	for (uint32_t i = 0; i < seen.n_refused; i++) {
		memset(&seen.refused[i], 0, sizeof(seen.refused[i]));
		for (size_t k = 0; k < 20; k++)
			seen.refused[i].name[k] = (char)bytes_u8(&input);
		seen.refused[i].family = which & 8 ? AF_INET : 0;
		seen.refused[i].count = 2;
	}

	int end[2], out = memfd_create("report", MFD_CLOEXEC);
	listener = eventfd(1, EFD_CLOEXEC);
	CLAIM(out >= 0 && listener >= 0 && pipe2(end, O_CLOEXEC) == 0);
	close(end[1]);
	struct reporter_io io = { .listener = listener, .out = out, .end = end[0], .seen = &seen, .asks = asks, .host_new = host_new };
	for (size_t i = 0; i < BUS_COUNT; i++)
		io.bus_logs[i] = -1;
	CLAIM(reporter_run(plan, &io) == 0);

	struct arena *arena = arena_new();
	char *text;
	CLAIM(lseek(out, 0, SEEK_SET) == 0 && fd_read_all(out, arena, 64 << 20, &text, NULL) == 0);
	if (learns)
		check_lines(arena, text);
	else
		check_text(text);
	arena_free(arena);
	close(out);
	close(listener);
	close(end[0]);
	return 0;
}
