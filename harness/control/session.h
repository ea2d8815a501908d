/* SPDX-License-Identifier: MIT
 *
 * session.h -- the inside of harness/control: what its files share.
 */
#ifndef CURFEW_CONTROL_SESSION_H
#define CURFEW_CONTROL_SESSION_H

#include <limits.h>
#include <sys/types.h>

#include "../real/ledger.h"
#include "control.h"

struct control_session {
    struct control_options options; /* read-only after control_open */
    char path[PATH_MAX];            /* absolute */
    char directory[1024];           /* where the program runs, and its TMPDIR; "": where we are */
    char left[512];                 /* what the last execution left in it */
    const char *flavour;
    struct rt_control *memory;
    struct curfew_debt_ledger *ledger; /* owned */
    int ledger_fd;
    pid_t controller_pid;
    pid_t server_pid;
    int shared_fd;
    int output_fd;
    int command_fd;
    int report_fd;
    uint32_t expected_steps;
    uint32_t expected_reach;
    char *output;
    size_t output_size;
    char error[64]; /* of memory: what AddressSanitizer calls the last execution's; "": none */

    /* symbol.c: one symbolizer process, started when first needed. */
    pid_t symbolizer_pid;
    FILE *symbolizer_in;
    FILE *symbolizer_out;
    bool symbolizer_failed;
};

/* What the watchdog has seen of one execution. */
struct watch {
    pid_t pid;
    uint64_t steps;
    uint32_t done;     /* of the batch */
    uint64_t cpu_ms;   /* of the process, at the last step that was seen */
    uint64_t quiet_ms; /* asleep in the kernel, with the turn, for so long */
    uint64_t switches;
    enum verdict verdict; /* VERDICT_PASS - it has not interfered - or why it killed */
    bool killed;
    char message[512];
};

/* watch.c: called every 200 ms while an execution lasts. */
void control_watch(struct control_session *session, struct watch *watch);

/* debug.c: a debugger on an execution that waits for it; returns when the debugger has ended.
 * False: the execution has not, and was killed. */
bool control_debug(struct control_session *session, pid_t pid);

/* confirm.c: are verdict and hash the same? */
bool control_same(const struct control_outcome *one, const struct control_outcome *other);
/* Executes it once more, in a process of its own; the session then holds the second execution.
 * Outcome becomes `diverged` if they differ, unless both are passes and marked. */
int control_confirm(struct control_session *session, struct control_outcome *outcome,
                    char error[512]);

/* report.c: fills in session->error. */
void control_report_error(struct control_session *session);

/* judge.c */
void control_judge(struct control_session *session, uint64_t seed, int wait_status,
                   const struct watch *watch, struct control_outcome *out_outcome);
/* This verdict, and nothing else. */
void control_overrule(struct control_outcome *outcome, enum verdict verdict, const char *message);

/* home.c: a directory for a session.
 *   Errors:  a negative errno; error has one line. */
int control_directory_make(struct control_session *session, char error[512]);
/* Empties it; names what was there in session->left. */
void control_directory_clean(struct control_session *session);

/* campaign.c */
struct control_hashes {
    uint64_t *slots; /* owned; 0: free */
    size_t capacity; /* a power of two */
    size_t count;
};
bool control_hash_add(struct control_hashes *set, uint64_t hash); /* true: it is new */
/* record.c */
/* Fills in what people want to know of the session's last execution. */
void control_record_report(struct control_session *session, struct control_record *record);
void control_record_keep(struct control_session *session, struct control_record *record);

/* symbol.c */
struct symbol {
    char function[128];
    char file[512]; /* "" if unknown */
    unsigned line;
    char outer_function[128]; /* what the function was inlined into; "": it was not */
    char outer_file[512];
    unsigned outer_line;
    bool runtime; /* a frame of the runtime's own */
};
/* The code at a return address (or exactly there).  False: nothing known. */
bool control_symbol(struct control_session *session, uint64_t address, bool is_return,
                    struct symbol *out_symbol);
/* The name of a static object; false: none. */
bool control_symbol_data(struct control_session *session, uint64_t address, char name[128]);
const struct rt_module *control_module(struct control_session *session, uint64_t address);
void control_symbols_fini(struct control_session *session);

#endif
