/* SPDX-License-Identifier: MIT
 *
 * awkward.c -- programs of kinds that are hard to follow; each stops as it should.
 * usage: awkward daemon|exec|threads|calls [COUNT [and-end]]|deaf|absent
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "controls/control.h"

static int serve(void)
{
    catch_term(on_stop);
    say("ready\n");
    wait_for_stop();
    return 0;
}

static int become_daemon(void)
{
    if (fork() != 0) {
        _exit(0);
    }
    (void)setsid();
    if (fork() != 0) {
        _exit(0);
    }
    return serve();
}

static void *wait_for_main(void *gate)
{
    (void)pthread_barrier_wait(gate);
    (void)pthread_barrier_wait(gate);
    return NULL;
}

static int make_threads(void)
{
    pthread_t threads[64];
    pthread_barrier_t gate;
    sigset_t term;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &term, NULL);
    (void)pthread_barrier_init(&gate, NULL, 65);
    for (int i = 0; i < 64; i++) {
        if (pthread_create(&threads[i], NULL, wait_for_main, &gate) != 0) {
            return 2;
        }
    }
    (void)pthread_barrier_wait(&gate);
    say("ready\n");
    int signo = 0;
    (void)sigwait(&term, &signo);
    (void)pthread_barrier_wait(&gate);
    for (int i = 0; i < 64; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return 0;
}

static int make_calls(int count, bool then_end)
{
    for (int i = 0; i < count; i++) {
        (void)getppid();
    }
    return then_end ? 0 : serve();
}

static int be_deaf(void)
{
    (void)signal(SIGTERM, SIG_IGN);
    say("ready\n");
    for (;;) {
        (void)pause();
    }
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    if (strcmp(kind, "daemon") == 0) {
        return become_daemon();
    }
    if (strcmp(kind, "exec") == 0) {
        char again[] = "serve";
        char *words[] = { argv[0], again, NULL };
        (void)execv("/proc/self/exe", words);
        return 2;
    }
    if (strcmp(kind, "serve") == 0) {
        return serve();
    }
    if (strcmp(kind, "threads") == 0) {
        return make_threads();
    }
    if (strcmp(kind, "calls") == 0) {
        return make_calls(argc > 2 ? atoi(argv[2]) : 10000, argc > 3);
    }
    if (strcmp(kind, "deaf") == 0) {
        return be_deaf();
    }
    return 3;
}
