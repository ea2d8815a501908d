/* SPDX-License-Identifier: MIT
 *
 * zoo.h -- what the animals share: stop loudly when a call fails, threads, handlers, a gate.
 *
 * Each animal is a program of its own, compiled twice: with BAD it has the defect that its first
 * lines describe, without it is the fixed twin.  They stand for programs that know nothing of
 * Curfew, so nothing here does.
 */
#ifndef CURFEW_ZOO_H
#define CURFEW_ZOO_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Exit status 9: neither pass nor any status that an animal is to earn. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            _exit(9);                                                                              \
        }                                                                                          \
    } while (0)
#define OK(call) MUST((call) == 0)

static inline pthread_t thread_start(void *(*start)(void *), void *arg)
{
    pthread_t thread;
    OK(pthread_create(&thread, NULL, start, arg));
    return thread;
}

static inline void thread_join(pthread_t thread)
{
    OK(pthread_join(thread, NULL));
}

static inline void lock(pthread_mutex_t *mutex)
{
    OK(pthread_mutex_lock(mutex));
}

static inline void unlock(pthread_mutex_t *mutex)
{
    OK(pthread_mutex_unlock(mutex));
}

/* Without SA_RESTART, as most programs do that want their calls to return. */
static inline void handle(int signo, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    OK(sigaction(signo, &action, NULL));
}

/* Blocks signo in the calling thread and in those that it starts from now on. */
static inline void block(int signo)
{
    sigset_t set;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, signo));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
}

/* Waits for signo, which is blocked everywhere. */
static inline void await(int signo)
{
    sigset_t set;
    int got = 0;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, signo));
    OK(sigwait(&set, &got));
    MUST(got == signo);
}

#endif
