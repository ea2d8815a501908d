/* SPDX-License-Identifier: MIT
 *
 * report.c -- executions for people: what each thread waits for, traces, race reports with lines.
 */
#include <stdlib.h>
#include <string.h>

#include "session.h"

static const char *const op_words[] = {
#define X(name, word, progress) word,
    RT_OPS(X)
#undef X
};

const char *control_op_word(uint32_t op)
{
    return op < RT_OP_COUNT ? op_words[op] : "unknown operation";
}

static const char *file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The code at a return address, or where it begins. */
static void print_place(struct control_session *session, uint64_t address, bool is_return,
                        FILE *stream)
{
    struct symbol symbol;
    if (control_symbol(session, address, is_return, &symbol)) {
        if (symbol.file[0] != '\0') {
            (void)fprintf(stream, "%s (%s:%u)", symbol.function, file_base(symbol.file),
                          symbol.line);
            if (symbol.outer_function[0] != '\0') {
                (void)fprintf(stream, " in %s (%s:%u)", symbol.outer_function,
                              file_base(symbol.outer_file), symbol.outer_line);
            }
        } else {
            (void)fprintf(stream, "%s", symbol.function);
        }
    } else {
        const struct rt_module *module = control_module(session, address);
        uint64_t base = module != NULL ? module->base : 0;
        const char *path = module != NULL && module->path[0] != '\0' ? module->path : session->path;
        (void)fprintf(stream, "%s+0x%llx", module != NULL ? file_base(path) : "",
                      (unsigned long long)(address - base));
    }
}

static void print_thread_name(const struct rt_control *memory, uint32_t number, FILE *stream)
{
    (void)fprintf(stream, "thread %u", number);
    if (number < memory->threads_count && memory->threads[number].name[0] != '\0') {
        (void)fprintf(stream, " '%.16s'", memory->threads[number].name);
    }
}

static void print_object(struct control_session *session, const struct rt_thread_report *thread,
                         FILE *stream)
{
    char name[128];
    if (thread->waits_for_thread) {
        (void)fprintf(stream, " ");
        print_thread_name(session->memory, thread->object, stream);
    } else if (thread->object_address != 0 &&
               control_symbol_data(session, thread->object_address, name)) {
        (void)fprintf(stream, " '%s'", name);
    } else if (thread->object != 0) {
        (void)fprintf(stream, " object %u", thread->object);
    }
}

/* No place of the program's; and whether it has a name depends on the machine's debug symbols. */
static bool is_in_libc(struct control_session *session, uint64_t address)
{
    const struct rt_module *module = control_module(session, address);
    const char *name = module != NULL ? file_base(module->path) : "";
    return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "ld-linux", 8) == 0;
}

/* One thread at the end of an execution: what it does, waits for, who holds that, and its stack. */
static void print_thread(struct control_session *session, uint32_t number, FILE *stream)
{
    const struct rt_control *memory = session->memory;
    const struct rt_thread_report *thread = &memory->threads[number];
    (void)fprintf(stream, "  ");
    print_thread_name(memory, number, stream);
    if (thread->state == RT_THREAD_ENDED) {
        (void)fprintf(stream, ": has ended\n");
        return;
    }
    (void)fprintf(stream, ": %s %s", thread->state == RT_THREAD_BLOCKED ? "waits in" : "is at",
                  control_op_word(thread->op));
    print_object(session, thread, stream);
    if (thread->holder >= 0 && !thread->waits_for_thread) {
        (void)fprintf(stream, ", held by ");
        if ((uint32_t)thread->holder == number) {
            (void)fprintf(stream, "itself");
        } else {
            print_thread_name(memory, (uint32_t)thread->holder, stream);
        }
    }
    (void)fprintf(stream, "\n");
    for (uint32_t at = 0; at < thread->frames_count; at++) {
        struct symbol symbol;
        if (is_in_libc(session, thread->frames[at])) {
            continue;
        }
        bool known = control_symbol(session, thread->frames[at], true, &symbol);
        if (known && (symbol.runtime || symbol.file[0] == '\0')) {
            continue;
        }
        (void)fprintf(stream, "      at ");
        print_place(session, thread->frames[at], true, stream);
        (void)fprintf(stream, "\n");
    }
}

/* The address that "... (module+0xoffset)" ends with; 0: the line has none that is known. */
static uint64_t report_address(struct control_session *session, const char *line)
{
    const struct rt_control *memory = session->memory;
    const char *plus = strstr(line, "+0x");
    if (plus == NULL) {
        return 0;
    }
    const char *open = plus;
    while (open > line && *open != '(') {
        open--;
    }
    size_t length = (size_t)(plus - open - 1);
    for (uint32_t at = 0; at < memory->modules_count; at++) {
        const struct rt_module *module = &memory->modules[at];
        const char *base = file_base(module->path[0] != '\0' ? module->path : session->path);
        if (strlen(base) == length && strncmp(base, open + 1, length) == 0) {
            return module->base + strtoull(plus + 1, NULL, 16);
        }
    }
    return 0;
}

/* LLVM 17 and later write a third underscore. */
static bool is_interceptor(const char *function)
{
    const char *name = function + strspn(function, "_");
    return name - function >= 2 && strncmp(name, "interceptor_", 12) == 0;
}

/* A line of a report that the symbolizer can say better.  False: not such a line. */
static bool print_sanitizer_line(struct control_session *session, const char *line, FILE *stream)
{
    uint64_t address = report_address(session, line);
    struct symbol symbol;
    char name[128];
    if (strncmp(line, "  Location is global ", 21) == 0 && address != 0 &&
        control_symbol_data(session, address, name)) {
        (void)fprintf(stream, "    Location is global '%s'\n", name);
        return true;
    }
    if (strncmp(line, "    #", 5) != 0 || address == 0) {
        return false;
    }
    if (is_in_libc(session, address)) {
        return true;
    }
    if (!control_symbol(session, address, false, &symbol)) {
        return false;
    }
    if (!symbol.runtime && !is_interceptor(symbol.function)) {
        (void)fprintf(stream, "      at ");
        print_place(session, address + 1, true, stream);
        (void)fprintf(stream, "\n");
    }
    return true;
}

void control_report_error(struct control_session *session)
{
    static const char *const ends[] = { "\n", ": ", " (", " on address 0x", " on 0x", " 0x" };
    static const char attempting[] = "attempting ";
    size_t size;
    const char *at = strstr(control_output(session, &size), CONTROL_ADDRESS_REPORT);
    session->error[0] = '\0';
    if (at == NULL) {
        return;
    }
    at += strlen(CONTROL_ADDRESS_REPORT);
    at += strncmp(at, attempting, strlen(attempting)) == 0 ? strlen(attempting) : 0;
    (void)snprintf(session->error, sizeof session->error, "%s", at);
    for (size_t end = 0; end < sizeof ends / sizeof ends[0]; end++) {
        char *found = strstr(session->error, ends[end]);
        if (found != NULL) {
            *found = '\0';
        }
    }
}

/* What a sanitizer has printed, from the line that begins so; AddressSanitizer's ends with a
 * summary, and a picture of memory behind it. */
static void print_sanitizer(struct control_session *session, const char *begin, FILE *stream)
{
    size_t size;
    const char *at = strstr(control_output(session, &size), begin);
    bool whole = strncmp(begin, "ERROR", 5) != 0;
    while (at != NULL && *at != '\0' && (whole || strncmp(at, "SUMMARY", 7) != 0)) {
        char line[1024];
        size_t length = strcspn(at, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)(length < 1000 ? length : 1000), at);
        if (!print_sanitizer_line(session, line, stream) && strncmp(line, "====", 4) != 0 &&
            strncmp(line, "SUMMARY", 7) != 0 && strspn(line, " ") < strlen(line)) {
            (void)fprintf(stream, "  %s\n", line);
        }
        at += length + (at[length] == '\n');
    }
}

void control_report_verdict(struct control_session *session, const struct control_outcome *outcome,
                            FILE *stream)
{
    const struct rt_control *memory = session->memory;
    if (outcome->verdict == VERDICT_RACE) {
        print_sanitizer(session, "WARNING: ThreadSanitizer", stream);
        return;
    }
    if (outcome->verdict == VERDICT_CRASH) {
        print_sanitizer(session, CONTROL_ADDRESS_REPORT, stream);
    }
    if (outcome->verdict == VERDICT_PASS || outcome->verdict == VERDICT_STATUS) {
        return;
    }
    for (uint32_t number = 0; number < memory->threads_count; number++) {
        print_thread(session, number, stream);
    }
    if (memory->threads_count == 0 && memory->events_count > 0) {
        /* It was killed: nobody could say where all the threads were. */
        const struct rt_event *event = &memory->events[memory->events_count - 1];
        (void)fprintf(stream, "  the last step: thread %u %s", event->actor,
                      control_op_word(event->op));
        if (event->pc != 0) {
            (void)fprintf(stream, " at ");
            print_place(session, event->pc, true, stream);
        }
        (void)fprintf(stream, "\n");
    }
}

static void print_result(const struct rt_event *event, FILE *stream)
{
    if (event->result == -1) {
        (void)fprintf(stream, " (waits)");
    } else if (event->op == RT_OP_CREATE) {
        (void)fprintf(stream, " -> thread %d", event->result);
    } else if (event->result != 0) {
        (void)fprintf(stream, " -> %d", event->result);
    }
}

/* Names of static objects by display number: asked for once each. */
struct names {
    char text[RT_OBJECTS_MAX][64];
    bool asked[RT_OBJECTS_MAX];
};

static void print_event_object(struct control_session *session, struct names *names,
                               const struct rt_event *event, FILE *stream)
{
    const struct rt_control *memory = session->memory;
    uint32_t at = event->object - 1;
    char name[128];
    if (event->op == RT_OP_JOIN || event->op == RT_OP_DETACH || event->op == RT_OP_CANCEL ||
        event->op == RT_OP_TRYJOIN || event->op == RT_OP_TIMEDJOIN) {
        (void)fprintf(stream, " ");
        print_thread_name(memory, event->object, stream);
        return;
    }
    if (event->object == 0) {
        return;
    }
    if (names != NULL && at < memory->objects_count && !names->asked[at]) {
        names->asked[at] = true;
        if (control_symbol_data(session, memory->objects[at], name)) {
            (void)snprintf(names->text[at], sizeof names->text[at], "%.63s", name);
        }
    }
    if (names != NULL && at < memory->objects_count && names->text[at][0] != '\0') {
        (void)fprintf(stream, " '%s'", names->text[at]);
    } else {
        (void)fprintf(stream, " object %u", event->object);
    }
}

/* The steps that are about signals.  False: this is none. */
static bool print_signal(struct control_session *session, const struct rt_event *event,
                         FILE *stream)
{
    char text[16];
    int signo = event->result & 0xff;
    int rest = event->result >> 8;
    if (event->op == RT_OP_SIGNAL || event->op == RT_OP_KILLED) {
        (void)fprintf(stream, "%s SIG%s", control_op_word(event->op),
                      control_signal_name(signo, text));
        if (event->op == RT_OP_SIGNAL && rest > 0) {
            (void)fprintf(stream, " -> thread %d", rest - 1);
        }
    } else if (event->op == RT_OP_SIGNAL_TAKEN) {
        (void)fprintf(stream, "takes signal SIG%s at %s", control_signal_name(signo, text),
                      control_op_word((uint32_t)rest));
        if (event->pc != 0) {
            (void)fprintf(stream, "  ");
            print_place(session, event->pc, true, stream);
        }
    } else if (event->op == RT_OP_HANDLER || event->op == RT_OP_HANDLER_END) {
        (void)fprintf(stream, "%s SIG%s  ", control_op_word(event->op),
                      control_signal_name(signo, text));
        print_place(session, event->pc, false, stream);
    } else {
        return false;
    }
    (void)fprintf(stream, "\n");
    return true;
}

void control_report_trace(struct control_session *session, FILE *stream)
{
    const struct rt_control *memory = session->memory;
    struct names *names = calloc(1, sizeof *names); /* Without memory there are no names. */
    for (uint32_t at = 0; at < memory->events_count; at++) {
        const struct rt_event *event = &memory->events[at];
        (void)fprintf(stream, "%6u  ", at);
        if (event->actor == RT_ACTOR_CLOCK) {
            (void)fprintf(stream, "clock     ");
            if (!print_signal(session, event, stream)) {
                (void)fprintf(stream, "%s to %.6f s\n", control_op_word(event->op),
                              (double)event->pc / 1e9);
            }
            continue;
        }
        if (event->actor == RT_ACTOR_ENV) {
            (void)fprintf(stream, "env       ");
            (void)print_signal(session, event, stream);
            continue;
        }
        const char *name =
            event->actor < memory->threads_count ? memory->threads[event->actor].name : "";
        (void)fprintf(stream, "%u %-8.16s ", event->actor, name);
        if (print_signal(session, event, stream)) {
            continue;
        }
        (void)fprintf(stream, "%s", control_op_word(event->op));
        print_event_object(session, names, event, stream);
        print_result(event, stream);
        if (event->pc != 0) {
            (void)fprintf(stream, "  ");
            print_place(session, event->pc, true, stream);
        }
        (void)fprintf(stream, "\n");
    }
    free(names);
}
