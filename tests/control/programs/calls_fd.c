/* SPDX-License-Identifier: MIT
 *
 * Pipes, an eventfd, poll, select and epoll between threads; sleeps and clocks.
 */
#include "common.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>

static int tube[2];
static int event;

static void *writer(void *unused)
{
    OK(usleep(1000));
    MUST(write(tube[1], "a", 1) == 1);
    (void)sleep(600);
    OK(eventfd_write(event, 3));
    MUST(write(tube[1], "b", 1) == 1);
    OK(close(tube[1]));
    return unused;
}

int main(void)
{
    char byte = 0;
    eventfd_t value = 0;
    struct timespec before;
    struct timespec after;
    OK(pipe(tube));
    event = eventfd(0, EFD_CLOEXEC);
    MUST(event >= 0);
    OK(clock_gettime(CLOCK_MONOTONIC, &before));
    pthread_t thread = thread_start(writer, NULL);
    MUST(read(tube[0], &byte, 1) == 1 && byte == 'a');
    struct pollfd poller = { event, POLLIN, 0 };
    MUST(poll(&poller, 1, 0) >= 0);
    MUST(poll(&poller, 1, -1) == 1 && poller.revents == POLLIN);
    OK(eventfd_read(event, &value));
    MUST(value == 3);
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(tube[0], &reads);
    MUST(select(tube[0] + 1, &reads, NULL, NULL, NULL) == 1 && FD_ISSET(tube[0], &reads));
    MUST(read(tube[0], &byte, 1) == 1 && byte == 'b');
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wanted = { .events = EPOLLIN };
    OK(epoll_ctl(epoll, EPOLL_CTL_ADD, tube[0], &wanted));
    MUST(epoll_wait(epoll, &wanted, 1, -1) == 1);
    MUST(read(tube[0], &byte, 1) == 0);
    thread_join(thread);
    OK(clock_gettime(CLOCK_MONOTONIC, &after));
    MUST(after.tv_sec - before.tv_sec >= 599);
    MUST(poll(&poller, 1, 1000000) == 0);
    return 0;
}
