/* SPDX-License-Identifier: MIT
 *
 * probe.h -- the black-box engine as a library: a campaign over one program, and the replay of a
 * case.
 *
 * The command line in harness/cli calls this; nothing here reads arguments.
 */
#ifndef CURFEW_PROBE_PROBE_H
#define CURFEW_PROBE_PROBE_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

#define PROBE_CASE_LINE "# curfew probe case 1"

/* Probes the program that the options name: baseline, points, findings, report on standard output.
 *   Returns the exit status: 0 nothing found, 1 findings, 2 options that make no sense, 3 could not
 *   judge.  If a signal stopped it, the results so far are printed and the signal is raised anew.
 */
int probe_campaign(struct probe_options *options);

/* Runs a saved case again.
 *   times:    how often.
 *   Returns   0 it passed each time, 1 a verdict against the program, 2 not a case, 3 could not
 * judge. */
int probe_replay(const char *path, long times, bool json);

/* Whether programs may be traced here, and whether runs can be isolated from each other: both are
 * tried.
 *   out_text:  what works, or why not; at least 160 bytes. */
bool probe_may_trace(char *out_text);
bool probe_may_isolate(char *out_text);

/* Whether the first line of a file says that it is a case. */
bool probe_is_case(const char *first_line);

#endif
