/* SPDX-License-Identifier: MIT
 *
 * work_torn.c -- class 13, lost or torn work: earns `status`, signals: none.
 * Report: aget, "bug 2".  The state that is saved at the stop mixes a total with offsets that the
 * workers still move: what would be resumed does not add up.  Good: both are taken under one lock.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int offsets[2]; /* guarded by mutex */
static int total;      /* guarded by mutex */

static void *download(void *arg)
{
    int *offset = arg;
    for (int part = 0; part < 3; part++) {
        lock(&mutex);
        (*offset)++;
        total++;
        unlock(&mutex);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[] = { thread_start(download, &offsets[0]),
                            thread_start(download, &offsets[1]) };
    lock(&mutex);
    int saved_total = total;
#ifdef BAD
    unlock(&mutex); /* "not for longer than needed" */
    lock(&mutex);
#endif
    int saved_sum = offsets[0] + offsets[1];
    unlock(&mutex);
    thread_join(threads[0]);
    thread_join(threads[1]);
    return saved_total == saved_sum ? 0 : 1;
}
