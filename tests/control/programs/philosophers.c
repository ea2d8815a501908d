/* SPDX-License-Identifier: MIT
 *
 * Dining philosophers, as many as the argument says; good ones take the lower fork first.
 */
#include "common.h"

#define SEATS_MAX 16

static pthread_mutex_t forks[SEATS_MAX];
static size_t seats;

static void *philosopher(void *argument)
{
    size_t seat = (size_t)(uintptr_t)argument;
    size_t left = seat;
    size_t right = (seat + 1) % seats;
#ifndef BAD
    if (left > right) {
        size_t swap = left;
        left = right;
        right = swap;
    }
#endif
    OK(pthread_mutex_lock(&forks[left]));
    OK(pthread_mutex_lock(&forks[right]));
    OK(pthread_mutex_unlock(&forks[right]));
    OK(pthread_mutex_unlock(&forks[left]));
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[SEATS_MAX];
    seats = argc > 1 ? (size_t)atoi(argv[1]) : 3;
    MUST(seats >= 2 && seats <= SEATS_MAX);
    for (size_t seat = 0; seat < seats; seat++) {
        OK(pthread_mutex_init(&forks[seat], NULL));
    }
    for (size_t seat = 0; seat < seats; seat++) {
        threads[seat] = thread_start(philosopher, (void *)(uintptr_t)seat);
    }
    for (size_t seat = 0; seat < seats; seat++) {
        thread_join(threads[seat]);
    }
    for (size_t seat = 0; seat < seats; seat++) {
        OK(pthread_mutex_destroy(&forks[seat]));
    }
    return 0;
}
