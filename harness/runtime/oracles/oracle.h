/* SPDX-License-Identifier: MIT
 *
 * oracle.h -- what the rest of the runtime tells the oracles.
 */
#ifndef RT_ORACLES_ORACLE_H
#define RT_ORACLES_ORACLE_H

#include <pthread.h>

#include "../core.h"
#include "table.h"

/* ---- oracle.c ---- */

static inline bool rt_oracle_on(enum rt_oracle oracle)
{
    return (rt.control->oracles & RT_ORACLE_BIT(oracle)) != 0;
}
/* The rule is broken: ends the execution if it is looked at, and returns otherwise.  text is
 * completed by one word. */
void rt_oracle(enum rt_oracle oracle, const struct rt_thread *who, const char *text,
               const char *word);

/* ---- held.c ---- */
void rt_held_add(struct rt_thread *self, const pthread_mutex_t *mutex);
void rt_held_remove(struct rt_thread *self, const pthread_mutex_t *mutex);
/* The thread takes its last step. */
void rt_held_at_end(const struct rt_thread *self);

/* ---- destroy.c ---- */
/* libc marks a mutex that was destroyed. */
void rt_destroyed_mutex(const struct rt_thread *self, const pthread_mutex_t *mutex);

/* ---- children.c: in the fork server ---- */
void rt_children_adopt(void);
/* The execution has ended: counts and ends the processes that it left. */
void rt_children_end(void);

/* ---- inherit.c ---- */
void rt_inherit_start(void); /* once, in the fork server: what executions are given */
void rt_inherit_exec(void);  /* before an exec, in whatever process */

#endif
