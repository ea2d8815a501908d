/* SPDX-License-Identifier: MIT
 *
 * An acceptor is stopped by closing its listener, which in Linux does not wake it, when BAD; by
 * shutting it down otherwise.
 */
#include "common.h"

#include <netinet/in.h>
#include <sys/socket.h>

static int listener;

static void *acceptor(void *unused)
{
    int fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        OK(close(fd));
    }
    return unused;
}

int main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    OK(bind(listener, (struct sockaddr *)&address, sizeof address));
    OK(listen(listener, 4));
    pthread_t thread = thread_start(acceptor, NULL);
#ifdef BAD
    OK(close(listener));
    thread_join(thread);
#else
    OK(shutdown(listener, SHUT_RDWR));
    thread_join(thread);
    OK(close(listener));
#endif
    return 0;
}
