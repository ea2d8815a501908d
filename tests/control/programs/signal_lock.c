/* SPDX-License-Identifier: MIT
 *
 * A handler takes a lock that its own thread may hold.
 */
#include "common.h"

#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int logged; /* guarded by lock */
static _Atomic bool stop;

static void log_line(void)
{
    OK(pthread_mutex_lock(&lock));
    logged++;
    OK(pthread_mutex_unlock(&lock));
}

static void on_term(int signo)
{
    (void)signo;
#ifdef BAD
    log_line();
#endif
    stop = true;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_term };
    OK(sigaction(SIGTERM, &action, NULL));
    while (!stop) {
        log_line();
    }
    log_line();
    return 0;
}
