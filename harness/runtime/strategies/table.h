/* SPDX-License-Identifier: MIT
 *
 * table.h -- every strategy, with one line of help.  Adding one is a line here and a file beside.
 */
#ifndef RT_STRATEGIES_TABLE_H
#define RT_STRATEGIES_TABLE_H

#define RT_STRATEGIES(X)                                                                           \
    X(portfolio, "rotates over random, pct, slice and stall by seed: the default")                 \
    X(random, "uniform choice, with a switch probability that varies by seed (switch=0..1)")       \
    X(pct, "random priorities with few change points (depth=N, length=STEPS)")                     \
    X(slice, "threads in turn, each for a fixed number of steps")                                  \
    X(stall, "random, but one thread stands still for long, as on a busy machine")                 \
    X(rr, "run until blocked, then the next thread in turn: the base schedule")                    \
    X(replay, "the recorded decisions of a seed file")                                             \
    X(case, "the edits of a case file over the schedule of another strategy")                      \
    X(sweep, "the edits of curfew sweep over the base schedule")

#endif
