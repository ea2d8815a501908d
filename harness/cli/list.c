/* SPDX-License-Identifier: MIT
 *
 * list.c -- `curfew list`: everything that can be named on the command line, from the tables.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../control/control.h"
#include "../runtime/strategies/table.h"
#include "../scenarios/scenario.h"
#include "../verdict.h"
#include "../zoo/table.h"
#include "options.h"

enum option_id { OPTION_JSON = 1 };

static const struct poptOption table[] = {
    OPTION_FLAG(OPTION_JSON, "json", "one JSON object on stdout"),
    OPTIONS_END,
};

struct word_row {
    const char *word;
    const char *help;
};

static const struct word_row anchors[] = {
#define X(name, word, help) { word, help },
    SCENARIO_ANCHORS(X)
#undef X
};

static const struct word_row signals[] = {
#define X(name, word, stops, help) { word, help },
    SCENARIO_SIGNALS(X)
#undef X
};

static const struct word_row strategies[] = {
#define X(name, help) { #name, help },
    RT_STRATEGIES(X)
#undef X
};

/* A section: rows from whichever table, made alike. */
struct section {
    const char *key;
    const char *title;
    size_t count;
    struct word_row (*row)(size_t index);
};

static struct word_row kind_row(size_t index)
{
    return (struct word_row){ scenario_kind_words[index].word, scenario_kind_words[index].help };
}

static struct word_row main_row(size_t index)
{
    return (struct word_row){ scenario_main_words[index].word, scenario_main_words[index].help };
}

static struct word_row exit_row(size_t index)
{
    return (struct word_row){ scenario_exit_words[index].word, scenario_exit_words[index].help };
}

static struct word_row signal_row(size_t index)
{
    return signals[index];
}

static struct word_row anchor_row(size_t index)
{
    return anchors[index];
}

static struct word_row strategy_row(size_t index)
{
    return strategies[index];
}

static struct word_row verdict_row(size_t index)
{
    enum verdict verdict = (enum verdict)index;
    return (struct word_row){ verdict_word(verdict), verdict_help(verdict) };
}

static const struct {
    const char *name;
    enum verdict verdict;
    const char *help;
} zoo[] = {
#define X(class, name, verdict, signals, flavour, report, help)                                    \
    { #name, VERDICT_##verdict, help " (" report ")" },
    CURFEW_ZOO(X)
#undef X
};

/* Valid until the next call. */
static struct word_row zoo_row(size_t index)
{
    static char help[256];
    (void)snprintf(help, sizeof help, "%s: %s", verdict_word(zoo[index].verdict), zoo[index].help);
    return (struct word_row){ zoo[index].name, help };
}

static struct word_row oracle_row(size_t index)
{
    enum rt_oracle oracle = (enum rt_oracle)index;
    return (struct word_row){ control_oracle_word(oracle), control_oracle_help(oracle) };
}

static const struct section sections[] = {
    { "workers", "worker kinds: the first clause, KIND or KIND*COUNT", KIND_COUNT, kind_row },
    { "mains", "main styles: main=", MAIN_COUNT, main_row },
    { "signals", "signals: signals=NAME[*COUNT][@ANCHOR][>THREAD],... or none",
      sizeof(signals) / sizeof(signals[0]), signal_row },
    { "anchors", "what a signal's time counts from: @ANCHOR", sizeof(anchors) / sizeof(anchors[0]),
      anchor_row },
    { "exits", "exit policies: exit=", EXIT_POLICY_COUNT, exit_row },
    { "strategies", "strategies, who choose under control: --strategy=NAME[:KEY=VALUE,...]",
      sizeof(strategies) / sizeof(strategies[0]), strategy_row },
    { "oracles", "oracles of controlled execution: --oracles=NAME,... and --no-oracle=NAME,...",
      RT_ORACLE_COUNT, oracle_row },
    { "zoo", "zoo: known bugs, built as zoo/bad_NAME with a fixed twin zoo/good_NAME",
      sizeof(zoo) / sizeof(zoo[0]), zoo_row },
    { "verdicts", "verdicts, each with what its oracle looks for, in order of precedence",
      VERDICT_COUNT, verdict_row },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static bool is_control(const struct scenario_entry *entry)
{
    return strcmp(entry->verdict, verdict_word(VERDICT_PASS)) != 0;
}

static void print_entries(bool controls)
{
    for (size_t index = 0; index < scenario_catalogue_count; index++) {
        const struct scenario_entry *entry = &scenario_catalogue[index];
        if (is_control(entry) != controls) {
            continue;
        }
        (void)printf("  %-20s  %s%s%s\n  %-20s  %s\n", entry->name, controls ? entry->verdict : "",
                     controls ? ": " : "", entry->help, "", entry->text);
    }
}

static int print_text(void)
{
    (void)printf("scenarios:\n");
    print_entries(false);
    (void)printf("\nnegative controls, each with the verdict that it must earn:\n");
    print_entries(true);
    for (size_t index = 0; index < SECTIONS; index++) {
        const struct section *section = &sections[index];
        (void)printf("\n%s\n", section->title);
        for (size_t row = 0; row < section->count; row++) {
            struct word_row words = section->row(row);
            (void)printf("  %-12s %s\n", words.word, words.help);
        }
    }
    return STATUS_PASS;
}

static json_t *entries_array(void)
{
    json_t *array = json_array();
    for (size_t index = 0; index < scenario_catalogue_count; index++) {
        const struct scenario_entry *entry = &scenario_catalogue[index];
        (void)json_array_append_new(array, json_pack("{s:s,s:s,s:s,s:s}", "name", entry->name,
                                                     "scenario", entry->text, "verdict",
                                                     entry->verdict, "help", entry->help));
    }
    return array;
}

static int print_json(const char *verb)
{
    json_t *object =
        json_pack("{s:i,s:s,s:o}", "v", 1, "event", "list", "scenarios", entries_array());
    for (size_t index = 0; object != NULL && index < SECTIONS; index++) {
        json_t *array = json_array();
        for (size_t row = 0; row < sections[index].count; row++) {
            struct word_row words = sections[index].row(row);
            (void)json_array_append_new(
                array, json_pack("{s:s,s:s}", "word", words.word, "help", words.help));
        }
        (void)json_object_set_new(object, sections[index].key, array);
    }
    if (object == NULL) {
        return plain_error(verb, STATUS_UNJUDGED, "out of memory");
    }
    (void)json_dumpf(object, stdout, JSON_COMPACT); /* stdout's errors are found at the end. */
    (void)putchar('\n');
    json_decref(object);
    return STATUS_PASS;
}

static bool set_option(void *context, int id, const char *value)
{
    (void)id;
    (void)value;
    *(bool *)context = true;
    return true;
}

int verb_list(const struct verb *verb, const struct arguments *arguments)
{
    struct options parsed;
    bool json = false;
    int status = options_begin(&parsed, verb, table, arguments, set_option, &json);
    if (status < 0 && (*parsed.names != NULL || arguments->program != NULL)) {
        status = usage_error(verb->name, "unexpected argument '%s'",
                             *parsed.names != NULL ? *parsed.names : "--");
    }
    if (status < 0) {
        status = json ? print_json(verb->name) : print_text();
    }
    options_end(&parsed);
    return status;
}
