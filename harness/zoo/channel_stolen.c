/* SPDX-License-Identifier: MIT
 *
 * channel_stolen.c -- class 16, wake channel: earns `hang`, signals: none.
 * Report: libuv#112.  Two loops read from the same wake pipe; the stop writes one byte, which one
 * of them takes.  Good: the pipe is closed for writing, which no reader can take away.
 */
#include "zoo.h"

static int wake[2];

static void *loop(void *unused)
{
    char byte;
    (void)read(wake[0], &byte, 1);
    return unused;
}

int main(void)
{
    OK(pipe(wake));
    pthread_t threads[] = { thread_start(loop, NULL), thread_start(loop, NULL) };
#ifdef BAD
    MUST(write(wake[1], "x", 1) == 1);
#else
    OK(close(wake[1]));
#endif
    thread_join(threads[0]);
    thread_join(threads[1]);
    OK(close(wake[0]));
    return 0;
}
