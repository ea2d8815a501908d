/* SPDX-License-Identifier: MIT
 *
 * capture.c -- a bounded copy of a process's output.
 */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So much is read at a time before others get their turn again. */
#define READ_BYTES_MAX (16u * CAPTURE_HALF_BYTES)

int capture_open(struct capture *capture, int *out_write_fd)
{
    int ends[2];
    *capture = (struct capture){ .fd = -1 };
    capture->head = malloc(CAPTURE_HALF_BYTES);
    capture->tail = malloc(CAPTURE_HALF_BYTES);
    if (capture->head == NULL || capture->tail == NULL || pipe2(ends, O_CLOEXEC) != 0) {
        int status = -errno;
        capture_fini(capture);
        return status;
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* Cannot fail: the descriptor is a fresh pipe. */
    capture->fd = ends[0];
    *out_write_fd = ends[1];
    return 0;
}

static void keep(struct capture *capture, const char *data, size_t size)
{
    while (size > 0) {
        char *half = capture->total_bytes < CAPTURE_HALF_BYTES ? capture->head : capture->tail;
        size_t at = (size_t)(capture->total_bytes % CAPTURE_HALF_BYTES);
        size_t part = CAPTURE_HALF_BYTES - at < size ? CAPTURE_HALF_BYTES - at : size;
        memcpy(half + at, data, part);
        capture->total_bytes += part;
        data += part;
        size -= part;
    }
}

void capture_read(struct capture *capture)
{
    static char buffer[CAPTURE_HALF_BYTES];
    size_t taken = 0;
    while (capture->fd >= 0 && taken < READ_BYTES_MAX) {
        ssize_t got = read(capture->fd, buffer, sizeof(buffer));
        if (got > 0) {
            taken += (size_t)got;
            keep(capture, buffer, (size_t)got);
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else if (got < 0 && errno == EAGAIN) {
            break;
        } else {
            (void)close(capture->fd); /* Its end: nothing more will come. */
            capture->fd = -1;
        }
    }
}

void capture_print(const struct capture *capture, FILE *file)
{
    uint64_t total = capture->total_bytes;
    uint64_t head = total < CAPTURE_HALF_BYTES ? total : CAPTURE_HALF_BYTES;
    if (head > 0) {
        (void)fwrite(capture->head, 1, (size_t)head, file);
    }
    if (total <= CAPTURE_HALF_BYTES) {
        return;
    }
    uint64_t rest = total - CAPTURE_HALF_BYTES;
    if (rest <= CAPTURE_HALF_BYTES) {
        (void)fwrite(capture->tail, 1, (size_t)rest, file);
        return;
    }
    (void)fprintf(file, "\n[curfew: %" PRIu64 " bytes of output dropped here]\n",
                  rest - CAPTURE_HALF_BYTES);
    size_t at = (size_t)(total % CAPTURE_HALF_BYTES);
    (void)fwrite(capture->tail + at, 1, CAPTURE_HALF_BYTES - at, file);
    (void)fwrite(capture->tail, 1, at, file);
}

void capture_fini(struct capture *capture)
{
    if (capture->fd >= 0) {
        (void)close(capture->fd);
    }
    free(capture->head);
    free(capture->tail);
    *capture = (struct capture){ .fd = -1 };
}
