/* SPDX-License-Identifier: MIT */
#include "base/dirs.h"

const char system_profile_dir[] = SYSTEM_PROFILE_DIR;
const char shipped_profile_dir[] = SHIPPED_PROFILE_DIR;
const char shipped_apparmor_profile[] = SHIPPED_APPARMOR_PROFILE;
const char scope_helper[] = SCOPE_HELPER;
