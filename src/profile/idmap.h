/* SPDX-License-Identifier: MIT */
/* Which ids exist inside, as extents. */
#ifndef SBOX_PROFILE_IDMAP_H
#define SBOX_PROFILE_IDMAP_H

#include <stdint.h>

/* No id: the kernel takes it for nobody; in an extent the id of whoever calls. */
#define ID_CALLER UINT32_MAX
enum { ID_EXTENTS_MAX = 340 }; /* of the kernel, user_namespaces(7) */

/** struct id_extent - @count ids from @inside on are those from @outside on */
struct id_extent {
	uint32_t inside, outside, count;
};

#endif
