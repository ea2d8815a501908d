/* SPDX-License-Identifier: MIT
 *
 * late_use.c -- the scenario program in a fuzz target, with a thread beside it that may use memory
 * once more when main has freed it: what targets with AddressSanitizer must find, and others do not
 * see.
 */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

int curfew_fuzz_scenario(int argc, char **argv);
int curfew_fuzz_main(int argc, char **argv);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int *cell; /* guarded by lock */
static int seen;  /* guarded by lock */

static void *counts(void *unused)
{
    for (int round = 0; round < 3; round++) {
        (void)pthread_mutex_lock(&lock);
#ifdef BAD
        seen += *cell;
#else
        seen += cell != NULL ? *cell : 0;
#endif
        (void)pthread_mutex_unlock(&lock);
        (void)nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
    return unused;
}

int curfew_fuzz_main(int argc, char **argv)
{
    pthread_t thread;
    cell = calloc(1, sizeof *cell);
    if (cell == NULL || pthread_create(&thread, NULL, counts, NULL) != 0) {
        return 9;
    }
    int status = curfew_fuzz_scenario(argc, argv);
    (void)pthread_mutex_lock(&lock);
    free(cell);
#ifndef BAD
    cell = NULL;
#endif
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_join(thread, NULL);
    return status;
}
