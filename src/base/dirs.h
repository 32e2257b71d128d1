/* SPDX-License-Identifier: MIT */
/* The directories that the build fixed; no environment variable and no argv[0] can change them. */
#ifndef SBOX_BASE_DIRS_H
#define SBOX_BASE_DIRS_H

extern const char system_profile_dir[];  /* $sysconfdir/sbox/profiles */
extern const char shipped_profile_dir[]; /* $datadir/sbox/profiles; the tree's profiles/ for ./sbox */
extern const char shipped_apparmor_profile[]; /* AppArmor's, for this sbox: $datadir/sbox/apparmor/sbox */

extern const char scope_helper[]; /* asks the user's systemd for a scope over the session bus; "": built without */

#endif
