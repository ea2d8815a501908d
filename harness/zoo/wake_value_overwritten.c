/* SPDX-License-Identifier: MIT
 *
 * wake_value_overwritten.c -- class 1, lost stop wake-up: earns `hang`, signals: none.
 * Report: brpc#2986.  The timer thread resets its futex word before it sleeps, and so overwrites
 * the "wake now" that the stop has just written.  Good: it resets before it looks at the stop.
 */
#include <linux/futex.h>
#include <sys/syscall.h>

#include "zoo.h"

static atomic_int wake_now;
static atomic_bool stopping;

static long futex(int op, int value)
{
    return syscall(SYS_futex, &wake_now, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void *timer(void *unused)
{
    for (;;) {
#ifdef BAD
        if (stopping) {
            return unused;
        }
        wake_now = 0;
#else
        wake_now = 0;
        if (stopping) {
            return unused;
        }
#endif
        (void)futex(FUTEX_WAIT, 0);
    }
}

int main(void)
{
    pthread_t thread = thread_start(timer, NULL);
    stopping = true;
    wake_now = 1;
    (void)futex(FUTEX_WAKE, 1);
    thread_join(thread);
    return 0;
}
