/* SPDX-License-Identifier: MIT
 *
 * row.c -- the subject and its driver: who is blocked, what was noted, what is printed.
 *
 * "Blocked" is never a matter of having slept long enough.  Natively the kernel says that the
 * subject sleeps, and it can only sleep in the call, since between the store to `phase` and the
 * call there is nothing to sleep in; a call that wakes it has made it runnable when it returns.
 * Under control with the base strategy time goes on only when nobody can, so that a driver whose
 * sleep has ended knows that the subject is blocked.
 */
#include <fcntl.h>

#include "calls.h"

#define NOTES_MAX 64
#define POLL_NS 100000l
#define VIRTUAL_POLL_NS 1000000l
#define VIRTUAL_WAKE_BOUND_MS 50l /* the first look would do */
#define WAKE_BOUND_MS 3000l       /* from there on the row says that it was not woken */

struct note {
    int signo; /* -1: the call has returned; with `end`, its handler has ended */
    bool end;
    int code;
    int value;
    unsigned blocked; /* which of known[] */
    bool on_stack;
    bool elsewhere; /* not on the subject */
};

static struct note notes[NOTES_MAX];
static int notes_count;
static struct row *current;
static _Thread_local bool is_subject;
static char alternate[64 * 1024];
bool virtual_time;

/* ---- signals by name ---- */

#define KNOWN 7
static const char known_letters[KNOWN + 1] = "12hpqlw";

static int known_signal(int at)
{
    const int known[KNOWN] = { SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE, SIGQUEUED, SIGLATER, SIGWAKE };
    return known[at];
}

static const char *signal_name(int signo)
{
    static const char *const names[KNOWN] = { "USR1",   "USR2",  "HUP", "PIPE",
                                              "QUEUED", "LATER", "WAKE" };
    for (int at = 0; at < KNOWN; at++) {
        if (known_signal(at) == signo) {
            return names[at];
        }
    }
    return "?";
}

sigset_t set_from(uint64_t signals)
{
    sigset_t set;
    OK(sigemptyset(&set));
    for (int signo = 1; signo <= 64; signo++) {
        if ((signals & SIGNAL_BIT(signo)) != 0) {
            OK(sigaddset(&set, signo));
        }
    }
    return set;
}

static unsigned blocked_now(void)
{
    sigset_t mask;
    unsigned blocked = 0;
    OK(pthread_sigmask(SIG_SETMASK, NULL, &mask));
    for (int at = 0; at < KNOWN; at++) {
        blocked |= sigismember(&mask, known_signal(at)) == 1 ? 1u << at : 0;
    }
    return blocked;
}

/* ---- handlers and what they note ---- */

static void note(struct note noted)
{
    MUST(notes_count < NOTES_MAX);
    notes[notes_count++] = noted;
}

static void on_signal(int signo, siginfo_t *info, void *context)
{
    char here;
    int saved_errno = errno;
    void (*action)(struct row *) = current->in_handler;
    (void)context;
    note((struct note){
        .signo = signo,
        .code = info->si_code,
        .value = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0,
        .blocked = blocked_now(),
        .on_stack = &here >= alternate && &here < alternate + sizeof alternate,
        .elsewhere = !is_subject,
    });
    current->in_handler = NULL;
    if (action != NULL) {
        action(current);
    }
    note((struct note){ .signo = signo, .end = true });
    errno = saved_errno;
}

void handle(int signo, int flags, uint64_t masked)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = flags | SA_SIGINFO };
    action.sa_mask = set_from(masked);
    OK(sigaction(signo, &action, NULL));
}

void notes_clear(struct row *row)
{
    notes_count = 0;
    current = row;
    for (int at = 0; at < KNOWN; at++) {
        OK(sigaction(known_signal(at), &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
    }
    handle(SIGWAKE, 0, 0);
}

/* ---- the subject ---- */

static struct timespec later(clockid_t clock, long ms)
{
    struct timespec time;
    OK(clock_gettime(clock, &time));
    long nsec = time.tv_nsec + ms % 1000 * 1000000;
    time.tv_sec += ms / 1000 + nsec / 1000000000;
    time.tv_nsec = nsec % 1000000000;
    return time;
}

static long since_ms(const struct timespec *begun)
{
    struct timespec now = later(CLOCK_MONOTONIC, 0);
    return (now.tv_sec - begun->tv_sec) * 1000 + (now.tv_nsec - begun->tv_nsec) / 1000000;
}

/* The call has ended, in one way or another. */
static void subject_back(struct row *row)
{
    sigset_t mask = set_from(row->blocked & SIGNAL_BIT(SIGWAKE));
    note((struct note){ .signo = -1 });
    row->short_wait = since_ms(&row->begun) < row->timeout_ms;
    /* What is still pending is taken now. */
    OK(pthread_sigmask(SIG_SETMASK, &mask, NULL));
    if (row->call->family->leave != NULL) {
        row->call->family->leave(row);
    }
    OK(sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL));
    row->phase = BACK;
}

static void on_cancel(void *row)
{
    ((struct row *)row)->cancelled = true;
    ((struct row *)row)->result = -1;
    subject_back(row);
}

static void *subject_main(void *arg)
{
    struct row *row = arg;
    const stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
    sigset_t mask = set_from(row->blocked);
    is_subject = true;
    row->tid = gettid();
    OK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL));
    OK(sigaltstack(&stack, NULL));
    OK(pthread_sigmask(SIG_SETMASK, &mask, NULL));
    if (row->call->family->enter != NULL) {
        row->call->family->enter(row);
    }
    row->until = later(CLOCK_REALTIME, row->timeout_ms);
    row->begun = later(CLOCK_MONOTONIC, 0);
    row->until_mono = later(CLOCK_MONOTONIC, row->timeout_ms);
    pthread_cleanup_push(on_cancel, row);
    if (row->cancelled_before) {
        OK(pthread_cancel(pthread_self()));
    }
    if (!row->uncancellable) {
        OK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL));
    }
    errno = 0;
    row->phase = IN_CALL;
    row->result = row->call->perform(row);
    row->error = errno;
    OK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL));
    pthread_cleanup_pop(0);
    subject_back(row);
    return NULL;
}

/* ---- the driver ---- */

static void poll_sleep(void)
{
    const struct timespec little = { 0, virtual_time ? VIRTUAL_POLL_NS : POLL_NS };
    OK(nanosleep(&little, NULL));
}

/* What the kernel says of the subject in this file of its own, which is opened once: the number of
 * a descriptor that the circumstance closes must stay free.  Empty when it has ended. */
static void kernel_says(const struct row *row, int *fd, const char *file, char *text, size_t room)
{
    char path[64];
    if (*fd < 0) {
        (void)snprintf(path, sizeof path, "/proc/self/task/%d/%s", row->tid, file);
        *fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    ssize_t size = pread(*fd, text, room - 1, 0);
    text[size > 0 ? size : 0] = '\0';
}

/* The subject sleeps in a system call.  Neither file alone says so: the state in `stat` is already
 * set while a call looks whether to sleep; `syscall` waits until the thread has left its CPU, but
 * takes one that is being woken for one that sleeps. */
static bool is_asleep(struct row *row)
{
    char text[512];
    kernel_says(row, &row->stat_fd, "stat", text, sizeof text);
    const char *state = strrchr(text, ')'); /* behind the name, which may hold anything */
    if (state == NULL || strncmp(state, ") S", 3) != 0) {
        return false;
    }
    kernel_says(row, &row->syscall_fd, "syscall", text, sizeof text);
    return text[0] >= '0' && text[0] <= '9';
}

static bool is_back(struct row *row)
{
    if (row->phase == BACK && row->ended_by == NULL) {
        row->ended_by = row->stage;
    }
    return row->phase == BACK;
}

void settle(struct row *row)
{
    if (virtual_time) {
        poll_sleep();
        (void)is_back(row);
        return;
    }
    while (!is_back(row) && (row->phase != IN_CALL || !is_asleep(row))) {
        poll_sleep();
    }
}

static void await_back(struct row *row, long bound_ms)
{
    struct timespec begun = later(CLOCK_MONOTONIC, 0);
    bound_ms = virtual_time && bound_ms == WAKE_BOUND_MS ? VIRTUAL_WAKE_BOUND_MS : bound_ms;
    while (!is_back(row) && since_ms(&begun) < bound_ms) {
        poll_sleep();
    }
}

void begin_unblocked(struct row *row, long timeout_ms)
{
    row->timeout_ms = timeout_ms;
    row->timeout = (struct timespec){ timeout_ms / 1000, timeout_ms % 1000 * 1000000 };
    row->blocked |= (row->call->traits & ACCEPTS) != 0 ? SIGNAL_BIT(SIGWAKE) : 0;
    OK(sigaddset(&row->accepts, SIGWAKE));
    row->stage = "itself";
    if (row->call->family->prepare != NULL) {
        row->call->family->prepare(row);
    }
    if (row->ready_before) {
        row->call->family->wake(row);
    }
    OK(pthread_create(&row->subject, NULL, subject_main, row));
}

void begin(struct row *row, long timeout_ms)
{
    begin_unblocked(row, timeout_ms * row->slower);
    settle(row);
}

/* By its own means, or by a handler where it has none. */
static void wake(struct row *row)
{
    if (row->call->family->wake != NULL) {
        row->call->family->wake(row);
    } else {
        OK(pthread_kill(row->subject, SIGWAKE));
    }
}

/* What nobody has taken must not come to the next row's subject. */
static void left_pending(struct row *row)
{
    static const struct timespec zero;
    sigset_t all;
    int signo;
    OK(sigfillset(&all));
    OK(sigdelset(&all, SIGCHLD)); /* of a row with a child: who waits does not take it */
    while ((signo = sigtimedwait(&all, NULL, &zero)) > 0) {
        size_t used = strlen(row->pending);
        (void)snprintf(row->pending + used, sizeof row->pending - used, " %s", signal_name(signo));
    }
}

void end(struct row *row)
{
    if (!is_back(row)) {
        row->stage = "wake-up";
        wake(row);
        await_back(row, WAKE_BOUND_MS);
    }
    if (!is_back(row)) {
        row->stage = "force";
        OK(pthread_kill(row->subject, SIGWAKE));
        await_back(row, WAKE_BOUND_MS);
        MUST(is_back(row));
    }
    OK(pthread_join(row->subject, NULL));
    (void)(row->stat_fd >= 0 && close(row->stat_fd));
    (void)(row->syscall_fd >= 0 && close(row->syscall_fd));
    left_pending(row);
    if (row->call->family->finish != NULL) {
        row->call->family->finish(row);
    }
}

void end_by_timeout(struct row *row)
{
    if (!is_back(row)) {
        row->stage = "timeout";
        await_back(row, row->timeout_ms + WAKE_BOUND_MS);
    }
    row->late = row->stage[0] != 't' || row->ended_by == NULL || row->ended_by[0] != 't';
    end(row);
}

/* Nobody is there to send to when an earlier signal has ended the call. */
static bool sends(struct row *row)
{
    if (!is_back(row)) {
        row->stage = "signal";
    }
    return !is_back(row);
}

void to_thread(struct row *row, int signo)
{
    if (sends(row)) {
        OK(pthread_kill(row->subject, signo));
        settle(row);
    }
}

void to_process(struct row *row, int signo)
{
    if (sends(row)) {
        OK(kill(getpid(), signo));
        settle(row);
    }
}

void queue_thread(struct row *row, int signo, int value)
{
    if (sends(row)) {
        OK(pthread_sigqueue(row->subject, signo, (union sigval){ .sival_int = value }));
        settle(row);
    }
}

void queue_process(struct row *row, int signo, int value)
{
    if (sends(row)) {
        OK(sigqueue(getpid(), signo, (union sigval){ .sival_int = value }));
        settle(row);
    }
}

/* ---- the line ---- */

static const char *code_name(int code)
{
    switch (code) {
    case SI_USER:
        return "user";
    case SI_TKILL:
        return "tkill";
    case SI_QUEUE:
        return "queue";
    default:
        return "other";
    }
}

static void print_notes(FILE *out)
{
    for (int at = 0; at < notes_count; at++) {
        const struct note *it = &notes[at];
        bool ends_next = at + 1 < notes_count && notes[at + 1].end;
        if (it->signo < 0) {
            fputs(" |", out); /* the call has returned */
        } else if (it->end) {
            fputs(at > 0 && !notes[at - 1].end && notes[at - 1].signo == it->signo ? "" : " }",
                  out);
        } else {
            fprintf(out, " %s:%s", signal_name(it->signo), code_name(it->code));
            if (it->code == SI_QUEUE) {
                fprintf(out, "=%d", it->value);
            }
            fputs("/", out);
            for (int one = 0; one < KNOWN; one++) {
                if ((it->blocked & 1u << one) != 0) {
                    fputc(known_letters[one], out);
                }
            }
            fputs(it->on_stack ? "/altstack" : "", out);
            fputs(it->elsewhere ? "/elsewhere" : "", out);
            fputs(ends_next ? "" : " {", out);
        }
    }
}

static const char *left_class(const struct row *row)
{
    if (!row->has_left) {
        return "-";
    }
    if (row->left.tv_sec < 0) {
        return "untouched";
    }
    long left_ms = row->left.tv_sec * 1000 + row->left.tv_nsec / 1000000;
    if (left_ms > row->timeout_ms) {
        return "more";
    }
    return left_ms >= row->timeout_ms / 10 * 9               ? "most"
           : row->left.tv_sec == 0 && row->left.tv_nsec == 0 ? "none"
                                                             : "some";
}

void row_print(const struct row *row, const struct circumstance *circumstance, FILE *out)
{
    char result[32];
    bool timeout = row->ended_by[0] == 't';
    if (row->cancelled) {
        (void)snprintf(result, sizeof result, "cancelled");
    } else if ((row->call->traits & NUMBER) != 0) {
        (void)snprintf(result, sizeof result, "%s", strerrorname_np((int)row->result));
    } else if ((row->call->traits & MAKES_FD) != 0 && row->result >= 0) {
        (void)snprintf(result, sizeof result, "fd");
    } else {
        (void)snprintf(result, sizeof result, "%ld", row->result);
    }
    fprintf(out, "%s/%s: by=%s result=%s errno=%s handlers=[", row->call->name, circumstance->name,
            row->ended_by, result, strerrorname_np(row->error));
    print_notes(out);
    fprintf(out, " ] left=%s got=[%s]%s%s%s\n", left_class(row), row->got,
            row->pending[0] != '\0' ? " pending" : "", row->pending,
            timeout && row->short_wait ? " too early" : "");
    (void)fflush(out);
}
