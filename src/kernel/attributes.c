/* SPDX-License-Identifier: MIT */
/* The attributes (xattr(7)) that a user gives to files, and how an overlay keeps them apart from its own. */
#include <errno.h>
#include <sys/xattr.h>

#include "base/macro.h"
#include "kernel/overlay.h"

enum { ATTRIBUTES_MAX = 64 << 10 };

/* Those that a user sets, and no mechanism. */
static bool is_users(const char *name)
{
	return skip_prefix(name, "user.") && !skip_prefix(name, "user.overlay.");
}

/* Is each of @from's attributes one of @to's, with the same value?  *ret_n: how many there are. */
static bool all_in(int from, int to, size_t *ret_n)
{
	char names[ATTRIBUTES_MAX], x[ATTRIBUTES_MAX], y[ATTRIBUTES_MAX];
	ssize_t size = flistxattr(from, names, sizeof(names));

	*ret_n = 0;
	for (const char *n = names; n < names + size; n += strlen(n) + 1) {
		if (!is_users(n))
			continue;
		ssize_t nx = fgetxattr(from, n, x, sizeof(x)), ny = fgetxattr(to, n, y, sizeof(y));

		if (nx < 0 || nx != ny || memcmp(x, y, (size_t)nx) != 0)
			return false;
		++*ret_n;
	}
	return true;
}

bool attributes_differ(int a, int b)
{
	size_t na, nb;

	return !all_in(a, b, &na) || !all_in(b, a, &nb) || na != nb;
}

int attributes_copy(int from, int to)
{
	char names[ATTRIBUTES_MAX], value[ATTRIBUTES_MAX];
	ssize_t size = flistxattr(from, names, sizeof(names));

	for (const char *n = names; n < names + size; n += strlen(n) + 1) {
		if (!is_users(n))
			continue;
		ssize_t length = fgetxattr(from, n, value, sizeof(value));

		if (length < 0 || fsetxattr(to, n, value, (size_t)length, 0) < 0)
			return -errno;
	}
	/* What was removed inside is removed: a directory keeps its place, and with it what it had. */
	size = flistxattr(to, names, sizeof(names));
	for (const char *n = names; n < names + size; n += strlen(n) + 1)
		if (is_users(n) && fgetxattr(from, n, NULL, 0) < 0 && errno == ENODATA && fremovexattr(to, n) < 0 && errno != ENODATA)
			return -errno;
	return 0;
}
