/* SPDX-License-Identifier: MIT
 *
 * plan.c -- draws, sends and prints the signals of one execution.
 */
#include "plan.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "curfew/base.h"
#include "procs.h"
#include "stream.h"

#define DELAY_MIN_NS 1000.0
#define DELAY_DOUBLINGS 16.0 /* 1 us * 2^16 = 65 ms */
#define AT_ONCE_SHARE 0.25
#define BATCH 512u /* signals sent before others get their turn */
#define THREAD_RETRY_NS UINT64_C(1000000)
#define NAMED_WITHIN_NS UINT64_C(1000000000) /* a thread that names itself has run by then */

void plan_draw(struct plan *plan, const struct scenario *scenario, bool is_scenario, uint64_t seed,
               const char *canonical)
{
    char name[SCENARIO_TEXT_BYTES + 16];
    (void)snprintf(name, sizeof(name), "times:%s", canonical);
    struct stream stream = stream_open(seed, name);
    bool any_stops = false;

    *plan = (struct plan){ .count = scenario->signals_count };
    for (uint32_t index = 0; index < plan->count; index++) {
        struct plan_item *item = &plan->items[index];
        double at_once = stream_unit(&stream); /* Both are drawn in any case: fixed positions. */
        double exponent = stream_unit(&stream) * DELAY_DOUBLINGS;
        item->signal = &scenario->signals[index];
        item->delay_ns = at_once < AT_ONCE_SHARE ? 0 : (uint64_t)(DELAY_MIN_NS * exp2(exponent));
        item->stops = is_scenario
                          ? scenario_signal_stops(scenario, item->signal)
                          : item->signal->signo == SIGTERM || item->signal->signo == SIGINT ||
                                item->signal->signo == SIGQUIT;
        any_stops = any_stops || item->stops;
    }
    /* A program that is no scenario may stop on whatever the user sends it. */
    for (uint32_t index = 0; index < plan->count && !is_scenario && !any_stops; index++) {
        plan->items[index].stops = true;
    }
}

static uint64_t anchor_ns(const struct plan *plan, const struct plan_anchors *anchors)
{
    switch (plan->items[plan->next].signal->anchor) {
    case ANCHOR_READY:
        return anchors->ready_ns;
    case ANCHOR_START:
        return anchors->started_ns;
    case ANCHOR_CLEANUP:
        return anchors->cleanup_ns;
    case ANCHOR_HANDLED:
        return plan->items[plan->next].handled_ns;
    case ANCHOR_PREVIOUS:
        if (plan->next == 0) {
            return anchors->started_ns;
        }
        return plan->items[plan->next - 1].last_ns;
    case ANCHOR_COUNT:
        break;
    }
    return 0;
}

uint64_t plan_due_ns(const struct plan *plan, const struct plan_anchors *anchors)
{
    if (plan->next == plan->count) {
        return UINT64_MAX;
    }
    const struct plan_item *item = &plan->items[plan->next];
    if (item->sent == 0 && item->last_ns != 0) {
        return item->last_ns + THREAD_RETRY_NS; /* Its thread did not exist when it was due. */
    }
    uint64_t anchor = anchor_ns(plan, anchors);
    return anchor == 0 ? UINT64_MAX : anchor + item->delay_ns;
}

bool plan_is_fatal(pid_t pid, pid_t tid, int signo, bool *out_alive)
{
    struct procs_signals signals;
    uint64_t bit = UINT64_C(1) << (signo - 1);
    procs_signals(pid, tid, &signals);
    *out_alive = signals.alive;
    return signals.alive && ((signals.caught | signals.ignored | signals.blocked) & bit) == 0;
}

bool plan_awaits_handler(struct plan *plan, pid_t pid)
{
    if (plan->next == plan->count || plan->items[plan->next].signal->anchor != ANCHOR_HANDLED) {
        return false;
    }
    struct plan_item *item = &plan->items[plan->next];
    bool alive;
    if (item->handled_ns == 0 && !plan_is_fatal(pid, pid, item->signal->signo, &alive) && alive) {
        item->handled_ns = curfew_deadline_after(0);
    }
    return item->handled_ns == 0;
}

static void send_item(struct plan *plan, const struct plan_anchors *anchors, pid_t pid)
{
    struct plan_item *item = &plan->items[plan->next];
    const struct scenario_signal *signal = item->signal;
    bool to_main = strcmp(signal->target, "main") == 0;
    bool alive;
    bool unnamed = false;
    pid_t tid = signal->target[0] == '\0' || to_main
                    ? pid
                    : procs_find_thread(pid, signal->target, &unnamed);
    item->last_ns = curfew_deadline_after(0);
    if (tid == 0) {
        /* Once the program is ready, a thread that is not there will not come; but one that has
         * not run yet is there without its name. */
        bool may_come = unnamed && item->last_ns - anchors->ready_ns < NAMED_WITHIN_NS;
        item->skipped = anchors->ready_ns != 0 && !may_come;
        plan->next += item->skipped ? 1 : 0;
        return;
    }
    bool fatal = plan_is_fatal(pid, tid, signal->signo, &alive);
    if (!alive) {
        return;
    }
    item->fatal = item->fatal || fatal;
    for (uint32_t batch = 0; batch < BATCH && item->sent < signal->count; batch++) {
        long status = signal->target[0] == '\0' ? kill(pid, signal->signo)
                                                : syscall(SYS_tgkill, pid, tid, signal->signo);
        if (status != 0) {
            item->skipped = true; /* The thread ended between the look and the call. */
            break;
        }
        item->sent++;
    }
    item->last_ns = curfew_deadline_after(0);
    item->first_ns = item->first_ns != 0 || item->sent == 0 ? item->first_ns : item->last_ns;
    plan->next += item->skipped || item->sent == signal->count ? 1 : 0;
}

void plan_send(struct plan *plan, const struct plan_anchors *anchors, pid_t pid)
{
    uint64_t now_ns = curfew_deadline_after(0);
    if (plan_due_ns(plan, anchors) <= now_ns) {
        send_item(plan, anchors, pid);
    }
}

uint64_t plan_first_stop_ns(const struct plan *plan)
{
    for (uint32_t index = 0; index < plan->count; index++) {
        if (plan->items[index].stops && plan->items[index].sent > 0) {
            return plan->items[index].first_ns;
        }
    }
    return 0;
}

uint64_t plan_last_ns(const struct plan *plan)
{
    uint64_t last = 0;
    for (uint32_t index = 0; index < plan->count; index++) {
        last = plan->items[index].sent > 0 ? plan->items[index].last_ns : last;
    }
    return last;
}

uint64_t plan_sent(const struct plan *plan)
{
    uint64_t sent = 0;
    for (uint32_t index = 0; index < plan->count; index++) {
        sent += plan->items[index].sent;
    }
    return sent;
}

static double ms_between(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns >= from_ns ? (double)(to_ns - from_ns) / 1e6 : -(double)(from_ns - to_ns) / 1e6;
}

void plan_print(const struct plan *plan, const struct plan_anchors *anchors, bool cut_off,
                FILE *file)
{
    static const char *const anchor_names[ANCHOR_COUNT] = {
#define X(name, word, help) [ANCHOR_##name] = word,
        SCENARIO_ANCHORS(X)
#undef X
    };
    for (uint32_t index = 0; index < plan->count; index++) {
        const struct plan_item *item = &plan->items[index];
        const struct scenario_signal *signal = item->signal;
        (void)fprintf(file, "  %s%s%s: ", scenario_signal_name(signal->signo),
                      signal->target[0] != '\0' ? " to " : "", signal->target);
        if (item->sent == 0) {
            (void)fprintf(file, "not sent (%s%s)\n",
                          item->skipped ? "no such thread"
                          : cut_off     ? "its anchor did not come: "
                                        : "the program ended before",
                          !item->skipped && cut_off ? anchor_names[signal->anchor] : "");
            continue;
        }
        (void)fprintf(file, "sent %.3f ms after the start",
                      ms_between(anchors->started_ns, item->first_ns));
        if (anchors->ready_ns != 0) {
            (void)fprintf(file, ", %+.3f ms from ready",
                          ms_between(anchors->ready_ns, item->first_ns));
        }
        (void)fprintf(file, ", drawn: %s + %.3f ms", anchor_names[signal->anchor],
                      (double)item->delay_ns / 1e6);
        if (signal->count > 1) {
            (void)fprintf(file, ", %" PRIu32 " of %" PRIu32 " times", item->sent, signal->count);
        }
        (void)fprintf(file, "%s\n", item->fatal ? ", not handled at that time" : "");
    }
}
