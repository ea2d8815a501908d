/* SPDX-License-Identifier: MIT
 *
 * symbol.c -- addresses to functions, lines and names of static objects, by one llvm-symbolizer
 * process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

const struct rt_module *control_module(struct control_session *session, uint64_t address)
{
    const struct rt_control *memory = session->memory;
    for (uint32_t at = 0; at < memory->modules_count; at++) {
        const struct rt_module *module = &memory->modules[at];
        if (address >= module->base && address < module->end) {
            return module;
        }
    }
    return NULL;
}

static bool symbolizer_start(struct control_session *session)
{
    int in[2];
    int out[2];
    if (session->symbolizer_in != NULL || session->symbolizer_failed) {
        return !session->symbolizer_failed;
    }
    session->symbolizer_failed = true;
    if (pipe2(in, O_CLOEXEC) != 0) {
        return false;
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(out[1], 1);
        (void)execlp("llvm-symbolizer", "llvm-symbolizer", "--demangle", (char *)NULL);
        (void)execlp("llvm-symbolizer-14", "llvm-symbolizer-14", "--demangle", (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    session->symbolizer_pid = pid;
    session->symbolizer_in = fdopen(in[1], "w");
    session->symbolizer_out = fdopen(out[0], "r");
    session->symbolizer_failed =
        pid < 0 || session->symbolizer_in == NULL || session->symbolizer_out == NULL;
    return !session->symbolizer_failed;
}

/* Asks one question; the first two lines of the answer, and the last two: the function that the
 * first was inlined into.  False: no answer. */
static bool symbolizer_ask(struct control_session *session, const char *kind, uint64_t address,
                           char first[512], char second[512], char last[2][512])
{
    const struct rt_module *module = control_module(session, address);
    char line[1024];
    if (module == NULL || !symbolizer_start(session)) {
        return false;
    }
    const char *path = module->path[0] != '\0' ? module->path : session->path;
    (void)fprintf(session->symbolizer_in, "%s \"%s\" 0x%llx\n", kind, path,
                  (unsigned long long)(address - module->base));
    if (fflush(session->symbolizer_in) != 0) {
        session->symbolizer_failed = true;
        return false;
    }
    first[0] = second[0] = last[0][0] = last[1][0] = '\0';
    for (unsigned at = 0; fgets(line, sizeof line, session->symbolizer_out) != NULL; at++) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0') {
            return true;
        }
        if (at < 2) {
            (void)snprintf(at == 0 ? first : second, 512, "%.511s", line);
        } else {
            (void)snprintf(last[at % 2], 512, "%.511s", line);
        }
    }
    session->symbolizer_failed = true;
    return false;
}

/* Splits FILE:LINE:COLUMN. */
static void place_split(char *place, char file[512], unsigned *out_line)
{
    char *column = strrchr(place, ':');
    if (column != NULL) {
        *column = '\0';
        char *line = strrchr(place, ':');
        if (line != NULL) {
            *line = '\0';
            *out_line = (unsigned)strtoul(line + 1, NULL, 10);
        }
    }
    (void)snprintf(file, 512, "%s", strcmp(place, "??") == 0 ? "" : place);
}

bool control_symbol(struct control_session *session, uint64_t address, bool is_return,
                    struct symbol *out_symbol)
{
    char function[512];
    char place[512];
    char outer[2][512];
    *out_symbol = (struct symbol){ .function = "" };
    if (!symbolizer_ask(session, "CODE", address - (is_return ? 1 : 0), function, place, outer) ||
        strcmp(function, "??") == 0) {
        return false;
    }
    (void)snprintf(out_symbol->function, sizeof out_symbol->function, "%.127s", function);
    place_split(place, out_symbol->file, &out_symbol->line);
    (void)snprintf(out_symbol->outer_function, sizeof out_symbol->outer_function, "%.127s",
                   outer[0]);
    place_split(outer[1], out_symbol->outer_file, &out_symbol->outer_line);
    out_symbol->runtime = strstr(out_symbol->file, "harness/runtime/") != NULL;
    return true;
}

bool control_symbol_data(struct control_session *session, uint64_t address, char name[128])
{
    char first[512];
    char second[512];
    char last[2][512];
    unsigned long long start = 0;
    unsigned long long size = 0;
    if (!symbolizer_ask(session, "DATA", address, first, second, last) ||
        strcmp(first, "??") == 0 || sscanf(second, "%llu %llu", &start, &size) != 2) {
        return false;
    }
    const struct rt_module *module = control_module(session, address);
    unsigned long long offset = address - module->base - start;
    if (offset >= size) {
        return false;
    }
    if (offset == 0) {
        (void)snprintf(name, 128, "%.127s", first);
    } else {
        (void)snprintf(name, 128, "%.100s+%llu", first, offset);
    }
    return true;
}

void control_symbols_fini(struct control_session *session)
{
    if (session->symbolizer_in != NULL) {
        (void)fclose(session->symbolizer_in);
    }
    if (session->symbolizer_out != NULL) {
        (void)fclose(session->symbolizer_out);
    }
    if (session->symbolizer_pid > 0) {
        while (waitpid(session->symbolizer_pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
}
