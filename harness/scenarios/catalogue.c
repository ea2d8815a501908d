/* SPDX-License-Identifier: MIT
 *
 * catalogue.c -- the named configurations.  Each good one covers a classic pattern of stopping
 * threads; each `bad-` one breaks one rule and must earn the verdict named, and stands beside its
 * `good-` twin, which has the same shape without the defect.
 */
#include <string.h>

#include "scenario.h"

const struct scenario_entry scenario_catalogue[] = {
    /* How a worker notices the stop. */
    { "event-polled", "poll*3", "pass", "an event polled once an iteration" },
    { "event-sleep", "wait*3", "pass", "an event used as an interruptible sleep" },
    { "event-shared", "poll*2 wait*2 cond*2 io accept", "pass",
      "several workers of all kinds on one event" },
    { "worker-class", "class*3 | signals=INT", "pass",
      "an object that embeds its worker, one event" },
    { "flag-each", "flag*4 | main=flags", "pass", "one flag per worker, set one by one from main" },
    { "task-stages", "stages*3 poll", "pass", "a task without a loop that checks between stages" },
    { "blocked-read", "io*3", "pass", "workers blocked in read" },
    { "blocked-accept", "accept*3", "pass", "servers blocked in accept, their sockets unlinked" },
    { "condition", "cond*4", "pass", "workers that wait on one condition variable" },
    { "condition-alone", "cond poll", "pass",
      "one worker on a condition variable: nobody else's wake-up helps it" },
    { "mutex-held", "lock*4", "pass", "workers that hold a mutex while they work" },
    { "cpu-bound", "cpu*2", "pass", "computing workers that seldom check" },
    { "producer-consumer", "queue*2", "pass",
      "a bounded queue: each item consumed or handed back" },
    { "pool-tasks", "pool*2", "pass", "tasks in a pool: each run once or handed back" },

    /* How a worker ends. */
    { "worker-fails", "fail poll wait cond | signals=none", "pass",
      "a failure stops the others and is reported" },
    { "worker-finished", "early*3 poll", "pass", "workers that have already finished at the stop" },
    { "worker-exits", "exit*3 wait", "pass", "workers that end by pthread_exit" },
    { "worker-stops", "stop poll*2 io | signals=none", "pass",
      "a worker that requests the stop itself" },
    { "worker-stops-flags", "stop*2 flag*2 cond | main=flags | signals=none", "pass",
      "a worker asks main to stop all, one by one" },
    { "fail-and-term", "fail stop wait pool | exit=reraise", "pass",
      "a failure, a worker's request and TERM at about the same time" },
    { "worker-spawns", "spawn*3", "pass", "workers that spawn more workers while the stop comes" },
    { "worker-slow", "slow*3", "pass", "cleanups that take their time" },
    { "daemons", "daemon*2 poll*2", "pass", "daemon workers, asked to stop and not waited for" },
    { "phases", "phase*4 poll", "pass", "an ordered stop: later phases are home first" },
    { "files", "file*2 accept", "pass", "files and sockets removed by cleanups" },

    /* What main does meanwhile. */
    { "main-waits", "poll wait | main=wait | signals=INT", "pass",
      "INT while main waits on the stop" },
    { "main-joins", "poll wait io | main=join", "pass", "TERM while main is joining" },
    { "main-loops", "poll wait | main=loop | signals=INT", "pass",
      "INT while main is in its loop" },
    { "main-sigwait", "poll wait cond io | main=sigwait", "pass", "a thread in sigwait" },
    { "main-signalfd", "poll wait cond io | main=signalfd", "pass", "a poll loop on a signalfd" },
    { "main-sigsuspend", "poll wait cond | main=sigsuspend", "pass",
      "handler flag and sigsuspend" },
    { "main-flags", "poll wait cond io accept queue | main=flags | signals=INT", "pass",
      "workers stopped one by one, each through its own stop" },
    { "main-reloads", "poll wait | main=reload | signals=HUP,TERM", "pass",
      "reload on HUP, stop on TERM" },

    /* Which signals come, and when. */
    { "term-twice", "slow poll | signals=TERM,TERM", "pass", "a second TERM does not abort" },
    { "term-in-cleanup", "slow*2 wait | signals=TERM,TERM@cleanup", "pass",
      "TERM during a cleanup" },
    { "int-twice", "slow*2 poll | signals=INT,INT", "pass", "a second Ctrl-C forces the end" },
    { "int-in-cleanup", "slow*2 file | main=signalfd | signals=INT,INT@cleanup", "pass",
      "a second Ctrl-C where main no longer listens" },
    { "int-twice-sigwait", "slow poll | main=sigwait | signals=INT,INT", "pass",
      "a second Ctrl-C to the sigwait thread" },
    { "quit", "poll io | signals=QUIT", "pass", "QUIT stops too" },
    { "hup-then-term", "poll wait | signals=HUP,TERM", "pass", "HUP never cancels TERM" },
    { "hup-in-cleanup", "slow poll | main=reload | signals=TERM,HUP@cleanup", "pass",
      "HUP during the stop does not bring the program back" },
    { "term-at-start", "poll wait io | signals=TERM@start", "pass", "TERM before main is ready" },
    { "term-at-start-sigwait", "poll wait | main=sigwait | signals=TERM@start", "pass",
      "TERM before the sigwait thread exists" },
    { "term-to-main", "poll wait | main=loop | signals=TERM>main", "pass",
      "TERM sent to main alone" },
    { "term-to-signals", "poll wait | main=sigwait | signals=TERM>signals", "pass",
      "TERM sent to the sigwait thread alone" },
    { "term-to-worker", "poll*2 cond | signals=TERM>poll-1,TERM", "pass",
      "TERM sent to a worker, who blocks it, then to the process" },
    { "no-signal", "poll wait cond io pool queue | signals=none", "pass",
      "the program stops itself" },
    { "no-signal-flags", "flag*2 stages | main=flags | signals=none", "pass",
      "the program stops its workers one by one, unasked" },
    { "storm-usr1", "poll wait | signals=USR1*10000,TERM", "pass", "10,000 USR1, then TERM" },
    { "storm-hup", "poll wait | main=reload | signals=HUP*10000,TERM", "pass",
      "10,000 reloads, then TERM" },

    /* How the process ends, and how large it may be. */
    { "exit-reraise", "poll wait | exit=reraise", "pass", "ends by the signal that stopped it" },
    { "exit-reraise-sigwait", "poll file | main=sigwait | signals=INT | exit=reraise", "pass",
      "ends by a signal that all threads block" },
    { "exit-128", "poll wait | signals=INT | exit=128", "pass", "exit status 128 + n" },
    { "workers-64", "poll*24 wait*24 cond*8 io*8", "pass", "64 workers" },
    { "everything",
      "poll wait cond io accept pool cpu stages early exit daemon spawn slow lock queue class flag "
      "phase*2 file | main=sigwait",
      "pass", "one worker of each kind that runs until the stop" },

    /* Negative controls and their fixed twins. */
    { "bad-ignore", "poll ignore", "hang", "a worker that never looks at the stop" },
    { "good-ignore", "poll cond", "pass", "twin of bad-ignore: its wait ends at the stop" },
    { "bad-slow", "poll lag", "late", "a worker that takes 4 s to stop" },
    { "good-slow", "poll slow", "pass", "twin of bad-slow: it takes milliseconds" },
    { "bad-skip", "poll skip", "owing", "a worker that skips its cleanup" },
    { "good-skip", "poll*2", "pass", "twin of bad-skip: it cleans up" },
    { "bad-twice", "wait twice", "twice", "a worker that cleans up twice" },
    { "good-twice", "wait poll", "pass", "twin of bad-twice: it cleans up once" },
    { "bad-race", "poll race", "race", "a plain flag polled by one thread and set by another" },
    { "good-race", "poll flag", "pass", "twin of bad-race: the flag is atomic" },
    { "bad-abandon", "poll abandon", "abandoned", "a worker is alive at the end, and no daemon" },
    { "good-abandon", "poll daemon", "pass", "twin of bad-abandon: it is marked as a daemon" },
    { "bad-crash", "poll crash", "crash", "a worker that aborts when asked to stop" },
    { "good-crash", "poll exit", "pass", "twin of bad-crash: it ends its own thread only" },
    { "bad-status", "poll status", "status", "a clean stop with exit status 3" },
    { "good-status", "poll wait", "pass", "twin of bad-status: exit status 0" },
    { "bad-lost", "poll | main=swallow", "lost", "the first TERM is forgotten, the second heeded" },
    { "good-lost", "poll | main=sigwait", "pass", "twin of bad-lost: the first TERM stops" },
    { "bad-leftover", "poll litter", "leftover", "a file stays in the working directory" },
    { "good-leftover", "poll file", "pass", "twin of bad-leftover: its cleanup unlinks it" },
};

const size_t scenario_catalogue_count = sizeof scenario_catalogue / sizeof scenario_catalogue[0];

const struct scenario_entry *scenario_find(const char *name)
{
    for (size_t i = 0; i < scenario_catalogue_count; i++) {
        if (strcmp(scenario_catalogue[i].name, name) == 0) {
            return &scenario_catalogue[i];
        }
    }
    return NULL;
}
