/* SPDX-License-Identifier: MIT
 *
 * Jumps out of handlers: the mask that they go back to, natively and under control.
 */
#include "common.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

static sigjmp_buf back;
static sigjmp_buf outer_back;
static volatile sig_atomic_t handled;

static void on_jump(int signo)
{
    handled = signo;
    siglongjmp(back, signo);
}

static void on_count(int signo)
{
    handled = signo;
}

static void on_nested(int signo)
{
    (void)signo;
    OK(raise(SIGUSR1)); /* whose handler leaves both */
}

static void on_inner_jump(int signo)
{
    if (sigsetjmp(back, 1) == 0) {
        OK(raise(SIGUSR1)); /* leaves one handler, and is in the other one again */
    }
    MUST(handled == SIGUSR1);
    handled = signo;
}

static void on_exit_thread(int signo)
{
    (void)signo;
    pthread_exit(&handled);
}

static void install(int signo, void (*handler)(int), int flags, int masked)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    if (masked != 0) {
        OK(sigaddset(&action.sa_mask, masked));
    }
    OK(sigaction(signo, &action, NULL));
}

static bool blocked(int signo)
{
    sigset_t now;
    OK(pthread_sigmask(SIG_BLOCK, NULL, &now));
    return sigismember(&now, signo) == 1;
}

static void mask(int how, int signo)
{
    sigset_t set;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, signo));
    OK(pthread_sigmask(how, &set, NULL));
}

static void check_mask_is_set_back(void)
{
    install(SIGUSR1, on_jump, 0, SIGUSR2);
    for (int round = 0; round < 3; round++) {
        handled = 0;
        if (sigsetjmp(back, 1) == 0) {
            OK(raise(SIGUSR1));
            MUST(!"raise returned");
        }
        MUST(handled == SIGUSR1 && !blocked(SIGUSR1) && !blocked(SIGUSR2));
    }
    mask(SIG_BLOCK, SIGHUP);
    if (sigsetjmp(back, 1) == 0) {
        mask(SIG_UNBLOCK, SIGHUP);
        OK(raise(SIGUSR1));
    }
    MUST(blocked(SIGHUP) && !blocked(SIGUSR1));
    mask(SIG_UNBLOCK, SIGHUP);
}

static void check_mask_is_kept(void)
{
    if (sigsetjmp(back, 0) == 0) {
        OK(raise(SIGUSR1));
    }
    MUST(blocked(SIGUSR1) && blocked(SIGUSR2));
    mask(SIG_UNBLOCK, SIGUSR1);
    mask(SIG_UNBLOCK, SIGUSR2);
}

static void check_pending_is_taken_at_the_jump(void)
{
    install(SIGUSR2, on_count, 0, 0);
    handled = 0;
    if (sigsetjmp(back, 1) == 0) {
        mask(SIG_BLOCK, SIGUSR2);
        OK(raise(SIGUSR2));
        MUST(handled == 0);
        siglongjmp(back, 1);
    }
    MUST(handled == SIGUSR2);
}

static void check_nested(void)
{
    handled = 0;
    install(SIGUSR2, on_nested, 0, 0);
    if (sigsetjmp(back, 1) == 0) {
        OK(raise(SIGUSR2));
    }
    MUST(handled == SIGUSR1 && !blocked(SIGUSR1) && !blocked(SIGUSR2));

    install(SIGUSR2, on_inner_jump, 0, 0);
    OK(raise(SIGUSR2));
    MUST(handled == SIGUSR2 && !blocked(SIGUSR1) && !blocked(SIGUSR2));
}

static void check_waits(void)
{
    handled = 0;
    install(SIGALRM, on_jump, 0, 0);
    if (sigsetjmp(back, 1) == 0) {
        (void)alarm(1);
        (void)poll(NULL, 0, -1); /* for ever */
    }
    MUST(handled == SIGALRM && !blocked(SIGALRM));
    if (sigsetjmp(back, 1) == 0) {
        sigset_t none;
        OK(sigemptyset(&none));
        mask(SIG_BLOCK, SIGALRM);
        if (sigsetjmp(outer_back, 1) == 0) {
            (void)alarm(1);
            (void)sigsuspend(&none);
        }
    }
    MUST(handled == SIGALRM && blocked(SIGALRM) == false);
}

static void check_other_stack(void)
{
    size_t size = 256u * 1024u;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(memory != MAP_FAILED);
    stack_t stack = { .ss_sp = memory, .ss_size = size };
    OK(sigaltstack(&stack, NULL));
    install(SIGUSR1, on_jump, SA_ONSTACK, 0);
    install(SIGUSR2, on_nested, SA_ONSTACK, 0);
    for (int round = 0; round < 3; round++) {
        handled = 0;
        if (sigsetjmp(back, 1) == 0) {
            OK(raise(SIGUSR2));
        }
        MUST(handled == SIGUSR1 && !blocked(SIGUSR1) && !blocked(SIGUSR2));
    }
    install(SIGUSR2, on_inner_jump, SA_ONSTACK, 0);
    OK(raise(SIGUSR2));
    MUST(handled == SIGUSR2 && !blocked(SIGUSR1));
    stack.ss_flags = SS_DISABLE;
    OK(sigaltstack(&stack, NULL));
    OK(munmap(memory, size));
}

/* What a handler may not do is done after it was left. */
static void check_no_handler_runs_any_more(void)
{
    install(SIGUSR1, on_jump, 0, 0);
    if (sigsetjmp(back, 1) == 0) {
        OK(raise(SIGUSR1));
    }
    char *memory = malloc(1);
    MUST(memory != NULL);
    free(memory);
    errno = 0;
}

static void *run_thread(void *arg)
{
    sigset_t none;
    (void)arg;
    OK(sigemptyset(&none));
    mask(SIG_BLOCK, SIGTERM);
    OK(raise(SIGTERM));
    (void)sigsuspend(&none); /* so that it interrupts nothing else */
    return NULL;
}

static void check_thread_leaves(void)
{
    pthread_t thread;
    void *value = NULL;
    install(SIGTERM, on_exit_thread, 0, 0);
    OK(pthread_create(&thread, NULL, run_thread, NULL));
    OK(pthread_join(thread, &value));
    MUST(value == (void *)&handled);
    free(malloc(1));
}

/* So that there is something to schedule between; it takes no signal. */
static void *run_other(void *arg)
{
    static atomic_int steps;
    (void)arg;
    while (atomic_fetch_add(&steps, 1) < 20) {
    }
    return NULL;
}

/* With an argument: a thread that ends in a handler; ThreadSanitizer thinks that it still runs. */
int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        check_thread_leaves();
        return 0;
    }
    pthread_t other;
    sigset_t all, before;
    OK(sigfillset(&all));
    OK(pthread_sigmask(SIG_SETMASK, &all, &before));
    OK(pthread_create(&other, NULL, run_other, NULL));
    OK(pthread_sigmask(SIG_SETMASK, &before, NULL));
    check_mask_is_set_back();
    check_mask_is_kept();
    check_pending_is_taken_at_the_jump();
    check_nested();
    check_waits();
    check_other_stack();
    check_no_handler_runs_any_more();
    OK(pthread_join(other, NULL));
    return 0;
}
