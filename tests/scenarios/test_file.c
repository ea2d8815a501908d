/* SPDX-License-Identifier: MIT
 *
 * test_file.c -- files of "NAME: SCENARIO" lines.  Each is a memfd, read by its name in /proc.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

static struct scenario_file file;
static char message[1024];
static char expected[1024];

/* Loads a file that holds these bytes; its path is left in `path`. */
static int load(const char *bytes, size_t size_bytes, char path[64])
{
    int fd = memfd_create("scenarios", MFD_CLOEXEC);
    int status;

    assert_true(fd >= 0);
    for (size_t at = 0; at < size_bytes;) {
        ssize_t written = write(fd, bytes + at, size_bytes - at);
        assert_true(written > 0);
        at += (size_t)written;
    }
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    message[0] = '\0';
    file = (struct scenario_file){ NULL, 0 };
    status = scenario_file_load(path, &file, message, sizeof message);
    assert_int_equal(close(fd), 0);
    return status;
}

static void test_load_good_file_reads_all_lines(void **state)
{
    static const char text[] = "# configurations\n"
                               "\n"
                               "  one: poll*2 | signals=INT\n"
                               "two\t:wait # not a comment here\n";
    static const char good[] = "# configurations\n"
                               "\n \t\n"
                               "  one: poll*2 | signals=INT\r\n"
                               "  # indented\n"
                               "Two_2.b\t:wait | main=join";
    char path[64];

    (void)state;
    assert_int_equal(load(text, sizeof text - 1, path), -EINVAL);
    assert_int_equal(load(good, sizeof good - 1, path), 0);
    assert_string_equal(message, "");
    assert_int_equal(file.count, 2);
    assert_string_equal(file.lines[0].name, "one");
    assert_int_equal(file.lines[0].line, 4);
    assert_int_equal(file.lines[0].scenario.workers[0].count, 2);
    assert_int_equal(file.lines[0].scenario.signals[0].signo, SIGINT);
    assert_string_equal(file.lines[1].name, "Two_2.b");
    assert_int_equal(file.lines[1].line, 6);
    assert_int_equal(file.lines[1].scenario.main_style, MAIN_JOIN);
    scenario_file_free(&file);
    assert_null(file.lines);
    scenario_file_free(&file);
    scenario_file_free(NULL);
}

static const struct {
    const char *text;
    const char *message; /* behind "path:" */
} wrong[] = {
    { "", " no scenario in it" },
    { "# nothing\n\n", " no scenario in it" },
    { "poll\n", "1:1: no ':' (want NAME: SCENARIO)" },
    { "\n  poll wait\n", "2:3: no ':' (want NAME: SCENARIO)" },
    { " : poll\n", "1:2: no name before ':'" },
    { "a b: poll\n", "1:2: bad character in the name (allowed: letters, digits, '-', '_', '.')" },
    { "a\xc3: poll\n", "1:2: bad character in the name (allowed: letters, digits, '-', '_', '.')" },
    { "a: poll\n# c\na: wait\n", "3:1: name 'a' is taken already by line 1" },
    { "a: poll\nb: wait | exit=1\n",
      "2:16: unknown exit policy '1' (allowed: zero, reraise, 128)" },
    { "a:\n", "1:3: no worker in the first clause" },
    { "a12345678901234567890123456789012345678901234567: poll",
      "1:1: name too long (allowed: 47 bytes)" },
};

static void test_load_wrong_line_is_named(void **state)
{
    char path[64];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        print_message("'%s'\n", wrong[i].text);
        assert_int_equal(load(wrong[i].text, strlen(wrong[i].text), path), -EINVAL);
        (void)snprintf(expected, sizeof expected, "%s:%s", path, wrong[i].message);
        assert_string_equal(message, expected);
        assert_null(file.lines);
    }
}

static void test_load_nul_byte_is_an_error(void **state)
{
    static const char text[] = "a: poll\0\nb: wait\n";
    char path[64];

    (void)state;
    assert_int_equal(load(text, sizeof text - 1, path), -EINVAL);
    (void)snprintf(expected, sizeof expected, "%s:1:8: a NUL byte", path);
    assert_string_equal(message, expected);
}

static void test_load_missing_file_says_so(void **state)
{
    (void)state;
    assert_int_equal(scenario_file_load("/nowhere/at-all", &file, message, sizeof message),
                     -ENOENT);
    assert_string_equal(message, "/nowhere/at-all: No such file or directory");
    assert_int_equal(scenario_file_load("/nowhere/at-all", &file, NULL, 0), -ENOENT);
    assert_int_equal(scenario_file_load("/", &file, message, sizeof message), -EISDIR);
    assert_string_equal(message, "/: Is a directory");
}

static void test_load_too_much_is_an_error(void **state)
{
    enum { HUGE_BYTES = 17 * 1024 * 1024, LINE_BYTES = 12 };
    char *text = malloc(HUGE_BYTES);
    size_t length = 0;
    char path[64];

    (void)state;
    assert_non_null(text);
    memset(text, '\n', HUGE_BYTES);
    assert_int_equal(load(text, HUGE_BYTES, path), -E2BIG);
    for (unsigned i = 0; i < SCENARIO_FILE_MAX; i++) {
        length += (size_t)snprintf(text + length, LINE_BYTES + 1, "n%05u:poll\n", i);
    }
    assert_int_equal(load(text, length, path), 0);
    assert_int_equal(file.count, SCENARIO_FILE_MAX);
    scenario_file_free(&file);
    length += (size_t)snprintf(text + length, LINE_BYTES + 1, "one:poll\n");
    assert_int_equal(load(text, length, path), -EINVAL);
    (void)snprintf(expected, sizeof expected, "%s:4097:1: too many scenarios (allowed: 4096)",
                   path);
    assert_string_equal(message, expected);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_good_file_reads_all_lines),
        cmocka_unit_test(test_load_wrong_line_is_named),
        cmocka_unit_test(test_load_nul_byte_is_an_error),
        cmocka_unit_test(test_load_missing_file_says_so),
        cmocka_unit_test(test_load_too_much_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
