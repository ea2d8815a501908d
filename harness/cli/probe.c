/* SPDX-License-Identifier: MIT
 *
 * probe.c -- `curfew probe`: options for the black-box engine, from the command line and from a
 * file.
 *
 * The engine's own table says what options there are; here it becomes popt's.  The file is read
 * first, so that the command line wins.
 */
#include "../probe/probe.h"

#include <errno.h>
#include <popt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define OPTIONS_MAX 64

struct parsing {
    const struct verb *verb;
    struct probe_options *options;
    struct poptOption table[OPTIONS_MAX];
    bool seen[OPTIONS_MAX];
    int help_id;
};

/* popt numbers options from 1 on. */
static void make_table(struct parsing *parsing)
{
    static const struct poptOption help = { "help",           'h', POPT_ARG_NONE, NULL, 0,
                                            "show this help", NULL };
    int count = 0;
    for (const struct probe_option *option = probe_option_table; option->name; option++) {
        if (!option->file_only) {
            struct poptOption row = { option->name, '\0',         POPT_ARG_STRING, NULL,
                                      count + 1,    option->help, option->argument };
            if (option->kind == PROBE_FLAG) {
                row.argInfo = POPT_ARG_NONE;
            }
            parsing->table[count++] = row;
        }
    }
    parsing->table[count] = help;
    parsing->help_id = parsing->table[count].val = count + 1;
}

static int take(struct parsing *parsing, int id, const char *value)
{
    const struct probe_option *option = &probe_option_table[id - 1];
    if (parsing->seen[id] && option->kind != PROBE_ITEMS) {
        return usage_error("probe", "option '--%s' is given twice", option->name);
    }
    /* What is said here replaces what the file says. */
    if (!parsing->seen[id] && option->kind == PROBE_ITEMS) {
        words_clear((struct words *)(void *)((char *)parsing->options + option->offset));
    }
    parsing->seen[id] = true;
    if (probe_options_set(parsing->options, option->name, value)) {
        return usage_error("probe", "option '--%s' cannot be '%s'", option->name, value);
    }
    return -1;
}

static int parse(struct parsing *parsing, const struct arguments *arguments)
{
    const char *title = "curfew probe";
    const char **argv = (const char **)arguments->argv;
    const char *first = argv[0];
    int id, status = -1;
    argv[0] = title; /* the help takes its name from there */
    poptContext context =
        poptGetContext(title, arguments->argc, argv, parsing->table, POPT_CONTEXT_NO_EXEC);
    if (!context) {
        argv[0] = first;
        return plain_error("probe", STATUS_UNJUDGED, "out of memory");
    }
    while (status < 0 && (id = poptGetNextOpt(context)) > 0) {
        char *value = poptGetOptArg(context);
        if (id == parsing->help_id) {
            (void)printf("curfew probe: %s\n\n", parsing->verb->help);
            poptSetOtherOptionHelp(context, parsing->verb->usage);
            poptPrintHelp(context, stdout, 0);
            status = STATUS_PASS;
        } else {
            status = take(parsing, id, value);
        }
        free(value);
    }
    if (status < 0 && id < -1) {
        status = usage_error("probe", "option '%s': %s",
                             poptBadOption(context, POPT_BADOPTION_NOALIAS), poptStrerror(id));
    }
    const char *stray = status < 0 ? poptGetArg(context) : NULL;
    if (stray) {
        status = usage_error("probe", "'%s' is no option; the program stands after '--'", stray);
    }
    poptFreeContext(context);
    argv[0] = first;
    return status;
}

/* The file must be known before anything else is set. */
static int load_config(struct probe_options *options, const struct arguments *arguments)
{
    char why[256] = "";
    for (int i = 1; i < arguments->argc; i++) {
        const char *path = NULL;
        if (strncmp(arguments->argv[i], "--config=", 9) == 0) {
            path = arguments->argv[i] + 9;
        } else if (strcmp(arguments->argv[i], "--config") == 0) {
            path = arguments->argv[i + 1];
        }
        if (path && probe_options_load(options, path, why)) {
            return plain_error("probe", STATUS_USAGE, "%s", why);
        }
    }
    return -1;
}

static int check(const struct probe_options *options)
{
    char why[256];
    return probe_options_check(options, why) ? usage_error("probe", "%s", why) : -1;
}

int verb_probe(const struct verb *verb, const struct arguments *arguments)
{
    struct probe_options options;
    struct parsing parsing = { .verb = verb, .options = &options };
    probe_options_init(&options);
    make_table(&parsing);
    int status = load_config(&options, arguments);
    if (status < 0) {
        status = parse(&parsing, arguments);
    }
    if (status < 0 && arguments->program) {
        words_clear(&options.command);
        for (char **word = arguments->program; *word; word++) {
            words_add(&options.command, *word);
        }
    }
    if (status < 0) {
        status = check(&options);
    }
    if (status < 0) {
        status = probe_campaign(&options);
    }
    probe_options_fini(&options);
    return status;
}
