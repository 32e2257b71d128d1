/* SPDX-License-Identifier: MIT */
/* Remove: what was there is there again, and then the record goes. */
#include <errno.h>
#include <unistd.h>

#include "base/path.h"
#include "desktop/launchers.h"

/* Directories that were made go when they are empty; one that is not is the business of another file in it. */
static int remove_made(struct desktop *d, const struct record *gone)
{
	for (size_t i = gone->made.n; i-- > 0;) {
		const char *dir = gone->made.v[i];

		if (rmdir(dir) == 0 || (errno != ENOTEMPTY && errno != EEXIST))
			continue;
		vec_each (r, &d->store.records)
			if (path_below(r->dir, dir) || path_below(record_path(d->arena, r), dir)) {
				struct record heir = *r;

				heir.made = (keyfile_names){ 0 };
				vec_push(d->arena, &heir.made, dir);
				vec_each (m, &r->made)
					vec_push(d->arena, &heir.made, *m);
				int rc = store_put(&d->store, &heir);
				if (rc < 0)
					return rc;
				break;
			}
	}
	return 0;
}

static int restore(struct desktop *d, const struct record *r, struct handled *ret)
{
	struct file_state now;
	struct place place;
	int rc = place_open(d->arena, r->dir, r->name, r->former.type != FILE_NONE, &place);

	ret->fate = FATE_GONE;
	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = place_look(d->arena, &place, &now);
	if (rc == 0 && now.type != FILE_NONE && !file_state_is(&now, &r->written) &&
	    !file_state_equal(&now, &r->former) && !d->force)
		rc = -ESTALE;
	if (rc == 0 && !file_state_equal(&now, &r->former)) {
		ret->fate = r->former.type == FILE_NONE ? FATE_REMOVED : FATE_RESTORED;
		rc = place_put(&place, &r->former);
	} else if (rc == 0) {
		place_tidy(&place);
	}
	place_close(&place);
	return rc;
}

int desktop_undo(struct desktop *d, const struct record *which, handled_list *ret)
{
	const struct record r = *which;
	struct handled h = { .path = record_path(d->arena, &r), .profile = r.profile };
	int rc = restore(d, &r, &h);

	if (rc == -ESTALE)
		return desktop_edited(d, h.path);
	if (rc == 0)
		rc = store_drop(&d->store, &r);
	if (rc == 0)
		rc = remove_made(d, &r);
	if (rc < 0)
		return err_sys(d->err, file_origin(h.path), -rc, "it cannot be put back");
	vec_push(d->arena, ret, h);
	return 0;
}

int desktop_remove(struct desktop *d, const char *program, handled_list *ret)
{
	int result = 0;

	for (size_t i = 0; i < d->store.records.n;) {
		const struct record *r = &d->store.records.v[i];
		size_t before = d->store.records.n;

		if (r->kind == LAUNCHER_MIME || (program && !streq(r->program, program))) {
			i++;
			continue;
		}
		int rc = desktop_undo(d, r, ret);
		if (rc < 0)
			result = rc;
		i += d->store.records.n == before;
	}
	return result;
}
