/* SPDX-License-Identifier: MIT
 *
 * A shared library with a constructor, a destructor and threads of its own, for exits.c.
 */
#include "common.h"

static int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *text)
{
    MUST(write(1, text, strlen(text)) == (ssize_t)strlen(text));
}

static void at_exit(void)
{
    say("plugin: its exit handler\n");
}

static void *worker(void *unused)
{
    OK(pthread_mutex_lock(&lock));
    counter++;
    OK(pthread_mutex_unlock(&lock));
    return unused;
}

__attribute__((constructor)) static void constructor(void)
{
    OK(atexit(at_exit));
    thread_join(thread_start(worker, NULL));
    say("plugin: constructor\n");
}

__attribute__((destructor)) static void destructor(void)
{
    say("plugin: destructor\n");
}

int plugin_work(void);
int plugin_work(void)
{
    pthread_t one = thread_start(worker, NULL);
    pthread_t other = thread_start(worker, NULL);
    thread_join(one);
    thread_join(other);
    return counter;
}
