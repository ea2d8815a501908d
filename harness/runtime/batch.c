/* SPDX-License-Identifier: MIT
 *
 * batch.c -- many executions per command, each in a process of its own: what the controller does
 * between two of them, done here while they plainly pass.
 *
 * To hand over to the controller and back costs a tenth of an execution.  A pass is plain when
 * there is nothing to judge: it ended by exit with status 0, nothing stopped it, nobody is left,
 * and it has neither debts nor files.  Any other ends the batch and is the controller's, which
 * finds all as if it had asked for this execution alone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core.h"
#include "sys.h"

#define OUTPUT_FD 1

struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t kind;
    char name[];
};

static long directory_fd; /* negative: there is none */

void rt_batch_start(void)
{
    directory_fd = RT_SYS3(SYS_open, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

void rt_batch_in_child(void)
{
    if (directory_fd >= 0) {
        (void)RT_SYS1(SYS_close, directory_fd);
    }
}

/* The working directory, where the program has nothing but what it left. */
static bool directory_is_empty(void)
{
    char bytes[1024] __attribute__((aligned(8)));
    bool empty = true;
    long size = RT_SYS3(SYS_lseek, directory_fd, 0, SEEK_SET);
    if (size < 0) {
        return false;
    }
    while ((size = RT_SYS3(SYS_getdents64, directory_fd, bytes, sizeof bytes)) > 0) {
        for (long at = 0; at < size; at += ((const struct entry *)(bytes + at))->length) {
            const char *name = ((const struct entry *)(bytes + at))->name;
            bool itself = name[0] == '.' && name[1] == '\0';
            bool parent = name[0] == '.' && name[1] == '.' && name[2] == '\0';
            empty = empty && (itself || parent);
        }
    }
    return empty && size == 0;
}

static bool has_ledger(const struct rt_control *control)
{
    int32_t owner = 0;
    return control->ledger_fd >= 0 &&
           (RT_SYS4(SYS_pread64, control->ledger_fd, &owner, sizeof owner, control->ledger_owner) !=
                sizeof owner ||
            owner != 0);
}

static bool has_signals(const struct rt_control *control)
{
    for (uint32_t at = 0; at < control->signals_count; at++) {
        if (control->signal_reports[at].fate == RT_SIGNAL_PENDING) {
            return true;
        }
    }
    return false;
}

static bool passes_plainly(const struct rt_control *control, int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && control->end == RT_END_EXIT &&
           control->stop == RT_STOP_NONE && control->killed_by == 0 && control->races == 0 &&
           control->threads_alive == 0 && control->children_left == 0 && control->inherited == 0 &&
           control->late_ns == 0 && !has_signals(control) && !has_ledger(control) &&
           directory_is_empty();
}

/* What a pass has printed is of no interest. */
static void output_drop(void)
{
    struct stat status;
    if (RT_SYS2(SYS_fstat, OUTPUT_FD, &status) != 0 || status.st_size != 0) {
        (void)RT_SYS2(SYS_ftruncate, OUTPUT_FD, 0);
    }
}

static uint32_t signals_sent(const struct rt_control *control)
{
    uint32_t sent = 0;
    for (uint32_t at = 0; at < control->signals_count; at++) {
        sent += control->signal_reports[at].sent;
    }
    return sent;
}

bool rt_batch_next(int status)
{
    struct rt_control *control = rt.control;
    uint32_t done = control->batch_done;
    if (done + 1 >= __atomic_load_n(&control->processes, __ATOMIC_RELAXED) ||
        done + 1 >= RT_BATCH_MAX || !passes_plainly(control, status)) {
        return false;
    }
    control->batch_results[done] = (struct rt_batch_result){
        .hash = control->hash,
        .steps = control->steps,
        .clock_ns = control->clock_ns,
        .threads = control->threads_count,
        .outside = control->outside,
        .signals = signals_sent(control),
    };
    output_drop();
    rt_results_forget(control);
    memset(control->signal_reports, 0, control->signals_count * sizeof control->signal_reports[0]);
    __atomic_store_n(&control->turn_tid, 0, __ATOMIC_RELAXED);
    control->seed += control->batch_stride;
    __atomic_store_n(&control->batch_done, done + 1, __ATOMIC_RELEASE);
    return true;
}
