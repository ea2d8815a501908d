/* SPDX-License-Identifier: MIT
 *
 * Does what programs do to a harness, by the word in its argument.
 */
#include "common.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void *nothing(void *unused)
{
    return unused;
}

static void own_sigchld(int signo)
{
    (void)signo;
}

static bool signals(const char *what)
{
    if (strcmp(what, "kill-group") == 0) {
        return kill(0, SIGTERM) == 0;
    }
    if (strcmp(what, "stop-itself") == 0) {
        return raise(SIGSTOP) == 0;
    }
    return strcmp(what, "own-sigchld") == 0 && signal(SIGCHLD, own_sigchld) != SIG_ERR;
}

static void *leaves(void *unused)
{
    _exit(7);
    return unused;
}

static void *exits(void *unused)
{
    exit(5);
    return unused;
}

static void *deep(void *unused)
{
    volatile char stack[900 * 1024];
    for (size_t at = 0; at < sizeof stack; at += 4096) {
        stack[at] = (char)at;
    }
    return unused;
}

static void on_segv(int signo)
{
    (void)signo;
    _exit(3);
}

static void many(size_t count, size_t stack_bytes, void *(*start)(void *))
{
    pthread_t threads[64];
    pthread_attr_t attributes;
    OK(pthread_attr_init(&attributes));
    OK(pthread_attr_setstacksize(&attributes, stack_bytes));
    for (size_t at = 0; at < count; at++) {
        OK(pthread_create(&threads[at], &attributes, start, NULL));
    }
    for (size_t at = 0; at < count; at++) {
        thread_join(threads[at]);
    }
}

static int child_status(pid_t child)
{
    int status = -1;
    MUST(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void use_all_memory(void)
{
    struct rlimit limit = { (rlim_t)200 << 20, (rlim_t)200 << 20 };
    pthread_t thread;
    OK(setrlimit(RLIMIT_AS, &limit));
    void *volatile last; /* or the compiler leaves the calls out */
    do {
        last = malloc(65536);
    } while (last != NULL);
    MUST(pthread_create(&thread, NULL, nothing, NULL) == EAGAIN);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "fork") == 0) {
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread = thread_start(nothing, NULL);
            thread_join(thread);
            _exit(4);
        }
        MUST(child_status(child) == 4);
        thread_join(thread_start(nothing, NULL));
    } else if (strcmp(what, "exec") == 0) {
        thread_join(thread_start(nothing, NULL));
        (void)execl("/bin/true", "true", (char *)NULL);
    } else if (strcmp(what, "spawn") == 0) {
        MUST(system("exit 6") == 6 << 8);
    } else if (strcmp(what, "close-all") == 0) {
        for (int fd = 0; fd < 2048; fd++) {
            (void)close(fd);
        }
        thread_join(thread_start(nothing, NULL));
    } else if (strcmp(what, "exit-in-thread") == 0) {
        (void)thread_start(leaves, NULL);
        for (;;) {
            (void)sleep(1);
        }
    } else if (strcmp(what, "exit-handlers-in-thread") == 0) {
        thread_join(thread_start(exits, NULL));
    } else if (strcmp(what, "own-segv") == 0) {
        struct sigaction action = { .sa_handler = on_segv };
        OK(sigaction(SIGSEGV, &action, NULL));
        *(volatile int *)(uintptr_t)16 = 1;
    } else if (strcmp(what, "abort") == 0) {
        abort();
    } else if (strcmp(what, "threads") == 0) {
        many(64, PTHREAD_STACK_MIN + 65536, nothing);
    } else if (strcmp(what, "stacks") == 0) {
        many(4, 1024 * 1024, deep);
    } else if (strcmp(what, "memory") == 0) {
        size_t kept = 0;
        struct rlimit limit = { 0, 0 };
        OK(getrlimit(RLIMIT_AS, &limit));
        while (malloc((size_t)1 << 40) != NULL && kept < 200) {
            kept++;
        }
        thread_join(thread_start(nothing, NULL));
    } else if (strcmp(what, "memory-limit") == 0) {
        use_all_memory();
    } else if (strcmp(what, "no-threads-left") == 0) {
        struct rlimit limit = { 0, 0 };
        pthread_t thread;
        OK(setrlimit(RLIMIT_NPROC, &limit));
        pthread_attr_t attributes;
        OK(pthread_attr_init(&attributes));
        OK(pthread_attr_setstacksize(&attributes, (size_t)1 << 46));
        MUST(pthread_create(&thread, &attributes, nothing, NULL) == EAGAIN);
    } else if (strcmp(what, "affinity") == 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(1, &set);
        OK(sched_setaffinity(0, sizeof set, &set));
        OK(sched_getaffinity(0, sizeof set, &set));
        MUST(CPU_COUNT(&set) == 4 && sysconf(_SC_NPROCESSORS_ONLN) == 4);
    } else if (strcmp(what, "sleep-for-years") == 0) {
        (void)sleep(100000000);
    } else {
        return signals(what) ? 0 : 8;
    }
    return 0;
}
