/* SPDX-License-Identifier: MIT
 *
 * loop_mix.c -- rounds of a loop in which threads do what a thread that is used again must not
 * show: thread-local variables, thread-specific data, errno, names, masks, pthread_exit,
 * cancellation, detached threads, other attributes.  Stops if something looks used.
 */

#include <curfew/loop.h>
#include <signal.h>
#include <sys/syscall.h>

#include "common.h"

static _Thread_local int zeroed;
static _Thread_local int preset = 7;
static pthread_key_t key;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t main_mask;
static int ended;     /* guarded by mutex */
static int destroyed; /* guarded by mutex */

static void end(void)
{
    (void)pthread_mutex_lock(&mutex);
    ended++;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&mutex);
}

static void destroy(void *value)
{
    (void)pthread_mutex_lock(&mutex);
    destroyed += (int)(intptr_t)value;
    (void)pthread_mutex_unlock(&mutex);
}

/* The kernel's own, which may be passed by. */
static uint64_t kernel_mask(void)
{
    uint64_t mask = 0;
    MUST(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask) == 0);
    return mask;
}

static void looks_fresh(void)
{
    char name[16];
    sigset_t mask;
    uint64_t none = 0;
    MUST(zeroed == 0 && preset == 7 && errno == 0);
    MUST(kernel_mask() == main_mask);
    MUST(pthread_getspecific(key) == NULL);
    MUST(pthread_getname_np(pthread_self(), name, sizeof name) == 0 && strcmp(name, "used") != 0);
    MUST(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && !sigismember(&mask, SIGUSR1));
    zeroed = preset = errno = 3;
    MUST(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) == 0);
    MUST(pthread_setspecific(key, (void *)1) == 0);
    MUST(pthread_setname_np(pthread_self(), "used") == 0);
    (void)sigaddset(&mask, SIGUSR1);
    MUST(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);
}

static void *return_at_once(void *value)
{
    looks_fresh();
    end();
    return value;
}

static void *exit_early(void *value)
{
    looks_fresh();
    end();
    pthread_exit(value);
}

static void unlock(void *locked)
{
    (void)pthread_mutex_unlock(locked);
}

static void *wait_for_ever(void *unused)
{
    looks_fresh();
    (void)pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    for (;;) {
        (void)pthread_cond_wait(&changed, &mutex);
    }
    pthread_cleanup_pop(1);
    return unused;
}

static void *nest(void *value)
{
    pthread_t inner;
    looks_fresh();
    MUST(pthread_sigmask(SIG_SETMASK, &(sigset_t){ { 0 } }, NULL) == 0);
    MUST(pthread_setname_np(pthread_self(), "nest") == 0);
    MUST(pthread_create(&inner, NULL, return_at_once, value) == 0);
    MUST(pthread_join(inner, &value) == 0);
    end();
    return value;
}

static void play(void)
{
    static void *(*const routines[])(void *) = { return_at_once, exit_early, nest, wait_for_ever };
    pthread_t threads[4];
    pthread_t other;
    pthread_attr_t attributes;
    void *value;
    ended = destroyed = 0;
    for (size_t at = 0; at < 4; at++) {
        MUST(pthread_create(&threads[at], NULL, routines[at], (void *)(at + 1)) == 0);
    }
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    MUST(pthread_create(&other, &attributes, return_at_once, NULL) == 0);
    (void)pthread_attr_setstacksize(&attributes, 1 << 20);
    MUST(pthread_create(&other, &attributes, return_at_once, NULL) == 0);
    (void)pthread_attr_destroy(&attributes);
    MUST(pthread_create(&other, NULL, exit_early, NULL) == 0);
    MUST(pthread_detach(other) == 0);
    for (size_t at = 0; at < 3; at++) {
        MUST(pthread_join(threads[at], &value) == 0 && value == (void *)(at + 1));
    }
    MUST(pthread_cancel(threads[3]) == 0);
    MUST(pthread_join(threads[3], &value) == 0 && value == PTHREAD_CANCELED);
    (void)pthread_mutex_lock(&mutex);
    while (ended < 7 || destroyed < 8) { /* the detached ones end when they like */
        (void)pthread_mutex_unlock(&mutex);
        (void)usleep(1000);
        (void)pthread_mutex_lock(&mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
    (void)usleep(1000000);
}

int main(void)
{
    MUST(pthread_key_create(&key, destroy) == 0);
    main_mask = kernel_mask();
    CURFEW_LOOP(3)
    {
        play();
    }
    return 0;
}
