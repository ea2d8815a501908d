/* SPDX-License-Identifier: MIT
 *
 * main.c -- `curfew VERB ...`: finds the verb in the table and hands over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curfew/version.h"
#include "files.h"
#include "verb.h"

static const struct verb verbs[] = {
    { "list", "[OPTION...]",
      "scenarios, their words, strategies and verdicts, each with a line of help", "", verb_list },
    { "run", "[OPTION...] (SCENARIO... | @FILE... | --all | -- PROG ARGS...)",
      "execute scenarios or a program many times, and judge each execution",
      "\n@FILE holds lines \"NAME: SCENARIO\", or is a file that --save wrote of a scenario.\n"
      "The program runs in an empty directory of its own, which is its TMPDIR, too: give absolute\n"
      "paths in its arguments.\n",
      verb_run },
    { "sweep", "[OPTION...] (SCENARIO... | @FILE... | --all | -- PROG ARGS...)",
      "send a signal at every point of a schedule, to every thread that may take it",
      "\nThe schedule runs each thread until it blocks.  Each failure is executed twice before it "
      "is\n"
      "told, and told once for each place.  With --time or --runs, pairs of signals are tried "
      "next,\n"
      "and then signals with preemptions: as many of them as that allows, in an order without "
      "bias.\n",
      verb_sweep },
    { "fuzz", "[OPTION...] (SCENARIO | -- PROG ARGS...)",
      "let an engine look for the schedule that breaks a shutdown",
      "\nEngines: afl (AFL++) and libfuzzer go by coverage; blind draws a fresh seed for each\n"
      "execution, without feedback.\n"
      "A program must be built with curfew-cc; give absolute paths in its arguments.\n"
      "What is found is executed again with fresh threads before it is told; equal findings are\n"
      "told once.\n",
      verb_fuzz },
    { "probe", "[OPTION...] -- PROG ARGS... | --config=FILE",
      "stop any program at chosen system calls, and judge how it ends", "", verb_probe },
    { "replay", "[OPTION...] FILE... [-- PROG ARGS...]",
      "run saved failures again: seed files of run, cases of probe", "", verb_replay },
    { "doctor", "[OPTION...]", "what this machine lacks for each verb, and what mends it", "",
      verb_doctor },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int print_help(void)
{
    (void)printf("curfew: shutdown correctness for multi-threaded programs\n\n"
                 "Usage: curfew VERB [OPTION...] ...\n\n");
    for (size_t index = 0; index < VERBS; index++) {
        (void)printf("  %-8s %s\n", verbs[index].name, verbs[index].help);
    }
    (void)printf("\n  curfew VERB --help    options of a verb\n"
                 "  curfew --version      the version\n\n"
                 "Exit status: 0 pass, 1 a verdict against the program, 2 usage, "
                 "3 could not judge.\n");
    return STATUS_PASS;
}

static int print_unknown(const char *kind, const char *word)
{
    (void)fprintf(stderr, "curfew: unknown %s '%s' (verbs:", kind, word);
    for (size_t index = 0; index < VERBS; index++) {
        (void)fprintf(stderr, " %s", verbs[index].name);
    }
    (void)fprintf(stderr, "; see curfew --help)\n");
    return STATUS_USAGE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "curfew: no verb (see curfew --help)\n");
        return STATUS_USAGE;
    }
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        return print_help();
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("curfew %d.%d.%d\n", CURFEW_VERSION_MAJOR, CURFEW_VERSION_MINOR,
                     CURFEW_VERSION_PATCH);
        return STATUS_PASS;
    }
    struct arguments arguments = { .argc = 0, .argv = argv + 1 };
    while (arguments.argc < argc - 1 && strcmp(arguments.argv[arguments.argc], "--") != 0) {
        arguments.argc++;
    }
    if (arguments.argc < argc - 1) {
        arguments.program = arguments.argv + arguments.argc + 1;
        arguments.argv[arguments.argc] = NULL;
    }
    for (size_t index = 0; index < VERBS; index++) {
        if (strcmp(argv[1], verbs[index].name) == 0) {
            return verbs[index].run(&verbs[index], &arguments);
        }
    }
    return print_unknown(argv[1][0] == '-' ? "option" : "verb", argv[1]);
}

int main(int argc, char **argv)
{
    int status = dispatch(argc, argv);
    int error = stdout_flush();
    if (error != 0 && status == STATUS_PASS) {
        (void)fprintf(stderr, "curfew: cannot write to 'stdout': %s\n", strerror(-error));
        return STATUS_UNJUDGED;
    }
    return status;
}
