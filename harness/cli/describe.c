/* SPDX-License-Identifier: MIT
 *
 * describe.c -- a failure in words.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "targets.h"

void describe_section(const char *title, const char *text, FILE *file)
{
    if (text != NULL && *text != '\0') {
        (void)fprintf(file, "%s:\n%s%s", title, text, text[strlen(text) - 1] == '\n' ? "" : "\n");
    }
}

void describe_reproduce(const struct out_run *run, const struct out_failure *failure, FILE *file)
{
    if (failure->control != NULL) {
        describe_control_reproduce(run, failure, file);
    } else {
        describe_real_reproduce(run, failure, file);
    }
}

void describe_failure(const struct out_run *run, const struct out_failure *failure, FILE *file)
{
    const struct subject *subject = failure->subject;
    (void)fprintf(file, "%s: %s\nseed: %" PRIu64 "\n",
                  subject->is_scenario ? "scenario" : "command", subject->text, failure->seed);
    if (failure->control != NULL) {
        (void)fprintf(file, "hash: %016" PRIx64 "%s\n", failure->control->outcome.hash,
                      failure->control->outcome.outside ? ", depended on the outside" : "");
    }
    (void)fprintf(file, "verdict: %s\n", verdict_word(failure->verdict));
    describe_section("reasons", failure->reasons, file);
    if (failure->control != NULL) {
        describe_control(failure, file);
    } else {
        describe_real(failure, file);
    }
    (void)fputs("reproduce: ", file);
    describe_reproduce(run, failure, file);
    (void)fputc('\n', file);
}

char *describe_file(const struct out_run *run, const struct out_failure *failure)
{
    char *path;
    bool has_seed_file = failure->control != NULL && failure->control->seed_file != NULL;
    char name[64];
    (void)snprintf(name, sizeof(name), "%s", failure->subject->name);
    for (char *at = name; *at != '\0'; at++) {
        *at = isalnum((unsigned char)*at) || *at == '.' || *at == '_' ? *at : '-';
    }
    if (run->replayed != NULL) {
        return strdup(run->replayed);
    }
    if (run->save == NULL || (failure->control != NULL && !has_seed_file)) {
        return NULL;
    }
    const char *verdict = verdict_word(failure->verdict);
    if (run->fuzz != NULL ||
        run->sweep != NULL) { /* cases with one seed may differ in their records */
        return asprintf(&path, "%s/%s-%s-%016" PRIx64 ".seed", run->save, name, verdict,
                        failure->control->outcome.hash) < 0
                   ? NULL
                   : path;
    }
    int made = has_seed_file ? asprintf(&path, "%s/%s-%s-%" PRIu64 ".seed", run->save, name,
                                        verdict, failure->seed)
                             : asprintf(&path, "%s/%s-%s-%016" PRIx64 ".txt", run->save, name,
                                        verdict, failure->seed);
    return made < 0 ? NULL : path;
}

bool out_has_colour(FILE *file)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(fileno(file)) != 0 && (no_colour == NULL || *no_colour == '\0');
}
