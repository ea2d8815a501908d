/* SPDX-License-Identifier: MIT
 *
 * channel_one_base.c -- class 16, wake channel: earns `hang`, signals: none.
 * Report: prrte#1601.  There are two loops and one global "base" to notify: the second that starts
 * takes the first one's place.  Good: each loop has its entry.
 */
#include "zoo.h"

#define LOOPS 2

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t registered = PTHREAD_COND_INITIALIZER;
static int bases[LOOPS]; /* guarded by mutex: where to write */
static int bases_count;  /* guarded by mutex */

static void *loop(void *unused)
{
    int wake[2];
    char byte;
    OK(pipe(wake));
    lock(&mutex);
#ifdef BAD
    bases[0] = wake[1];
#else
    bases[bases_count] = wake[1];
#endif
    bases_count++;
    OK(pthread_cond_signal(&registered));
    unlock(&mutex);
    (void)read(wake[0], &byte, 1);
    OK(close(wake[0]));
    OK(close(wake[1]));
    return unused;
}

int main(void)
{
    pthread_t threads[LOOPS] = { thread_start(loop, NULL), thread_start(loop, NULL) };
    lock(&mutex);
    while (bases_count < LOOPS) {
        OK(pthread_cond_wait(&registered, &mutex));
    }
    for (int at = 0; at < LOOPS; at++) {
        if (bases[at] != 0) {
            (void)write(bases[at], "x", 1);
        }
    }
    unlock(&mutex);
    thread_join(threads[0]);
    thread_join(threads[1]);
    return 0;
}
