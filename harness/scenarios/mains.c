/* SPDX-License-Identifier: MIT
 *
 * mains.c -- the ways in which main learns of a stop and passes it on.
 *
 * Styles built on curfew/signals.h: wait, join, loop, reload (signals bound to the group's stop)
 * and flags (bound to a stop of main's own).  The others block the signals before any thread exists
 * and take them by sigwait, signalfd or sigsuspend, as programs without the library do.
 *
 * In those, SIGRTMIN, which no plan holds, wakes a thread that waits for signals only.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "program.h"

#define SIGNAL_WAKE SIGRTMIN

static atomic_uint
    noted; /* atomic; HUP, USR1 and USR2 that came, as a program would count reloads */

static bool is_stopping_signal(int signo)
{
    return signo == SIGTERM || signo == SIGINT || signo == SIGQUIT;
}

static void heed(int signo)
{
    if (is_stopping_signal(signo)) {
        program_request_stop(signo);
    } else {
        atomic_fetch_add_explicit(&noted, 1, memory_order_relaxed);
    }
}

/* ---- Styles on curfew/signals.h ---- */

static void library_begin(void)
{
    struct curfew_signals_config config = CURFEW_SIGNALS_CONFIG_INIT;
    int status;

    config.stop_signals |= CURFEW_SIGNAL_BIT(SIGQUIT);
    config.latch_signals |= CURFEW_SIGNAL_BIT(SIGUSR2);
    status = curfew_signals_early(&config);
    if (status != 0) {
        program_lacks("signals", -status);
    }
}

static void library_bind(void)
{
    int status = curfew_signals_bind(program.stop);

    if (status != 0) {
        program_lacks("signals", -status);
    }
}

/* The handlers stay until the process ends, so that no signal kills it on its last line; they only
 * must not reach for the group any more. */
static void library_end(void)
{
    if (curfew_signals_bind(NULL) != 0) {
        program_broken("main", "signals cannot be unbound");
    }
}

static void wait_until_stop(void)
{
    int status = curfew_stop_wait(program.stop, CURFEW_NO_DEADLINE);

    if (status != 0) {
        program_lacks("main", -status);
    }
}

static void take_noted(void)
{
    static const int signals[] = { SIGHUP, SIGUSR1, SIGUSR2 };

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (curfew_signals_take(signals[i])) {
            heed(signals[i]);
        }
    }
}

static void loop_until_stop(void)
{
    while (!curfew_stop_is_requested(program.stop)) {
        take_noted();
        nap(&program.random, 300, 1500);
    }
}

/* Each arrival is taken at most once, so never more are noted than came. */
static void reload_until_stop(void)
{
    struct pollfd signals = { .fd = curfew_signals_fd(), .events = POLLIN };
    int ready;

    while ((ready = curfew_poll(&signals, 1, program.stop, CURFEW_NO_DEADLINE)) > 0) {
        take_noted();
    }
    if (ready != -ECANCELED) {
        program_lacks("main", -ready);
    }
    unsigned came = curfew_signals_count(SIGHUP) + curfew_signals_count(SIGUSR1) +
                    curfew_signals_count(SIGUSR2);
    if (atomic_load(&noted) > came) {
        program_broken("main", "more signals were taken than came");
    }
}

/* ---- flags: a stop of main's own; the group's is requested by a worker that fails only ---- */

static struct curfew_stop own_stop = CURFEW_STOP_INIT;

static void flags_bind(void)
{
    program.stop = &own_stop;
    library_bind();
}

static void flags_until_stop(void)
{
    struct pollfd group = { .events = POLLIN };
    int ready;

    group.fd = curfew_stop_fd(curfew_group_get_stop(program.group));
    ready = group.fd < 0 ? group.fd : curfew_poll(&group, 1, program.stop, CURFEW_NO_DEADLINE);
    if (ready > 0) { /* a failure has stopped the group: the end, with the same reason */
        program_request_stop(curfew_stop_reason(curfew_group_get_stop(program.group)));
    } else if (ready != -ECANCELED) {
        program_lacks("main", -ready);
    }
}

static void flags_stop(void)
{
    program_stop_one_by_one(curfew_stop_reason(program.stop));
}

static void flags_end(void)
{
    library_end();
    curfew_stop_fini(&own_stop);
}

/* ---- Styles that block the signals ---- */

static sigset_t waited; /* read-only after begin; the signals of all plans and SIGNAL_WAKE */

static void block_begin(void)
{
    (void)sigemptyset(&waited);
#define X(name, word, stops, help) (void)sigaddset(&waited, name);
    SCENARIO_SIGNALS(X)
#undef X
    (void)sigaddset(&waited, SIGNAL_WAKE);
    (void)pthread_sigmask(SIG_BLOCK, &waited, NULL); /* Valid arguments: cannot fail. */
}

/* A thread beside the group, which main joins; a debt of its own, so that losing it shows. */
static void start_thread(const char *name, void *(*run)(void *), pthread_t *out_thread)
{
    int status;

    curfew_debt_owe_thread(name, 0);
    status = pthread_create(out_thread, NULL, run, NULL);
    if (status != 0) {
        program_lacks(name, status);
    }
}

static void enter_thread(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name); /* Short enough. */
    curfew_debt_note(name, 0, CURFEW_DEBT_RUNNING);
}

/* ---- sigwait and swallow: a thread named `signals`, which lives until all workers are home
 * ---- */

static pthread_t signals_thread; /* main's own */
static atomic_bool signals_done; /* atomic; false -> true once */

static void *signals_run(void *unused)
{
    bool forgets = program.scenario.main_style == MAIN_SWALLOW;
    unsigned ints = 0;
    int signo = 0;

    (void)unused;
    enter_thread("signals");
    while (sigwait(&waited, &signo) == 0) {
        if (signo == SIGNAL_WAKE && atomic_load(&signals_done)) {
            break;
        }
        if (forgets && is_stopping_signal(signo)) {
            forgets = false; /* the defect: the first one has no effect */
            continue;
        }
        ints += signo == SIGINT;
        if (ints >= 2) {
            _exit(128 + SIGINT);
        }
        heed(signo);
    }
    curfew_debt_settle("signals", 0);
    return NULL;
}

static void signals_bind(void)
{
    start_thread("signals", signals_run, &signals_thread);
}

static void signals_end(void)
{
    atomic_store(&signals_done, true);
    (void)pthread_kill(signals_thread, SIGNAL_WAKE); /* It is alive until this reaches it. */
    (void)pthread_join(signals_thread, NULL);
}

/* ---- signalfd ---- */

static int signals_fd = -1; /* main's own */

static void signalfd_bind(void)
{
    signals_fd = signalfd(-1, &waited, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_fd < 0) {
        program_lacks("signalfd", errno);
    }
}

static void signalfd_until_stop(void)
{
    struct pollfd signals = { .fd = signals_fd, .events = POLLIN };
    struct signalfd_siginfo arrival;
    int ready;

    while ((ready = curfew_poll(&signals, 1, program.stop, CURFEW_NO_DEADLINE)) > 0) {
        while (read(signals_fd, &arrival, sizeof arrival) == (ssize_t)sizeof arrival) {
            heed((int)arrival.ssi_signo);
        }
    }
    if (ready != -ECANCELED) {
        program_lacks("main", -ready);
    }
}

static void signalfd_end(void)
{
    (void)close(signals_fd); /* Nothing was written. */
}

/* ---- sigsuspend: signals are open only while main sleeps, so none slips between check and sleep.
 * A stop that comes from a worker wakes main through a thread named `watch`. ---- */

static atomic_int caught_signo; /* atomic; the first stopping signal, written by the handler */
static pthread_t main_thread;   /* read-only after begin */
static pthread_t watch_thread;  /* main's own */

static void on_signal(int signo)
{
    int none = 0;

    if (is_stopping_signal(signo)) {
        (void)atomic_compare_exchange_strong(&caught_signo, &none, signo);
    } else if (signo != SIGNAL_WAKE) {
        atomic_fetch_add_explicit(&noted, 1, memory_order_relaxed);
    }
}

static void sigsuspend_begin(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    block_begin();
    main_thread = pthread_self();
    action.sa_mask = waited;
    for (int signo = 1; signo <= SIGNAL_WAKE; signo++) {
        if (sigismember(&waited, signo) == 1) {
            (void)sigaction(signo, &action, NULL); /* Valid arguments: cannot fail. */
        }
    }
}

static void *watch_run(void *unused)
{
    (void)unused;
    enter_thread("watch");
    wait_until_stop();
    (void)pthread_kill(main_thread, SIGNAL_WAKE); /* Main joins this thread, so it is alive. */
    curfew_debt_settle("watch", 0);
    return NULL;
}

static void sigsuspend_bind(void)
{
    start_thread("watch", watch_run, &watch_thread);
}

static void sigsuspend_until_stop(void)
{
    sigset_t open;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &open);
    for (int signo = 1; signo <= SIGNAL_WAKE; signo++) {
        if (sigismember(&waited, signo) == 1) {
            (void)sigdelset(&open, signo);
        }
    }
    while (atomic_load(&caught_signo) == 0 && !curfew_stop_is_requested(program.stop)) {
        (void)sigsuspend(&open); /* Always -1 with EINTR: a handler ran. */
    }
    if (atomic_load(&caught_signo) != 0) {
        program_request_stop(atomic_load(&caught_signo));
    }
}

static void sigsuspend_end(void)
{
    (void)pthread_join(watch_thread, NULL);
}

const struct main_style main_styles[MAIN_COUNT] = {
    [MAIN_WAIT] = { library_begin, library_bind, wait_until_stop, NULL, library_end },
    [MAIN_SIGWAIT] = { block_begin, signals_bind, wait_until_stop, NULL, signals_end },
    [MAIN_SIGNALFD] = { block_begin, signalfd_bind, signalfd_until_stop, NULL, signalfd_end },
    [MAIN_SIGSUSPEND] = { sigsuspend_begin, sigsuspend_bind, sigsuspend_until_stop, NULL,
                          sigsuspend_end },
    [MAIN_JOIN] = { library_begin, library_bind, NULL, NULL, library_end },
    [MAIN_LOOP] = { library_begin, library_bind, loop_until_stop, NULL, library_end },
    [MAIN_FLAGS] = { library_begin, flags_bind, flags_until_stop, flags_stop, flags_end },
    [MAIN_RELOAD] = { library_begin, library_bind, reload_until_stop, NULL, library_end },
    [MAIN_SWALLOW] = { block_begin, signals_bind, wait_until_stop, NULL, signals_end },
};
