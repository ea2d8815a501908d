/* SPDX-License-Identifier: MIT
 *
 * support.c -- see support.h.  It may touch /proc of its own process, and children it forks.
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void support_die(const char *file, int line, const char *what)
{
    char message[512];
    int length = snprintf(message, sizeof(message), "%s:%d: not %s\n", file, line, what);
    if (length > 0) {
        size_t bytes = (size_t)length < sizeof(message) ? (size_t)length : sizeof(message) - 1;
        (void)!write(STDERR_FILENO, message, bytes);
    }
    abort();
}

uint64_t support_hang_deadline(void)
{
#ifdef CURFEW_UNIT_CONTROLLED /* Time may leap then, and a hang is known without a bound. */
    return CURFEW_NO_DEADLINE;
#else
    return curfew_deadline_after(SUPPORT_HANG_NS);
#endif
}

static unsigned count_entries(const char *path)
{
    DIR *directory = opendir(path);
    unsigned count = 0;
    CHECK(directory != NULL);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] != '.') {
            count++;
        }
    }
    (void)closedir(directory);
    return count;
}

unsigned support_count_fds(void)
{
    return count_entries("/proc/self/fd") - 1; /* without the directory's own */
}

#ifdef CURFEW_UNIT_CONTROLLED

/* What the kernel says of a thread is no decision of a schedule: one that has handed over its turn
 * may run a moment longer. */
unsigned support_count_threads(void)
{
    return 0;
}

void support_await_blocked(pid_t tid)
{
    (void)tid;
    for (int times = 0; times < 20; times++) {
        (void)sched_yield();
    }
}

#else

static void *tell_tid(void *context)
{
    *(pid_t *)context = gettid();
    return NULL;
}

unsigned support_count_threads(void)
{
    /* ThreadSanitizer starts a thread of its own with the first one of each process. */
    static pid_t counted_in = 0;
    if (counted_in != getpid()) {
        char path[64];
        pid_t tid = 0;
        support_join(support_start(tell_tid, &tid));
        (void)snprintf(path, sizeof(path), "/proc/self/task/%d", (int)tid);
        AWAIT(access(path, F_OK) != 0); /* a joined thread is listed a moment longer */
        counted_in = getpid();
    }
    return count_entries("/proc/self/task");
}

/* The text of a file of /proc; empty when the thread has gone. */
static void read_proc(char *text, size_t size_bytes, pid_t tid, const char *file)
{
    char path[64];
    ssize_t length = 0;
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/%s", (int)tid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read(fd, text, size_bytes - 1);
        (void)close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
}

void support_await_blocked(pid_t tid)
{
    /* One look may catch a short sleep on some lock on the way; twenty equal ones rarely do. */
    char before[256] = "";
    for (int same = 0; same < 20; sched_yield()) {
        char now[256];
        read_proc(now, sizeof(now), tid, "syscall");
        CHECK(now[0] != '\0');
        bool asleep = strncmp(now, "running", 7) != 0 && strcmp(now, before) == 0;
        same = asleep ? same + 1 : 0;
        memcpy(before, now, sizeof(now));
    }
}

#endif

pthread_t support_start(void *(*fn)(void *), void *context)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, fn, context) == 0);
    return thread;
}

void support_join(pthread_t thread)
{
    CHECK(pthread_join(thread, NULL) == 0);
}

void gate_open(struct gate *gate)
{
    CHECK(pthread_mutex_lock(&gate->mutex) == 0);
    gate->open = true;
    CHECK(pthread_cond_broadcast(&gate->changed) == 0);
    CHECK(pthread_mutex_unlock(&gate->mutex) == 0);
}

void gate_wait(struct gate *gate)
{
    CHECK(pthread_mutex_lock(&gate->mutex) == 0);
    while (!gate->open) {
        CHECK(pthread_cond_wait(&gate->changed, &gate->mutex) == 0);
    }
    CHECK(pthread_mutex_unlock(&gate->mutex) == 0);
}

pid_t support_fork(void (*fn)(void *), void *context)
{
    (void)fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        /* cmocka's handlers would turn a crash into the next test of this copy. */
        static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS };
        for (size_t i = 0; i < ARRAY_LENGTH(faults); i++) {
            support_handle(faults[i], SIG_DFL);
        }
        fn(context);
        _exit(0);
    }
    return pid;
}

int support_wait_child(pid_t pid)
{
    int status;
    pid_t waited;
    do {
        waited = waitpid(pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    CHECK(waited == pid);
    return status;
}

struct captured {
    void (*fn)(void *);
    void *context;
    int pipe[2];
};

static void run_captured(void *context)
{
    struct captured *captured = context;
    CHECK(dup2(captured->pipe[1], STDERR_FILENO) == STDERR_FILENO);
    (void)close(captured->pipe[0]);
    (void)close(captured->pipe[1]);
    captured->fn(captured->context);
}

int support_run_child(void (*fn)(void *), void *context, struct child_output *output)
{
    if (output == NULL) {
        return support_wait_child(support_fork(fn, context));
    }
    struct captured captured = { .fn = fn, .context = context };
    CHECK(pipe2(captured.pipe, O_CLOEXEC) == 0);
    pid_t pid = support_fork(run_captured, &captured);
    (void)close(captured.pipe[1]);
    size_t length = 0;
    for (;;) {
        char rest[256];
        bool room = length + 1 < sizeof(output->text);
        char *to = room ? output->text + length : rest;
        ssize_t got =
            read(captured.pipe[0], to, room ? sizeof(output->text) - 1 - length : sizeof(rest));
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            break;
        }
        length += room && got > 0 ? (size_t)got : 0;
    }
    output->text[length] = '\0';
    (void)close(captured.pipe[0]);
    return support_wait_child(pid);
}

bool support_exited(int wait_status, int code)
{
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == code;
}

bool support_killed(int wait_status, int signo)
{
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == signo;
}

void support_assert_aborts(void (*fn)(void *), void *context)
{
    struct child_output output;
    int status = support_run_child(fn, context, &output);
    if (!support_killed(status, SIGABRT)) {
        fail_msg("wait status %d instead of an abort; stderr: %s", status, output.text);
    }
    const char *newline = strchr(output.text, '\n');
    if (newline == NULL || newline == output.text || newline[1] != '\0') {
        fail_msg("not one line on stderr: '%s'", output.text);
    }
    int name = 0; /* where the function's name ends */
    int rest = 0;
    (void)sscanf(output.text, "curfew: misuse or broken invariant in %*[a-z0-9_]%n:%*1[ ]%*[^\n]%n",
                 &name, &rest);
    if (name == 0 || output.text + rest != newline) {
        fail_msg("not 'FUNCTION: CONDITION' on stderr: '%s'", output.text);
    }
}

void support_meet_signals(void)
{
    CHECK(poll(NULL, 0, 0) == 0);
}

void support_handle(int signo, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    CHECK(sigemptyset(&action.sa_mask) == 0);
    CHECK(sigaction(signo, &action, NULL) == 0);
}

uint64_t support_random(uint64_t *state)
{
    uint64_t mixed = (*state += UINT64_C(0x9e3779b97f4a7c15));
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

void monitor_init(struct monitor *monitor, clockid_t clock)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;
    CHECK(pthread_mutexattr_init(&mutex) == 0);
    CHECK(pthread_mutexattr_settype(&mutex, PTHREAD_MUTEX_ERRORCHECK) == 0);
    CHECK(pthread_mutex_init(&monitor->mutex, &mutex) == 0);
    CHECK(pthread_condattr_init(&cond) == 0);
    CHECK(pthread_condattr_setclock(&cond, clock) == 0);
    CHECK(pthread_cond_init(&monitor->changed, &cond) == 0);
    CHECK(pthread_mutexattr_destroy(&mutex) == 0);
    CHECK(pthread_condattr_destroy(&cond) == 0);
}

void monitor_fini(struct monitor *monitor)
{
    CHECK(pthread_cond_destroy(&monitor->changed) == 0);
    CHECK(pthread_mutex_destroy(&monitor->mutex) == 0);
}

int monitor_wait(struct monitor *monitor, struct curfew_stop *stop, uint64_t deadline_ns)
{
    int status = 0;
    CHECK(pthread_mutex_lock(&monitor->mutex) == 0);
    while (status == 0) {
        status = curfew_cond_wait(&monitor->changed, &monitor->mutex, stop, deadline_ns);
    }
    CHECK(pthread_mutex_unlock(&monitor->mutex) == 0); /* held on return, whatever is returned */
    return status;
}

void support_assert_passes(void (*fn)(void *))
{
    struct child_output output;
    int status = support_run_child(fn, NULL, &output);
    if (!support_exited(status, 0)) {
        fail_msg("wait status %d; stderr: %s", status, output.text);
    }
}

void support_deliver(int signo)
{
    unsigned before = curfew_signals_count(signo);
    CHECK(kill(getpid(), signo) == 0);
    AWAIT(usleep(0) || curfew_signals_count(signo) != before);
}

int support_forget_signals(void **state)
{
    (void)state;
    sigset_t none;
    for (int signo = 1; signo <= SIGSYS; signo++) {
        if (signo != SIGKILL && signo != SIGSTOP) {
            support_handle(signo, SIG_DFL);
        }
    }
    CHECK(sigemptyset(&none) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    return 0;
}
