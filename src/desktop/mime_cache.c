/* SPDX-License-Identifier: MIT */
/* The MIME cache beside the user's menu entries, as one more file that sbox has written. */
#include <errno.h>
#include <fcntl.h>

#include "desktop/launchers.h"

static void claims_of(struct desktop *d, mime_claims *ret)
{
	vec_each (r, &d->store.records) {
		struct mime_claim claim = { .id = record_id(d->arena, r) };
		const char *ignored;
		keylines lines;

		if (r->kind != LAUNCHER_ENTRY || !streq(r->dir, d->all.home[LAUNCHER_ENTRY]) ||
		    keyfile_parse(d->arena, r->written.data, r->written.size, &lines, &ignored) < 0)
			continue;
		keyfile_list(d->arena, keyfile_get(&lines, GROUP_ENTRY, "MimeType"), &claim.types);
		vec_push(d->arena, ret, claim);
	}
}

static const char *merged(struct desktop *d, const struct blob *base)
{
	mime_claims claims = { 0 };
	keylines own = { 0 }, *caches = arena_new_array(d->arena, keylines, d->all.caches.n + 1);
	const char *ignored;

	claims_of(d, &claims);
	if (!claims.n || keyfile_parse(d->arena, base->data, base->size, &own, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < d->all.caches.n; i++) {
		struct blob text;

		if (file_read(d->arena, AT_FDCWD, d->all.caches.v[i], &text) < 0 ||
		    keyfile_parse(d->arena, text.data, text.size, &caches[i], &ignored) < 0)
			caches[i] = (keylines){ 0 };
	}
	return mime_merge(d->arena, &own, &claims, caches, d->all.caches.n);
}

int desktop_mime(struct desktop *d)
{
	struct record r = { .kind = LAUNCHER_MIME,
			    .program = "",
			    .profile = "",
			    .dir = d->all.home[LAUNCHER_MIME],
			    .name = "mimeinfo.cache",
			    .source = "",
			    .from = { "", 0 } };
	struct record *old = store_find(&d->store, r.kind, r.dir, r.name);
	struct file_state now = { .type = FILE_NONE, .data = { "", 0 } };
	struct place place;
	int rc = place_open(d->arena, r.dir, r.name, false, &place);

	if (rc == 0)
		rc = place_look(d->arena, &place, &now);
	place_close(&place);
	if (rc < 0 && rc != -ENOENT)
		return err_sys(d->err, file_origin(record_path(d->arena, &r)), -rc, "it cannot be read");

	/* A tool that has made it anew since then knows what there is now. */
	if (old && now.type != FILE_NONE && !file_state_is(&now, &old->written)) {
		old->former = now;
		old->written = now.data;
	}
	const struct file_state *base = old ? &old->former : &now;
	const char *text = base->type == FILE_LINK ? NULL : merged(d, &base->data);
	if (text) {
		r.written = blob_of(text);
		return desktop_commit(d, &r, NULL);
	}
	handled_list ignored = { 0 };
	return old ? desktop_undo(d, old, &ignored) : 0;
}
