/* SPDX-License-Identifier: MIT
 *
 * wait_accept_close.c -- class 9, unbounded wait: earns `hang`, signals: none.
 * Report: Gearlynx#55, nurl#93, rubinius#656.  close() of a listening socket does not wake who is
 * in accept() on it.  Good: shutdown() does.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "zoo.h"

static int listener;

static void *acceptor(void *unused)
{
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) {
            return unused;
        }
        (void)close(connection);
    }
}

int main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* and a port that the kernel chooses */
    listener = socket(AF_INET, SOCK_STREAM, 0);
    MUST(listener >= 0);
    OK(bind(listener, (struct sockaddr *)&address, sizeof address));
    OK(listen(listener, 1));
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
