/* SPDX-License-Identifier: MIT
 *
 * row.h -- one row of the comparison: one blocking call in one circumstance.
 *
 * A fresh thread, the subject, makes the call; the first thread drives: it prepares the objects,
 * waits until the subject is blocked, does what the circumstance says, and prints what came of it.
 * The same program runs natively and under control; the lines are to be the same.
 */
#ifndef CONFORMANCE_ROW_H
#define CONFORMANCE_ROW_H

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* Exit status 9: neither pass nor any status that a test expects. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);      \
            _exit(9);                                                                              \
        }                                                                                          \
    } while (0)
#define OK(call) MUST((call) == 0)

/* What is true of a call; a circumstance names what it needs and what it cannot have. */
enum trait {
    TIMED = 1 << 0,     /* has a timeout */
    FD = 1 << 1,        /* waits on row->fd, which can be closed */
    SOCKET = 1 << 2,    /* ... and shut down */
    PEER = 1 << 3,      /* row->peer is the other end, which can be closed */
    LETS_IN = 1 << 4,   /* has a mask of its own */
    ACCEPTS = 1 << 5,   /* takes signals without a handler */
    SAFE_WAKE = 1 << 6, /* a handler can wake it */
    NUMBER = 1 << 7,    /* returns an error number */
    MAKES_FD = 1 << 8,  /* returns a new descriptor */
    HANDLED = 1 << 9,   /* only a handler ends it */
    READY = 1 << 10,    /* its descriptor can be made ready before it begins */
};

enum phase { PREPARING, IN_CALL, BACK };

struct row;

/* The objects that a call needs, and what lets it go on. */
struct family {
    void (*prepare)(struct row *row); /* the driver, before the subject starts */
    void (*enter)(struct row *row);   /* the subject, right before the call */
    void (*leave)(struct row *row);   /* the subject, after it */
    void (*wake)(struct row *row);    /* the driver, or a handler if SAFE_WAKE */
    void (*finish)(struct row *row);  /* the driver, when the subject has ended */
};

struct call {
    const char *name;
    const struct family *family;
    unsigned traits;
    long (*perform)(struct row *row);
};

struct circumstance {
    const char *name;
    unsigned needs;
    unsigned without;
    void (*drive)(struct row *row);
};

#define TEXT_MAX 256

struct row {
    const struct call *call;
    pthread_t subject;
    _Atomic pid_t tid;
    _Atomic enum phase phase;
    int stat_fd; /* where the kernel says whether the subject sleeps */
    int syscall_fd;
    const char *stage;     /* what the driver has done last */
    const char *ended_by;  /* the stage in which the call came back */
    bool ready_before;     /* the descriptor is ready when the call begins */
    bool cancelled_before; /* is pending when the call begins */
    bool uncancellable;
    bool late;       /* the machine was too slow for the circumstance to be as meant */
    unsigned slower; /* all times are so many times as long */
    void (*in_handler)(struct row *row); /* once, in the first handler */
    uint64_t blocked;                    /* signals, in the subject; bit 0 is signal 1 */
    sigset_t admits;                     /* the mask that a LETS_IN call is given */
    sigset_t accepts;                    /* what an ACCEPTS call waits for */

    /* times */
    long timeout_ms;
    struct timespec timeout;
    struct timespec until;      /* CLOCK_REALTIME */
    struct timespec until_mono; /* CLOCK_MONOTONIC */
    struct timespec begun;

    /* outcome */
    bool cancelled;
    long result;
    int error;
    bool has_left;
    struct timespec left;   /* -1: not touched */
    char got[TEXT_MAX];     /* what else the call gave */
    char pending[TEXT_MAX]; /* signals that nobody has taken */
    bool short_wait;        /* came back by its timeout, before it was due */

    /* objects */
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    pthread_rwlock_t rwlock;
    pthread_barrier_t barrier;
    sem_t sem;
    sem_t entered;
    mtx_t c11_mutex;
    cnd_t c11_cond;
    pthread_once_t once;
    pthread_t helper;
    bool helper_joined;
    bool held; /* by the driver */
    _Atomic uint32_t word;
    pid_t child;
    bool child_waited;
    int fd;
    int peer;
    int extra[8];
    int extra_count;
    struct sockaddr_un address;
    socklen_t address_size;
};

extern const struct call calls[];
extern const struct circumstance circumstances[];
extern bool virtual_time; /* under control: only who is blocked lets time go on */

#define LONG_MS 600000l
#define SHORT_MS 20l

/* ---- for the circumstances ---- */

#define SIGNAL_BIT(signo) (UINT64_C(1) << ((signo)-1))
#define SIGQUEUED (SIGRTMIN + 1)
#define SIGLATER (SIGRTMIN + 2)
#define SIGWAKE (SIGRTMIN + 5) /* wakes what accepts signals */

sigset_t set_from(uint64_t signals);
void handle(int signo, int flags, uint64_t masked);
/* Starts the subject and waits until it is blocked in the call. */
void begin(struct row *row, long timeout_ms);
/* The same, but it need not block. */
void begin_unblocked(struct row *row, long timeout_ms);
/* Waits until the subject is blocked again or has come back. */
void settle(struct row *row);
/* The circumstance is over: wakes the subject if it still waits, and joins it. */
void end(struct row *row);
/* Waits until the time is over. */
void end_by_timeout(struct row *row);
void to_thread(struct row *row, int signo);
void to_process(struct row *row, int signo);
void queue_thread(struct row *row, int signo, int value);
void queue_process(struct row *row, int signo, int value);
/* Forgets what was noted and sets all dispositions back. */
void notes_clear(struct row *row);
void row_print(const struct row *row, const struct circumstance *circumstance, FILE *out);

#endif
