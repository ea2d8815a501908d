/* SPDX-License-Identifier: MIT
 *
 * test_program.c -- what the scenario program makes of its arguments.  How it acts scenarios out is
 * tested by those who run it under signals.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

extern char **environ;

/* Runs the program with one argument (NULL: none), collects its output, returns its exit status. */
static int run(const char *argument, char *output, size_t size_bytes)
{
    char *arguments[] = { (char *)PROGRAM, (char *)argument, NULL };
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t pid;
    int status;
    size_t length = 0;
    ssize_t got;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO), 0);
    assert_int_equal(posix_spawn(&pid, PROGRAM, &actions, NULL, arguments, environ), 0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    assert_int_equal(close(ends[1]), 0);
    while ((got = read(ends[0], output + length, size_bytes - length - 1)) > 0) {
        length += (size_t)got;
    }
    output[length] = '\0';
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_program_wrong_text_is_refused_in_one_line(void **state)
{
    char output[2048];

    (void)state;
    assert_int_equal(run("poll | exit=1", output, sizeof output), 2);
    assert_string_equal(output, "curfew-scenario: column 13: unknown exit policy '1' "
                                "(allowed: zero, reraise, 128)\n");
    assert_int_equal(run(NULL, output, sizeof output), 2);
    assert_string_equal(output,
                        "curfew-scenario: column 1: want one argument, the scenario's text\n");
}

static void test_program_without_signals_ends_by_itself(void **state)
{
    char output[2048];

    (void)state;
    for (unsigned style = 0; style < MAIN_COUNT; style++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "poll wait cond io pool cpu stages early exit daemon spawn slow lock queue "
                       "class flag phase*3 | main=%s | signals=none",
                       scenario_main_words[style].word);
        print_message("%s\n", text);
        assert_int_equal(run(text, output, sizeof output), 0);
        assert_string_equal(output, "");
    }
    assert_int_equal(run("fail wait*3 | signals=none", output, sizeof output), 1);
    assert_string_equal(output, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program_wrong_text_is_refused_in_one_line),
        cmocka_unit_test(test_program_without_signals_ends_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
