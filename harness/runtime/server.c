/* SPDX-License-Identifier: MIT
 *
 * server.c -- the start of the program: under a controller it becomes a fork server, one child per
 * execution; without one the runtime stays dormant.
 *
 * It runs in .preinit_array, behind ThreadSanitizer's own start and before any constructor, so that
 * constructors are part of every execution.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core.h"
#include "environment.h"
#include "oracles/oracle.h"
#include "real.h"
#include "signals.h"
#include "strategy.h"
#include "sys.h"

#ifdef RT_TSAN
void __tsan_init(void);
#endif

/* By this the controller knows the program before it starts it. */
#ifdef RT_TSAN
__attribute__((section(RT_MARK_SECTION), used)) static const char mark[] = RT_MARK_TSAN;
#else
__attribute__((section(RT_MARK_SECTION), used)) static const char mark[] = RT_MARK_FAST;
#endif

static struct rt_random program_random; /* what the program gets as randomness */

static void report(int fd, enum rt_report_kind kind, int32_t value)
{
    struct rt_report message = { kind, value };
    (void)RT_SYS3(SYS_write, fd, &message, sizeof message);
}

/* Takes RT_CONTROL_ENV out of the environment.  The value, or NULL. */
static const char *environment_take(char **environment)
{
    static const char name[] = RT_CONTROL_ENV "=";
    for (char **at = environment; *at != NULL; at++) {
        uint32_t length = 0;
        while (name[length] != '\0' && (*at)[length] == name[length]) {
            length++;
        }
        if (name[length] == '\0') {
            const char *value = *at + length;
            for (; *at != NULL; at++) {
                at[0] = at[1];
            }
            return value;
        }
    }
    return NULL;
}

static const char *number_parse(const char *text, int *out_number)
{
    int number = 0;
    while (*text >= '0' && *text <= '9') {
        number = number * 10 + (*text++ - '0');
    }
    *out_number = number;
    return *text == ':' ? text + 1 : text;
}

/* The randomness that the kernel gave to this process becomes the seed's. */
static void auxiliary_fix(void)
{
    uint64_t *bytes = (uint64_t *)getauxval(AT_RANDOM);
    if (bytes != NULL) {
        bytes[0] = rt_random_next(&program_random);
        bytes[1] = rt_random_next(&program_random);
    }
}

void rt_seed_begin(void)
{
    rt.hash = UINT64_C(0xcbf29ce484222325);
    program_random = rt_random_stream(rt.control->seed, 9);
    auxiliary_fix(); /* in every round: what the program draws behind it is the seed's alone */
    const char *wrong = rt_strategy_begin();
    if (wrong != NULL) {
        rt_stop(RT_STOP_USAGE, NULL, wrong, "", "");
    }
}

void rt_random_fill(void *target, size_t size)
{
    uint8_t *bytes = target;
    for (size_t at = 0; at < size; at++) {
        bytes[at] = (uint8_t)rt_random_next(&program_random);
    }
}

/* In the child: from here on every intercepted call is a step. */
static void execution_begin(int command_fd, int report_fd, int32_t server_pid)
{
    (void)RT_SYS1(SYS_close, command_fd);
    (void)RT_SYS1(SYS_close, report_fd);
    rt_batch_in_child();
    (void)RT_SYS5(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (RT_SYS0(SYS_getppid) != server_pid) {
        (void)RT_SYS1(SYS_exit_group, 0);
    }
    (void)RT_SYS2(SYS_setpgid, 0, 0); /* kill(0) is for the execution alone */
    rt.pid = (int32_t)RT_SYS0(SYS_getpid);
    rt_threads_start();
    rt_signals_begin(rt.holder);
    rt_environment_begin();
    rt_tasks_begin();
    rt_modules_begin();
    rt_seed_begin();
    rt_debug_await();
    rt.on = true;
    if (rt.control->signals_count > 0) {
        rt_step(rt.holder, RT_OP_START, NULL, NULL); /* a signal may come before all else */
    }
}

/* The executions of one command.  False: this is the child that is to be one. */
static bool command_run(int command_fd, int report_fd, int32_t server_pid)
{
    int status = 0;
    do {
        int child = RT_REAL(fork)();
        if (child == 0) {
            execution_begin(command_fd, report_fd, server_pid);
            return false;
        }
        if (child < 0) {
            report(report_fd, RT_REPORT_REFUSED, errno);
            return true;
        }
        __atomic_store_n(&rt.control->pid, child, __ATOMIC_RELAXED);
        if (rt.control->debug != 0) {
            report(report_fd, RT_REPORT_STARTED, child);
        }
        while (RT_SYS4(SYS_wait4, child, &status, 0, 0) == -EINTR) {
        }
        rt_children_end();
    } while (rt_batch_next(status));
    report(report_fd, RT_REPORT_ENDED, status);
    return true;
}

static void serve(int command_fd, int report_fd)
{
    int32_t server_pid = (int32_t)RT_SYS0(SYS_getpid);
    rt_children_adopt();
    /* Once: every child has got the same, and asking takes hundreds of system calls. */
    rt_inherit_start();
    rt_signals_start();
    rt_threads_prepare();
    rt_batch_start();
    /* Here and not in each child: a session costs the kernel a scheduling group. */
    (void)RT_SYS0(SYS_setsid);
    report(report_fd, RT_REPORT_HELLO, 0);
    do {
        char command = 0;
        long size;
        do {
            size = RT_SYS3(SYS_read, command_fd, &command, 1);
        } while (size == -EINTR);
        if (size != 1 || command != RT_COMMAND_RUN) {
            (void)RT_SYS1(SYS_exit_group, 0);
        }
    } while (command_run(command_fd, report_fd, server_pid));
}

static void start(int argc, char **argv, char **environment)
{
    int shared_fd;
    int command_fd;
    int report_fd;
    (void)argc;
    (void)argv;
#ifdef RT_TSAN
    __tsan_init();
#endif
    rt_real_init();
    const char *text = environment_take(environment);
    if (text == NULL) {
        return; /* dormant */
    }
    text = number_parse(text, &shared_fd);
    text = number_parse(text, &command_fd);
    (void)number_parse(text, &report_fd);
    long memory = rt_sys(SYS_mmap, 0, sizeof(struct rt_control), PROT_READ | PROT_WRITE, MAP_SHARED,
                         shared_fd, 0);
    if (memory < 0 && memory > -4096) {
        report(report_fd, RT_REPORT_REFUSED, (int32_t)-memory);
        (void)RT_SYS1(SYS_exit_group, 3);
    }
    rt.control = (struct rt_control *)memory;
    (void)RT_SYS1(SYS_close, shared_fd);
    if (rt.control->magic != RT_CONTROL_MAGIC || rt.control->version != RT_CONTROL_VERSION) {
        report(report_fd, RT_REPORT_REFUSED, EPROTO);
        (void)RT_SYS1(SYS_exit_group, 3);
    }
    const char *bypassed = rt_real_bypassed();
    if (bypassed != NULL) {
        rt_stop(RT_STOP_INTERNAL, NULL, "calls pass the runtime by: ", bypassed, "");
    }
    rt_modules_start();
    rt_exit_begin();
    rt_process_begin();
    serve(command_fd, report_fd);
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **,
                                                                              char **) = start;

void rt_final_handler(void)
{
    struct rt_thread *self = rt_self;
    if (!rt.on || rt.over) {
        return;
    }
    if (self != NULL && self->state != RT_THREAD_ENDED && self == rt.holder) {
        rt_step(self, RT_OP_EXIT, NULL, NULL);
    }
    rt_end_exit(0, false);
}

#ifdef RT_TSAN
/* ThreadSanitizer calls this for each report that it prints. */
struct ReportDesc;
__attribute__((visibility("default"))) void
__tsan_on_report(const struct ReportDesc *report_description);
void __tsan_on_report(const struct ReportDesc *report_description)
{
    (void)report_description;
    if (rt.control != NULL) {
        rt_modules_end();
        rt.control->races++;
        rt_embed_abort(); /* the report ends the process, and what it does is no step */
        if (rt.control->debug != 0) {
            rt_debug_stop();
        }
    }
}
#else
/* AddressSanitizer calls this before it prints; what the report does is no step, and nobody else
 * goes on: a second report would wait for the first for ever. */
__attribute__((visibility("default"))) void __asan_on_error(void);
void __asan_on_error(void)
{
    if (rt.control != NULL && rt.on) {
        rt_modules_end();
        if (rt.control->debug != 0) {
            rt_debug_stop();
        }
        rt.over = true;
        rt_embed_abort();
    }
}
#endif
