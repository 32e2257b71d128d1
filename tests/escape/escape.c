/* SPDX-License-Identifier: MIT */
/*
 *   escape [NAME=VALUE]…    every attempt; a table on stdout (id, result, errno, expected, what, by tabs), TAP on stderr
 *   escape calls            for each system call number what it answers (calls.c)
 *   escape only ID [NAME=VALUE]…
 *
 * A result is blocked, ALLOWED, or unknown (the outside did not say what to look for).  The facts: tests/escape/run.py.
 */
#include "escape.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const *facts;

const char *fact(const char *name)
{
	size_t n = strlen(name);

	for (char *const *f = facts; f && *f; f++)
		if (strncmp(*f, name, n) == 0 && (*f)[n] == '=')
			return *f + n + 1;
	return NULL;
}

long fact_number(const char *name)
{
	const char *value = fact(name);

	return value ? strtol(value, NULL, 0) : -1;
}

int answer(long r)
{
	return r < 0 ? -errno : 0;
}

int close_answer(long fd)
{
	int r = answer(fd);

	if (fd >= 0)
		(void)close((int)fd);
	return r;
}

const char *errno_name(int error)
{
#define NAME(e) { e, #e }
	static const struct {
		int error;
		const char *name;
	} names[] = {
		NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF),
		NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK), NAME(EBUSY), NAME(EEXIST),
		NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
		NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS), NAME(EMLINK), NAME(EPIPE), NAME(ENOSYS),
		NAME(ENOTEMPTY), NAME(ELOOP), NAME(ENODATA), NAME(EPROTO), NAME(EOVERFLOW), NAME(EUSERS), NAME(ENOTSOCK),
		NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EPFNOSUPPORT), NAME(EAFNOSUPPORT),
		NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(ENETDOWN), NAME(ENETUNREACH), NAME(ECONNRESET), NAME(ETIMEDOUT),
		NAME(ECONNREFUSED), NAME(EHOSTUNREACH), NAME(ESTALE), NAME(EDQUOT), NAME(ENOKEY), NAME(EKEYEXPIRED), NAME(ENOPROTOOPT),
	};
	static char number[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	(void)snprintf(number, sizeof(number), "%d", error);
	return number;
}

int in_child(int (*run)(const struct attempt *), const struct attempt *a, unsigned seconds)
{
	int ends[2], result = -EIO, status = 0;

	if (pipe(ends) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)close(ends[0]);
		(void)alarm(seconds);
		result = run(a);
		if (write(ends[1], &result, sizeof(result)) != sizeof(result))
			_exit(1);
		_exit(0);
	}
	(void)close(ends[1]);
	(void)waitpid(pid, &status, 0);
	/* A descendant may hold the other end: it is looked at only after the child has ended. */
	bool has = !WIFSIGNALED(status) && read(ends[0], &result, sizeof(result)) == sizeof(result);
	(void)close(ends[0]);
	return has ? result : WIFSIGNALED(status) ? -1000 - WTERMSIG(status) : -EIO;
}

static const char *signal_text(int signal)
{
	return signal == SIGSYS ? "SIGSYS" : signal == SIGSEGV ? "SIGSEGV" : signal == SIGALRM ? "SIGALRM" : signal == SIGKILL ? "SIGKILL" : "SIG";
}

static bool is_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strncmp(p, word, n) == 0 && (p[n] == '|' || p[n] == '\0'))
			return true;
	return false;
}

static bool attempt(const struct attempt *a, const char *topic, unsigned number)
{
	int r = in_child(a->run, a, 20);
	const char *result = r == 0 ? "ALLOWED" : r == NO_FACT ? "unknown" : "blocked";
	const char *how = r == 0 || r == NOTHING || r == NO_FACT ? "-" : r < -1000 ? signal_text(-1000 - r) : errno_name(-r);
	bool good = r != 0 && r != NO_FACT && is_listed(a->expected, how);

	(void)printf("%s\t%s\t%s\t%s\t%s: %s\n", a->id, result, how, a->expected, topic, a->what);
	(void)fflush(stdout);
	(void)fprintf(stderr, "%sok %u - %s (%s): %s %s\n", good ? "" : "not ", number, a->what, a->id, result, how);
	return good;
}

int main(int argc, char **argv)
{
	static const struct attempts *const all[] = {
		&mount_attempts,  &namespace_attempts, &process_attempts, &kernel_attempts, &network_attempts,
		&device_attempts, &proc_attempts,      &file_attempts,    &right_attempts,  &limit_attempts,
	};
	const char *only = NULL;
	unsigned n = 0, bad = 0;

	if (argc > 1 && strcmp(argv[1], "calls") == 0)
		return calls_main();
	facts = argv + 1;
	if (argc > 2 && strcmp(argv[1], "only") == 0) {
		only = argv[2];
		facts = argv + 3;
	}
	/* What some attempts send to others must not end this one. */
	for (int s = 1; s < 32; s++)
		if (s != SIGCHLD && s != SIGALRM)
			(void)signal(s, SIG_IGN);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (size_t k = 0; k < all[i]->n; k++)
			if (!only || strcmp(only, all[i]->v[k].id) == 0)
				bad += !attempt(&all[i]->v[k], all[i]->topic, ++n);
	(void)fprintf(stderr, "1..%u\n", n);
	return bad ? 1 : 0;
}
