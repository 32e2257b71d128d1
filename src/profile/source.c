/* SPDX-License-Identifier: MIT */
#include "profile/parts.h"

#include "base/fd.h"

struct parse {
	struct load *load;
	struct source *source;
	size_t seen[KEY_COUNT]; /* scalars: 1 + index of the item that set the key in this file */
};

/* An earlier item of this file that @s cannot hold together with, or NULL. */
static const struct setting *contradicted(const struct parse *p, const struct setting *s)
{
	const struct key *key = &keys[s->key];

	if (!key_is_list(key)) {
		const struct setting *other = p->seen[s->key] ? &p->source->items.v[p->seen[s->key] - 1].s : NULL;

		return other && !value_equal(other, s) ? other : NULL;
	}
	if (key->type != T_ENV)
		return NULL;
	vec_each (i, &p->source->items)
		if (i->s.key == s->key && !i->reset && streq(i->s.v.name, s->v.name) && !value_equal(&i->s, s))
			return &i->s;
	return NULL;
}

static void add_item(void *data, struct item item)
{
	struct parse *p = data;
	const struct setting *other = item.reset ? NULL : contradicted(p, &item.s);

	if (other) {
		err_add(p->load->err, item.s.from, "\"%s\" contradicts \"%s\" in line %u", item.s.raw, other->raw,
			other->from.line);
		return;
	}
	if (p->source->dropin && item.s.key == KEY_profile_extends) {
		err_add(p->load->err, item.s.from, "a drop-in cannot extend");
		return;
	}
	vec_push(p->load->arena, &p->source->items, item);
	p->seen[item.s.key] = p->source->items.n;
}

static void take_line(void *data, enum key_id key, const char *value, unsigned line)
{
	struct parse *p = data;
	const struct setting like = {
		.key = key,
		.from = { .file = p->source->layer.file, .line = line, .key = keys[key].name },
		.user = p->source->layer.kind == LAYER_USER || p->source->layer.kind == LAYER_PATH,
	};

	value_line(p->load, &like, value, add_item, p);
}

static const char *kind_problem(mode_t mode)
{
	return S_ISREG(mode)    ? NULL
	       : S_ISDIR(mode)  ? "not a profile: it is a directory"
	       : S_ISFIFO(mode) ? "not a profile: it is a FIFO"
				: "not a profile: it is a device";
}

int file_problem(struct load *l, struct origin blame, const char *file, const char *problem)
{
	if (blame.file)
		return err_add(l->err, blame, "%s: %s", file, problem);
	return err_add(l->err, (struct origin){ .file = file }, "%s", problem);
}

/* The text of a file that may be a profile; NULL with a problem. */
static const char *checked_text(struct load *l, int fd, const struct stat *st, const struct source *as,
				struct origin blame, size_t *ret_size)
{
	const char *problem = kind_problem(st->st_mode);
	char *text;
	int r;

	if (problem) {
		file_problem(l, blame, as->layer.file, problem);
		return NULL;
	}
	problem = trust_problem(l, st, as->layer.kind);
	if (problem) {
		file_problem(l, blame, as->layer.file, problem);
		err_remedy(l->err, "chown it to yourself, or chmod go-w, once you have read it");
		return NULL;
	}
	r = fd_read_all(fd, l->arena, PROFILE_SIZE_MAX, &text, ret_size);
	if (r < 0) {
		file_problem(l, blame, as->layer.file,
			     r == -EFBIG ? "not a profile: it is larger than 1M" : strerror(-r));
		return NULL;
	}
	return text;
}

struct source *source_read(struct load *l, int fd, const struct source *as, struct origin blame)
{
	_cleanup_close_ int owned = fd;
	const char *text;
	struct stat st;
	size_t size;

	if (fstat(owned, &st) < 0) {
		file_problem(l, blame, as->layer.file, strerror(errno));
		return NULL;
	}
	vec_each (s, &l->sources)
		if ((*s)->dev == st.st_dev && (*s)->ino == st.st_ino)
			return *s;
	text = checked_text(l, owned, &st, as, blame, &size);
	if (!text)
		return NULL;

	struct source *s = arena_alloc(l->arena, sizeof(*s));
	struct parse parse = { .load = l, .source = s };

	*s = *as;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	vec_push(l->arena, &l->sources, s);
	ini_read(l, s->layer.file, text, size, take_line, &parse);
	return s;
}
