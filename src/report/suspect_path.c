/* SPDX-License-Identifier: MIT */
/* What a call with a path will meet inside: nothing, a mask, a read-only mount, a program that cannot be executed. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "report/judge.h"
#include "report/lookup.h"
#include "report/target.h"

enum { HEAD = 4096, AT_NOFOLLOW = 0x100 };

/** struct intent - what the call wants of the path */
struct intent {
	enum watched_use use;
	int how;      /* R_OK | W_OK | X_OK of what is there */
	bool makes;   /* a missing name is made */
	bool only_new; /* one that is there is EEXIST */
	bool follow;
};

/* ---- what the call wants ---- */

static void intent_open(struct intent *i, uint64_t flags)
{
	static const int how[] = { [O_RDONLY] = R_OK, [O_WRONLY] = W_OK, [O_RDWR] = R_OK | W_OK, [FD_ACCESS_MODE] = 0 };

	i->follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	if (flags & O_PATH)
		return;
	i->how = how[flags & FD_ACCESS_MODE] | (flags & O_TRUNC ? W_OK : 0);
	i->makes = flags & O_CREAT && (flags & O_TMPFILE) != O_TMPFILE;
	i->only_new = i->makes && flags & O_EXCL;
}

static bool intent_open_how(const struct stopped *s, struct intent *i, uint64_t address)
{
	uint64_t flags;

	if (target_read((pid_t)s->n->pid, address, &flags, sizeof(flags)) < 0)
		return false;
	intent_open(i, flags);
	return true;
}

/* Return: false when it cannot be told. */
static bool intent_of(const struct stopped *s, const struct watched *w, struct intent *i)
{
	uint64_t flags = stopped_argument(s, w->flags);

	*i = (struct intent){ .use = w->use, .follow = true };
	switch (w->use) {
	case USE_OPEN:
		intent_open(i, flags);
		return true;
	case USE_OPEN_HOW:
		return intent_open_how(s, i, flags);
	case USE_CREAT:
		intent_open(i, O_CREAT | O_WRONLY | O_TRUNC);
		return true;
	case USE_ACCESS:
		i->how = (int)flags & (R_OK | W_OK | X_OK);
		return true;
	case USE_EXEC:
		i->how = X_OK;
		break;
	case USE_CHANGE:
		i->how = W_OK;
		break;
	case USE_LCHANGE:
		i->how = W_OK;
		i->follow = false;
		return true;
	case USE_MAKE:
	case USE_REPLACE:
		i->makes = true;
		i->only_new = w->use == USE_MAKE;
		i->follow = false;
		return true;
	case USE_LLOOK:
	case USE_REMOVE:
		i->follow = false;
		return true;
	default:
		break;
	}
	i->follow = !(flags & AT_NOFOLLOW);
	return true;
}

/* ---- what it will meet ---- */

static bool is_masked(const struct stopped *s, const char *path)
{
	return plan_entry_of(s->plan, path)->kind == MOUNT_MASK;
}

static void add(struct stopped *s, enum denial_kind kind, const struct place *at, int error, int how, bool in_parent)
{
	const char *object = arena_strdup(s->arena, at->path);
	const struct watched *w = watched_find(s->call.name);

	suspect_add(s, (struct suspect){ .kind = kind, .object = object, .error = error, .how = how,
					 .connects = w && w->kind == WATCHED_ADDRESS && !in_parent,
					 .parent = in_parent ? path_parent(s->arena, object) : NULL });
}

static void missing(struct stopped *s, const struct intent *i, const struct place *at)
{
	bool changes = i->how & W_OK || i->use == USE_REMOVE || i->makes;

	if (is_masked(s, at->path))
		add(s, DENIAL_MASKED, at, at->error, changes ? W_OK : i->how, false);
	else if (at->error == EACCES)
		return;
	else if (i->makes && at->parent)
		at->parent_flags & ST_RDONLY ? add(s, DENIAL_READ_ONLY, at, EROFS, W_OK, true) : (void)0;
	else
		add(s, DENIAL_PATH, at, at->error, changes ? W_OK : i->how, i->makes);
}

/* The file that a program needs before it can start: "#! FILE", or the ELF interpreter.  Return: its path, or NULL. */
static const char *interpreter(struct arena *arena, const struct place *at)
{
	char path[64], head[HEAD];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", at->fd);
	/* What cannot be executed is not read either: a file of /proc may do something when it is. */
	_cleanup_close_ int fd = S_ISREG(at->st.st_mode) && at->st.st_mode & 0111 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	ssize_t n = fd >= 0 ? read(fd, head, sizeof(head) - 1) : -1;
	if (n < (ssize_t)sizeof(Elf64_Ehdr))
		n = n < 0 ? 0 : n;
	head[n] = '\0';
	if (head[0] == '#' && head[1] == '!') {
		const char *name = head + 2 + strspn(head + 2, " \t");

		return arena_strndup(arena, name, strcspn(name, " \t\n"));
	}
	const Elf64_Ehdr *elf = (const void *)head;
	if (n < (ssize_t)sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf->e_phentsize != sizeof(Elf64_Phdr))
		return NULL;
	for (unsigned k = 0; k < elf->e_phnum; k++) {
		Elf64_Phdr ph;
		char name[PATH_MAX] = { 0 };

		if (pread(fd, &ph, sizeof(ph), (off_t)(elf->e_phoff + k * sizeof(ph))) != sizeof(ph))
			return NULL;
		if (ph.p_type == PT_INTERP && ph.p_filesz < sizeof(name) && pread(fd, name, ph.p_filesz, (off_t)ph.p_offset) > 0)
			return arena_strdup(arena, name);
	}
	return NULL;
}

static void executed(struct stopped *s, const struct place *at)
{
	struct place needed;

	if (at->flags & ST_NOEXEC) {
		add(s, DENIAL_EXEC, at, EACCES, X_OK, false);
		return;
	}
	const char *path = interpreter(s->arena, at);
	if (!path || !*path || lookup((pid_t)s->n->pid, DIR_CWD, path, true, &needed) < 0)
		return;
	fd_close(&needed.fd);
	if (s->learns && !needed.error)
		used_add(s, DID_EXEC, arena_strdup(s->arena, needed.path), needed.linked ? path_normalize(s->arena, path) : "");
	if (needed.error == ENOENT && !needed.unknown)
		add(s, DENIAL_EXEC, &needed, ENOENT, X_OK, false);
}

/* A mask is empty and unreadable, so looking at it is all that works as before. */
static bool uses_content(const struct intent *i)
{
	return i->how || i->use == USE_REMOVE || i->use == USE_REPLACE;
}

static void there(struct stopped *s, const struct intent *i, const struct place *at)
{
	mode_t type = at->st.st_mode & S_IFMT;
	bool special = type == S_IFCHR || type == S_IFBLK || type == S_IFIFO || type == S_IFSOCK;
	bool opens = i->use == USE_OPEN || i->use == USE_OPEN_HOW || i->use == USE_CREAT || i->use == USE_ACCESS;

	if (i->only_new)
		return;
	if (is_masked(s, at->path) && uses_content(i))
		add(s, DENIAL_MASKED, at, type == S_IFDIR && !(i->how & W_OK) ? 0 : EACCES, i->how, false);
	else if ((i->use == USE_REMOVE || i->use == USE_REPLACE) && at->parent_flags & ST_RDONLY)
		add(s, DENIAL_READ_ONLY, at, EROFS, W_OK, true);
	else if ((i->use == USE_REMOVE || i->use == USE_REPLACE) && at->flags & ST_RDONLY) /* a mount of its own in a writable directory */
		add(s, DENIAL_READ_ONLY, at, EBUSY, W_OK, false);
	else if (i->how & W_OK && at->flags & ST_RDONLY && !(special && opens))
		add(s, DENIAL_READ_ONLY, at, EROFS, W_OK, false);
	else if ((type == S_IFCHR || type == S_IFBLK) && at->flags & ST_NODEV && i->how && i->use != USE_ACCESS)
		add(s, DENIAL_DEVICE, at, EACCES, i->how, false);
	else if (i->use == USE_EXEC && type == S_IFREG)
		executed(s, at);
	else if (i->use == USE_ACCESS && i->how & X_OK && type == S_IFREG && at->flags & ST_NOEXEC)
		add(s, DENIAL_EXEC, at, EACCES, X_OK, false);
}

/* ---- what it used ---- */

/* The path as it was asked for, when links lead from there to where it is; "" when it is the same, or cannot be told. */
static const char *asked_path(struct stopped *s, int dir, const char *path, const struct place *at)
{
	char start[PATH_MAX], name[32] = "cwd";

	if (!at->linked || strstr(path, ".."))
		return "";
	if (*path != '/') {
		if (dir != DIR_CWD)
			(void)snprintf(name, sizeof(name), "fd/%d", dir);
		if (target_link((pid_t)s->n->pid, name, start, sizeof(start)) <= 0 || start[0] != '/')
			return "";
		path = path_join(s->arena, start, path);
	}
	return path_normalize(s->arena, path);
}

static void note_used(struct stopped *s, const struct intent *i, int dir, const char *path, const struct place *at)
{
	const struct watched *w = watched_find(s->call.name);
	bool takes_name = i->makes || i->use == USE_REMOVE || i->use == USE_REPLACE;
	const char *object = arena_strdup(s->arena, at->path), *asked = asked_path(s, dir, path, at);

	if (is_masked(s, at->path) || (at->error && (at->error != ENOENT || !i->makes || !at->parent)) || (!at->error && i->only_new))
		return;
	if (at->error || (takes_name && i->use != USE_OPEN && i->use != USE_OPEN_HOW && i->use != USE_CREAT)) {
		used_add(s, DID_MAKE, object, asked);
		return;
	}
	if (w && w->kind == WATCHED_ADDRESS) {
		if (S_ISSOCK(at->st.st_mode))
			used_add(s, DID_CONNECT, object, asked);
		return;
	}
	if (i->use == USE_EXEC)
		used_add(s, DID_EXEC, object, asked);
	else if (i->use != USE_ACCESS && i->how & W_OK)
		used_add(s, DID_WRITE, object, asked);
	if (i->use != USE_EXEC && (i->use == USE_ACCESS || !(i->how & W_OK) || i->how & R_OK))
		used_add(s, i->use != USE_ACCESS && i->how & R_OK ? DID_READ : DID_LOOK, object, asked);
}

static void meet(struct stopped *s, const struct intent *i, int dir, const char *path)
{
	struct place at;

	if (!*path || lookup((pid_t)s->n->pid, dir, path, i->follow, &at) < 0)
		return;
	if (s->learns && !at.unknown)
		note_used(s, i, dir, path, &at);
	if (at.error && !at.unknown)
		missing(s, i, &at);
	else if (!at.unknown)
		there(s, i, &at);
	fd_close(&at.fd);
}

void suspect_path(struct stopped *s, enum watched_use use, int dir, const char *path, bool follow, int how)
{
	meet(s, &(struct intent){ .use = use, .how = how, .follow = follow, .makes = use == USE_MAKE, .only_new = use == USE_MAKE },
	     dir, path);
}

void suspect_paths(struct stopped *s, const struct watched *w)
{
	char path[PATH_MAX];
	struct intent intent;
	int dir = w->dir < 0 ? DIR_CWD : (int)stopped_argument(s, w->dir);

	if (target_string((pid_t)s->n->pid, stopped_argument(s, w->at), path, sizeof(path)) >= 0 && intent_of(s, w, &intent))
		meet(s, &intent, dir, path);
}
