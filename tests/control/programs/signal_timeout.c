/* SPDX-License-Identifier: MIT
 *
 * A wait with a timeout: whoever sees ETIMEDOUT takes it that the stop was not requested, and waits
 * for it without a look.
 */
#include "common.h"

#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool stop; /* guarded by lock */

static void *signals(void *unused)
{
    sigset_t term;
    int signo;
    OK(sigemptyset(&term));
    OK(sigaddset(&term, SIGTERM));
    OK(sigwait(&term, &signo));
    OK(pthread_mutex_lock(&lock));
    stop = true;
    OK(pthread_cond_signal(&changed));
    OK(pthread_mutex_unlock(&lock));
    return unused;
}

int main(void)
{
    sigset_t term;
    struct timespec time;
    int error = 0;
    OK(sigemptyset(&term));
    OK(sigaddset(&term, SIGTERM));
    OK(pthread_sigmask(SIG_BLOCK, &term, NULL));
    pthread_t thread = thread_start(signals, NULL);
    OK(clock_gettime(CLOCK_REALTIME, &time));
    time.tv_sec += 1;
    OK(pthread_mutex_lock(&lock));
    while (!stop && error == 0) {
        error = pthread_cond_timedwait(&changed, &lock, &time);
    }
#ifdef BAD
    if (error == ETIMEDOUT) {
        OK(pthread_cond_wait(&changed, &lock));
    }
#endif
    while (!stop) {
        OK(pthread_cond_wait(&changed, &lock));
    }
    OK(pthread_mutex_unlock(&lock));
    thread_join(thread);
    return 0;
}
