/* SPDX-License-Identifier: MIT */
/* The directories of this build: none but the shipped profiles. */
#include "base/dirs.h"

const char system_profile_dir[] = "/nonexistent/sbox/profiles";
const char shipped_profile_dir[] = FUZZ_PROFILES;
const char shipped_apparmor_profile[] = "";
const char scope_helper[] = "";
