/* SPDX-License-Identifier: MIT
 *
 * loop_race.c -- rounds in which two threads add to one counter; BAD: from the third round
 * of a process on without the mutex.  That a kernel thread has been used before must not hide it.
 * Nor must one round race with the next: the second thread is detached, so only the loop orders
 * what it did before the next round's reset.
 */
#include <curfew/loop.h>

#include "common.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int counter;
static int rounds;
static int plain; /* of the detached thread alone; main clears it between the rounds */

static void add(void)
{
    bool locks = true;
#ifdef BAD
    locks = rounds < 3;
#endif
    if (locks) {
        OK(pthread_mutex_lock(&mutex));
    }
    counter++;
    if (locks) {
        OK(pthread_mutex_unlock(&mutex));
    }
}

static void *add_once(void *unused)
{
    add();
    return unused;
}

static void *add_detached(void *unused)
{
    OK(pthread_detach(pthread_self()));
    add();
    plain++;
    return unused;
}

int main(void)
{
    CURFEW_LOOP(1)
    {
        rounds++;
        counter = 0;
        plain = 0;
        pthread_t thread = thread_start(add_once, NULL);
        (void)thread_start(add_detached, NULL);
        thread_join(thread);
        (void)usleep(1000); /* the detached one ends; or the execution is `abandoned` */
    }
    return 0;
}
