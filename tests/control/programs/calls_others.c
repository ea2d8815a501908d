/* SPDX-License-Identifier: MIT
 *
 * Semaphores, read-write locks, spin locks, barriers, once: each gives what libc gives.
 */
#include "common.h"

#include <fcntl.h>
#include <semaphore.h>

static sem_t items;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;
static int guarded;
static int phase_sum;

static void initialise(void)
{
    initialised++;
}

static void *worker(void *unused)
{
    OK(pthread_once(&once, initialise));
    MUST(initialised == 1);
    OK(pthread_rwlock_rdlock(&rwlock));
    int seen = guarded;
    MUST(seen >= 0 && seen <= 2);
    OK(pthread_rwlock_unlock(&rwlock));
    OK(pthread_rwlock_wrlock(&rwlock));
    MUST(pthread_rwlock_wrlock(&rwlock) == EDEADLK);
    MUST(pthread_rwlock_tryrdlock(&rwlock) == EBUSY);
    guarded++;
    OK(pthread_rwlock_unlock(&rwlock));
    OK(pthread_spin_lock(&spin));
    MUST(pthread_spin_trylock(&spin) == EBUSY);
    phase_sum++;
    OK(pthread_spin_unlock(&spin));
    int serial = pthread_barrier_wait(&barrier);
    MUST(serial == 0 || serial == PTHREAD_BARRIER_SERIAL_THREAD);
    MUST(phase_sum == 2);
    OK(sem_post(&items));
    return unused;
}

int main(void)
{
    struct timespec past = { 1, 0 };
    int value = -1;
    OK(sem_init(&items, 0, 0));
    OK(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
    OK(pthread_barrier_init(&barrier, NULL, 2));
    MUST(sem_trywait(&items) == -1 && errno == EAGAIN);
    MUST(sem_timedwait(&items, &past) == -1 && errno == ETIMEDOUT);
    pthread_t one = thread_start(worker, NULL);
    pthread_t other = thread_start(worker, NULL);
    OK(sem_wait(&items));
    OK(sem_wait(&items));
    OK(sem_getvalue(&items, &value));
    MUST(value == 0);
    thread_join(one);
    thread_join(other);
    MUST(guarded == 2);

    char name[64];
    (void)snprintf(name, sizeof name, "/curfew-test-%ld", (long)getpid());
    sem_t *named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    MUST(named != SEM_FAILED);
    OK(sem_unlink(name));
    OK(sem_wait(named));
    OK(sem_post(named));
    OK(sem_close(named));

    OK(pthread_barrier_destroy(&barrier));
    OK(pthread_spin_destroy(&spin));
    OK(pthread_rwlock_destroy(&rwlock));
    OK(sem_destroy(&items));
    return 0;
}
