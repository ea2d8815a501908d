/* SPDX-License-Identifier: MIT
 *
 * table.h -- every strategy, with one line of help.  Adding one is a line here and a file beside.
 */
#ifndef RT_STRATEGIES_TABLE_H
#define RT_STRATEGIES_TABLE_H

#define RT_STRATEGIES(X)                                                                           \
    X(random, "uniform choice, with a switch probability that varies by seed (switch=0..1)")       \
    X(pct, "random priorities with few change points (depth=N, length=STEPS)")                     \
    X(rr, "run until blocked, then the next thread in turn: the base schedule")                    \
    X(replay, "the recorded decisions of a seed file")

#endif
