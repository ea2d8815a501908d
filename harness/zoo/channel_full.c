/* SPDX-License-Identifier: MIT
 *
 * channel_full.c -- class 16, wake channel: earns `hang`, signals: none.
 * Report: zguide#808, nanomsg#238.  Each item writes to a blocking pipe under the lock that the
 * reader of the pipe needs: once the pipe is full nobody moves.  Good: a full pipe is wake enough.
 */
#include <fcntl.h>

#include "zoo.h"

#define ITEMS 3
#define RECORD 2048 /* a pipe of one page takes two of them */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int queued; /* guarded by mutex */
static int wake[2];

static void *producer(void *unused)
{
    static const char record[RECORD];
    for (int at = 0; at < ITEMS; at++) {
        lock(&mutex);
        queued++;
        (void)write(wake[1], record, sizeof record);
        unlock(&mutex);
    }
    return unused;
}

int main(void)
{
    char record[RECORD];
    OK(pipe(wake));
    MUST(fcntl(wake[1], F_SETPIPE_SZ, 4096) == 4096);
#ifndef BAD
    OK(fcntl(wake[1], F_SETFL, O_NONBLOCK));
#endif
    pthread_t thread = thread_start(producer, NULL);
    for (int taken = 0; taken < ITEMS;) {
        MUST(read(wake[0], record, sizeof record) > 0);
        lock(&mutex);
        taken += queued;
        queued = 0;
        unlock(&mutex);
    }
    thread_join(thread);
    OK(close(wake[0]));
    OK(close(wake[1]));
    return 0;
}
