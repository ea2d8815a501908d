/* SPDX-License-Identifier: MIT
 *
 * targets.c -- makes subjects out of what the command line names.
 */
#include "targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../control/control.h"
#include "../verdict.h"
#include "files.h"
#include "launch.h"
#include "options.h"
#include "sanitizer.h"
#include "values.h"

/* Where the scenario programs may be, relative to the directory of curfew itself: beside it, as
 * installed, as built. */
static const char *const places[] = { ".", "../libexec/curfew", "../scenarios", "../../bin" };

char *targets_find_program(const char *flavour, bool controlled)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "curfew-scenario-%s%s", controlled ? "control-" : "",
                   flavour);
    return targets_find(name);
}

char *targets_find(const char *program)
{
    const char *chosen = getenv("CURFEW_LIBEXEC");
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    *(slash != NULL ? slash : self) = '\0';

    size_t count = chosen != NULL ? 1 : sizeof(places) / sizeof(places[0]);
    for (size_t index = 0; index < count; index++) {
        char *name;
        char *path = NULL;
        int made = chosen != NULL ? asprintf(&name, "%s/%s", chosen, program)
                                  : asprintf(&name, "%s/%s/%s", self, places[index], program);
        if (made < 0) {
            return NULL;
        }
        bool found = launch_find(name, &path) == 0;
        free(name);
        if (found) {
            char *plain = realpath(path, NULL);
            free(path);
            return plain;
        }
    }
    return NULL;
}

static struct subject *add_subject(struct targets *targets)
{
    struct subject *grown =
        reallocarray(targets->subjects, targets->count + 1, sizeof(*targets->subjects));
    if (grown == NULL) {
        return NULL;
    }
    targets->subjects = grown;
    targets->subjects[targets->count] = (struct subject){ .name = NULL };
    return &targets->subjects[targets->count++];
}

char **targets_scenario_argv(const char *program, const char *text)
{
    char **argv = calloc(3, sizeof(*argv));
    if (argv != NULL) {
        argv[0] = strdup(program);
        argv[1] = strdup(text);
    }
    if (argv != NULL && (argv[0] == NULL || argv[1] == NULL)) {
        free(argv[0]);
        free(argv[1]);
        free(argv);
        return NULL;
    }
    return argv;
}

static int override_plan(const struct target_request *request, enum scenario_anchor first_anchor,
                         struct scenario *scenario)
{
    struct scenario_error error;
    if (request->signals == NULL ||
        scenario_parse_signals(request->signals, first_anchor, scenario, &error) == 0) {
        return -1;
    }
    return usage_error(request->verb, "option '--signals', column %u: %s", error.column,
                       error.message);
}

static int add_scenario(const struct target_request *request, struct targets *targets,
                        const char *name, const struct scenario *scenario, const char *program)
{
    char text[SCENARIO_TEXT_BYTES];
    struct subject *subject = add_subject(targets);
    if (subject == NULL) {
        return plain_error(request->verb, STATUS_UNJUDGED, "out of memory");
    }
    subject->scenario = *scenario;
    subject->is_scenario = true;
    subject->is_elf = true;
    subject->watches_races = strcmp(request->flavour, "tsan") == 0;
    int status = override_plan(request, ANCHOR_READY, &subject->scenario);
    if (status >= 0) {
        return status;
    }
    (void)scenario_format(&subject->scenario, text, sizeof(text));
    subject->text = strdup(text);
    subject->name = strdup(name != NULL ? name : text);
    subject->path = strdup(program);
    subject->argv = targets_scenario_argv(program, text);
    if (subject->name == NULL || subject->text == NULL || subject->path == NULL ||
        subject->argv == NULL) {
        return plain_error(request->verb, STATUS_UNJUDGED, "out of memory");
    }
    return -1;
}

static int add_text(const struct target_request *request, struct targets *targets, const char *name,
                    const char *text, const char *program)
{
    struct scenario scenario;
    struct scenario_error error;
    if (scenario_parse(text, &scenario, &error) != 0) {
        bool word = strcspn(text, " |*=") == strlen(text);
        return usage_error(request->verb, "scenario '%s', column %u: %s%s", text, error.column,
                           error.message, word ? "; nor is it in the catalogue (curfew list)" : "");
    }
    return add_scenario(request, targets, name, &scenario, program);
}

/* The line that tells what a saved failure executed, without its newline.
 *   Owns:    the caller owns it; NULL: the file is none that --save wrote. */
static char *read_saved(const char *path)
{
    char *line = NULL;
    size_t line_bytes = 0;
    FILE *file = fopen(path, "re");
    bool saved = file != NULL && getline(&line, &line_bytes, file) > 0 &&
                 strcmp(line, SAVED_FORMAT "\n") == 0 && getline(&line, &line_bytes, file) > 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!saved) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static int add_saved(const struct target_request *request, struct targets *targets,
                     const char *path, const char *line, const char *program)
{
    static const char key[] = "scenario: ";
    if (strncmp(line, key, strlen(key)) != 0) {
        return usage_error(request->verb,
                           "%s: the failure of a program, not of a scenario: run the command in "
                           "its last line, 'reproduce: ...'",
                           path);
    }
    return add_text(request, targets, NULL, line + strlen(key), program);
}

static int add_file(const struct target_request *request, struct targets *targets, const char *path,
                    const char *program)
{
    struct scenario_file file;
    char message[1024];
    char *saved = read_saved(path);
    if (saved != NULL) {
        int added = add_saved(request, targets, path, saved, program);
        free(saved);
        return added;
    }
    if (scenario_file_load(path, &file, message, sizeof(message)) != 0) {
        return usage_error(request->verb, "%s", message);
    }
    int status = -1;
    for (size_t index = 0; index < file.count && status < 0; index++) {
        status = add_scenario(request, targets, file.lines[index].name, &file.lines[index].scenario,
                              program);
    }
    scenario_file_free(&file);
    return status;
}

static int add_catalogue(const struct target_request *request, struct targets *targets,
                         const char *program)
{
    int status = -1;
    for (size_t index = 0; index < scenario_catalogue_count && status < 0; index++) {
        const struct scenario_entry *entry = &scenario_catalogue[index];
        /* Negative controls and their twins are run by name. */
        if (strcmp(entry->verdict, verdict_word(VERDICT_PASS)) == 0) {
            status = add_text(request, targets, entry->name, entry->text, program);
        }
    }
    return status;
}

static int add_named(const struct target_request *request, struct targets *targets,
                     const char *name, const char *program)
{
    const struct scenario_entry *entry = scenario_find(name);
    if (name[0] == '@') {
        return add_file(request, targets, name + 1, program);
    }
    return entry != NULL ? add_text(request, targets, entry->name, entry->text, program)
                         : add_text(request, targets, NULL, name, program);
}

char *targets_command_line(char **program)
{
    char *text = NULL;
    size_t text_bytes;
    FILE *file = open_memstream(&text, &text_bytes);
    for (char **arg = program; file != NULL && *arg != NULL; arg++) {
        (void)fputs(arg == program ? "" : " ", file);
        value_print_quoted(*arg, file);
    }
    if (file == NULL || fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static char **copy_argv(char **program)
{
    size_t count = 0;
    while (program[count] != NULL) {
        count++;
    }
    char **argv = calloc(count + 1, sizeof(*argv));
    for (size_t index = 0; argv != NULL && index < count; index++) {
        argv[index] = strdup(program[index]);
        if (argv[index] == NULL) {
            while (index > 0) {
                free(argv[--index]);
            }
            free(argv);
            return NULL;
        }
    }
    return argv;
}

static int add_program(const struct target_request *request, struct targets *targets)
{
    static const struct scenario_signal standard = { .signo = 15,
                                                     .count = 1,
                                                     .anchor = ANCHOR_HANDLED };
    struct subject *subject = add_subject(targets);
    if (subject == NULL) {
        return plain_error(request->verb, STATUS_UNJUDGED, "out of memory");
    }
    const char *name = request->program[0];
    int found = name == NULL ? -EINVAL : launch_find(name, &subject->path);
    if (name == NULL) {
        return usage_error(request->verb, "no program after '--'");
    }
    if (found != 0) {
        return plain_error(request->verb, found == -ENOMEM ? STATUS_UNJUDGED : STATUS_USAGE,
                           "cannot execute '%s': %s", name, strerror(-found));
    }
    subject->watches_races = sanitizer_watches_races(subject->path, &subject->is_elf);
    if (request->controlled) {
        const char *flavour = control_program_flavour(subject->path);
        if (flavour == NULL) {
            return plain_error(request->verb, STATUS_UNJUDGED,
                               "cannot control '%s': it is not linked with the runtime: build it "
                               "with curfew-cc (or try --real)",
                               name);
        }
        subject->watches_races = strcmp(flavour, "tsan") == 0;
    }
    subject->scenario.signals[0] = standard;
    subject->scenario.signals_count = 1;
    int status = override_plan(request, standard.anchor, &subject->scenario);
    if (status >= 0) {
        return status;
    }
    const char *slash = strrchr(name, '/');
    subject->expect_status = request->expect_status;
    subject->name = strdup(slash != NULL ? slash + 1 : name);
    subject->text = targets_command_line(request->program);
    subject->argv = copy_argv(request->program);
    if (subject->name == NULL || subject->text == NULL || subject->argv == NULL) {
        return plain_error(request->verb, STATUS_UNJUDGED, "out of memory");
    }
    return -1;
}

int targets_make(const struct target_request *request, struct targets *out_targets)
{
    *out_targets = (struct targets){ .subjects = NULL };
    if (request->program != NULL) {
        return add_program(request, out_targets);
    }
    char *program = targets_find_program(request->flavour, request->controlled);
    if (program == NULL) {
        return plain_error(request->verb, STATUS_UNJUDGED,
                           "cannot find the program 'curfew-scenario-%s%s': build it, or set "
                           "CURFEW_LIBEXEC to its directory",
                           request->controlled ? "control-" : "", request->flavour);
    }
    int status = -1;
    for (const char **name = request->names; *name != NULL && status < 0; name++) {
        status = add_named(request, out_targets, *name, program);
    }
    if (status < 0 && *request->names == NULL) {
        status = add_catalogue(request, out_targets, program);
    }
    free(program);
    return status;
}

void targets_free(struct targets *targets)
{
    for (size_t index = 0; index < targets->count; index++) {
        subject_fini(&targets->subjects[index]);
    }
    free(targets->subjects);
    *targets = (struct targets){ .subjects = NULL };
}
