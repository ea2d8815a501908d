/* SPDX-License-Identifier: MIT
 *
 * capture.h -- what a process writes, read from a pipe and kept within bounds: its beginning and
 * its end.  What lies between is counted and dropped, so a program that writes without limit costs
 * no memory and is never blocked for long.
 */
#ifndef CURFEW_REAL_CAPTURE_H
#define CURFEW_REAL_CAPTURE_H

#include <stdint.h>
#include <stdio.h>

#define CAPTURE_HALF_BYTES 65536u

struct capture {
    int fd; /* owned; the pipe's read end, non-blocking; -1: closed */
    uint64_t total_bytes;
    char *head; /* owned; the first CAPTURE_HALF_BYTES */
    char *tail; /* owned; a ring with the last ones */
};

/* Makes the pipe.  `*out_write_fd` is the caller's, close-on-exec.
 *   Errors:  -EMFILE, -ENFILE, -ENOMEM. */
int capture_open(struct capture *capture, int *out_write_fd);

/* Reads what is there, without blocking.  The pipe is closed at its end. */
void capture_read(struct capture *capture);

/* Writes what was kept, with a line that says what was dropped. */
void capture_print(const struct capture *capture, FILE *file);

/* Closes and frees.  Zeroed memory with fd -1 is fine. */
void capture_fini(struct capture *capture);

#endif
