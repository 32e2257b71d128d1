/* SPDX-License-Identifier: MIT */
/*
 * Why the command could not be run.  The supervisor can't look into a sandbox that is gone, but it can look whether the
 * host has the command, and what that needs.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "launch/launch.h"

static bool is_program(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Where @name is on the host along @path_list, or NULL. */
static const char *search(struct arena *arena, const char *path_list, const char *name)
{
	while (path_list && *path_list) {
		size_t n = strcspn(path_list, ":");
		const char *path = path_join(arena, arena_strndup(arena, path_list, n), name);

		if (n && is_program(path))
			return path;
		path_list += n + (path_list[n] == ':');
	}
	return NULL;
}

static const char *on_host(const struct plan *plan, struct arena *arena)
{
	const char *name = plan->argv[0];
	const char *found;

	if (strchr(name, '/'))
		return is_program(name) ? name : NULL;
	found = search(arena, plan->path_list, name);
	if (!found && plan->caller)
		found = search(arena, caller_env(plan->caller, "PATH"), name);
	return found;
}

/* PT_INTERP of a native ELF file whose first bytes are @data. */
static const char *elf_interpreter(struct arena *arena, const char *data, size_t size)
{
	Elf64_Ehdr header;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, data, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
		return NULL;
	for (size_t i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		if (header.e_phoff > size || size - header.e_phoff < (i + 1) * sizeof(segment))
			return NULL;
		memcpy(&segment, data + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type == PT_INTERP && segment.p_offset < size &&
		    segment.p_filesz < size - segment.p_offset)
			return arena_strndup(arena, data + segment.p_offset, segment.p_filesz);
	}
	return NULL;
}

/* What the kernel starts for @path: the interpreter of a script, the dynamic loader of a program; NULL for neither. */
static const char *interpreter(struct arena *arena, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char data[4096];
	ssize_t n = fd >= 0 ? read(fd, data, sizeof(data)) : -1;

	if (n < 4)
		return NULL;
	if (data[0] != '#' || data[1] != '!')
		return elf_interpreter(arena, data, (size_t)n);
	size_t at = 2, end;
	while (at < (size_t)n && (data[at] == ' ' || data[at] == '\t'))
		at++;
	for (end = at; end < (size_t)n && !strchr(" \t\n", data[end]); end++)
		;
	return end > at ? arena_strndup(arena, data + at, end - at) : NULL;
}

/* Does the plan show the host's @path under the same path? */
static bool is_given(const struct plan *plan, struct arena *arena, const char *path)
{
	const struct mount_entry *m = plan_entry_of(plan, path);

	return (m->kind == MOUNT_BIND || m->kind == MOUNT_OVERLAY || m->kind == MOUNT_PIN) &&
	       streq(path_join(arena, m->source, path_below(path, m->target)), path);
}

static void not_inside(const struct plan *plan, const char *host, struct err *err)
{
	const char *name = plan->argv[0];

	/* What the host has is no help in another system. */
	if (plan->rootfs) {
		err_add(err, NO_ORIGIN, "%s: not found in %s", name, plan->rootfs);
		if (!strchr(name, '/'))
			err_remedy(err, "inside, PATH is %s", plan->path_list ? plan->path_list : "not set");
		return;
	}
	if (!host) {
		err_add(err, NO_ORIGIN, "%s: not found", name);
		if (!strchr(name, '/'))
			err_remedy(err, "inside, PATH is %s", plan->path_list ? plan->path_list : "not set");
		return;
	}
	err_add(err, NO_ORIGIN, "%s: not found inside, though this machine has it", name);
	if (plan->enter)
		return; /* nothing more can be given now */
	if (!strchr(name, '/') && is_given(plan, err->arena, host))
		err_remedy(err, "it is there, but not on the PATH inside: call it as %s", host);
	else if (host[0] != '/')
		err_remedy(err, "give the directory that it is in, for instance with --cwd=ro");
	else
		err_remedy(err, "--ro %s%s", host, strchr(name, '/') ? "" : ", and call it by that path");
}

static void loader_missing(const char *name, const char *loader, struct err *err)
{
	if (!loader) {
		err_add(err, NO_ORIGIN, "%s: the interpreter or dynamic loader that it needs is not inside", name);
		return;
	}
	err_add(err, NO_ORIGIN, "%s: its interpreter %s is not found inside", name, loader);
	if (loader[0] == '/')
		err_remedy(err, is_program(loader) ? "--ro %s" : "%s is not on this machine either: install it",
			   loader);
}

void command_problem(const struct plan *plan, int error, bool found, struct err *err)
{
	const char *name = plan->argv[0];
	const char *host = error == ENOENT ? on_host(plan, err->arena) : NULL;

	if (error == ENOENT && found) {
		loader_missing(name, host ? interpreter(err->arena, host) : NULL, err);
		return;
	}
	if (error == ENOENT) {
		not_inside(plan, host, err);
		return;
	}
	if (error == ENOEXEC) {
		err_add(err, NO_ORIGIN, "%s: not a program of this machine", name);
		err_remedy(err, "it was built for another architecture, or is damaged");
		return;
	}
	err_sys(err, NO_ORIGIN, error, "cannot run %s", name);
	if (error == EACCES)
		err_remedy(err, "it is a directory, or lacks execute permission (chmod +x), or lies on a noexec mount");
	else if (error == E2BIG)
		err_remedy(err, "the arguments and the environment are too long");
}
