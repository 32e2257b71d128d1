/* SPDX-License-Identifier: MIT */
/*
 * Sockets that serve one sandbox have a name in the runtime directory while it is built.  A launcher that is killed then leaves
 * it there.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "desktop/desktop.h"

enum { MAX_AGE = 60 }; /* seconds; a launch has given up long before */

int sockets_sweep(const struct plan *plan, struct launch *l UNUSED)
{
	DIR *d = opendir(plan->proxy.wanted ? plan->proxy.dir : plan->wayland.dir);
	const struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d)))
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode) &&
		    time(NULL) - st.st_mtime > MAX_AGE)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		(void)closedir(d);
	return 0;
}
