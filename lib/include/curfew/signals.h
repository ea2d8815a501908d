/* SPDX-License-Identifier: MIT
 *
 * signals.h -- the process's termination signals, turned into a stop.
 *
 * Call curfew_signals_early as the first line of main: from then on signals are remembered, each
 * kind on its own, so that no HUP can overwrite a TERM.  curfew_signals_bind hands the first
 * stopping signal, past or future, to a stop.  Reload-like signals are latched for
 * curfew_signals_take.
 *
 * A second INT ends the process at once with _exit(128 + SIGINT), without destructors, for a person
 * who has lost patience; a second TERM does nothing, for supervisors repeat it.  A signal that the
 * process was started with ignored (nohup, a background job) stays ignored.
 *
 * Handlers restart system calls (SA_RESTART): a main that blocks in read or accept stays there, so
 * block in curfew_stop_wait or the calls of wait.h.  At the end: curfew_signals_fini, then the
 * stop's fini.
 *
 * One per process.  Threads: any thread may call anything, but early, bind and fini neither at once
 * nor beside curfew_signals_take.
 * Signal handlers: what is marked "Signals: safe".
 * Fork: a child that inherits the handlers and gets a signal before it called curfew_signals_child
 * or exec dies by it, as if they were not there; a daemon that forks to the background calls
 * curfew_signals_child, then curfew_signals_early, in the child.
 *
 *     int main(void)
 *     {
 *         struct curfew_signals_config config = CURFEW_SIGNALS_CONFIG_INIT;
 *         if (curfew_signals_early(&config) != 0) { return EXIT_FAILURE; }
 *         ...
 *         if (curfew_signals_bind(&stop) != 0) { return EXIT_FAILURE; }
 *         (void)curfew_stop_wait(&stop, CURFEW_NO_DEADLINE);
 *         ...
 *         return curfew_signals_exit_status(curfew_stop_reason(&stop), CURFEW_EXIT_ZERO);
 *     }
 */
#ifndef CURFEW_SIGNALS_H
#define CURFEW_SIGNALS_H

#include <signal.h>

#include "stop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A set of signals 1 to 64 as a bit mask. */
#define CURFEW_SIGNAL_BIT(signo) (UINT64_C(1) << ((signo)-1))

struct curfew_signals_config {
    uint64_t stop_signals;  /* request the bound stop */
    uint64_t latch_signals; /* only remembered, for curfew_signals_take */
    uint64_t
        force_signals; /* of the stop signals: the second arrival of one forces _exit(128 + n) */
    uint64_t hard_limit_ns; /* so long after the stop signal (once bound) the process is ended with
                               _exit(128 + n) and those who are late are named; 0: never */
    int report_fd;          /* where the hard limit's report goes; -1: nowhere */
};

/* TERM and INT stop, HUP and USR1 are latched (so they no longer end the process), a second INT
 * forces; no hard limit; reports on stderr.  Start from this and change fields: zero is no
 * default. */
#define CURFEW_SIGNALS_CONFIG_INIT                                                                 \
    {                                                                                              \
        CURFEW_SIGNAL_BIT(SIGTERM) | CURFEW_SIGNAL_BIT(SIGINT),                                    \
            CURFEW_SIGNAL_BIT(SIGHUP) | CURFEW_SIGNAL_BIT(SIGUSR1), CURFEW_SIGNAL_BIT(SIGINT), 0,  \
            2                                                                                      \
    }

/* How curfew_signals_exit_status answers for a stop by signal. */
enum curfew_exit_policy {
    CURFEW_EXIT_ZERO,    /* a clean stop is success: 0 */
    CURFEW_EXIT_RERAISE, /* end by the signal itself, so that the parent sees WIFSIGNALED; nothing
                            is flushed, no atexit handler runs: call fflush(NULL) before */
    CURFEW_EXIT_128,     /* 128 + n, as a shell would report it */
};

/* Installs the handlers and unblocks their signals in the calling thread.
 *   config:  NULL means CURFEW_SIGNALS_CONFIG_INIT.
 *   Errors:  -EALREADY already installed; -EINVAL a set holds SIGKILL, SIGSTOP, a synchronous fault
 *            or one of glibc's own, the sets overlap, or force_signals is no subset of
 *            stop_signals; -EMFILE, -ENFILE, -ENOMEM.  After an error nothing is changed. */
CURFEW_API CURFEW_NODISCARD int curfew_signals_early(const struct curfew_signals_config *config);

/* From now on the first stop signal requests `stop`; if it came already, it does so at once.
 *   Owns:    borrows stop until the next bind or fini.  NULL unbinds.
 *   Errors:  -EINVAL not installed; -EAGAIN, -EMFILE, -ENFILE, -ENOMEM no thread for the hard
 *            limit. */
CURFEW_API CURFEW_NODISCARD int curfew_signals_bind(struct curfew_stop *stop);

/* True if `signo` arrived since the last take, and forgets it.  Several arrivals may count as one,
 * as for all standard signals.
 *   Signals: safe. */
CURFEW_API bool curfew_signals_take(int signo);

/* How often `signo` arrived since curfew_signals_early, taken or not.
 *   Signals: safe. */
CURFEW_API unsigned curfew_signals_count(int signo);

/* A descriptor that polls readable while an arrival of any of the signals is not yet taken.  Never
 * read or close it.
 *   Owns:    lends it until fini.
 *   Errors:  -EINVAL not installed. */
CURFEW_API CURFEW_NODISCARD int curfew_signals_fd(void);

/* Restores dispositions and the calling thread's mask as they were.  A stop signal that arrived and
 * was handed to no stop is raised again, so that it is never lost.  Nothing happens if not
 * installed. */
CURFEW_API void curfew_signals_fini(void);

/* In a forked child, before exec: restores dispositions and mask as they were before
 * curfew_signals_early, and closes the library's descriptors in the child.
 *   Signals: safe, and so after fork in a program with threads. */
CURFEW_API void curfew_signals_child(void);

/* The exit status for a stop with this reason.  A signal: as the policy says (CURFEW_EXIT_RERAISE
 * does not return).  CURFEW_REASON_FAILURE: EXIT_FAILURE.  CURFEW_REASON_DEADLINE: 124, as
 * timeout(1). All else: EXIT_SUCCESS. */
CURFEW_API int curfew_signals_exit_status(int reason, enum curfew_exit_policy policy);

#ifdef __cplusplus
}
#endif
#endif
