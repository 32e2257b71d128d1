/* SPDX-License-Identifier: MIT */
/*
 * Where the time of a launch goes: `make bench` builds a launcher with SBOX_STAMPS defined, which prints it.  In any other
 * the calls are nothing.
 */
#ifndef SBOX_BASE_STAMP_H
#define SBOX_BASE_STAMP_H

#ifdef SBOX_STAMPS

/** stamps_init() - the page that all processes of a launch write to; first in main() */
void stamps_init(void);
/** stamp() - @what (a literal) has been done; any process, async-signal-safe */
void stamp(const char *what);
/** stamps_print() - a line each on stderr: microseconds since this process's last stamp, process, what; in the supervisor */
void stamps_print(void);

#else

static inline void stamps_init(void)
{
}

static inline void stamp(const char *what)
{
	(void)what;
}

static inline void stamps_print(void)
{
}

#endif
#endif
