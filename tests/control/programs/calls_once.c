/* SPDX-License-Identifier: MIT
 *
 * pthread_once whose routine does not come to its end: the next thread tries again.
 */
#include "common.h"

#define THREADS 4

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int tries;
static _Atomic int left;

static void leave_twice(void)
{
    if (++tries <= 2) {
        left++;
        pthread_exit(NULL);
    }
}

static void *try(void *unused)
{
    OK(pthread_once(&once, leave_twice));
    MUST(tries == 3);
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int at = 0; at < THREADS; at++) {
        threads[at] = thread_start(try, NULL);
    }
    for (int at = 0; at < THREADS; at++) {
        thread_join(threads[at]);
    }
    MUST(left == 2 && tries == 3);
    return 0;
}
