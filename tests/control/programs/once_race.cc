// SPDX-License-Identifier: MIT
//
// Two threads meet what main has initialised already: one behind its access to a plain variable, the
// other before.  That is no edge between the two; the good one locks.
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;
static int initial = 1;

static void initialise()
{
    initial = 2;
}

static int meet()
{
#ifdef GUARD
    static int value = initial + 1;
    return value;
#else
    (void)pthread_once(&once, initialise);
    return initial;
#endif
}

static void add()
{
#ifndef BAD
    (void)pthread_mutex_lock(&lock);
#endif
    counter++;
#ifndef BAD
    (void)pthread_mutex_unlock(&lock);
#endif
}

static void *first(void *unused)
{
    add();
    (void)meet();
    return unused;
}

static void *second(void *unused)
{
    (void)meet();
    add();
    return unused;
}

int main()
{
    pthread_t one;
    pthread_t other;
    (void)meet();
    (void)pthread_create(&one, nullptr, first, nullptr);
    (void)pthread_create(&other, nullptr, second, nullptr);
    (void)pthread_join(one, nullptr);
    (void)pthread_join(other, nullptr);
    (void)lock;
    (void)once;
    (void)initialise;
    return 0;
}
