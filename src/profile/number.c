/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#include <ctype.h>

/* Smallest and largest value that can work, where that is not "any". */
static const struct range {
	enum key_id key;
	int64_t min, max;
} ranges[] = {
	{ KEY_files_tmp_size, 1 << 20, INT64_MAX },
	{ KEY_cgroup_memory_max, 1 << 20, INT64_MAX },
	{ KEY_cgroup_memory_high, 1 << 20, INT64_MAX },
	{ KEY_cgroup_swap_max, 0, INT64_MAX },
	{ KEY_cgroup_pids_max, 2, 4194304 }, /* PID_MAX_LIMIT */
	{ KEY_cgroup_cpu_weight, 1, 10000 },
	{ KEY_cgroup_io_weight, 1, 10000 },
	{ KEY_process_umask, 0, 0777 },
	{ KEY_process_nice, -20, 19 },
	{ KEY_process_oom_score_adj, -1000, 1000 },
	{ KEY_rlimits_as, 1 << 20, INT64_MAX },
	{ KEY_rlimits_data, 1 << 20, INT64_MAX },
	{ KEY_rlimits_rss, 1 << 20, INT64_MAX },
	{ KEY_rlimits_stack, 64 << 10, INT64_MAX },
	{ KEY_rlimits_cpu, 1, INT64_MAX },
	{ KEY_rlimits_nofile, 4, INT64_MAX },
	{ KEY_rlimits_nproc, 2, INT64_MAX },
	{ KEY_rlimits_nice, 0, 40 },
	{ KEY_rlimits_rtprio, 0, 99 },
};

static struct range range_of(enum key_id key)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (ranges[i].key == key)
			return ranges[i];
	return (struct range){ key, 0, INT64_MAX };
}

static int check_range(struct load *l, const struct setting *s, const char *text, int64_t n)
{
	struct range r = range_of(s->key);
	int64_t m = 1 << 20;

	if (n >= r.min && n <= r.max)
		return 0;
	if (n > r.max)
		return err_add(l->err, s->from, "%s is too large: at most %jd", text, (intmax_t)r.max);
	if (r.min >= 1024 && r.min % m == 0)
		return err_add(l->err, s->from, "%s is too small to work: at least %jdM", text, (intmax_t)(r.min / m));
	if (r.min >= 1024)
		return err_add(l->err, s->from, "%s is too small to work: at least %jdK", text,
			       (intmax_t)(r.min / 1024));
	return err_add(l->err, s->from, "%s is too small%s: at least %jd", text, n >= 0 ? " to work" : "",
		       (intmax_t)r.min);
}

/* Digits at *@text, which is moved behind them.  Return: 0; -EINVAL: there are none; -ERANGE. */
static int take_digits(const char **text, int64_t *ret)
{
	const char *p = *text;
	int64_t n = 0;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return -ERANGE;
	*text = p;
	*ret = n;
	return 0;
}

static int not_a(struct load *l, const struct setting *s, const char *what, const char *text, int r)
{
	if (r == -ERANGE)
		return err_add(l->err, s->from, "%s is too large", text);
	return err_add(l->err, s->from, "not %s: \"%s\"", what, text);
}

static int whole_number(struct load *l, const struct setting *s, const char *text, int64_t *ret)
{
	const char *p = text;
	bool negative = *p == '-' && keys[s->key].type == T_INT;

	p += negative || (*p == '+' && keys[s->key].type == T_INT);
	int r = take_digits(&p, ret);
	if (r < 0 || *p)
		return not_a(l, s, "a whole number", text, r);
	if (negative)
		*ret = -*ret;
	return check_range(l, s, text, *ret);
}

int value_number(struct load *l, const char *text, struct setting *s)
{
	return whole_number(l, s, text, &s->v.number);
}

int value_int(struct load *l, const char *text, struct setting *s)
{
	return whole_number(l, s, text, &s->v.number);
}

int mode_parse(struct load *l, const struct setting *s, const char *text, int64_t max, int64_t *ret)
{
	int64_t n = 0;

	if (!*text)
		return err_add(l->err, s->from, "an empty mode");
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '7' || n > 07777)
			return err_add(l->err, s->from, "not an octal mode: \"%s\"", text);
		n = n * 8 + (*p - '0');
	}
	if (n > max)
		return err_add(l->err, s->from, "%s is too large: at most 0%jo", text, (uintmax_t)max);
	*ret = n;
	return 0;
}

int value_mode(struct load *l, const char *text, struct setting *s)
{
	return mode_parse(l, s, text, range_of(s->key).max & 07777, &s->v.number);
}

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1LL << 10 }, { "M", 1LL << 20 }, { "G", 1LL << 30 }, { "T", 1LL << 40 }, { 0 },
};

static const struct unit time_units[] = {
	{ "", 1000000000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60000000000 },
	{ "h", 3600000000000 },
	{ "d", 86400000000000 },
	{ 0 },
};

/* The unit at @text; @text itself is a problem when there is none. */
static const struct unit *find_unit(struct load *l, const struct setting *s, const struct unit *units, const char *text)
{
	const char *known = units == size_units ? "K, M, G or T" : "ms, s, m, h or d";

	for (const struct unit *u = units; u->name; u++)
		if (streq(u->name, text))
			return u;
	err_add(l->err, s->from, "unknown unit \"%s\"", text);
	for (const struct unit *u = units + 1; u->name; u++)
		if (tolower((unsigned char)text[0]) == tolower((unsigned char)u->name[0])) {
			err_remedy(l->err, "did you mean \"%s\"? (%s)", u->name, known);
			return NULL;
		}
	err_remedy(l->err, "write %s", known);
	return NULL;
}

static int take_quantity(struct load *l, const struct setting *s, const struct unit *units, const char *text,
			 int64_t *ret)
{
	const char *p = text;
	int r = take_digits(&p, ret);

	if (r < 0 || *p == '.' || *p == ',')
		return not_a(l, s, units == size_units ? "a whole size" : "a whole number with its unit", text, r);

	const struct unit *u = find_unit(l, s, units, p);

	if (!u)
		return -EINVAL;
	if (__builtin_mul_overflow(*ret, u->factor, ret))
		return not_a(l, s, "", text, -ERANGE);
	return 0;
}

int size_parse(struct load *l, const struct setting *s, const char *text, int64_t *ret)
{
	return take_quantity(l, s, size_units, text, ret);
}

static int value_percent(struct load *l, const char *text, struct setting *s)
{
	const char *p = text;
	/* 100% is one CPU; of memory there is no more than all. */
	int64_t max = s->key == KEY_cgroup_cpu_max ? 1000000 : 100, min = s->key == KEY_cgroup_swap_max ? 0 : 1;
	int r = take_digits(&p, &s->v.number);

	if (r < 0 || !streq(p, "%"))
		return not_a(l, s, "a whole percentage", text, r);
	if (s->v.number < min || s->v.number > max)
		return err_add(l->err, s->from, "%s is out of range: %jd%% to %jd%%", text, (intmax_t)min,
			       (intmax_t)max);
	s->v.percent = true;
	return 0;
}

int value_share(struct load *l, const char *text, struct setting *s)
{
	if (strchr(text, '%'))
		return value_percent(l, text, s);
	if (s->key == KEY_cgroup_cpu_max)
		return err_add(l->err, s->from, "a percentage is expected: 100%% is one CPU");

	int r = size_parse(l, s, text, &s->v.number);

	return r < 0 ? r : check_range(l, s, text, s->v.number);
}

int value_duration(struct load *l, const char *text, struct setting *s)
{
	int r = take_quantity(l, s, time_units, text, &s->v.number);

	if (r == 0 && s->v.number == 0)
		return err_add(l->err, s->from, "%s is too short to work", text);
	return r;
}

int value_offset(struct load *l, const char *text, struct setting *s)
{
	bool negative = *text == '-';
	int r = take_quantity(l, s, time_units, text + (negative || *text == '+'), &s->v.number);

	if (negative)
		s->v.number = -s->v.number;
	return r;
}

/* ---- rlimits ---- */

enum rlimit_unit { RLIMIT_COUNT, RLIMIT_BYTES, RLIMIT_SECONDS };

static enum rlimit_unit rlimit_unit(enum key_id key)
{
	static const enum key_id bytes[] = {
		KEY_rlimits_as,      KEY_rlimits_core,     KEY_rlimits_data, KEY_rlimits_fsize,
		KEY_rlimits_memlock, KEY_rlimits_msgqueue, KEY_rlimits_rss,  KEY_rlimits_stack,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
		if (bytes[i] == key)
			return RLIMIT_BYTES;
	return key == KEY_rlimits_cpu ? RLIMIT_SECONDS : RLIMIT_COUNT;
}

static int rlimit_side(struct load *l, const struct setting *s, const char *text, rlim_t *ret)
{
	enum rlimit_unit unit = rlimit_unit(s->key);
	int64_t n;
	int r;

	if (streq(text, "unlimited")) {
		*ret = RLIM_INFINITY;
		return 0;
	}
	r = unit == RLIMIT_BYTES     ? size_parse(l, s, text, &n)
	    : unit == RLIMIT_SECONDS ? take_quantity(l, s, time_units, text, &n)
				     : whole_number(l, s, text, &n);
	if (r < 0)
		return r;
	if (unit == RLIMIT_SECONDS)
		n /= 1000000000;
	r = check_range(l, s, text, n);
	*ret = (rlim_t)n;
	return r;
}

int value_rlimit(struct load *l, const char *text, struct setting *s)
{
	const char *colon = strchr(text, ':');
	const char *soft = colon ? arena_strndup(l->arena, text, (size_t)(colon - text)) : text;
	const char *hard = colon ? colon + 1 : text;
	struct rlimit *v = &s->v.rlimit;
	int r;

	if (s->key == KEY_rlimits_core && streq(text, "off"))
		soft = hard = "0";
	r = rlimit_side(l, s, soft, &v->rlim_cur);
	if (r == 0)
		r = rlimit_side(l, s, hard, &v->rlim_max);
	if (r < 0)
		return r;
	if (v->rlim_cur > v->rlim_max)
		return err_add(l->err, s->from, "the soft limit is above the hard one: %s", text);
	/* A limit of 0 still runs a "|handler" of core_pattern, with the program's memory; 1 does not (core(5)). */
	if (s->key == KEY_rlimits_core && v->rlim_cur == 0) {
		v->rlim_cur = 1;
		v->rlim_max = v->rlim_max ? v->rlim_max : 1;
		s->v.number = v->rlim_max == 1;
	}
	return 0;
}
