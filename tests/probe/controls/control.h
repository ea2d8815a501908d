/* SPDX-License-Identifier: MIT
 *
 * control.h -- what the control programs have in common.
 *
 * Each control is one file, built twice: bad_NAME has a defect that must earn exactly one verdict,
 * and good_NAME, built with FIXED, differs by its repair alone.
 */
#ifndef CURFEW_TESTS_PROBE_CONTROL_H
#define CURFEW_TESTS_PROBE_CONTROL_H

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static volatile sig_atomic_t stop;

static inline void on_stop(int signo)
{
    (void)signo;
    stop = 1;
}

static inline void catch_term(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    (void)sigaction(SIGTERM, &action, NULL);
}

static inline void say(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

/* Waits for the stop as it should be done: no signal is lost between check and wait. */
static inline void wait_for_stop(void)
{
    sigset_t term, before;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, &before);
    while (!stop) {
        (void)sigsuspend(&before);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

#endif
