/* SPDX-License-Identifier: MIT
 *
 * service.h -- the library's one thread of its own, and what it does when a stop is requested.
 *
 * A request can only touch atomics and descriptors, for it may come from a signal handler.  What it
 * cannot do, this thread does a moment later: broadcast the condition variables of those who wait
 * in curfew_cond_wait, pass a group's stop on from phase to phase, and enforce the hard limit.
 * It exists while somebody holds a reference, has all signals blocked, and is joined with the last
 * one.
 */
#ifndef CURFEW_SRC_SERVICE_H
#define CURFEW_SRC_SERVICE_H

#include <pthread.h>

#include "curfew/stop.h"

struct curfew_group;

/* A thread inside curfew_cond_wait; lives on its stack. */
struct curfew__waiter {
    pthread_cond_t *cond;               /* read-only while listed */
    struct curfew_stop *stop;           /* read-only while listed */
    struct curfew__waiter *next, *prev; /* guarded by the service's lock */
};

/* Takes a reference, starting the thread if need be.
 * Errors: -EAGAIN, -EMFILE, -ENFILE, -ENOMEM. */
int curfew__service_ref(void);
void curfew__service_unref(void);

/* The reference that a stop holds from its first curfew_cond_wait until its fini. */
int curfew__service_watch(struct curfew_stop *stop);

/* Tells the service that some stop was requested, or that the hard limit was set. */
void curfew__service_ring_sigsafe(void);

/* Lists the waiter (after curfew__service_watch of its stop); unlists it. */
void curfew__service_add_waiter(struct curfew__waiter *waiter);
void curfew__service_remove_waiter(struct curfew__waiter *waiter);

/* Lists every group, to pass its phases on and to name its late workers. */
int curfew__service_add_group(struct curfew_group *group); /* -ENOMEM */
void curfew__service_remove_group(struct curfew_group *group);

/* From the time when_ns on, the process is ended with _exit(status), and those late are named on fd
 * (-1: nowhere).  A limit that is set stays; a reference must be held until unlimit. */
void curfew__service_limit_sigsafe(uint64_t when_ns, int status, int fd);
void curfew__service_unlimit(void);

#endif
