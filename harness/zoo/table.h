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
    X(2, gap_pause, HANG, "TERM", fast, "radvd#12", "pause after the look at the flag") \
    X(2, gap_poll, HANG, "TERM", fast, "Stroika#1165", "poll after the look at the flag") \
    X(2, gap_starved, LIVELOCK, "TERM", fast, "cyrus-imapd#5309", "handler never runs") \
    X(3, handler_allocates, UNSAFE, "TERM", fast, "h2o#799", "malloc") \
    X(3, handler_exits, UNSAFE, "TERM", fast, "FreeCAD#11658", "exit") \
    X(3, handler_local_time, UNSAFE, "TERM", fast, "redis#213", "localtime_r") \
    X(3, handler_locks, UNSAFE, "TERM", fast, "Mooncake#840", "a mutex") \
    X(3, handler_logs, UNSAFE, "TERM", fast, "CVE-2024-6387", "syslog") \
    X(3, handler_prints, UNSAFE, "TERM", fast, "glewlwyd#103", "printf") \
    X(3, handler_signals_condition, UNSAFE, "TERM", fast, "nebulastream#1889", "a condition") \
    X(4, thread_flag_of_its_own, LIVELOCK, "TERM", fast, "httpuv#169", "thread-local flag") \
    X(4, thread_interrupted_other, HANG, "TERM", fast, "Mooncake#3271", "EINTR elsewhere") \
    X(4, thread_joins_itself, UNSAFE, "TERM", fast, "wazuh#38065", "joins its own thread") \
    X(5, startup_flag_reset, HANG, "TERM", fast, "iceoryx#1414", "flag reset behind the handler") \
    X(5, startup_no_object, HANG, "TERM", fast, "xrdp#3481", "handler before its object") \
    X(5, startup_pid_file, LEFTOVER, "TERM", fast, "redis#10003", "leaves while it loads") \
    X(6, start_clears_stop, HANG, "none", fast, "LMCache#5281", "restart erases a flag in use") \
    X(6, start_failed_join, MISUSE, "none", fast, "openpmix#4181", "joins who never started") \
    X(6, start_overwrites_stop, HANG, "none", fast, "4diac-forte#274", "alive is set after stop") \
    X(6, start_second_destroy, HANG, "none", fast, "mbrossard/threadpool", "keeps the lock") \
    X(6, start_stop_forgotten, HANG, "none", fast, "libevent#1292", "the loop's start erases it") \
    X(6, start_two_joiners, MISUSE, "none", fast, "netdata#21421", "two threads join one") \
    X(7, second_abandons_child, LEFTOVER, "INT,INT", fast, "redis#14581", "second one wins") \
    X(7, second_cleanup_twice, CRASH, "none", fast, "charm#163", "two ways out free the same") \
    X(7, second_exits_twice, UNSAFE, "INT,INT", fast, "vayu#972", "second Ctrl-C calls exit") \
    X(7, second_hup_wins, HANG, "TERM,HUP", fast, "conky#233", "one variable for both signals") \
    X(8, join_before_wake, HANG, "none", fast, "syslog-ng#4829", "wakes behind the join") \
    X(8, join_forgotten_reference, HANG, "none", fast, "librdkafka#923", "early return keeps it") \
    X(8, join_holding_lock, HANG, "none", fast, "Yuzu#2349", "joins with what the other needs") \
    X(8, join_itself, MISUSE, "none", fast, "libcoro#420", "stop called by a worker") \
    X(9, wait_accept_close, HANG, "none", fast, "Gearlynx#55", "close does not wake accept") \
    X(9, wait_accept_spin, LIVELOCK, "none", fast, "gargoyle#21", "end of file taken for later") \
    X(9, wait_mixed_clocks, LATE, "TERM", fast, "rocksdb#3735", "deadline of another clock") \
    X(9, wait_one_per_second, LATE, "TERM", fast, "C-Thread-Pool#135", "wakes one a second") \
    X(9, wait_plain_sleep, LATE, "TERM", fast, "dist-clang#58", "sleeps for ten minutes") \
    X(10, freed_condition, MISUSE, "none", fast, "PX4#20802", "destroyed with a waiter") \
    X(10, freed_join_detached, MISUSE, "none", fast, "sems#497", "joins who detached itself") \
    X(10, freed_mapping, CRASH, "none", fast, "Stockfish#6542", "unmaps before the join") \
    X(10, freed_mutex, MISUSE, "none", fast, "pbzip2-0.9.4", "destroyed while a reader has it") \
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
    X(15, eintr_errno_changed, MISUSE, "USR1", fast, "mps#10", "handler changes errno") \
    X(15, eintr_is_fatal, STATUS, "HUP", fast, "keepalived#1947", "interrupted read is an error") \
    X(15, eintr_owns_lock, STATUS, "USR1", fast, "vtrunkd#240", "interrupted wait is the lock") \
    X(16, channel_full, HANG, "none", fast, "zguide#808", "full pipe under a lock") \
    X(16, channel_handler_blocks, HANG, "USR1*4,TERM", fast, "zguide#808", "handler fills a pipe") \
    X(16, channel_one_base, HANG, "none", fast, "prrte#1601", "two loops, one entry") \
    X(16, channel_overflow_drops, HANG, "USR1*3,TERM", fast, "joyent/libuv#806", "drops the stop") \
    X(16, channel_stolen, HANG, "none", fast, "libuv#112", "one byte for two readers") \
    X(17, fork_blocked_mask, INHERIT, "none", fast, "procServ#48", "child ignores every TERM") \
    X(17, fork_ignored_signal, INHERIT, "none", fast, "dramatiq#465", "child ignores INT") \
    X(17, fork_open_descriptor, INHERIT, "none", fast, "libfabric#12671", "child keeps a socket") \
    X(17, fork_runs_atexit, STATUS, "none", fast, "deadpixi/sam#130", "child removes the socket") \
    X(18, leftover_child, LEFTOVER, "none", fast, "guacamole#617", "helper lives on") \
    X(18, leftover_pid_file, LEFTOVER, "none", fast, "janus#819", "a way out that forgets it") \
    X(18, leftover_socket, LEFTOVER, "TERM", fast, "nginx/unit#643", "socket is not unlinked") \
    X(19, supervisor_143, STATUS, "TERM", fast, "mcelog#12", "143 after a clean stop") \
    X(19, supervisor_interrupted, STATUS, "TERM", fast, "SRS#939", "its own stop is an error") \
    X(19, supervisor_slow_drain, LATE, "TERM", fast, "flux#4158", "a deadline for each queue") \
    X(20, flag_hoisted, LIVELOCK, "none", fast, "odp#986", "plain flag read once") \
    X(20, flag_in_handler, RACE, "TERM", tsan, "civetweb#1333", "sig_atomic_t between threads") \
    X(20, flag_plain, RACE, "none", tsan, "civetweb#861", "plain flag") \
    X(20, flag_volatile, RACE, "none", tsan, "civetweb#1184", "volatile taken for atomic")
/* clang-format on */

#endif
