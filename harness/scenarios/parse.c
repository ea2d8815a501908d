/* SPDX-License-Identifier: MIT
 *
 * parse.c -- reads one scenario, strictly: total over all texts, and no wrong word passes.
 *
 * The text is never copied: a span is a piece of it, and its address gives the column of an error.
 * Pure: no allocation, no locale, no state.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

struct span {
    const char *text;
    size_t length;
};

struct parser {
    const char *text; /* the whole of it */
    struct scenario *scenario;
    struct scenario_error *error;
    enum scenario_anchor first_anchor;      /* of the first signal, if it names none */
    struct span targets[SCENARIO_PLAN_MAX]; /* where each signal's target was read */
};

enum { QUOTED_BYTES_MAX = 40 };

/* ---- Errors ---- */

__attribute__((format(printf, 2, 3))) static void append(struct parser *parser, const char *format,
                                                         ...)
{
    char *message = parser->error->message;
    size_t length = strlen(message);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message + length, sizeof parser->error->message - length, format, arguments);
    va_end(arguments);
}

/* Begins the message at `span`: "what 'span'".  Bytes that do not print are shown as \xNN. */
static void blame(struct parser *parser, struct span span, const char *what)
{
    parser->error->column = (uint32_t)(span.text - parser->text) + 1;
    parser->error->message[0] = '\0';
    append(parser, "%s '", what);
    for (size_t i = 0; i < span.length && i < QUOTED_BYTES_MAX; i++) {
        unsigned char byte = (unsigned char)span.text[i];
        if (byte >= ' ' && byte <= '~') {
            append(parser, "%c", byte);
        } else {
            append(parser, "\\x%02x", byte);
        }
    }
    append(parser, span.length > QUOTED_BYTES_MAX ? "...'" : "'");
}

static int complain(struct parser *parser, struct span span, const char *what)
{
    parser->error->column = (uint32_t)(span.text - parser->text) + 1;
    parser->error->message[0] = '\0';
    append(parser, "%s", what);
    return -EINVAL;
}

/* Ends the message with the words of a table, defects after the others. */
static int allow(struct parser *parser, const struct scenario_word *words, size_t count)
{
    const char *before = " (allowed: ";

    for (unsigned flag = 0; flag <= WORD_DEFECT; flag++) {
        for (size_t i = 0; i < count; i++) {
            if ((words[i].flags & WORD_DEFECT) == flag) {
                append(parser, "%s%s", before, words[i].word);
                before = ", ";
            }
        }
        before = "; broken on purpose: ";
    }
    append(parser, ")");
    return -EINVAL;
}

/* ---- Spans ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static struct span trim(struct span span)
{
    while (span.length > 0 && is_blank(span.text[span.length - 1])) {
        span.length--;
    }
    while (span.length > 0 && is_blank(span.text[0])) {
        span.text++;
        span.length--;
    }
    return span;
}

/* Cuts `span` at the first byte that is one of `stops`, and returns what follows that byte; its
 * text is NULL when there is none. */
static struct span cut(struct span *span, const char *stops)
{
    for (size_t i = 0; i < span->length; i++) {
        if (strchr(stops, span->text[i]) != NULL) {
            struct span rest = { span->text + i + 1, span->length - i - 1 };
            span->length = i;
            return rest;
        }
    }
    return (struct span){ NULL, 0 };
}

static bool is_word(struct span span, const char *word)
{
    return strlen(word) == span.length && memcmp(word, span.text, span.length) == 0;
}

static bool find_word(const struct scenario_word *words, size_t count, struct span span,
                      size_t *out_index)
{
    for (size_t i = 0; i < count; i++) {
        if (is_word(span, words[i].word)) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

/* A number from 1 to `max`, in decimal without leading zeros. */
static int parse_count(struct parser *parser, struct span span, uint32_t max, uint32_t *out_count)
{
    uint32_t count = 0;
    bool good = span.length > 0 && span.text[0] != '0';

    for (size_t i = 0; good && i < span.length; i++) {
        good = span.text[i] >= '0' && span.text[i] <= '9';
        if (good) {
            count = count * 10 + (uint32_t)(span.text[i] - '0');
            good = count <= max; /* and so it cannot overflow: max is far below 2^32 / 10 */
        }
    }
    if (!good) {
        blame(parser, span, "bad count");
        append(parser, " (allowed: 1 to %u)", max);
        return -EINVAL;
    }
    *out_count = count;
    return 0;
}

/* ---- Workers ---- */

static int parse_worker(struct parser *parser, struct span span, uint32_t *threads)
{
    struct scenario *scenario = parser->scenario;
    struct span name = span;
    struct span number = cut(&name, "*");
    uint32_t count = 1;
    size_t kind;

    if (scenario->workers_count == SCENARIO_SPECS_MAX) {
        blame(parser, span, "too many words before");
        append(parser, " (allowed: %u)", SCENARIO_SPECS_MAX);
        return -EINVAL;
    }
    if (!find_word(scenario_kind_words, KIND_COUNT, name, &kind)) {
        blame(parser, name, "unknown worker");
        return allow(parser, scenario_kind_words, KIND_COUNT);
    }
    if (number.text != NULL) {
        int status = parse_count(parser, number, SCENARIO_WORKERS_MAX, &count);
        if (status != 0) {
            return status;
        }
    }
    *threads += count * scenario_kind_threads((enum scenario_kind)kind);
    if (*threads > SCENARIO_WORKERS_MAX) {
        blame(parser, span, "too many threads with");
        append(parser, ": %u (allowed: %u)", *threads, SCENARIO_WORKERS_MAX);
        return -EINVAL;
    }
    scenario->workers[scenario->workers_count++] =
        (struct scenario_workers){ (enum scenario_kind)kind, count };
    return 0;
}

static int parse_workers(struct parser *parser, struct span clause)
{
    uint32_t threads = 0;

    if (clause.length == 0) {
        return complain(parser, clause, "no worker in the first clause");
    }
    while (clause.text != NULL) {
        struct span rest = cut(&clause, " \t");
        if (clause.length > 0) {
            int status = parse_worker(parser, clause, &threads);
            if (status != 0) {
                return status;
            }
        }
        clause = rest;
    }
    return 0;
}

/* ---- Signals ---- */

static int parse_anchor(struct parser *parser, struct span span, bool first,
                        enum scenario_anchor *out_anchor)
{
    size_t anchor;

    if (!find_word(scenario_anchor_words, ANCHOR_COUNT, span, &anchor)) {
        blame(parser, span, "unknown anchor");
        return allow(parser, scenario_anchor_words, ANCHOR_COUNT);
    }
    if (first && anchor == ANCHOR_PREVIOUS) {
        blame(parser, span, "no signal before the first for anchor");
        return -EINVAL;
    }
    *out_anchor = (enum scenario_anchor)anchor;
    return 0;
}

static int parse_target(struct parser *parser, struct span span, struct scenario_signal *signal)
{
    bool good = span.length > 0 && span.length < sizeof signal->target;

    for (size_t i = 0; good && i < span.length; i++) {
        good = span.text[i] > ' ' && span.text[i] <= '~';
    }
    if (!good) {
        blame(parser, span, "bad thread name");
        append(parser, " (allowed: 1 to %zu printing characters)", sizeof signal->target - 1);
        return -EINVAL;
    }
    memcpy(signal->target, span.text, span.length);
    parser->targets[parser->scenario->signals_count] = span;
    return 0;
}

/* NAME, then *COUNT, @ANCHOR and >THREAD as far as given: split from the end, so that each piece is
 * judged as a whole. */
static int parse_signal(struct parser *parser, struct span span, uint32_t *sent)
{
    struct scenario *scenario = parser->scenario;
    struct span all = span;
    struct span target = cut(&span, ">");
    struct span anchor = cut(&span, "@");
    struct span number = cut(&span, "*");
    bool first = scenario->signals_count == 0;
    struct scenario_signal signal = { .count = 1,
                                      .anchor = first ? parser->first_anchor : ANCHOR_PREVIOUS };
    size_t index;
    int status = 0;

    if (scenario->signals_count == SCENARIO_PLAN_MAX) {
        blame(parser, all, "too many signals before");
        append(parser, " (allowed: %u between commas)", SCENARIO_PLAN_MAX);
        return -EINVAL;
    }
    if (!find_word(scenario_signal_words, SIGNAL_WORDS_COUNT, span, &index)) {
        blame(parser, span, "unknown signal");
        return allow(parser, scenario_signal_words, SIGNAL_WORDS_COUNT);
    }
    signal.signo = scenario_word_signo(index);
    if (number.text != NULL) {
        status = parse_count(parser, number, SCENARIO_SIGNALS_MAX, &signal.count);
    }
    if (status == 0 && anchor.text != NULL) {
        status = parse_anchor(parser, anchor, first, &signal.anchor);
    }
    if (status == 0 && target.text != NULL) {
        status = parse_target(parser, target, &signal);
    }
    if (status != 0) {
        return status;
    }
    *sent += signal.count;
    if (*sent > SCENARIO_SIGNALS_MAX) {
        blame(parser, all, "too many signals with");
        append(parser, ": %u (allowed: %u)", *sent, SCENARIO_SIGNALS_MAX);
        return -EINVAL;
    }
    scenario->signals[scenario->signals_count++] = signal;
    return 0;
}

static int parse_plan(struct parser *parser, struct span value)
{
    uint32_t sent = 0;

    memset(parser->scenario->signals, 0, sizeof parser->scenario->signals);
    parser->scenario->signals_count = 0;
    if (is_word(value, "none")) {
        return 0;
    }
    while (value.text != NULL) {
        struct span rest = cut(&value, ",");
        int status = parse_signal(parser, value, &sent);
        if (status != 0) {
            return status;
        }
        value = rest;
    }
    return 0;
}

/* True if a thread of this name exists from the start of the scenario on. */
static bool has_thread(const struct scenario *scenario, const char *name)
{
    char candidate[32];
    uint32_t so_far[KIND_COUNT] = { 0 };

    if (strcmp(name, "main") == 0) {
        return true;
    }
    if (strcmp(name, "signals") == 0) {
        return (scenario_main_words[scenario->main_style].flags & WORD_SIGWAIT) != 0;
    }
    for (uint32_t i = 0; i < scenario->workers_count; i++) {
        const struct scenario_workers *spec = &scenario->workers[i];
        so_far[spec->kind] += spec->count * scenario_kind_workers(spec->kind);
    }
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        for (uint32_t n = 1; n <= so_far[kind]; n++) {
            (void)snprintf(candidate, sizeof candidate, "%s-%u", scenario_kind_words[kind].word, n);
            if (strcmp(name, candidate) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A target can be judged only when workers and main's style are known. */
static int check_targets(struct parser *parser)
{
    const struct scenario *scenario = parser->scenario;

    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        if (scenario->signals[i].target[0] != '\0' &&
            !has_thread(scenario, scenario->signals[i].target)) {
            bool has_signals = has_thread(scenario, "signals");
            blame(parser, parser->targets[i], "no thread");
            append(parser, " (allowed: main, %sand each worker's KIND-N)",
                   has_signals ? "signals, " : "");
            return -EINVAL;
        }
    }
    return 0;
}

/* ---- Clauses ---- */

enum clause { CLAUSE_MAIN, CLAUSE_SIGNALS, CLAUSE_EXIT, CLAUSE_COUNT };
static const struct scenario_word clause_words[CLAUSE_COUNT] = {
    [CLAUSE_MAIN] = { "main", WORD_PLAIN, "" },
    [CLAUSE_SIGNALS] = { "signals", WORD_PLAIN, "" },
    [CLAUSE_EXIT] = { "exit", WORD_PLAIN, "" },
};

static int parse_value(struct parser *parser, size_t clause, struct span value)
{
    size_t index;

    if (clause == CLAUSE_MAIN) {
        if (!find_word(scenario_main_words, MAIN_COUNT, value, &index)) {
            blame(parser, value, "unknown main style");
            return allow(parser, scenario_main_words, MAIN_COUNT);
        }
        parser->scenario->main_style = (enum scenario_main)index;
    } else if (clause == CLAUSE_EXIT) {
        if (!find_word(scenario_exit_words, EXIT_POLICY_COUNT, value, &index)) {
            blame(parser, value, "unknown exit policy");
            return allow(parser, scenario_exit_words, EXIT_POLICY_COUNT);
        }
        parser->scenario->exit_policy = (enum scenario_exit)index;
    } else {
        return parse_plan(parser, value);
    }
    return 0;
}

static int parse_clause(struct parser *parser, struct span clause, bool seen[CLAUSE_COUNT])
{
    struct span key = clause;
    struct span value = cut(&key, "=");
    size_t index;

    if (clause.length == 0) {
        complain(parser, clause, "empty clause");
        return allow(parser, clause_words, CLAUSE_COUNT);
    }
    if (!find_word(clause_words, CLAUSE_COUNT, key, &index)) {
        blame(parser, key, "unknown clause");
        return allow(parser, clause_words, CLAUSE_COUNT);
    }
    if (value.text == NULL) {
        blame(parser, key, "no '=' after");
        return -EINVAL;
    }
    if (seen[index]) {
        blame(parser, key, "repeated clause");
        return -EINVAL;
    }
    seen[index] = true;
    return parse_value(parser, index, value);
}

static void set_defaults(struct scenario *scenario)
{
    memset(scenario, 0, sizeof *scenario);
    scenario->main_style = SCENARIO_MAIN_DEFAULT;
    scenario->exit_policy = SCENARIO_EXIT_DEFAULT;
    scenario->signals[0] = (struct scenario_signal){ .signo = SCENARIO_SIGNAL_DEFAULT,
                                                     .count = 1,
                                                     .anchor = ANCHOR_READY };
    scenario->signals_count = 1;
}

int scenario_parse(const char *text, struct scenario *out_scenario,
                   struct scenario_error *out_error)
{
    struct parser parser = {
        .text = text, .scenario = out_scenario, .error = out_error, .first_anchor = ANCHOR_READY
    };
    bool seen[CLAUSE_COUNT] = { false };
    struct span clause = { text, strlen(text) };
    struct span rest = cut(&clause, "|");
    int status;

    set_defaults(out_scenario);
    status = parse_workers(&parser, trim(clause));
    while (status == 0 && rest.text != NULL) {
        clause = rest;
        rest = cut(&clause, "|");
        status = parse_clause(&parser, trim(clause), seen);
    }
    return status == 0 ? check_targets(&parser) : status;
}

int scenario_parse_signals(const char *text, enum scenario_anchor first_anchor,
                           struct scenario *scenario, struct scenario_error *out_error)
{
    struct scenario copy = *scenario; /* so that a wrong text writes nothing */
    struct parser parser = {
        .text = text, .scenario = &copy, .error = out_error, .first_anchor = first_anchor
    };
    int status;

    status = parse_plan(&parser, trim((struct span){ text, strlen(text) }));
    if (status == 0) {
        *scenario = copy;
    }
    return status;
}

void scenario_forget_anchors(struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        scenario->signals[i].anchor = i == 0 ? ANCHOR_START : ANCHOR_PREVIOUS;
    }
}
