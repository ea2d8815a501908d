/* SPDX-License-Identifier: MIT
 *
 * C11 threads.
 */
#include "common.h"

#include <threads.h>

static mtx_t lock;
static cnd_t changed;
static once_flag once = ONCE_FLAG_INIT;
static int initialised;
static int arrived;

static void initialise(void)
{
    initialised++;
}

static int worker(void *argument)
{
    call_once(&once, initialise);
    MUST(mtx_lock(&lock) == thrd_success);
    arrived++;
    MUST(cnd_signal(&changed) == thrd_success);
    MUST(mtx_unlock(&lock) == thrd_success);
    thrd_yield();
    return *(int *)argument;
}

int main(void)
{
    thrd_t threads[2];
    int values[2] = { 7, 8 };
    struct timespec time;
    MUST(mtx_init(&lock, mtx_timed) == thrd_success);
    MUST(cnd_init(&changed) == thrd_success);
    for (int at = 0; at < 2; at++) {
        MUST(thrd_create(&threads[at], worker, &values[at]) == thrd_success);
    }
    MUST(mtx_lock(&lock) == thrd_success);
    while (arrived < 2) {
        MUST(cnd_wait(&changed, &lock) == thrd_success);
    }
    MUST(timespec_get(&time, TIME_UTC) == TIME_UTC);
    MUST(mtx_timedlock(&lock, &time) == thrd_timedout);
    MUST(mtx_unlock(&lock) == thrd_success);
    for (int at = 0; at < 2; at++) {
        int value;
        MUST(thrd_join(threads[at], &value) == thrd_success);
        MUST(value == values[at]);
    }
    MUST(initialised == 1);
    mtx_destroy(&lock);
    cnd_destroy(&changed);
    return 0;
}
