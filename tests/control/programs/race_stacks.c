/* SPDX-License-Identifier: MIT
 *
 * A race with everything that a report can show: stacks of several frames, where the memory came
 * from, mutexes that did not help, and who started the threads.
 */
#include "common.h"

struct shared {
    pthread_mutex_t locks[2]; /* one each, which is the mistake */
    long value;
};

struct side {
    struct shared *shared;
    int index;
};

static __attribute__((noinline)) void change(long *value)
{
    *value += 1;
}

static __attribute__((noinline)) void change_locked(struct shared *shared, int index)
{
    OK(pthread_mutex_lock(&shared->locks[index]));
    change(&shared->value);
    OK(pthread_mutex_unlock(&shared->locks[index]));
}

static void *work(void *argument)
{
    const struct side *side = argument;
    change_locked(side->shared, side->index);
    return NULL;
}

static __attribute__((noinline)) struct shared *shared_new(void)
{
    struct shared *shared = calloc(1, sizeof *shared);
    MUST(shared != NULL);
    OK(pthread_mutex_init(&shared->locks[0], NULL));
    OK(pthread_mutex_init(&shared->locks[1], NULL));
    return shared;
}

int main(void)
{
    struct shared *shared = shared_new();
    struct side sides[2] = { { shared, 0 }, { shared, 1 } };
    pthread_t one = thread_start(work, &sides[0]);
    pthread_t other = thread_start(work, &sides[1]);
    thread_join(one);
    thread_join(other);
    OK(pthread_mutex_destroy(&shared->locks[0]));
    OK(pthread_mutex_destroy(&shared->locks[1]));
    free(shared);
    return 0;
}
