/* SPDX-License-Identifier: MIT
 *
 * verdict.c -- the end of an execution: what the runtime knows goes to the controller's memory.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "core.h"
#include "pool.h"
#include "posix/holder.h"
#include "signals.h"
#include "sys.h"

#define EXIT_STOPPED 99
#define TASKS "/proc/self/task"
#define TASKS_FD_MIN 900

static uint32_t text_append(char *text, uint32_t length, uint32_t size, const char *more)
{
    while (*more != '\0' && length + 1 < size) {
        text[length++] = *more++;
    }
    text[length] = '\0';
    return length;
}

struct window {
    uint64_t start;
    uint64_t words[128]; /* handlers have small stacks */
    uint64_t count;      /* of words that were read */
};

/* A frame's link and return address: by system call, so that a wild pointer does no harm, and
 * several at once, up to the end of a page.  NULL: there is none. */
static const uint64_t *frame_read(struct window *window, uint64_t at)
{
    uint64_t offset = at - window->start;
    if (at < window->start || offset % 8 != 0 || offset / 8 + 2 > window->count) {
        uint64_t left = 4096 - at % 4096;
        left = left < sizeof window->words ? left : sizeof window->words;
        struct iovec local = { window->words, left < 16 ? 16 : left };
        struct iovec remote = { (void *)at, local.iov_len };
        long size = rt_sys(SYS_process_vm_readv, rt.pid, (long)&local, 1, (long)&remote, 1, 0);
        window->start = at;
        window->count = size < 0 ? 0 : (uint64_t)size / 8;
        offset = 0;
    }
    return window->count < 2 ? NULL : &window->words[offset / 8];
}

/* Follows the frame pointers. */
static uint32_t stack_walk(void *const *frame, uint64_t *frames)
{
    uint32_t count = 0;
    uint64_t at = (uint64_t)frame;
    struct window window;
    window.count = 0;
    window.start = 0;
    while (count < RT_FRAMES_MAX && at != 0) {
        const uint64_t *link = frame_read(&window, at);
        if (link == NULL || link[1] < 4096) {
            break;
        }
        frames[count++] = link[1];
        if (link[0] <= at || link[0] - at > (1u << 20)) {
            break;
        }
        at = link[0];
    }
    return count;
}

static void report_threads(void)
{
    struct rt_control *control = rt.control;
    control->threads_count = rt.threads_count;
    for (uint32_t number = 0; number < rt.threads_count; number++) {
        const struct rt_thread *thread = &rt.threads[number];
        struct rt_thread_report *report = &control->threads[number];
        for (uint32_t at = 0; at < sizeof report->name; at++) {
            report->name[at] = thread->name[at];
        }
        report->deadline_ns = thread->deadline_ns == RT_NO_DEADLINE ? 0 : thread->deadline_ns;
        report->state = thread->state;
        report->op = thread->op;
        const struct rt_thread *other = thread->object;
        bool is_thread = other >= rt.threads && other < rt.threads + RT_THREADS_MAX;
        report->object = is_thread ? other->number : rt_object_display(thread->object);
        report->holder = thread->state == RT_THREAD_BLOCKED ? rt_holder(thread) : -1;
        report->waits_for_thread = is_thread;
        report->object_address = is_thread ? 0 : (uint64_t)thread->object;
        report->detached = thread->detached;
        report->tid = thread->tid;
        report->frames_count = thread->state == RT_THREAD_ENDED || thread->frame == NULL
                                   ? 0
                                   : stack_walk(thread->frame, report->frames);
    }
}

static void report_common(void)
{
    struct rt_control *control = rt.control;
    const struct rt_thread *self = rt_self;
    report_threads();
    rt_signals_report();
    control->threads_alive = rt.live_count;
    if (self != NULL && self->state != RT_THREAD_ENDED && rt.live_count > 0) {
        control->threads_alive--;
    }
    control->hash = rt.hash;
    control->clock_ns = rt.now_ns;
}

_Noreturn void rt_stop(enum rt_stop stop, const struct rt_thread *who, const char *text,
                       const char *first, const char *second)
{
    struct rt_control *control = rt.control;
    uint32_t length = text_append(control->message, 0, sizeof control->message, text);
    length = text_append(control->message, length, sizeof control->message, first);
    (void)text_append(control->message, length, sizeof control->message, second);
    rt.over = true;
    rt_modules_end();
    report_common();
    control->stop_thread = who != NULL ? who->number : UINT32_MAX;
    control->stop = stop;
    control->end = RT_END_STOPPED;
    if (control->debug != 0) {
        rt_debug_stop();
    }
    rt_embed_over();
    for (;;) {
        (void)RT_SYS1(SYS_exit_group, EXIT_STOPPED);
    }
}

void rt_end_killed(int signo)
{
    if (rt.over) {
        return;
    }
    rt.over = true;
    report_common();
    rt.control->killed_by = (uint32_t)signo;
    rt.control->end = RT_END_KILLED;
}

/* Looks at a directory by a descriptor of ours: to find it by name takes three times as long.  The
 * program may close the descriptor, and open something else there: false. */
static bool tasks_look_again(int fd, const struct stat *first, struct stat *out_status)
{
    return fd >= 0 && RT_SYS2(SYS_fstat, fd, out_status) == 0 &&
           out_status->st_dev == first->st_dev && out_status->st_ino == first->st_ino;
}

/* Out of the program's way; negative: there is none. */
static int tasks_open(void)
{
    long low = RT_SYS3(SYS_open, TASKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    long high = low < 0 ? low : RT_SYS3(SYS_fcntl, low, F_DUPFD_CLOEXEC, TASKS_FD_MIN);
    if (low >= 0) {
        (void)RT_SYS1(SYS_close, low);
    }
    return (int)high;
}

/* Kernel threads of this process: each is a directory, and so a link. */
static uint32_t tasks_count(void)
{
    static struct stat first;
    static int fd = -1;
    struct stat status;
    if (!tasks_look_again(fd, &first, &status)) {
        if (RT_SYS2(SYS_stat, TASKS, &status) != 0) {
            return 0;
        }
        if (rt.looping || rt.embedded) { /* it will be asked for again */
            fd = tasks_open();
            first = status;
        }
    }
    return status.st_nlink < 3 ? 0 : (uint32_t)status.st_nlink - 2;
}

/* Only ThreadSanitizer adds any: after a fork, or with the first thread.  Elsewhere nobody looks,
 * which costs as much as to start a thread. */
void rt_tasks_begin(void)
{
#ifdef RT_TSAN
    rt_tasks_surround();
#endif
}

void rt_tasks_surround(void)
{
    uint32_t tasks = tasks_count();
    rt.tasks_base = tasks > 0 ? tasks - 1 : 0;
}

void rt_tasks_first_thread(uint32_t own)
{
#ifdef RT_TSAN
    uint32_t tasks = tasks_count();
    rt.tasks_base = tasks > own ? tasks - own : 0;
#else
    (void)own;
#endif
}

/* Whether we are the only thread: to leave the other ones of a process is refused when there are
 * any, and is nothing when there are none.  It takes a hundredth of the time of counting them in a
 * process that is new.  False also where a system forbids the call. */
static bool tasks_alone(void)
{
    return RT_SYS1(SYS_unshare, CLONE_THREAD) == 0;
}

void rt_tasks_check(void)
{
    uint32_t expected = rt.tasks_base + rt.live_count + rt_pool_parked();
    const struct rt_thread *self = rt_self;
    if (rt.threads[0].state == RT_THREAD_ENDED) {
        expected++; /* the first thread stays as a zombie */
    }
    if (self != NULL && self->state == RT_THREAD_ENDED && self->number != 0) {
        expected++; /* the last thread's exit runs behind its own end */
    }
    if ((expected > 1 || !tasks_alone()) && tasks_count() > expected) {
        rt_stop(RT_STOP_UNSUPPORTED, NULL,
                "a thread runs that was not started through pthread_create", "", "");
    }
}

void rt_end_exit(int status, bool known)
{
    struct rt_control *control = rt.control;
    if (rt.over) {
        return;
    }
    rt_tasks_check();
    rt.over = true;
    report_common();
    if (known) {
        control->exit_status = status;
    }
    control->end = RT_END_EXIT;
    if (control->debug != 0) {
        rt_debug_stop();
    }
}
