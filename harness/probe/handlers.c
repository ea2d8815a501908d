/* SPDX-License-Identifier: MIT
 *
 * handlers.c -- the signal handlers of the driver and of its runs; see handlers.h.
 */
#include "handlers.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>

#pragma GCC poison malloc free printf snprintf pthread_mutex_lock

static volatile sig_atomic_t noted; /* the signal's number */
static volatile sig_atomic_t ticks; /* of this process */
static bool caught;                 /* the driver's; each process has one thread */
static sigset_t outside;            /* the mask while waiting; read-only after handlers_catch */

static void on_interrupt(int signo)
{
    noted = signo;
}

static void on_wake(int signo)
{
    (void)signo; /* It is there to end a call. */
}

static void on_tick(int signo)
{
    (void)signo;
    ticks++;
}

void handlers_catch(void)
{
    static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
    struct sigaction child = { .sa_handler = on_wake };
    sigset_t mask;
    if (caught) {
        return;
    }
    caught = true;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGCHLD);
    (void)sigaction(SIGCHLD, &child, NULL);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        (void)sigaction(stops[i], &action, NULL);
        (void)sigaddset(&mask, stops[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &mask, &outside);
}

int handlers_noted(void)
{
    return noted;
}

unsigned handlers_ticks(void)
{
    return (unsigned)ticks;
}

void handlers_wait(void)
{
    (void)sigsuspend(&outside);
}

void handlers_tick(uint32_t first_micros, uint32_t interval_micros)
{
    struct sigaction action = { .sa_handler = on_tick }; /* no SA_RESTART */
    struct itimerval interval = { .it_interval = { .tv_usec = interval_micros },
                                  .it_value = { .tv_usec = first_micros } };
    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &interval, NULL);
}
