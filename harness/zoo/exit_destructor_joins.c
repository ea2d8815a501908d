/* SPDX-License-Identifier: MIT
 *
 * exit_destructor_joins.c -- class 11, races with exit: earns `hang`, signals: none.
 * Report: tremotesf2#191, log4cplus#102.  A destructor that runs at exit joins a thread that
 * nobody has told to stop: that was to be done by a destructor which runs later.  Good: it tells
 * it itself.
 */
#include <semaphore.h>

#include "zoo.h"

static sem_t stop;
static pthread_t logger;

static void *log_loop(void *unused)
{
    OK(sem_wait(&stop));
    return unused;
}

static void logger_destructor(void)
{
#ifndef BAD
    OK(sem_post(&stop));
#endif
    thread_join(logger);
}

#ifdef BAD
static void application_destructor(void)
{
    OK(sem_post(&stop));
}
#endif

int main(void)
{
    OK(sem_init(&stop, 0, 0));
#ifdef BAD
    OK(atexit(application_destructor)); /* registered first, so it runs last */
#endif
    OK(atexit(logger_destructor));
    logger = thread_start(log_loop, NULL);
    return 0;
}
