/* SPDX-License-Identifier: MIT
 *
 * test_notify.c -- curfew/notify.h, against datagram sockets of our own.
 */
#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Binds a datagram socket; '@' in front means the abstract name space. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(name);
    CHECK(length < sizeof(address.sun_path));
    memcpy(address.sun_path, name, length);
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    CHECK(bind(fd, (struct sockaddr *)&address, bytes) == 0);
    CHECK(setenv("NOTIFY_SOCKET", name, 1) == 0);
    return fd;
}

static void assert_received(int fd, const char *expected)
{
    char data[256];
    ssize_t bytes = recv(fd, data, sizeof(data), MSG_DONTWAIT);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(data, expected, strlen(expected));
}

static void test_notify_at_an_abstract_socket_sends_one_datagram(void **state)
{
    (void)state;
    char name[64];
    unsigned fds = support_count_fds();
    (void)snprintf(name, sizeof(name), "@curfew-unit-%d", (int)getpid());
    int fd = listen_at(name);
    assert_int_equal(curfew_notify("READY=1"), 0);
    assert_int_equal(curfew_notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=5000000"), 0);
    assert_received(fd, "READY=1");
    assert_received(fd, "STOPPING=1\nEXTEND_TIMEOUT_USEC=5000000");
    assert_int_equal(recv(fd, name, 1, MSG_DONTWAIT), -1);
    (void)close(fd);
    assert_int_equal(support_count_fds(), fds);
    assert_int_equal(curfew_notify("READY=1"), -ECONNREFUSED);
}

static void test_notify_at_a_path_sends_one_datagram(void **state)
{
    (void)state;
    char directory[] = "/tmp/curfew-unit-XXXXXX";
    char name[64];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(name, sizeof(name), "%s/notify", directory);
    int fd = listen_at(name);
    assert_int_equal(curfew_notify("READY=1"), 0);
    assert_received(fd, "READY=1");
    (void)close(fd);
    assert_int_equal(curfew_notify("READY=1"), -ECONNREFUSED);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(curfew_notify("READY=1"), -ENOENT); /* as sendto says */
    assert_int_equal(rmdir(directory), 0);
}

static void test_notify_without_a_socket_says_nobody_listens(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_int_equal(curfew_notify("READY=1"), -ENOENT);
}

static void test_notify_with_bad_address_or_state_is_invalid(void **state)
{
    (void)state;
    char too_long[sizeof(((struct sockaddr_un *)0)->sun_path) + 2];
    memset(too_long, 'x', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\0';
    const char *const bad[] = { "relative/path", "vsock:2:1234", too_long };
    too_long[0] = '/';
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
        assert_int_equal(curfew_notify("READY=1"), -EINVAL);
    }
    too_long[0] = '@';
    assert_int_equal(setenv("NOTIFY_SOCKET", too_long, 1), 0);
    assert_int_equal(curfew_notify("READY=1"), -EINVAL);

    assert_int_equal(setenv("NOTIFY_SOCKET", "@nobody-is-here", 1), 0);
    assert_int_equal(curfew_notify(NULL), -EINVAL);
    assert_int_equal(curfew_notify(""), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify_at_an_abstract_socket_sends_one_datagram),
        cmocka_unit_test(test_notify_at_a_path_sends_one_datagram),
        cmocka_unit_test(test_notify_without_a_socket_says_nobody_listens),
        cmocka_unit_test(test_notify_with_bad_address_or_state_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
