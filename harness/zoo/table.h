/* SPDX-License-Identifier: MIT
 *
 * table.h -- all animals of the zoo: programs of our own with a known kind of shutdown bug.
 *
 * X(class, name, verdict, signals, flavour, report, help), one line each; NAME.c is the program.
 * The build, `curfew list` and the tests read this table, and nothing else names an animal.  The
 * bad build earns exactly `verdict` with `--signals=signals`; the flavour is the one that can see
 * it.
 */
#ifndef CURFEW_ZOO_TABLE_H
#define CURFEW_ZOO_TABLE_H

/* X(number, help) */
#define CURFEW_ZOO_CLASSES(X)                                                                      \
    X(1, "lost stop wake-up")                                                                      \
    X(2, "gap between check and block, or starvation, on signals")                                 \
    X(3, "async-signal-unsafe handler")                                                            \
    X(4, "handler on the wrong thread")                                                            \
    X(5, "startup window")                                                                         \
    X(6, "stop races start")                                                                       \
    X(7, "second or competing signal")                                                             \
    X(8, "join deadlock")                                                                          \
    X(9, "unbounded or mistimed wait")                                                             \
    X(10, "state freed under a live thread")                                                       \
    X(11, "races with exit")                                                                       \
    X(12, "teardown order between parts")                                                          \
    X(13, "lost or torn work")                                                                     \
    X(14, "cancellation")                                                                          \
    X(15, "EINTR and errno")                                                                       \
    X(16, "wake channel")                                                                          \
    X(17, "inheritance over fork and exec")                                                        \
    X(18, "left-overs and orphans")                                                                \
    X(19, "supervisor's contract")                                                                 \
    X(20, "unsynchronised stop flag")

/* clang-format off */
#define CURFEW_ZOO(X) \
    X(1, wake_flag_unlocked, HANG, "none", fast, "simpler#2325", "flag set without the mutex") \
    X(1, wake_no_predicate, HANG, "none", fast, "granian#900", "waits before it asks") \
    X(1, wake_no_recheck, HANG, "none", fast, "ponyc#5037", "suspends again once woken") \
    X(1, wake_only_one, HANG, "none", fast, "thread-pool#93", "signal where broadcast is meant") \
    X(1, wake_other_condition, HANG, "none", fast, "colibri#1340", "wakes the other side only") \
    X(1, wake_value_overwritten, HANG, "none", fast, "brpc#2986", "resets its wake-up and sleeps") \
    X(6, start_clears_stop, HANG, "none", fast, "LMCache#5281", "restart erases a flag in use") \
    X(6, start_failed_join, MISUSE, "none", fast, "openpmix#4181", "joins who never started") \
    X(6, start_overwrites_stop, HANG, "none", fast, "4diac-forte#274", "alive is set after stop") \
    X(6, start_second_destroy, HANG, "none", fast, "mbrossard/threadpool", "keeps the lock") \
    X(6, start_stop_forgotten, HANG, "none", fast, "libevent#1292", "the loop's start erases it") \
    X(6, start_two_joiners, MISUSE, "none", fast, "netdata#21421", "two threads join one") \
    X(7, second_cleanup_twice, CRASH, "none", fast, "charm#163", "two ways out free the same") \
    X(8, join_before_wake, HANG, "none", fast, "syslog-ng#4829", "wakes behind the join") \
    X(8, join_forgotten_reference, HANG, "none", fast, "librdkafka#923", "early return keeps it") \
    X(8, join_holding_lock, HANG, "none", fast, "Yuzu#2349", "joins with what the other needs") \
    X(8, join_itself, MISUSE, "none", fast, "libcoro#420", "stop called by a worker") \
    X(9, wait_accept_close, HANG, "none", fast, "Gearlynx#55", "close does not wake accept") \
    X(9, wait_accept_spin, LIVELOCK, "none", fast, "gargoyle#21", "end of file taken for later") \
    X(10, freed_condition, MISUSE, "none", fast, "PX4#20802", "destroyed with a waiter") \
    X(10, freed_mutex, MISUSE, "none", fast, "pbzip2-0.9.4", "destroyed while a reader has it") \
    X(10, freed_join_detached, MISUSE, "none", fast, "sems#497", "joins who detached itself") \
    X(10, freed_mapping, CRASH, "none", fast, "Stockfish#6542", "unmaps before the join") \
    X(10, freed_semaphore, MISUSE, "none", fast, "later#10", "destroyed with a waiter") \
    X(11, exit_cleanup_under_thread, CRASH, "none", fast, "openssl#6214", "atexit frees tables") \
    X(11, exit_destructor_joins, HANG, "none", fast, "tremotesf2#191", "joins who is not told") \
    X(11, exit_live_worker, ABANDONED, "none", fast, "objeck#879", "main does not join") \
    X(12, order_connection_first, CRASH, "none", fast, "domoticz#2681", "peer goes first") \
    X(12, order_logger_first, MISUSE, "none", fast, "Icinga#9495", "logger goes before its user") \
    X(12, order_plugin_first, CRASH, "none", fast, "vaccel#56", "unloaded before its user ends") \
    X(13, work_dropped, OWING, "none", fast, "qore#3897", "stop is looked at before the queue") \
    X(13, work_paid_twice, TWICE, "none", fast, "corosio#191", "drained while it is being done") \
    X(13, work_torn, STATUS, "none", fast, "aget", "saved parts do not add up") \
    X(13, work_unflushed, OWING, "none", fast, "pdns#4011", "buffer is not flushed at the stop") \
    X(14, cancel_holding_mutex, MISUSE, "none", fast, "asterisk#309", "cancelled in a read") \
    X(14, cancel_in_wait, MISUSE, "none", fast, "opencryptoki#515", "cancelled in a wait") \
    X(14, cancel_takes_token, HANG, "none", fast, "espeak-ng#563", "cancelled with the token") \
    X(16, channel_full, HANG, "none", fast, "zguide#808", "full pipe under a lock") \
    X(16, channel_one_base, HANG, "none", fast, "prrte#1601", "two loops, one entry") \
    X(16, channel_stolen, HANG, "none", fast, "libuv#112", "one byte for two readers") \
    X(17, fork_blocked_mask, INHERIT, "none", fast, "procServ#48", "child ignores every TERM") \
    X(17, fork_ignored_signal, INHERIT, "none", fast, "dramatiq#465", "child ignores INT") \
    X(17, fork_open_descriptor, INHERIT, "none", fast, "libfabric#12671", "child keeps a socket") \
    X(17, fork_runs_atexit, STATUS, "none", fast, "deadpixi/sam#130", "child removes the socket") \
    X(18, leftover_child, LEFTOVER, "none", fast, "guacamole#617", "helper lives on") \
    X(18, leftover_pid_file, LEFTOVER, "none", fast, "janus#819", "a way out that forgets it") \
    X(20, flag_hoisted, LIVELOCK, "none", fast, "odp#986", "plain flag read once") \
    X(20, flag_plain, RACE, "none", tsan, "civetweb#861", "plain flag") \
    X(20, flag_volatile, RACE, "none", tsan, "civetweb#1184", "volatile taken for atomic")
/* clang-format on */

#endif
