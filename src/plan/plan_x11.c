/* SPDX-License-Identifier: MIT */
/*
 * The X server of the caller's $DISPLAY: its one socket, and a cookie file that holds the entry for this display alone.
 * The family of the entry is "wild", since cookies are filed under the host's name and the sandbox may have another.
 */
#include "plan/items.h"

#include <stdlib.h>

#include "base/path.h"

static const char socket_dir[] = "/tmp/.X11-unix";

/* Xauthority files (libXau): big-endian u16 family, then address, display number, name and data, each with its length. */
enum { FAMILY_LOCAL = 256, FAMILY_WILD = 0xffff };

struct field {
	const char *text;
	size_t n;
};

struct cookie {
	unsigned family;
	struct field address, display, name, data;
};

struct reader {
	const unsigned char *at;
	size_t left;
};

static bool read_u16(struct reader *r, unsigned *ret)
{
	if (r->left < 2)
		return false;
	*ret = (unsigned)r->at[0] << 8 | r->at[1];
	r->at += 2;
	r->left -= 2;
	return true;
}

static bool read_field(struct reader *r, struct field *ret)
{
	unsigned n;

	if (!read_u16(r, &n) || r->left < n)
		return false;
	*ret = (struct field){ (const char *)r->at, n };
	r->at += n;
	r->left -= n;
	return true;
}

static bool read_cookie(struct reader *r, struct cookie *c)
{
	return read_u16(r, &c->family) && read_field(r, &c->address) && read_field(r, &c->display) && read_field(r, &c->name) &&
	       read_field(r, &c->data);
}

static bool field_is(const struct field *f, const char *text)
{
	return f->n == strlen(text) && memcmp(f->text, text, f->n) == 0;
}

/* How well @c fits display @number of host @name; 0: not at all. */
static int fits(const struct cookie *c, const char *number, const char *name)
{
	if (c->display.n && !field_is(&c->display, number))
		return 0;
	if (c->family == FAMILY_LOCAL)
		return name && field_is(&c->address, name) ? 3 : 1;
	return c->family == FAMILY_WILD ? 2 : 0;
}

static bool find_cookie(const char *text, size_t n, const char *number, const char *name, struct cookie *ret)
{
	struct reader r = { (const unsigned char *)text, n };
	struct cookie c;
	int best = 0;

	while (read_cookie(&r, &c)) {
		int fit = fits(&c, number, name);

		if (fit > best) {
			best = fit;
			*ret = c;
		}
	}
	return best > 0;
}

static char *put_field(char *at, const char *text, size_t n)
{
	*at++ = (char)(n >> 8);
	*at++ = (char)n;
	memcpy(at, text, n);
	return at + n;
}

/*
 * The display's number inside.  libxcb before 1.16 tries the abstract socket of that number first and gives up when it is
 * refused for another reason than that nobody listens there.  Landlock refuses with EPERM: so the server gets a number inside
 * that has no abstract socket.
 */
static const char *number_inside(struct items *it, const char *number)
{
	enum { APART = 1000 };

	return it->plan->net == NET_HOST && plan_scopes_abstract(it->plan, it->host) ?
		       arena_printf(it->arena, "%lu", strtoul(number, NULL, 10) + APART) :
		       number;
}

/* The host's name as the kernel has it, which is what cookies are filed under. */
static const char *host_name(struct items *it)
{
	const char *text = it->host->text(it->host, "/proc/sys/kernel/hostname");

	return text ? arena_strndup(it->arena, text, strcspn(text, "\n")) : NULL;
}

static const char *cookie_file(const struct caller *c, struct arena *arena)
{
	const char *said = caller_env(c, "XAUTHORITY");

	return said && said[0] == '/' ? said : path_join(arena, c->home, ".Xauthority");
}

static void add_cookie(struct items *it, const char *number, const char *inside, struct origin from)
{
	const char *file = cookie_file(it->plan->caller, it->arena);
	const char *path = path_join(it->arena, service_dir(it->plan), "Xauthority");
	struct cookie cookie;
	size_t n;

	const char *text = it->host->bytes(it->host, file, &n);
	if (!text || !find_cookie(text, n, number, host_name(it), &cookie)) {
		item_remark(it, from, "no cookie for display :%s in %s: the X server lets in whom it lets in without", number, file);
		return;
	}
	size_t size = 2 + 4 * 2 + strlen(inside) + cookie.name.n + cookie.data.n;
	char *made = arena_alloc(it->arena, size), *at = made;
	*at++ = (char)(FAMILY_WILD >> 8);
	*at++ = (char)(FAMILY_WILD & 0xff);
	at = put_field(at, "", 0);
	at = put_field(at, inside, strlen(inside));
	at = put_field(at, cookie.name.text, cookie.name.n);
	(void)put_field(at, cookie.data.text, cookie.data.n);
	item_add(it, (struct item){ .kind = MOUNT_FILE, .path = path, .source = made, .size = size, .mode = 0600, .from = from,
				    .note = arena_printf(it->arena, "the cookie of display :%s", number) });
	service_env(it->plan, "XAUTHORITY", path, from);
}

/* "12" of ":12.0" and "unix:12"; NULL: the display is not this machine's, or no display. */
static const char *display_number(struct arena *arena, const char *display)
{
	const char *colon = strrchr(display, ':');
	size_t n = colon ? strspn(colon + 1, "0123456789") : 0;

	if (!n || n > 9 || (colon != display && !skip_prefix(display, "unix")) || (colon[1 + n] && colon[1 + n] != '.'))
		return NULL;
	return arena_strndup(arena, colon + 1, n);
}

static const char *socket_of(struct arena *arena, const char *number)
{
	return arena_printf(arena, "%s/X%s", socket_dir, number);
}

bool items_x11(struct items *it, struct origin from)
{
	const char *display = caller_env(it->plan->caller, "DISPLAY");
	const char *number = display ? display_number(it->arena, display) : NULL;
	struct resolved r;

	if (!display || !*display) {
		item_remark(it, from, "DISPLAY is not set: no X server is given");
		return false;
	}
	if (!number) {
		item_remark(it, from, "DISPLAY is %s, which is no X server of this machine: not given", display);
		return false;
	}
	const char *path = socket_of(it->arena, number);
	if (item_source(it, path, from, true, false, &r))
		return false;
	if (r.node->kind != NODE_SOCKET) {
		item_remark(it, from, "%s is no socket: skipped", path);
		return false;
	}
	const char *inside = number_inside(it, number), *target = socket_of(it->arena, inside);
	item_add(it, (struct item){ .kind = MOUNT_BIND, .path = target, .source = r.path, .node = r.node, .optional = true, .from = from });
	service_env(it->plan, "DISPLAY", arena_printf(it->arena, ":%s%s", inside, strrchr(display, ':') + 1 + strlen(number)), from);
	add_cookie(it, number, inside, from);
	return true;
}

bool x11_gives(const struct plan *plan, struct arena *arena, const char *path)
{
	const char *display = caller_env(plan->caller, "DISPLAY"), *number = display ? display_number(arena, display) : NULL;

	return number && (streq(path, socket_dir) || streq(path, socket_of(arena, number)) || streq(path, cookie_file(plan->caller, arena)));
}

const char *x11_inside(const struct plan *plan, struct arena *arena)
{
	vec_each (e, &plan->service_env)
		if (streq(e->name, "DISPLAY"))
			return socket_of(arena, display_number(arena, e->value));
	return NULL;
}
