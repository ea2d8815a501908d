/* SPDX-License-Identifier: MIT
 *
 * workers_io.c -- workers that block in the kernel, or keep something in the working directory:
 * `NAME.sock`, `NAME.tmp`.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "program.h"

/* ---- io ---- */

struct pipe_worker {
    struct worker base;
    int ends[2];
};

static void close_pipe(void *context)
{
    struct pipe_worker *reader = context;

    program_cleanup_begins();
    (void)close(reader->ends[0]);
    (void)close(reader->ends[1]);
}

/* Reads a few bytes, and then blocks: nobody writes any more. */
static int run_io(struct worker *worker)
{
    static const char bytes[4] = "tick";
    struct pipe_worker *reader = (struct pipe_worker *)worker;
    ssize_t got;

    if (pipe2(reader->ends, O_CLOEXEC) != 0) {
        program_lacks(worker->name, errno);
    }
    worker_defer(worker, close_pipe, reader);
    if (write(reader->ends[1], bytes, random_between(&worker->random, 1, sizeof bytes)) < 0) {
        program_lacks(worker->name, errno);
    }
    do {
        char byte;
        worker_rounded(worker);
        got = curfew_read(reader->ends[0], &byte, 1, worker_stop(worker), CURFEW_NO_DEADLINE);
    } while (got == 1);
    if (got != -ECANCELED) {
        program_lacks(worker->name, got < 0 ? (int)-got : EPIPE);
    }
    return 0;
}

/* ---- accept ---- */

struct server {
    struct worker base;
    int fd;
    struct sockaddr_un address;
};

static void close_server(void *context)
{
    struct server *server = context;

    program_cleanup_begins();
    (void)close(server->fd);
    if (unlink(server->address.sun_path) != 0) {
        program_lacks(server->base.name, errno);
    }
}

static void listen_at(struct server *server)
{
    const struct sockaddr *address = (const struct sockaddr *)&server->address;

    server->address.sun_family = AF_UNIX;
    (void)snprintf(server->address.sun_path, sizeof server->address.sun_path, "%s.sock",
                   server->base.name);
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, address, sizeof server->address) != 0) {
        program_lacks(server->base.name, errno);
    }
    worker_defer(&server->base, close_server, server);
    if (listen(server->fd, 4) != 0) {
        program_lacks(server->base.name, errno);
    }
}

/* Serves itself `clients` times, so that accept also succeeds; -ECANCELED once it is asked to
 * stop. */
static int serve(struct server *server, uint32_t clients)
{
    int status = 0;

    for (uint32_t i = 0; i < clients && status >= 0; i++) {
        int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client < 0 || connect(client, (const struct sockaddr *)&server->address,
                                  sizeof server->address) != 0) {
            program_lacks(server->base.name, errno);
        }
        status = curfew_accept(server->fd, NULL, NULL, SOCK_CLOEXEC, worker_stop(&server->base),
                               CURFEW_NO_DEADLINE);
        if (status >= 0) {
            (void)close(status);
        }
        (void)close(client);
    }
    return status;
}

static int run_accept(struct worker *worker)
{
    struct server *server = (struct server *)worker;
    int status;

    listen_at(server);
    status = serve(server, random_between(&worker->random, 0, 2));
    worker_rounded(worker);
    if (status >= 0) {
        status = curfew_accept(server->fd, NULL, NULL, SOCK_CLOEXEC, worker_stop(worker),
                               CURFEW_NO_DEADLINE);
    }
    if (status != -ECANCELED) {
        program_lacks(worker->name, status < 0 ? -status : EISCONN);
    }
    return 0;
}

/* ---- file ---- */

struct file_worker {
    struct worker base;
    int fd;
    char path[32];
};

static void remove_file(void *context)
{
    struct file_worker *keeper = context;

    program_cleanup_begins();
    (void)close(keeper->fd);
    if (unlink(keeper->path) != 0) {
        program_lacks(keeper->base.name, errno);
    }
}

static int run_file(struct worker *worker)
{
    struct file_worker *keeper = (struct file_worker *)worker;

    (void)snprintf(keeper->path, sizeof keeper->path, "%s.tmp", worker->name);
    keeper->fd = open(keeper->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (keeper->fd < 0) {
        program_lacks(worker->name, errno);
    }
    worker_defer(worker, remove_file, keeper);
    worker_rounded(worker);
    worker_await_stop(worker);
    return 0;
}

const struct worker_ops worker_ops_io[KIND_COUNT] = {
    [KIND_IO] = { .size_bytes = sizeof(struct pipe_worker), .run = run_io },
    [KIND_ACCEPT] = { .size_bytes = sizeof(struct server), .run = run_accept },
    [KIND_FILE] = { .size_bytes = sizeof(struct file_worker), .run = run_file },
};
