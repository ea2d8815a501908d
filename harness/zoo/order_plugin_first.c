/* SPDX-License-Identifier: MIT
 *
 * order_plugin_first.c -- class 12, teardown order: earns `crash`, signals: none.
 * Report: vaccel#56, fwupd#553.  A plugin is unloaded, its table of functions cleared, before the
 * worker that calls through it has ended.  Good: unloaded last.
 */
#include "zoo.h"

struct plugin {
    void (*poll)(void);
};

static void plugin_poll(void)
{
}

static struct plugin loaded = { plugin_poll };
static struct plugin *_Atomic plugin = &loaded;

static void *worker(void *unused)
{
    struct plugin *current = plugin;
    current->poll();
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
#ifdef BAD
    plugin = NULL;
    thread_join(thread);
#else
    thread_join(thread);
    plugin = NULL;
#endif
    return 0;
}
