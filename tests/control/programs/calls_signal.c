/* SPDX-License-Identifier: MIT
 *
 * Dispositions, masks, what is pending, and the waits that signals end: as POSIX and Linux have it,
 * natively and under control.
 */
#include "common.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int taken[4096]; /* numbers, in the order in which handlers began */
static int taken_count;
static siginfo_t last_info;
static volatile sig_atomic_t nested;

static void on_signal(int signo)
{
    taken[taken_count++] = signo;
}

static void on_info(int signo, siginfo_t *info, void *context)
{
    (void)context;
    last_info = *info;
    on_signal(signo);
}

static void on_nested(int signo)
{
    on_signal(signo);
    if (nested-- > 0) {
        OK(raise(signo));
        on_signal(-signo);
    }
}

static void install(int signo, void (*handler)(int), int flags, int masked)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    if (masked != 0) {
        OK(sigaddset(&action.sa_mask, masked));
    }
    OK(sigaction(signo, &action, NULL));
}

static sigset_t set_of(int one, int other)
{
    sigset_t set;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, one));
    if (other != 0) {
        OK(sigaddset(&set, other));
    }
    return set;
}

static bool took(int count, int first, int second, int third)
{
    bool same = taken_count == count && (count < 1 || taken[0] == first) &&
                (count < 2 || taken[1] == second) && (count < 3 || taken[2] == third);
    taken_count = 0;
    return same;
}

static void check_dispositions(void)
{
    struct sigaction old;
    install(SIGUSR1, on_signal, SA_RESTART, SIGUSR2);
    OK(sigaction(SIGUSR1, NULL, &old));
    MUST(old.sa_handler == on_signal && (old.sa_flags & SA_RESTART) != 0);
    MUST(sigismember(&old.sa_mask, SIGUSR2) == 1 && sigismember(&old.sa_mask, SIGUSR1) == 0);
    MUST(signal(SIGUSR1, SIG_IGN) == on_signal);
    OK(raise(SIGUSR1));
    MUST(signal(SIGUSR1, on_signal) == SIG_IGN);
    OK(raise(SIGUSR1));
    MUST(took(1, SIGUSR1, 0, 0));
    MUST(sigaction(SIGKILL, &old, NULL) == -1 && errno == EINVAL);
    MUST(sigaction(NSIG + 1, &old, NULL) == -1 && errno == EINVAL);
    MUST(pthread_kill(pthread_self(), NSIG + 1) == EINVAL);
    OK(kill(getpid(), 0));
}

static void check_flags(void)
{
    struct sigaction action = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
    OK(sigaction(SIGUSR1, &action, NULL));
    OK(kill(getpid(), SIGUSR1));
    MUST(took(1, SIGUSR1, 0, 0) && last_info.si_code == SI_USER && last_info.si_pid == getpid());
    OK(raise(SIGUSR1));
    MUST(took(1, SIGUSR1, 0, 0) && last_info.si_code == SI_TKILL);
    OK(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 7 }));
    MUST(took(1, SIGUSR1, 0, 0) && last_info.si_code == SI_QUEUE);
    MUST(last_info.si_value.sival_int == 7);

    nested = 1; /* its own signal is blocked while it runs */
    install(SIGUSR1, on_nested, 0, 0);
    OK(raise(SIGUSR1));
    MUST(took(3, SIGUSR1, -SIGUSR1, SIGUSR1));
    nested = 1;
    install(SIGUSR1, on_nested, SA_NODEFER, 0);
    OK(raise(SIGUSR1));
    MUST(took(3, SIGUSR1, SIGUSR1, -SIGUSR1));

    install(SIGUSR1, on_signal, (int)SA_RESETHAND, 0);
    OK(raise(SIGUSR1));
    OK(sigaction(SIGUSR1, NULL, &action));
    MUST(took(1, SIGUSR1, 0, 0) && action.sa_handler == SIG_DFL);
}

static void check_masks(void)
{
    sigset_t both = set_of(SIGUSR1, SIGUSR2);
    sigset_t pending;
    sigset_t old;
    install(SIGUSR1, on_signal, 0, 0);
    install(SIGUSR2, on_signal, 0, 0);
    OK(pthread_sigmask(SIG_BLOCK, &both, &old));
    OK(kill(getpid(), SIGUSR1));
    OK(kill(getpid(), SIGUSR1)); /* the same again: one is enough */
    OK(raise(SIGUSR2));
    MUST(took(0, 0, 0, 0));
    OK(sigpending(&pending));
    MUST(sigismember(&pending, SIGUSR1) == 1 && sigismember(&pending, SIGUSR2) == 1);
    OK(pthread_sigmask(SIG_SETMASK, &old, NULL));
    /* The thread's own is taken first, and so the other one's handler runs first, above it. */
    MUST(took(2, SIGUSR1, SIGUSR2, 0));
    OK(sigpending(&pending));
    MUST(sigismember(&pending, SIGUSR1) == 0 && sigismember(&pending, SIGUSR2) == 0);

    OK(pthread_sigmask(SIG_BLOCK, &both, NULL));
    OK(raise(SIGUSR1));
    MUST(signal(SIGUSR1, SIG_IGN) == on_signal); /* drops it */
    MUST(signal(SIGUSR1, on_signal) == SIG_IGN);
    OK(pthread_sigmask(SIG_SETMASK, &old, NULL));
    MUST(took(0, 0, 0, 0));
    MUST(pthread_sigmask(99, &both, NULL) == EINVAL);
    MUST(sigprocmask(99, &both, NULL) == -1 && errno == EINVAL);
}

static void check_accepting(void)
{
    struct timespec zero = { 0, 0 };
    struct timespec little = { 0, 1000000 };
    sigset_t set = set_of(SIGUSR1, SIGRTMIN);
    siginfo_t info;
    int signo;
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    MUST(sigtimedwait(&set, &info, &zero) == -1 && errno == EAGAIN);
    MUST(sigtimedwait(&set, &info, &little) == -1 && errno == EAGAIN);
    for (int value = 1; value <= 3; value++) { /* real-time signals queue, in order */
        OK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = value }));
    }
    OK(raise(SIGUSR1));
    OK(sigwait(&set, &signo));
    MUST(signo == SIGUSR1);
    for (int value = 1; value <= 3; value++) {
        MUST(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_value.sival_int == value);
    }
    MUST(sigtimedwait(&set, NULL, &zero) == -1 && errno == EAGAIN);
    OK(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

static void *mask_check(void *expected)
{
    sigset_t mask;
    OK(pthread_sigmask(SIG_SETMASK, NULL, &mask));
    MUST(sigismember(&mask, SIGUSR1) == (*(const int *)expected & 1));
    MUST(sigismember(&mask, SIGUSR2) == (*(const int *)expected >> 1));
    return NULL;
}

static void check_inheritance(void)
{
    int first = 1;
    int second = 2;
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t usr1 = set_of(SIGUSR1, 0);
    sigset_t usr2 = set_of(SIGUSR2, 0);
    OK(pthread_sigmask(SIG_BLOCK, &usr1, NULL));
    thread_join(thread_start(mask_check, &first));
    OK(pthread_attr_init(&attributes));
    OK(pthread_attr_setsigmask_np(&attributes, &usr2));
    OK(pthread_create(&thread, &attributes, mask_check, &second));
    thread_join(thread);
    OK(pthread_attr_destroy(&attributes));
    OK(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL));
}

/* ---- calls that a handler ends ---- */

static pthread_t target;
static _Atomic bool enough;

/* A signal that comes before the call is too early, so there are some more. */
static void *sender(void *unused)
{
    sigset_t all;
    struct timespec little = { 0, 1000000 };
    OK(sigfillset(&all));
    OK(pthread_sigmask(SIG_BLOCK, &all, NULL));
    while (!enough) {
        OK(pthread_kill(target, SIGUSR1));
        OK(nanosleep(&little, NULL));
    }
    return unused;
}

static pthread_t sending(int flags)
{
    enough = false;
    target = pthread_self();
    install(SIGUSR1, on_signal, flags, 0);
    return thread_start(sender, NULL);
}

static void sent(pthread_t thread)
{
    enough = true;
    thread_join(thread);
    taken_count = 0;
}

/* Under control any timeout may win, also many times. */
#define ATTEMPTS 20
#define INTERRUPTED(call, timed_out)                                                               \
    do {                                                                                           \
        long result;                                                                               \
        int attempts = 0;                                                                          \
        do {                                                                                       \
            errno = 0;                                                                             \
            result = (call);                                                                       \
        } while ((timed_out) && ++attempts < ATTEMPTS);                                            \
        MUST(attempts == ATTEMPTS || result == EINTR || (result == -1 && errno == EINTR));         \
    } while (0)

static void check_waits(int flags)
{
    static _Atomic uint32_t word;
    struct timespec long_time = { 600, 0 };
    struct timespec left = { 0, 0 };
    struct timespec until;
    sigset_t none;
    sem_t sem;
    int fds[2];
    char byte;
    OK(sigemptyset(&none));
    OK(sem_init(&sem, 0, 0));
    OK(pipe(fds));
    pthread_t thread = sending(flags);
    INTERRUPTED(pause(), false);
    INTERRUPTED(nanosleep(&long_time, &left), result == 0);
    MUST(left.tv_sec <= 600);
    INTERRUPTED(clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL), result == 0);
    INTERRUPTED(usleep(900000), result == 0);
    taken_count = 0;
    INTERRUPTED(poll(NULL, 0, -1), false);
    INTERRUPTED(ppoll(NULL, 0, &long_time, &none), result == 0);
    INTERRUPTED(select(0, NULL, NULL, NULL, NULL), false);
    OK(clock_gettime(CLOCK_REALTIME, &until));
    until.tv_sec += 600;
    INTERRUPTED(sem_timedwait(&sem, &until), errno == ETIMEDOUT);
    INTERRUPTED(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &long_time), errno == ETIMEDOUT);
    if (flags == 0) {
        INTERRUPTED(sem_wait(&sem), false);
        INTERRUPTED(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL), false);
        INTERRUPTED(read(fds[0], &byte, 1), false);
    }
    sent(thread);
    OK(close(fds[0]));
    OK(close(fds[1]));
    OK(sem_destroy(&sem));
}

/* ---- and those that go on ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool change; /* guarded by lock */
static sem_t posted;
static int writing;

static void *helper(void *unused)
{
    sigset_t all;
    OK(sigfillset(&all));
    OK(pthread_sigmask(SIG_BLOCK, &all, NULL));
    OK(usleep(3000));
    OK(sem_post(&posted));
    MUST(write(writing, "x", 1) == 1);
    OK(pthread_mutex_lock(&lock));
    change = true;
    OK(pthread_cond_signal(&changed));
    OK(pthread_mutex_unlock(&lock));
    OK(usleep(3000));
    return unused;
}

static void check_restarts(void)
{
    int fds[2];
    char byte;
    OK(sem_init(&posted, 0, 0));
    OK(pipe(fds));
    writing = fds[1];
    pthread_t thread = sending(SA_RESTART);
    pthread_t other = thread_start(helper, NULL);
    OK(sem_wait(&posted));
    MUST(read(fds[0], &byte, 1) == 1);
    OK(pthread_mutex_lock(&lock));
    while (!change) {
        OK(pthread_cond_wait(&changed, &lock));
    }
    change = false;
    OK(pthread_mutex_unlock(&lock));
    thread_join(other);
    sent(thread);
    OK(close(fds[0]));
    OK(close(fds[1]));
    OK(sem_destroy(&posted));
}

/* ---- signalfd ---- */

static bool shows(int fd)
{
    struct pollfd poller = { fd, POLLIN, 0 };
    return poll(&poller, 1, 0) == 1;
}

static void *sends_to_process(void *unused)
{
    OK(kill(getpid(), SIGUSR1));
    return unused;
}

static sem_t may_end;

static void *holds_signal(void *unused)
{
    OK(sem_wait(&may_end));
    return unused;
}

/* What is pending for another thread is not read, and does not hide what comes for the reader. */
static void check_signalfd_of_others(int fd)
{
    struct signalfd_siginfo info;
    OK(sem_init(&may_end, 0, 0));
    pthread_t holder = thread_start(holds_signal, NULL);
    OK(pthread_kill(holder, SIGRTMIN));
    pthread_t sender = thread_start(sends_to_process, NULL);
    MUST(read(fd, &info, sizeof info) == (ssize_t)sizeof info && info.ssi_signo == SIGUSR1);
    thread_join(sender);
    OK(sem_post(&may_end));
    thread_join(holder);
    OK(sem_destroy(&may_end));
}

static void check_signalfd(void)
{
    struct signalfd_siginfo read_infos[4];
    sigset_t set = set_of(SIGUSR1, SIGRTMIN);
    sigset_t other = set_of(SIGUSR2, 0);
    OK(sigaddset(&other, SIGUSR1));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    OK(pthread_sigmask(SIG_BLOCK, &other, NULL));
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    MUST(fd >= 0 && !shows(fd));
    MUST(read(fd, read_infos, sizeof read_infos) == -1 && errno == EAGAIN);
    MUST(read(fd, read_infos, sizeof read_infos[0] - 1) == -1 && errno == EINVAL);
    MUST(write(fd, read_infos, 8) == -1 && errno == EINVAL);
    MUST(signalfd(-1, &set, ~0) == -1 && errno == EINVAL);
    OK(kill(getpid(), SIGRTMIN));
    OK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 7 }));
    OK(raise(SIGUSR1));
    OK(raise(SIGUSR1));
    MUST(shows(fd));
    MUST(read(fd, read_infos, sizeof read_infos) == 3 * (ssize_t)sizeof read_infos[0]);
    MUST(read_infos[0].ssi_signo == SIGUSR1 && read_infos[0].ssi_pid == (uint32_t)getpid());
    MUST((int)read_infos[1].ssi_signo == SIGRTMIN && (int)read_infos[2].ssi_signo == SIGRTMIN);
    MUST(read_infos[2].ssi_int == 7 && read_infos[2].ssi_code == SI_QUEUE);
    MUST(!shows(fd));
    OK(kill(getpid(), SIGUSR2));
    MUST(!shows(fd));
    MUST(signalfd(fd, &other, 0) == fd && shows(fd));
    int copy = dup(fd);
    OK(close(fd));
    MUST(read(copy, read_infos, sizeof read_infos) == (ssize_t)sizeof read_infos[0]);
    MUST(read_infos[0].ssi_signo == SIGUSR2 && !shows(copy));
    OK(close(copy));

    fd = signalfd(-1, &set, 0);
    MUST(signalfd(fd, &set, ~0) == -1 && errno == EINVAL);
    OK(raise(SIGUSR1));
    const struct iovec parts[] = { { read_infos, 4 }, { (char *)read_infos + 4, 124 } };
    MUST(readv(fd, parts, 2) == (ssize_t)sizeof read_infos[0]);
    MUST(read_infos[0].ssi_signo == SIGUSR1 && read_infos[0].ssi_code == SI_TKILL && !shows(fd));
    pthread_t thread = thread_start(sends_to_process, NULL);
    MUST(read(fd, read_infos, sizeof read_infos) == (ssize_t)sizeof read_infos[0]);
    MUST(read_infos[0].ssi_signo == SIGUSR1);
    thread_join(thread);
    check_signalfd_of_others(fd);
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    MUST(child > 0 && waitpid(child, NULL, 0) == child);
    check_signalfd_of_others(fd); /* when its open file is shared */
    OK(close(fd));
    OK(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
    OK(pthread_sigmask(SIG_UNBLOCK, &other, NULL));
}

int main(void)
{
    check_dispositions();
    check_flags();
    check_masks();
    check_accepting();
    check_inheritance();
    check_waits(0);
    check_waits(SA_RESTART);
    check_restarts();
    check_signalfd();
    return 0;
}
