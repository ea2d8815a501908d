/* SPDX-License-Identifier: MIT
 *
 * startup_no_object.c -- class 5, startup window: earns `hang`, signals: TERM.
 * Report: xrdp#3481.  The handler is installed before the object that it sets exists: an early
 * signal is ignored. Good: the object first.
 */
#include <semaphore.h>

#include "zoo.h"

static sem_t event;
static sem_t *volatile stop_event;

static void on_term(int signo)
{
    (void)signo;
    sem_t *created = stop_event;
    if (created != NULL) {
        (void)sem_post(created);
    }
}

static void create(void)
{
    OK(sem_init(&event, 0, 0));
    stop_event = &event;
}

int main(void)
{
#ifdef BAD
    handle(SIGTERM, on_term);
    create();
#else
    create();
    handle(SIGTERM, on_term);
#endif
    while (sem_wait(&event) != 0) {
    }
    return 0;
}
