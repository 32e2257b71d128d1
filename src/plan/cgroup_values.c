/* SPDX-License-Identifier: MIT */
#include "plan/cgroup_values.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "base/str.h"
#include "profile/profile.h"

struct values {
	struct plan *plan;
	struct host *host;
	struct err *err;
};

static void limit(struct values *v, const struct setting *s, const char *controller, const char *file, const char *value)
{
	vec_push(v->plan->arena, &v->plan->cgroup.limits,
		 (struct cgroup_limit){ .key = keys[s->key].name, .controller = controller, .file = file, .value = value,
					.shown = s->raw ? s->raw : value, .user = s->user, .from = s->from });
}

/* ---- sizes ---- */

/* The kernel counts pages, of 4 KiB to 64 KiB: in whole ones of any size it says what it was told. */
static const char *bytes(struct values *v, const struct setting *s)
{
	int64_t n = s->v.number;

	if (s->v.percent) {
		int64_t ram = v->host->probe(v->host, PROBE_RAM, 0);

		n = ram / 100 * n;
	}
	return arena_printf(v->plan->arena, "%lld", (long long)(n & ~INT64_C(0xffff)));
}

static void memory(struct values *v)
{
	const struct setting *max = profile_get(v->plan->profile, KEY_cgroup_memory_max);
	const struct setting *high = profile_get(v->plan->profile, KEY_cgroup_memory_high);
	const struct setting *swap = profile_get(v->plan->profile, KEY_cgroup_swap_max);

	if (max)
		limit(v, max, "memory", "memory.max", bytes(v, max));
	if (high)
		limit(v, high, "memory", "memory.high", bytes(v, high));
	/* A bound on memory that only drives it out to the disk is none. */
	if (swap)
		limit(v, swap, "memory", "memory.swap.max", bytes(v, swap));
	else if (max)
		limit(v, max, "memory", "memory.swap.max", "0");
	/* Half a sandbox, one process short, is of no use; the supervisor is in another group. */
	if (max)
		limit(v, max, "memory", "memory.oom.group", "1");
}

/* ---- CPU ---- */

static bool cpu_list_is_valid(const char *text)
{
	for (;;) {
		char *end;
		long first = strtol(text, &end, 10), last = first;

		if (end == text || *text < '0' || *text > '9')
			return false;
		if (*end == '-') {
			text = end + 1;
			last = strtol(text, &end, 10);
			if (end == text || *text < '0' || *text > '9')
				return false;
		}
		if (last < first || last >= 8192)
			return false;
		if (!*end)
			return true;
		if (*end != ',')
			return false;
		text = end + 1;
	}
}

static void cpu(struct values *v)
{
	const struct setting *max = profile_get(v->plan->profile, KEY_cgroup_cpu_max);
	const struct setting *weight = profile_get(v->plan->profile, KEY_cgroup_cpu_weight);
	const struct setting *cpus = profile_get(v->plan->profile, KEY_cgroup_cpus);

	if (max) /* microseconds of CPU time in 100 ms */
		limit(v, max, "cpu", "cpu.max", arena_printf(v->plan->arena, "%lld 100000", (long long)max->v.number * 1000));
	if (weight)
		limit(v, weight, "cpu", "cpu.weight", arena_printf(v->plan->arena, "%lld", (long long)weight->v.number));
	if (!cpus)
		return;
	if (!cpu_list_is_valid(cpus->v.text)) {
		err_add(v->err, cpus->from, "not a list of CPUs: %s", cpus->v.text);
		err_remedy(v->err, "numbers and ranges without blanks: 0-3,6");
		return;
	}
	limit(v, cpus, "cpuset", "cpuset.cpus", cpus->v.text);
	v->plan->cgroup.limits.v[v->plan->cgroup.limits.n - 1].cpus = true;
}

/* ---- disks ---- */

static const char *number_of(struct arena *arena, uint64_t rdev)
{
	return arena_printf(arena, "%u:%u", major(rdev), minor(rdev));
}

/* The kernel counts by disk: a partition's is the directory above it in sysfs. */
static const char *disk_of(struct values *v, uint64_t rdev)
{
	struct arena *arena = v->plan->arena;
	const char *number = number_of(arena, rdev);
	struct resolved r;

	if (host_resolve(v->host, arena, arena_printf(arena, "/sys/dev/block/%s", number), &r) < 0 ||
	    !v->host->text(v->host, path_join(arena, r.path, "partition")))
		return number;
	const char *dev = v->host->text(v->host, path_join(arena, path_parent(arena, r.path), "dev"));
	return dev ? arena_strndup(arena, dev, strcspn(dev, "\n")) : number;
}

static int64_t io_number(const char *text, bool size)
{
	static const char units[] = "KMGT";
	char *end;
	long long n = strtoll(text, &end, 10);
	const char *unit = size && *end ? strchr(units, *end) : NULL;

	if (end == text || *text < '0' || *text > '9' || n <= 0 || n > (INT64_C(1) << 50) >> (unit ? 10 * (unit - units + 1) : 0))
		return -1;
	if (*end && (!unit || end[1]))
		return -1;
	return unit ? n << 10 * (unit - units + 1) : n;
}

/* Return: "rbps=1048576", or NULL when @word is no such thing. */
static const char *io_word(struct arena *arena, const char *word)
{
	static const char *const names[] = { "rbps=", "wbps=", "riops=", "wiops=" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = skip_prefix(word, names[i]);
		int64_t n = value ? io_number(value, i < 2) : -1;

		if (n > 0)
			return arena_printf(arena, "%s%lld", names[i], (long long)n);
	}
	return NULL;
}

static void io_line(struct values *v, const struct setting *s)
{
	struct arena *arena = v->plan->arena;
	char *rest = arena_strdup(arena, s->v.text), *device = next_word(&rest);
	struct resolved r;
	size_t words = 0;

	if (!device || *device != '/' || host_resolve(v->host, arena, device, &r) < 0 || r.node->kind != NODE_BLOCK) {
		err_add(v->err, s->from, "not a disk: %s", device ? device : "");
		err_remedy(v->err, "DEVICE [rbps=N] [wbps=N] [riops=N] [wiops=N]; lsblk -p lists the devices");
		return;
	}
	const char *line = disk_of(v, r.node->rdev);
	for (char *word; (word = next_word(&rest)); words++) {
		const char *one = io_word(arena, word);

		if (!one) {
			err_add(v->err, s->from, "not a limit of a disk: %s", word);
			err_remedy(v->err, "rbps=N and wbps=N in bytes a second, riops=N and wiops=N in operations a second");
			return;
		}
		line = arena_printf(arena, "%s %s", line, one);
	}
	if (!words) {
		err_add(v->err, s->from, "no limit for %s", device);
		err_remedy(v->err, "add rbps=N, wbps=N, riops=N or wiops=N");
		return;
	}
	if (v->plan->cgroup.limits.n < CGROUP_LIMITS_MAX)
		limit(v, s, "io", "io.max", line);
	else
		err_add(v->err, s->from, "too many limits: at most %d", CGROUP_LIMITS_MAX);
}

static void io(struct values *v)
{
	const struct setting *weight = profile_get(v->plan->profile, KEY_cgroup_io_weight);

	if (weight)
		limit(v, weight, "io", "io.weight", arena_printf(v->plan->arena, "default %lld", (long long)weight->v.number));
	vec_each (s, profile_list(v->plan->profile, KEY_cgroup_io_max))
		io_line(v, s);
}

void cgroup_limits(struct plan *plan, struct host *host, struct err *err)
{
	const struct setting *tasks = profile_get(plan->profile, KEY_cgroup_pids_max);
	struct values v = { plan, host, err };

	memory(&v);
	if (tasks) {
		limit(&v, tasks, "pids", "pids.max", arena_printf(plan->arena, "%lld", (long long)tasks->v.number));
		plan->cgroup.tasks = tasks->v.number;
	}
	cpu(&v);
	io(&v);
}

bool cgroup_slice_is_valid(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(name);

	/* "a--b" and a "-" at either end have no meaning to systemd */
	return n > 0 && n < 128 && strspn(name, allowed) == n && name[0] != '-' && name[0] != '.' && !strstr(name, "--") &&
	       !strstr(name, "-.slice") && name[n - 1] != '-';
}

/* ---- what the kernel made of them ---- */

static bool has_word(const char *line, const char *word, size_t n)
{
	while (*line && *line != '\n') {
		size_t length = strcspn(line, " \n");

		if (length == n && strncmp(line, word, n) == 0)
			return true;
		line += length;
		line += strspn(line, " ");
	}
	return false;
}

static bool has_words(const char *line, const char *words)
{
	for (const char *word = words; *word; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");

		if (!has_word(line, word, n))
			return false;
		word += n;
	}
	return true;
}

bool cgroup_line_holds(const char *text, const char *words)
{
	for (const char *line = text; *line; line += *line == '\n') {
		if (has_words(line, words))
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

/* The next range of a list.  Return: what is behind it, or NULL when there is none. */
static const char *cpus_next(const char *list, long *ret_first, long *ret_last)
{
	char *end;

	if (*list < '0' || *list > '9')
		return NULL;
	*ret_first = *ret_last = strtol(list, &end, 10);
	if (*end == '-')
		*ret_last = strtol(end + 1, &end, 10);
	return *end == ',' ? end + 1 : "";
}

static bool cpu_in(const char *list, long cpu)
{
	long first, last;

	while ((list = cpus_next(list, &first, &last)))
		if (cpu >= first && cpu <= last)
			return true;
	return false;
}

bool cgroup_cpus_hold(const char *effective, const char *wanted)
{
	bool any = false;
	long first, last;

	while ((effective = cpus_next(effective, &first, &last)))
		for (long cpu = first; cpu <= last; cpu++, any = true)
			if (!cpu_in(wanted, cpu))
				return false;
	return any;
}
