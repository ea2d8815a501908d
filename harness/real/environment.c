/* SPDX-License-Identifier: MIT
 *
 * environment.c -- builds an environment for exec.
 */
#include "environment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curfew/debt.h"
#include "launch.h"
#include "sanitizer.h"

extern char **environ;

static const char *const own_variables[] = { CURFEW_LEDGER_ENV, "CURFEW_SEED", "NOTIFY_SOCKET",
                                             "TMPDIR" };
#define OWN_VARIABLES (sizeof(own_variables) / sizeof(own_variables[0]))

static bool is_variable(const char *entry, const char *name)
{
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_ours(const char *entry)
{
    bool ours = false;
    for (size_t index = 0; index < OWN_VARIABLES; index++) {
        ours = ours || is_variable(entry, own_variables[index]);
    }
    for (size_t index = 0; index < SANITIZERS; index++) {
        ours = ours || is_variable(entry, sanitizer_variables[index]);
    }
    return ours;
}

static char *variable(const char *name, const char *value)
{
    char *text;
    return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

char **environment_new(const char *notify_address, const char *directory, const char *report_path,
                       uint64_t seed)
{
    char ledger_text[16];
    char seed_text[32];
    (void)snprintf(ledger_text, sizeof(ledger_text), "%d", LAUNCH_LEDGER_FD);
    (void)snprintf(seed_text, sizeof(seed_text), "%" PRIu64, seed);
    const char *values[OWN_VARIABLES] = { ledger_text, seed_text, notify_address, directory };

    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **environment = calloc(count + OWN_VARIABLES + SANITIZERS + 1, sizeof(*environment));
    if (environment == NULL) {
        return NULL;
    }
    size_t at = 0;
    bool complete = true;
    for (size_t index = 0; index < OWN_VARIABLES && complete; index++) {
        environment[at] = variable(own_variables[index], values[index]);
        complete = environment[at++] != NULL;
    }
    for (unsigned index = 0; index < SANITIZERS && complete; index++) {
        environment[at] = sanitizer_options(index, report_path);
        complete = environment[at++] != NULL;
    }
    for (size_t index = 0; index < count && complete; index++) {
        if (!is_ours(environ[index])) {
            environment[at] = strdup(environ[index]);
            complete = environment[at++] != NULL;
        }
    }
    if (!complete) {
        environment_free(environment);
        return NULL;
    }
    return environment;
}

void environment_free(char **environment)
{
    for (char **entry = environment; entry != NULL && *entry != NULL; entry++) {
        free(*entry);
    }
    free(environment);
}
