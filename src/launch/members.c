/* SPDX-License-Identifier: MIT */
/* The processes of a sandbox, from outside: whatever descends from its pid 1, since that is whom orphans get as parent. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup.h"
#include "launch/running.h"

enum { PROC_TEXT_MAX = 16384, STAT_FIELDS = 24 };

char *proc_text(struct arena *arena, int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char *text;

	return fd >= 0 && fd_read_all(fd, arena, PROC_TEXT_MAX, &text, NULL) == 0 && *text ? text : NULL;
}

/*
 * /proc/PID/stat: the fields from the third (state) on.  The second is the process's name in parentheses, which it chooses
 * itself, parentheses and blanks included: what counts is behind the last one.
 */
static bool stat_fields(char *text, uint64_t ret[STAT_FIELDS + 1])
{
	char *at = text ? strrchr(text, ')') : NULL;

	if (!at || !at[1])
		return false;
	at += 2;
	for (int field = 3; field <= STAT_FIELDS; field++) {
		size_t n = strcspn(at, " \n");

		if (!n)
			return false;
		ret[field] = strtoull(at, NULL, 10);
		at += n + (at[n] != '\0');
	}
	return true;
}

pid_t proc_parent(struct arena *arena, int dir)
{
	uint64_t stat[STAT_FIELDS + 1];

	return stat_fields(proc_text(arena, dir, "stat"), stat) ? (pid_t)stat[4] : -1;
}

size_t proc_pid_levels(struct arena *arena, int dir, pid_t *ret_last)
{
	const char *text = proc_text(arena, dir, "status");
	const char *at = text ? strstr(text, "\nNSpid:") : NULL;
	size_t levels = 0;

	*ret_last = 0;
	if (!at)
		return 0;
	for (at += strlen("\nNSpid:"); *at && *at != '\n'; levels++) {
		char *end;

		*ret_last = (pid_t)strtol(at, &end, 10);
		if (end == at)
			break;
		at = end;
	}
	return levels;
}

static bool member_look(struct arena *arena, int proc, const char *name, struct member *ret)
{
	_cleanup_close_ int dir = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t stat[STAT_FIELDS + 1];
	char *statm;
	unsigned long long resident = 0, shared = 0;

	if (dir < 0 || !stat_fields(proc_text(arena, dir, "stat"), stat))
		return false;
	statm = proc_text(arena, dir, "statm");
	if (statm && sscanf(statm, "%*u %llu %llu", &resident, &shared) != 2)
		resident = shared = 0;
	*ret = (struct member){ .pid = atoi(name), .parent = (pid_t)stat[4], .threads = stat[20], .start = stat[22],
				.cpu_ticks = stat[14] + stat[15] + stat[16] + stat[17],
				.memory = (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) };
	return true;
}

void members_look(struct arena *arena, member_list *ret)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = proc >= 0 ? fdopendir(dup(proc)) : NULL;
	const struct dirent *e;
	struct member m;

	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && member_look(arena, proc, e->d_name, &m))
			vec_push(arena, ret, m);
	if (d)
		closedir(d);
}

static bool is_in(const member_list *list, pid_t pid)
{
	vec_each (m, list)
		if (m->pid == pid)
			return true;
	return false;
}

/* Parents need not come before their children: pids wrap around. */
void members_of(struct arena *arena, const member_list *all, pid_t top, member_list *ret)
{
	size_t before;

	do {
		before = ret->n;
		vec_each (m, all)
			if ((m->pid == top || is_in(ret, m->parent)) && !is_in(ret, m->pid))
				vec_push(arena, ret, *m);
	} while (ret->n > before);
}

static bool usage_of_cgroup(const struct running *r, struct usage *ret)
{
	_cleanup_close_ int dir = running_cgroup(r);
	struct cgroup_stats stats;

	if (dir < 0 || cgroup_stats(dir, &stats) < 0)
		return false;
	ret->frozen = stats.frozen;
	/* each is counted only where its controller was handed down */
	if (stats.memory < 0 || stats.tasks < 0 || stats.cpu_ns < 0)
		return false;
	ret->of_cgroup = true;
	ret->memory = (uint64_t)stats.memory;
	ret->tasks = (uint64_t)stats.tasks;
	ret->cpu_ns = (uint64_t)stats.cpu_ns;
	return true;
}

void usage_of(struct arena *arena, const struct running *r, const member_list *all, struct usage *ret)
{
	uint64_t tick = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	member_list own = { 0 };

	*ret = (struct usage){ 0 };
	if (usage_of_cgroup(r, ret))
		return;
	members_of(arena, all, r->entry.child, &own);
	vec_each (m, &own) {
		ret->memory += m->memory;
		ret->tasks += m->threads;
		ret->cpu_ns += m->cpu_ticks * tick;
	}
}
