/* SPDX-License-Identifier: MIT */
#include "base/errno_name.h"

#include <errno.h>

#include "base/macro.h"

static const struct {
	const char *name;
	int number;
} errnos[] = {
#define E(name) { #name, name },
	E(EPERM) E(ENOENT) E(ESRCH) E(EINTR) E(EIO) E(ENXIO) E(E2BIG) E(ENOEXEC) E(EBADF) E(ECHILD) E(EAGAIN) E(ENOMEM)
	E(EACCES) E(EFAULT) E(ENOTBLK) E(EBUSY) E(EEXIST) E(EXDEV) E(ENODEV) E(ENOTDIR) E(EISDIR) E(EINVAL) E(ENFILE)
	E(EMFILE) E(ENOTTY) E(ETXTBSY) E(EFBIG) E(ENOSPC) E(ESPIPE) E(EROFS) E(EMLINK) E(EPIPE) E(EDOM) E(ERANGE)
	E(EDEADLK) E(ENAMETOOLONG) E(ENOLCK) E(ENOSYS) E(ENOTEMPTY) E(ELOOP) E(ENODATA) E(ETIME) E(ENOSR) E(ENOLINK)
	E(EPROTO) E(EOVERFLOW) E(EILSEQ) E(EUSERS) E(ENOTSOCK) E(EMSGSIZE) E(EPROTONOSUPPORT) E(ESOCKTNOSUPPORT)
	E(EOPNOTSUPP) E(EPFNOSUPPORT) E(EAFNOSUPPORT) E(EADDRINUSE) E(EADDRNOTAVAIL) E(ENETDOWN) E(ENETUNREACH)
	E(ECONNABORTED) E(ECONNRESET) E(ENOBUFS) E(EISCONN) E(ENOTCONN) E(ETIMEDOUT) E(ECONNREFUSED) E(EHOSTUNREACH)
	E(EALREADY) E(EINPROGRESS) E(ESTALE) E(EDQUOT) E(ECANCELED)
#undef E
};

const char *errno_name(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (errnos[i].number == error)
			return errnos[i].name;
	return NULL;
}

int errno_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (streq(errnos[i].name, name))
			return errnos[i].number;
	return -1;
}

const char *errno_name_at(size_t i, const void *unused)
{
	(void)unused;
	return i < ARRAY_SIZE(errnos) ? errnos[i].name : NULL;
}
