/* SPDX-License-Identifier: MIT
 *
 * calls_time.c -- calls that wait for time or for a signal.
 */
#include "calls.h"

const struct family family_none = { NULL, NULL, NULL, NULL, NULL };

long perform_nanosleep(struct row *row)
{
    row->has_left = true;
    return nanosleep(&row->timeout, &row->left);
}
long perform_clock_nanosleep(struct row *row)
{
    row->has_left = true;
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &row->timeout, &row->left);
}
long perform_clock_nanosleep_abstime(struct row *row)
{
    row->has_left = true; /* and is not touched */
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &row->until_mono, &row->left);
}
long perform_thrd_sleep(struct row *row)
{
    row->has_left = true;
    return thrd_sleep(&row->timeout, &row->left);
}
long perform_usleep(struct row *row)
{
    return usleep((useconds_t)(row->timeout_ms * 1000));
}

/* It says whole seconds: of 600 none has gone, or some on a busy machine.  Natively even 600 may be
 * left, since the kernel's timer is late by its slack. */
long perform_sleep(struct row *row)
{
    long whole = row->timeout_ms / 1000;
    long left = (long)sleep((unsigned)whole);
    return left <= whole && left >= whole - 10 ? whole - 1 : left;
}

long perform_pause(struct row *row)
{
    (void)row;
    return pause();
}
long perform_sigsuspend(struct row *row)
{
    return sigsuspend(&row->admits);
}

/* ---- signals that are accepted ---- */

static void accepting_wake(struct row *row)
{
    OK(pthread_kill(row->subject, SIGWAKE));
}
const struct family family_accepting = { NULL, NULL, NULL, accepting_wake, NULL };

static void accepted(struct row *row, const siginfo_t *info)
{
    (void)snprintf(row->got, sizeof row->got, "signal %+d code %d value %d pid %s",
                   info->si_signo >= SIGRTMIN ? info->si_signo - SIGRTMIN : -info->si_signo,
                   info->si_code, info->si_code == SI_QUEUE ? info->si_value.sival_int : 0,
                   info->si_pid == getpid() ? "own" : "other");
}

long perform_sigwait(struct row *row)
{
    int signo = 0;
    int result = sigwait(&row->accepts, &signo);
    (void)snprintf(row->got, sizeof row->got, "signal %+d",
                   signo >= SIGRTMIN ? signo - SIGRTMIN : -signo);
    return result;
}
static long accept_into(struct row *row, const struct timespec *timeout, bool timed)
{
    siginfo_t info = { 0 };
    int result =
        timed ? sigtimedwait(&row->accepts, &info, timeout) : sigwaitinfo(&row->accepts, &info);
    if (result > 0) {
        accepted(row, &info);
    }
    return result > SIGRTMIN ? 1000 + result - SIGRTMIN : result;
}
long perform_sigwaitinfo(struct row *row)
{
    return accept_into(row, NULL, false);
}
long perform_sigtimedwait(struct row *row)
{
    return accept_into(row, &row->timeout, true);
}
