/* SPDX-License-Identifier: MIT
 *
 * signals.c -- termination signals, remembered by a handler and turned into a stop.
 *
 * The handler touches atomics and an eventfd, nothing else.  Handler: note the signal, then read
 * `bound`.  Bind: publish the stop, then read what was noted.  Both sequentially consistent, so a
 * signal that comes while main binds is seen by one of the two (or both: requests are idempotent).
 *
 * fini closes the eventfd, so it waits until no handler is inside, on whatever thread it runs.
 */
#include "curfew/signals.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "service.h"
#include "stop.h"
#include "tsan.h"

/* The handler is here: what it must not call shall not compile. */
#pragma GCC poison malloc free printf pthread_mutex_lock

#define SIGNAL_MAX 64

enum install_state { ABSENT, INSTALLED };

/* Read-only between early and fini. */
static enum install_state state;
static struct curfew_signals_config config;
static uint64_t installed_signals; /* those whose disposition is ours */
static pid_t owner_pid;
static int event_fd = -1;
static sigset_t old_mask;
static struct sigaction old_actions[SIGNAL_MAX + 1];
static bool holds_service; /* for the hard limit; changed by bind and fini only */

/* Atomic; written by the handler. */
static uint64_t latched;
static unsigned counts[SIGNAL_MAX + 1];
static int first_stop;            /* the first stop signal; 0: none yet */
static bool handed;               /* it was given to a stop */
static struct curfew_stop *bound; /* NULL: none */
static unsigned handlers_inside;

/* ---- In the handler. ---- */

/* A forked child that still has our handlers: dies as if it did not have them. */
static void die_by_default_sigsafe(int signo)
{
    struct sigaction action = { .sa_handler = SIG_DFL };
    sigset_t only;
    (void)sigemptyset(&only);
    (void)sigaddset(&only, signo);
    (void)sigaction(signo, &action, NULL); /* Valid arguments: none of these four can fail. */
    (void)kill(getpid(), signo);
    (void)pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

static void ring_sigsafe(void)
{
    uint64_t one = 1;
    ssize_t written = write(__atomic_load_n(&event_fd, __ATOMIC_SEQ_CST), &one, sizeof(one));
    (void)written; /* EAGAIN: it is readable already; EBADF: fini was faster. */
}

static void hand_over_sigsafe(struct curfew_stop *stop, int signo)
{
    (void)curfew_stop_request(stop, signo); /* May not be the first. */
    __atomic_store_n(&handed, true, __ATOMIC_RELAXED);
    if (config.hard_limit_ns != 0) {
        uint64_t limit_ns = curfew_deadline_after(config.hard_limit_ns);
        curfew__service_limit_sigsafe(limit_ns, 128 + signo, config.report_fd);
    }
}

static void note_sigsafe(int signo)
{
    uint64_t bit = CURFEW_SIGNAL_BIT(signo);
    unsigned count = __atomic_add_fetch(&counts[signo], 1, __ATOMIC_SEQ_CST);
    if (count >= 2 && (config.force_signals & bit) != 0) {
        _exit(128 + signo);
    }
    (void)__atomic_fetch_or(&latched, bit, __ATOMIC_SEQ_CST);
    ring_sigsafe();
    if ((config.stop_signals & bit) != 0) {
        int none = 0;
        (void)__atomic_compare_exchange_n(&first_stop, &none, signo, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST);
        struct curfew_stop *stop = __atomic_load_n(&bound, __ATOMIC_SEQ_CST);
        if (stop != NULL) {
            curfew__tsan_acquire_sigsafe(&bound);
            hand_over_sigsafe(stop, signo);
        }
    }
}

static void on_signal(int signo)
{
    int saved_errno = errno;
    (void)__atomic_add_fetch(&handlers_inside, 1, __ATOMIC_SEQ_CST);
    if (getpid() != owner_pid) {
        die_by_default_sigsafe(signo);
    } else {
        note_sigsafe(signo);
    }
    (void)__atomic_sub_fetch(&handlers_inside, 1, __ATOMIC_SEQ_CST);
    errno = saved_errno;
}

/* ---- Installing and restoring. ---- */

static bool config_is_valid(const struct curfew_signals_config *wanted)
{
    static const int never[] = { SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                                 SIGILL,  SIGTRAP, SIGSYS,  32,     33 };
    uint64_t all = wanted->stop_signals | wanted->latch_signals;
    for (unsigned index = 0; index < sizeof(never) / sizeof(never[0]); index++) {
        if ((all & CURFEW_SIGNAL_BIT(never[index])) != 0) {
            return false;
        }
    }
    return (wanted->stop_signals & wanted->latch_signals) == 0 &&
           (wanted->force_signals & ~wanted->stop_signals) == 0;
}

static void to_sigset(uint64_t signals, sigset_t *out_set)
{
    (void)sigemptyset(out_set);
    for (int signo = 1; signo <= SIGNAL_MAX; signo++) {
        if ((signals & CURFEW_SIGNAL_BIT(signo)) != 0) {
            (void)sigaddset(out_set, signo);
        }
    }
}

static void restore_dispositions_sigsafe(void)
{
    for (int signo = 1; signo <= SIGNAL_MAX; signo++) {
        if ((installed_signals & CURFEW_SIGNAL_BIT(signo)) != 0) {
            (void)sigaction(signo, &old_actions[signo], NULL); /* It was valid before. */
        }
    }
    installed_signals = 0;
}

static void install_dispositions(uint64_t signals)
{
    /* Restarting keeps EINTR away from code that does not expect it; who waits on the stop is woken
     * by its descriptor.  Our signals exclude each other, so handlers do not nest. */
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    to_sigset(signals, &action.sa_mask);
    for (int signo = 1; signo <= SIGNAL_MAX; signo++) {
        if ((signals & CURFEW_SIGNAL_BIT(signo)) == 0) {
            continue;
        }
        int status = sigaction(signo, NULL, &old_actions[signo]);
        CURFEW_ASSERT(status == 0);
        bool ignored = (old_actions[signo].sa_flags & SA_SIGINFO) == 0 &&
                       old_actions[signo].sa_handler == SIG_IGN;
        if (!ignored) { /* Ignored at start (nohup, a background job) stays ignored. */
            installed_signals |= CURFEW_SIGNAL_BIT(signo);
            status = sigaction(signo, &action, NULL);
            CURFEW_ASSERT(status == 0);
        }
    }
}

int curfew_signals_early(const struct curfew_signals_config *wanted)
{
    static const struct curfew_signals_config usual = CURFEW_SIGNALS_CONFIG_INIT;
    wanted = wanted != NULL ? wanted : &usual;
    if (state == INSTALLED) {
        return -EALREADY;
    }
    if (!config_is_valid(wanted)) {
        return -EINVAL;
    }
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return -errno;
    }
    event_fd = fd;
    config = *wanted;
    owner_pid = getpid();
    latched = 0;
    first_stop = 0;
    handed = false;
    bound = NULL;
    handlers_inside = 0;
    for (int signo = 0; signo <= SIGNAL_MAX; signo++) {
        counts[signo] = 0;
    }
    state = INSTALLED;
    /* ThreadSanitizer (LLVM 14) makes a thread's signal context in its first blocking call, and
     * loses a signal that arrives meanwhile.  So that call comes before the handlers. */
    (void)poll(NULL, 0, 0);
    install_dispositions(config.stop_signals | config.latch_signals);

    sigset_t ours;
    to_sigset(installed_signals, &ours);
    int status = pthread_sigmask(SIG_UNBLOCK, &ours, &old_mask);
    CURFEW_ASSERT(status == 0);
    return 0;
}

/* Waits until no handler uses what it found before. */
static void await_handlers(void)
{
    while (__atomic_load_n(&handlers_inside, __ATOMIC_SEQ_CST) > 0) {
        (void)sched_yield(); /* A handler is short, and waits for nobody. */
    }
}

int curfew_signals_bind(struct curfew_stop *stop)
{
    if (state == ABSENT) {
        return -EINVAL;
    }
    if (stop != NULL && config.hard_limit_ns != 0 && !holds_service) {
        int status = curfew__service_ref();
        if (status != 0) {
            return status;
        }
        holds_service = true;
    }
    curfew__tsan_release_sigsafe(&bound);
    __atomic_store_n(&bound, stop, __ATOMIC_SEQ_CST);
    await_handlers(); /* The caller may free the stop that was bound before. */
    int signo = __atomic_load_n(&first_stop, __ATOMIC_SEQ_CST);
    if (stop != NULL && signo != 0) {
        hand_over_sigsafe(stop, signo);
    }
    return 0;
}

/* The library's descriptor goes only after the last handler has left. */
static void close_event(void)
{
    int fd = __atomic_exchange_n(&event_fd, -1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&bound, NULL, __ATOMIC_SEQ_CST);
    await_handlers(); /* Who has only just entered finds neither of the two. */
    (void)close(fd);
}

void curfew_signals_fini(void)
{
    if (state == ABSENT) {
        return;
    }
    if (getpid() != owner_pid) {
        /* What was noted, and whose handlers are inside, is the parent's. */
        curfew_signals_child();
        return;
    }
    restore_dispositions_sigsafe();
    close_event();
    if (holds_service) {
        curfew__service_unlimit();
        curfew__service_unref();
        holds_service = false;
    }
    state = ABSENT;
    int status = pthread_sigmask(SIG_SETMASK, &old_mask, NULL);
    CURFEW_ASSERT(status == 0);
    int signo = __atomic_load_n(&first_stop, __ATOMIC_SEQ_CST);
    if (signo != 0 && !__atomic_load_n(&handed, __ATOMIC_RELAXED)) {
        /* Nobody has seen it: it does what it did before us, or waits if it was blocked then. */
        (void)kill(getpid(), signo);
    }
}

void curfew_signals_child(void)
{
    if (state == ABSENT) {
        return;
    }
    restore_dispositions_sigsafe();
    (void)close(event_fd); /* This process has one thread, so no handler is inside. */
    event_fd = -1;
    holds_service = false;
    state = ABSENT;
    (void)pthread_sigmask(SIG_SETMASK, &old_mask, NULL); /* A mask that was in force before. */
}

/* ---- Asking. ---- */

bool curfew_signals_take(int signo)
{
    if (signo < 1 || signo > SIGNAL_MAX || state == ABSENT) {
        return false;
    }
    int saved_errno = errno;
    uint64_t bit = CURFEW_SIGNAL_BIT(signo);
    /* Empty the descriptor first: what arrives after that makes it readable again.  Do so even when
     * there is nothing to take: an arrival between the two steps is taken here and still rings, and
     * who polls would find the descriptor readable for ever. */
    uint64_t rings;
    ssize_t taken = read(event_fd, &rings, sizeof(rings));
    (void)taken; /* EAGAIN: it was not readable. */
    uint64_t before = __atomic_fetch_and(&latched, ~bit, __ATOMIC_SEQ_CST);
    if ((before & ~bit) != 0) {
        ring_sigsafe();
    }
    if ((before & bit) != 0 && signo == __atomic_load_n(&first_stop, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&handed, true, __ATOMIC_RELAXED); /* Its taker knows of it. */
    }
    errno = saved_errno;
    return (before & bit) != 0;
}

unsigned curfew_signals_count(int signo)
{
    bool valid = signo >= 1 && signo <= SIGNAL_MAX;
    return valid ? __atomic_load_n(&counts[signo], __ATOMIC_SEQ_CST) : 0;
}

int curfew_signals_fd(void)
{
    return state == INSTALLED ? event_fd : -EINVAL;
}

int curfew_signals_exit_status(int reason, enum curfew_exit_policy policy)
{
    if (reason == CURFEW_REASON_FAILURE) {
        return EXIT_FAILURE;
    }
    if (reason == CURFEW_REASON_DEADLINE) {
        return 124;
    }
    if (reason < 1 || reason > SIGNAL_MAX || policy == CURFEW_EXIT_ZERO) {
        return EXIT_SUCCESS;
    }
    if (policy == CURFEW_EXIT_RERAISE) {
        die_by_default_sigsafe(reason);
        /* Still here: the signal's default is not to end the process. */
    }
    return 128 + reason;
}
