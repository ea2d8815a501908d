/* SPDX-License-Identifier: MIT
 *
 * options.c -- strict options.
 */
#include "options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

int usage_error(const char *verb, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "curfew %s: ", verb);
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, " (see curfew %s --help)\n", verb);
    va_end(arguments);
    return STATUS_USAGE;
}

int plain_error(const char *verb, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "curfew %s: ", verb);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    return status;
}

bool option_text(const char *verb, const char *name, const char *value, char **slot)
{
    if (*value == '\0') {
        (void)usage_error(verb, "option '--%s' is empty", name);
        return false;
    }
    *slot = strdup(value);
    return *slot != NULL;
}

bool option_number(const char *verb, const char *name, const char *value, uint64_t least,
                   uint64_t most, uint64_t *slot)
{
    if (!value_number(value, least, most, slot)) {
        (void)usage_error(verb, "option '--%s': '%s' is no number from %" PRIu64 " to %" PRIu64,
                          name, value, least, most);
        return false;
    }
    return true;
}

bool option_duration(const char *verb, const char *name, const char *value, uint64_t *slot_ns)
{
    if (!value_duration(value, slot_ns)) {
        (void)usage_error(verb, "option '--%s': '%s' is no time like 500ms, 60s, 5m, 2h", name,
                          value);
        return false;
    }
    return true;
}

static const char *long_name(const struct poptOption *table, int id)
{
    while (table->val != id) {
        table++;
    }
    return table->longName;
}

static int print_help(poptContext context, const struct verb *verb)
{
    (void)printf("curfew %s: %s\n\n", verb->name, verb->help);
    poptSetOtherOptionHelp(context, verb->usage);
    poptPrintHelp(context, stdout, 0);
    (void)fputs(verb->notes, stdout);
    return STATUS_PASS;
}

static int parse(struct options *options, const struct verb *verb, const struct poptOption *table,
                 option_fn *fn, void *context)
{
    uint64_t seen = 0;
    int id;
    while ((id = poptGetNextOpt(options->context)) > 0) {
        char *value = poptGetOptArg(options->context);
        const char *name = long_name(table, id);
        int status = -1;
        if (id == OPTION_HELP) {
            status = print_help(options->context, verb);
        } else if ((seen & (UINT64_C(1) << id)) != 0) {
            status = usage_error(verb->name, "option '--%s' is given twice", name);
        } else if (!fn(context, id, value)) {
            status = STATUS_USAGE;
        }
        seen |= UINT64_C(1) << id;
        free(value);
        if (status >= 0) {
            return status;
        }
    }
    if (id < -1) {
        const char *option = poptBadOption(options->context, POPT_BADOPTION_NOALIAS);
        return usage_error(verb->name, "option '%s': %s", option, poptStrerror(id));
    }
    return -1;
}

int options_begin(struct options *options, const struct verb *verb, const struct poptOption *table,
                  const struct arguments *arguments, option_fn *fn, void *context)
{
    char title[64];
    static const char *none[] = { NULL };
    (void)snprintf(title, sizeof(title), "curfew %s", verb->name);
    /* popt calls its program by argv[0], and shows that in the help. */
    const char *first = arguments->argv[0];
    arguments->argv[0] = title;
    options->context = poptGetContext(title, arguments->argc, (const char **)arguments->argv, table,
                                      POPT_CONTEXT_NO_EXEC);
    int status = options->context != NULL
                     ? parse(options, verb, table, fn, context)
                     : plain_error(verb->name, STATUS_UNJUDGED, "out of memory");
    arguments->argv[0] = (char *)(uintptr_t)first;
    options->names = status < 0 ? poptGetArgs(options->context) : NULL;
    options->names = options->names != NULL ? options->names : none;
    return status;
}

void options_end(struct options *options)
{
    if (options->context != NULL) {
        poptFreeContext(options->context);
    }
}
