/* SPDX-License-Identifier: MIT
 *
 * wait.h -- the intercepted calls that wait for a child process.
 */
#ifndef RT_POSIX_WAIT_H
#define RT_POSIX_WAIT_H

#define RT_CHILD_CALLS(X)                                                                          \
    X(wait)                                                                                        \
    X(waitpid)                                                                                     \
    X(wait3)                                                                                       \
    X(wait4)                                                                                       \
    X(waitid)

#ifndef RT_EXPORTS_ONLY
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct rt_thread;

/* The program has made a child; pid <= 0: it has not. */
void rt_child_made(pid_t pid);
/* Whoever waits for a child that has changed may go on.  True: somebody may. */
bool rt_children_look(void);
/* What a child does next may let somebody go on: a thread waits for one, or one lives that could
 * send a signal that the program takes. */
bool rt_children_awaited(void);
/* Waits until the child has ended, handlers run meanwhile; the step has been taken.  A wait status;
 * -1: somebody else has taken it. */
int rt_child_await_end(struct rt_thread *self, pid_t pid, void *frame);
#endif
#endif
