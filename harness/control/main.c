/* SPDX-License-Identifier: MIT
 *
 * main.c -- curfew-control: a thin front end of this library, until `curfew run` and `replay` use
 * it.
 *
 *     curfew-control run [OPTIONS] -- PROG ARGS...
 *     curfew-control replay [OPTIONS] FILE [-- PROG ARGS...]
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"

struct front {
    bool trace;
    bool hashes;
    bool quiet;
    bool output;
};

static void on_execution(void *context, struct control_session *session,
                         const struct control_outcome *outcome)
{
    const struct front *front = context;
    if (front->hashes) {
        (void)printf("seed=%" PRIu64 " %s steps=%" PRIu64 " hash=%016" PRIx64 "\n", outcome->seed,
                     verdict_word(outcome->verdict), outcome->steps, outcome->hash);
    }
    if (front->trace) {
        control_report_trace(session, stdout);
    }
    if (front->output) {
        size_t size;
        const char *text = control_output(session, &size);
        (void)fwrite(text, 1, size, stdout);
    }
}

static void on_failure(void *context, struct control_session *session,
                       const struct control_outcome *outcome, const char *seed_file)
{
    const struct front *front = context;
    (void)printf("FAIL %s seed=%" PRIu64 " steps=%" PRIu64 " hash=%016" PRIx64 ": %s\n",
                 verdict_word(outcome->verdict), outcome->seed, outcome->steps, outcome->hash,
                 outcome->message);
    if (!front->quiet) {
        control_report_verdict(session, outcome, stdout);
    }
    if (seed_file != NULL) {
        (void)printf("reproduce: curfew-control replay %s\n", seed_file);
    }
}

static void on_summary(void *context, const struct control_summary *summary)
{
    (void)context;
    (void)printf("%s: %" PRIu64 " executions, %" PRIu64 " steps, %" PRIu64 " distinct, %" PRIu64
                 " failures\n",
                 verdict_word(summary->verdict), summary->executions, summary->steps,
                 summary->distinct, summary->failures);
}

static void on_error(void *context, const char *message)
{
    (void)context;
    (void)fprintf(stderr, "curfew-control: %s\n", message);
}

/* X(name, argument, letter, help): parser and help come from this table. */
#define OPTIONS(X)                                                                                 \
    X("strategy", "NAME[:KEY=VALUE,...]", 's', "random, pct or rr")                                \
    X("seed", "N", 'e', "of the first execution")                                                  \
    X("runs", "N", 'n', "executions at most")                                                      \
    X("steps", "N", 'b', "livelock bound")                                                         \
    X("points", "sync|access", 'p', "where threads may be switched")                               \
    X("expect-status", "N", 'x', "the right exit status")                                          \
    X("cpus", "N", 'c', "what the program is told")                                                \
    X("save", "DIR", 'd', "write seed files there")                                                \
    X("times", "N", 't', "replays")                                                                \
    X("cpu", "N", 'u', "run on this one")                                                          \
    X("patience", "MS", 'P', "blocked in the kernel for so long is unsupported")                   \
    X("cpu-ms", "MS", 'C', "CPU time without a step that is a livelock")                           \
    X("trace", NULL, 'T', "print every step")                                                      \
    X("hashes", NULL, 'H', "print each execution's hash")                                          \
    X("output", NULL, 'O', "print what the program printed")                                       \
    X("aslr", NULL, 'A', "leave address randomisation on")                                         \
    X("keep-going", NULL, 'k', "after a failure")                                                  \
    X("allow-abandoned", NULL, 'a', "threads may be alive at the end")                             \
    X("quiet", NULL, 'q', "one line per failure")                                                  \
    X("help", NULL, 'h', "this text")

static const struct option options_long[] = {
#define X(name, argument, letter, help)                                                            \
    { name, (argument) != NULL ? required_argument : no_argument, NULL, letter },
    OPTIONS(X)
#undef X
        { NULL, 0, NULL, 0 },
};

static int usage(FILE *stream)
{
    (void)fprintf(stream, "usage: curfew-control run [OPTIONS] -- PROG ARGS...\n"
                          "       curfew-control replay [OPTIONS] FILE [-- PROG ARGS...]\n");
#define X(name, argument, letter, help)                                                            \
    (void)fprintf(stream, "  --%s%s%s  %s\n", name, (argument) != NULL ? "=" : "",                 \
                  (argument) != NULL ? (const char *)(argument) : "", help);
    OPTIONS(X)
#undef X
    return stream == stdout ? 0 : 2;
}

static bool number(const char *text, uint64_t *out_number)
{
    char *end;
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

/* One option.  False: not a number where one is wanted. */
static bool option_take(int letter, struct control_options *options, struct front *front,
                        uint64_t *times)
{
    uint64_t value = 0;
    if (strchr("enbxctuPC", letter) != NULL && !number(optarg, &value)) {
        (void)fprintf(stderr, "curfew-control: not a number: '%s'\n", optarg);
        return false;
    }
    switch (letter) {
    case 's':
        options->strategy = optarg;
        break;
    case 'e':
        options->seed = value;
        break;
    case 'n':
        options->runs = value;
        break;
    case 'b':
        options->steps_max = value;
        break;
    case 'p':
        options->points_access = strcmp(optarg, "access") == 0;
        break;
    case 'x':
        options->expect_status = (int)value;
        break;
    case 'c':
        options->cpus = (uint32_t)value;
        break;
    case 'd':
        options->save_dir = optarg;
        break;
    case 't':
        *times = value;
        break;
    case 'u':
        options->cpu = (int)value;
        break;
    case 'P':
        options->patience_ms = value;
        break;
    case 'C':
        options->cpu_ms = value;
        break;
    case 'T':
        front->trace = true;
        break;
    case 'H':
        front->hashes = true;
        break;
    case 'O':
        front->output = true;
        break;
    case 'A':
        options->aslr = true;
        break;
    case 'k':
        options->keep_going = true;
        break;
    case 'a':
        options->allow_abandoned = true;
        break;
    case 'q':
        front->quiet = true;
        break;
    default:
        break;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct control_options options = control_defaults();
    struct front front = { 0 };
    struct control_sink sink = { &front, on_execution, on_failure, on_summary, on_error };
    uint64_t times = 1;
    int letter;

    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return usage(argc < 2 ? stderr : stdout);
    }
    bool replay = strcmp(argv[1], "replay") == 0;
    if (!replay && strcmp(argv[1], "run") != 0) {
        return usage(stderr);
    }
    argv[1] = argv[0];
    argc--;
    argv++;
    while ((letter = getopt_long(argc, argv, "+h", options_long, NULL)) != -1) {
        if (letter == 'h') {
            return usage(stdout);
        }
        if (letter == '?' || !option_take(letter, &options, &front, &times)) {
            return 2;
        }
    }
    if (optind >= argc) {
        return usage(stderr);
    }
    if (!replay) {
        options.argv = argv + optind;
        return control_campaign(&options, &sink);
    }
    char **program = optind + 1 < argc ? argv + optind + 1 : NULL;
    if (program != NULL && strcmp(program[0], "--") == 0) {
        program++;
    }
    return control_replay(argv[optind], program, times, options.aslr, options.cpu, &sink);
}
