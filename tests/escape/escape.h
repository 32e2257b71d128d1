/* SPDX-License-Identifier: MIT */
/*
 * What a hostile program tries from inside of a sandbox, one attempt at a time.  Links nothing of sbox, so that it runs
 * inside of any sandbox, and in none.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an attempt returns: 0, it worked; -errno, it was refused; NOTHING, it was not refused and got nothing all the
 * same.  Each runs in a process of its own, so that a filter that kills is a result like any other.
 */
enum { NOTHING = 1, NO_FACT = 2 };

/** struct attempt - one row */
struct attempt {
	const char *id;
	int (*run)(const struct attempt *a);
	const char *expected; /* of sbox's profile `untrusted`: errnos separated by "|", SIG… for a signal, "-" for NOTHING */
	const char *what;
	const char *path; /* for attempts that are many of a kind */
	long n, m;
};

/** struct attempts - the rows of one file */
struct attempts {
	const char *topic;
	const struct attempt *v;
	size_t n;
};

extern const struct attempts mount_attempts, namespace_attempts, process_attempts, kernel_attempts, network_attempts, file_attempts,
	proc_attempts, device_attempts, right_attempts, limit_attempts;

#define ATTEMPTS(topic, rows) { (topic), (rows), sizeof(rows) / sizeof((rows)[0]) }

/** fact() - what the outside says about itself (NAME=VALUE on the command line); NULL when it does not */
const char *fact(const char *name);
long fact_number(const char *name);
/** answer() - the result of a call: 0 or -errno */
int answer(long r);
/** close_answer() - the same for one that makes a descriptor, which is closed */
int close_answer(long fd);
/** in_child() - what @run returns in a process of its own; a signal that ends it is -1000 - signal */
int in_child(int (*run)(const struct attempt *), const struct attempt *a, unsigned seconds);
/** errno_name() - "EPERM" */
const char *errno_name(int error);
/** calls_main() - for each number: does the call exist here?  (calls.c) */
int calls_main(void);

#endif
