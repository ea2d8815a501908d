/* SPDX-License-Identifier: MIT
 *
 * support.h -- what the unit tests share: checks for any thread, waiting on what can be observed,
 * forked children, gates, and a seeded source of numbers.
 *
 * cmocka's assertions leave by longjmp, so they are for the test's own thread; threads and forked
 * children use CHECK, which ends the process.  Nothing here sleeps to put threads in order: AWAIT
 * polls a state that is already on its way, and its bound only turns a hang into a failure.
 */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include <cmocka.h>

#include <curfew/curfew.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SUPPORT_THREAD_SANITIZER true
#endif
#endif
#ifndef SUPPORT_THREAD_SANITIZER
#define SUPPORT_THREAD_SANITIZER false
#endif

/* After this long a test hangs; no correct test comes near it on any machine. */
#define SUPPORT_HANG_NS (UINT64_C(60) * 1000000000)
#define SUPPORT_MS_NS UINT64_C(1000000)

/* For threads and children, where cmocka's assertions must not be used: says where, and aborts. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            support_die(__FILE__, __LINE__, #condition);                                           \
        }                                                                                          \
    } while (0)
_Noreturn void support_die(const char *file, int line, const char *what);

/* Polls until the condition holds. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t await_until = support_hang_deadline();                                            \
        while (!(condition)) {                                                                     \
            if (curfew_deadline_after(0) > await_until) {                                          \
                support_die(__FILE__, __LINE__, "in time: " #condition);                           \
            }                                                                                      \
            sched_yield();                                                                         \
        }                                                                                          \
    } while (0)

/* SUPPORT_HANG_NS from now: for waits that must be ended by something else. */
uint64_t support_hang_deadline(void);

/* A deadline that has passed. */
#define SUPPORT_PAST UINT64_C(1)

/* Descriptors and threads of this process, now; under control, threads are not counted. */
unsigned support_count_fds(void);
unsigned support_count_threads(void);

/* Waits until the thread sleeps in a system call, so that a later event finds it blocked.  It makes
 * a race likely to be reached; no assertion may depend on it. */
void support_await_blocked(pid_t tid);

/* A thread of a test.  The function returns normally; support_join checks that it could be joined.
 */
pthread_t support_start(void *(*fn)(void *), void *context);
void support_join(pthread_t thread);

/* Opens once; whoever waits goes on. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* open; broadcast only */
    bool open;              /* guarded by mutex */
};
#define GATE_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false                                 \
    }
void gate_open(struct gate *gate);
void gate_wait(struct gate *gate);

/* A condition variable with an error-checking mutex, which tells whether the caller really holds
 * it. */
struct monitor {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* predicate: the test's */
};
void monitor_init(struct monitor *monitor, clockid_t clock);
void monitor_fini(struct monitor *monitor);

/* Waits by curfew_cond_wait for what never comes; gives the error that ended it. */
int monitor_wait(struct monitor *monitor, struct curfew_stop *stop, uint64_t deadline_ns);

/* Runs fn(context) in a forked child, which ends with _exit(0) if fn returns; gives its wait
 * status. What the child writes to stderr is kept in `output`, if that is not NULL, and else shown.
 */
struct child_output {
    char text[4096]; /* with a closing NUL; the rest is dropped */
};
int support_run_child(void (*fn)(void *), void *context, struct child_output *output);
pid_t support_fork(void (*fn)(void *), void *context);
int support_wait_child(pid_t pid);
bool support_exited(int wait_status, int code);
bool support_killed(int wait_status, int signo);

/* Runs fn(NULL) in a forked child, which must end well; else its stderr is shown. */
void support_assert_passes(void (*fn)(void *));

/* Misuse must abort with exactly one line on stderr, which tells the function and the condition. */
void support_assert_aborts(void (*fn)(void *), void *context);

/* Two defects of ThreadSanitizer (LLVM 14) that tests with many signals keep away from.  It loses a
 * signal that comes during a thread's first blocking call: call this first, which makes one.  And
 * it leaves a thread with all signals blocked for ever when one comes just as it begins to run the
 * delayed handler of another (the handler's first atomic or intercepted call delivers the second,
 * and both save their mask in one place): send the next only when the one before has been
 * handled. */
void support_meet_signals(void);

/* Installs a handler without SA_RESTART, so that EINTR is seen by whoever does not retry. */
void support_handle(int signo, void (*handler)(int));

/* Sends a signal of curfew/signals.h to this process; returns when its handler has run (under
 * ThreadSanitizer that takes a call that it knows as blocking). */
void support_deliver(int signo);

/* For cmocka as group set-up: whoever runs the tests may ignore or block signals (nohup does). */
int support_forget_signals(void **state);

/* SplitMix64; the state is the seed. */
uint64_t support_random(uint64_t *state);

#endif
