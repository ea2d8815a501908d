/* SPDX-License-Identifier: MIT
 *
 * exit_cleanup_under_thread.c -- class 11, races with exit: earns `crash`, signals: none.
 * Report: openssl#6214, openssl#25294.  A library frees its tables in an atexit handler while a
 * thread of the program still uses them: the program's own handler, which joins, runs later. Good:
 * the library is initialised first, and so cleaned up last.
 */
#include <sys/mman.h>

#include "zoo.h"

static volatile int *table;
static pthread_t thread;

static void library_cleanup(void)
{
    (void)munmap((void *)table, 4096);
}

static void library_init(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(memory != MAP_FAILED);
    table = memory;
    OK(atexit(library_cleanup));
}

static void program_cleanup(void)
{
    thread_join(thread);
}

static void *user(void *unused)
{
    for (int at = 0; at < 4; at++) {
        table[at]++;
    }
    return unused;
}

int main(void)
{
#ifdef BAD
    OK(atexit(program_cleanup));
    library_init();
#else
    library_init();
    OK(atexit(program_cleanup));
#endif
    thread = thread_start(user, NULL);
    return 0;
}
