/* SPDX-License-Identifier: MIT */
/* The reporter: answers what the filter stops, as the profile says, and counts what it denies. */
#ifndef SBOX_REPORT_REPORTER_H
#define SBOX_REPORT_REPORTER_H

#include "plan/seen.h"
#include "report/judge.h"
#include "report/record.h"

/** struct reporter_io - what the reporter's process holds */
struct reporter_io {
	int listener; /* of the program's filter */
	int out;      /* where the report goes */
	const struct names_seen *seen; /* what the resolver saw, or NULL */
	int bus_logs[BUS_COUNT];       /* of the proxies of the buses; negative: there is none */
	pid_t bus_pids[BUS_COUNT];
	name_asked_fn *asks; /* plan->report.learns: reads questions for host names */
	int end;      /* closed by the supervisor when nothing runs inside any more */
	/* a new look at the machine, which remembers what it saw: one for each question */
	struct host *(*host_new)(struct arena *arena, const struct caller *caller);
};

/**
 * reporter_run() - serve until io->end is closed, then write the report
 * Return: 0; -errno when the listener failed or nothing could be written.
 */
int reporter_run(const struct plan *plan, const struct reporter_io *io);

/* ---- writing it down (report_text.c, report_json.c) ---- */

/** report_text() - the report for a human; in @arena */
const char *report_text(const struct records *records, struct arena *arena);
/** report_json() - one record as one line, with the event "first" or "total"; in @arena */
const char *report_json(const struct record *record, const char *event, struct arena *arena);
/** report_json_end() - the last line: totals, and whether every record, and every use, is there; in @arena */
const char *report_json_end(const struct records *records, uint64_t uses_beyond, struct arena *arena);

#endif
