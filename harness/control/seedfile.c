/* SPDX-License-Identifier: MIT
 *
 * seedfile.c -- all that is needed to replay one execution, as text.  docs/SEED.md has the format.
 *
 * Written only by this file and never guessed at: the first line has the version, the last one a
 * checksum over everything before it, so a file that was cut off or edited is refused.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define SEED_HEADER "curfew seed 1\n"
#define SEED_BYTES_MAX (16u << 20)
#define SEED_MARKS_MAX 5000u
#define SEED_ARGUMENTS_MAX 4096u

static uint64_t checksum(const char *text, size_t size)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    for (size_t at = 0; at < size; at++) {
        sum = (sum ^ (uint8_t)text[at]) * UINT64_C(1099511628211);
    }
    return sum;
}

/* An argument on one line: what is not printable ASCII, and the backslash, as \xNN. */
static void argument_write(FILE *file, const char *argument)
{
    (void)fputs("argument: ", file);
    for (const unsigned char *at = (const unsigned char *)argument; *at != '\0'; at++) {
        if (*at < 0x20 || *at > 0x7e || *at == '\\') {
            (void)fprintf(file, "\\x%02x", *at);
        } else {
            (void)fputc(*at, file);
        }
    }
    (void)fputc('\n', file);
}

static char *argument_read(const char *text)
{
    char *argument = calloc(1, strlen(text) + 1);
    size_t length = 0;
    while (argument != NULL && *text != '\0') {
        unsigned byte;
        if (text[0] == '\\') {
            if (sscanf(text, "\\x%2x", &byte) != 1 || strlen(text) < 4) {
                free(argument);
                return NULL;
            }
            argument[length++] = (char)byte;
            text += 4;
        } else {
            argument[length++] = *text++;
        }
    }
    return argument;
}

/* Numbers, run-length coded as VALUE or VALUE*COUNT, some to a line. */
static void numbers_write(FILE *file, const char *key, const struct rt_control *memory)
{
    unsigned on_line = 0;
    for (uint32_t at = 0; at < memory->decisions_count;) {
        uint32_t run = 1;
        while (at + run < memory->decisions_count &&
               memory->decisions[at + run] == memory->decisions[at]) {
            run++;
        }
        (void)fprintf(file, on_line == 0 ? "%s: " : " ", key);
        (void)fprintf(file, run > 1 ? "%u*%u" : "%u", memory->decisions[at], run);
        if (++on_line == 20) {
            (void)fputc('\n', file);
            on_line = 0;
        }
        at += run;
    }
    if (on_line != 0) {
        (void)fputc('\n', file);
    }
}

static void marks_write(FILE *file, const struct rt_control *memory)
{
    for (uint32_t at = 0; at < memory->events_count; at++) {
        (void)fprintf(file, at % 16 == 0 ? "trace: %u.%u" : " %u.%u", memory->events[at].actor,
                      memory->events[at].op);
        if (at % 16 == 15 || at + 1 == memory->events_count) {
            (void)fputc('\n', file);
        }
    }
}

char *control_seed_text(const struct control_options *options,
                        const struct control_outcome *outcome, struct control_session *session)
{
    const struct rt_control *memory = session->memory;
    char *text = NULL;
    size_t size = 0;
    char program[PATH_MAX];
    FILE *file = open_memstream(&text, &size);
    if (file == NULL || realpath(session->path, program) == NULL) {
        if (file != NULL) {
            (void)fclose(file);
        }
        free(text);
        return NULL;
    }
    (void)fputs(SEED_HEADER, file);
    if (options->scenario != NULL) {
        char scenario[SCENARIO_TEXT_BYTES];
        (void)scenario_format(options->scenario, scenario, sizeof scenario);
        (void)fprintf(file, "scenario: %s\n", scenario);
    } else {
        argument_write(file, program);
    }
    for (char **argument = options->argv + 1; options->scenario == NULL && *argument != NULL;
         argument++) {
        argument_write(file, *argument);
    }
    (void)fprintf(file, "flavour: %s\nstrategy: %s\nseed: %" PRIu64 "\nsteps-max: %" PRIu64 "\n",
                  session->flavour, options->strategy, outcome->seed, options->steps_max);
    (void)fprintf(file, "expected-steps: %u\npoints: %s\nexpect-status: %d\ncpus: %u\noracles: ",
                  rt_expected_steps(memory, outcome->seed),
                  options->points_access ? "access" : "sync", options->expect_status,
                  options->cpus);
    control_oracles_print(options->oracles, file);
    (void)fprintf(file, "\ndeadline-ns: %" PRIu64 "\nsignals: ", options->deadline_ns);
    control_signals_print(options->signals, options->signals_count, file);
    (void)fputc('\n', file);
    (void)fprintf(file, "verdict: %s\nsteps: %" PRIu64 "\nhash: %016" PRIx64 "\n",
                  verdict_word(outcome->verdict), outcome->steps, outcome->hash);
    if (memory->decisions_lost == 0) {
        (void)fprintf(file, "decisions-count: %u\n", memory->decisions_count);
        numbers_write(file, "decisions", memory);
    }
    if (memory->events_count == memory->steps && memory->events_count <= SEED_MARKS_MAX) {
        marks_write(file, memory);
    }
    (void)fflush(file);
    (void)fprintf(file, "checksum: %016" PRIx64 "\n", checksum(text, size));
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- reading ---- */

static bool number_read(const char *text, uint64_t *out_number, int base)
{
    char *end;
    errno = 0;
    *out_number = strtoull(text, &end, base);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && text[0] != ' ';
}

static bool decisions_read(struct control_seed *seed, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        unsigned value;
        unsigned run = 1;
        int length = 0;
        if ((sscanf(word, "%u*%u%n", &value, &run, &length) != 2 &&
             sscanf(word, "%u%n", &value, &length) != 1) ||
            word[length] != '\0' || value > UINT16_MAX || run == 0 ||
            run > RT_DECISIONS_MAX - seed->decisions_count) {
            return false;
        }
        if (seed->decisions == NULL) {
            seed->decisions = calloc(RT_DECISIONS_MAX, sizeof seed->decisions[0]);
        }
        for (; seed->decisions != NULL && run > 0; run--) {
            seed->decisions[seed->decisions_count++] = (uint16_t)value;
        }
    }
    return true;
}

static bool marks_read(struct control_seed *seed, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        unsigned actor;
        unsigned op;
        int length = 0;
        if (sscanf(word, "%u.%u%n", &actor, &op, &length) != 2 || word[length] != '\0' ||
            actor > UINT16_MAX || op > UINT16_MAX || seed->marks_count == SEED_MARKS_MAX) {
            return false;
        }
        if (seed->marks == NULL) {
            seed->marks = calloc(SEED_MARKS_MAX, sizeof seed->marks[0]);
        }
        if (seed->marks != NULL) {
            seed->marks[seed->marks_count++] = actor << 16 | op;
        }
    }
    return true;
}

static bool verdict_read(const char *text, enum verdict *out_verdict)
{
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        if (strcmp(text, verdict_word((enum verdict)verdict)) == 0) {
            *out_verdict = (enum verdict)verdict;
            return true;
        }
    }
    return false;
}

static bool argument_add(struct control_seed *seed, const char *text, size_t *count)
{
    if (*count == SEED_ARGUMENTS_MAX) {
        return false;
    }
    seed->argv[*count] = argument_read(text);
    return seed->argv[(*count)++] != NULL;
}

/* One "key: value" line.  False: unknown, or a bad value. */
static bool line_read(struct control_seed *seed, char *key, char *value, size_t *arguments)
{
    uint64_t number = 0;
    bool is_number = number_read(value, &number, 10);
    if (strcmp(key, "argument") == 0) {
        return argument_add(seed, value, arguments);
    }
    if (strcmp(key, "scenario") == 0 && seed->scenario == NULL) {
        seed->scenario = strdup(value);
        return seed->scenario != NULL;
    }
    if (strcmp(key, "flavour") == 0) {
        (void)snprintf(seed->flavour, sizeof seed->flavour, "%s", value);
        return control_flavour_find(value) != NULL;
    }
    if (strcmp(key, "strategy") == 0) {
        return snprintf(seed->strategy, sizeof seed->strategy, "%s", value) < 128;
    }
    if (strcmp(key, "points") == 0) {
        seed->points_access = strcmp(value, "access") == 0;
        return seed->points_access || strcmp(value, "sync") == 0;
    }
    if (strcmp(key, "oracles") == 0) {
        char error[512];
        return control_oracles_parse(value, &seed->oracles, error) == 0;
    }
    if (strcmp(key, "signals") == 0) {
        char error[512];
        return control_signals_parse(value, seed->signals, &seed->signals_count, error) == 0;
    }
    if (strcmp(key, "verdict") == 0) {
        return verdict_read(value, &seed->verdict);
    }
    if (strcmp(key, "hash") == 0) {
        return number_read(value, &seed->hash, 16);
    }
    if (strcmp(key, "decisions") == 0) {
        return decisions_read(seed, value);
    }
    if (strcmp(key, "trace") == 0) {
        return marks_read(seed, value);
    }
    if (strcmp(key, "seed") == 0) {
        seed->seed = number;
    } else if (strcmp(key, "steps-max") == 0) {
        seed->steps_max = number;
    } else if (strcmp(key, "steps") == 0) {
        seed->steps = number;
    } else if (strcmp(key, "expected-steps") == 0) {
        seed->expected_steps = (uint32_t)number;
    } else if (strcmp(key, "expect-status") == 0) {
        seed->expect_status = (int)number;
    } else if (strcmp(key, "deadline-ns") == 0) {
        seed->deadline_ns = number;
    } else if (strcmp(key, "cpus") == 0) {
        seed->cpus = (uint32_t)number;
    } else if (strcmp(key, "decisions-count") == 0) {
        if (number == 0 && seed->decisions == NULL) {
            seed->decisions = calloc(1, sizeof seed->decisions[0]);
        }
    } else {
        return false;
    }
    return is_number;
}

/* Reads the whole file.  NULL, with error filled in, if that cannot be. */
static char *file_text(const char *path, size_t *out_size, char error[512])
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    if (file == NULL) {
        (void)snprintf(error, 512, "cannot open '%s': %s", path, strerror(errno));
        return NULL;
    }
    text = malloc(SEED_BYTES_MAX + 1);
    if (text == NULL) {
        (void)snprintf(error, 512, "cannot read '%s': out of memory", path);
    } else {
        *out_size = fread(text, 1, SEED_BYTES_MAX, file);
        text[*out_size] = '\0';
    }
    (void)fclose(file);
    return text;
}

int control_seed_parse(char *text, size_t size, const char *path, struct control_seed *out_seed,
                       char error[512])
{
    size_t arguments = 0;
    unsigned line_number = 1;
    char *rest = NULL;
    unsigned long long sum = 0;

    *out_seed = (struct control_seed){ .verdict = VERDICT_COUNT };
    char *last = size > 0 && strlen(text) == size ? strstr(text, "\nchecksum: ") : NULL;
    if (strncmp(text, "curfew seed ", 12) != 0 || strlen(text) != size) {
        (void)snprintf(error, 512, "cannot read '%s': not a seed file", path);
        goto failed;
    }
    if (strncmp(text, SEED_HEADER, strlen(SEED_HEADER)) != 0) {
        (void)snprintf(error, 512, "cannot read '%s': version %.*s, want 1", path,
                       (int)strcspn(text + 12, "\n") % 20, text + 12);
        goto failed;
    }
    if (last == NULL || sscanf(last, "\nchecksum: %llx\n", &sum) != 1 ||
        last + strlen("\nchecksum: 0123456789abcdef\n") != text + size ||
        sum != checksum(text, (size_t)(last + 1 - text))) {
        (void)snprintf(error, 512, "cannot read '%s': it was cut off or edited", path);
        goto failed;
    }
    last[1] = '\0';
    out_seed->argv = calloc(SEED_ARGUMENTS_MAX + 1, sizeof out_seed->argv[0]);
    (void)strtok_r(text, "\n", &rest);
    for (char *line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *colon = strstr(line, ": ");
        line_number++;
        if (colon == NULL || out_seed->argv == NULL) {
            (void)snprintf(error, 512, "cannot read '%s': line %u is not understood", path,
                           line_number);
            goto failed;
        }
        *colon = '\0';
        if (!line_read(out_seed, line, colon + 2, &arguments)) {
            (void)snprintf(error, 512, "cannot read '%s': line %u: '%s' is not understood", path,
                           line_number, line);
            goto failed;
        }
    }
    if ((arguments == 0) == (out_seed->scenario == NULL) || out_seed->verdict == VERDICT_COUNT ||
        out_seed->steps_max == 0) {
        (void)snprintf(error, 512, "cannot read '%s': something is missing", path);
        goto failed;
    }
    return 0;
failed:
    control_seed_fini(out_seed);
    return -EINVAL;
}

int control_seed_read(const char *path, struct control_seed *out_seed, char error[512])
{
    size_t size = 0;
    char *text = file_text(path, &size, error);
    if (text == NULL) {
        *out_seed = (struct control_seed){ .verdict = VERDICT_COUNT };
        return -EINVAL;
    }
    int status = control_is_case(text, size)
                     ? control_case_parse(text, size, path, out_seed, error)
                     : control_seed_parse(text, size, path, out_seed, error);
    free(text);
    return status;
}

void control_seed_fini(struct control_seed *seed)
{
    for (size_t at = 0; seed->argv != NULL && seed->argv[at] != NULL; at++) {
        free(seed->argv[at]);
    }
    free(seed->argv);
    free(seed->scenario);
    free(seed->decisions);
    free(seed->marks);
    *seed = (struct control_seed){ .verdict = VERDICT_COUNT };
}
