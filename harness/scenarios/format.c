/* SPDX-License-Identifier: MIT
 *
 * format.c -- writes a scenario's canonical text.  Pure.
 */
#include <stdarg.h>
#include <stdio.h>

#include "words.h"

/* Like a file that counts beyond its end: `length` is what all of it needs. */
struct output {
    char *text;
    size_t size_bytes;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct output *output, const char *format,
                                                      ...)
{
    size_t room = output->length < output->size_bytes ? output->size_bytes - output->length : 0;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(room > 0 ? output->text + output->length : NULL, room, format, arguments);
    va_end(arguments);
    output->length += length > 0 ? (size_t)length : 0;
}

static void put_signals(struct output *output, const struct scenario *scenario)
{
    if (scenario->signals_count == 0) {
        put(output, "none");
    }
    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        const struct scenario_signal *signal = &scenario->signals[i];
        put(output, "%s%s", i > 0 ? "," : "", scenario_signal_name(signal->signo));
        if (signal->count != 1) {
            put(output, "*%u", signal->count);
        }
        if (signal->anchor != (i == 0 ? ANCHOR_READY : ANCHOR_PREVIOUS)) {
            put(output, "@%s", scenario_anchor_words[signal->anchor].word);
        }
        if (signal->target[0] != '\0') {
            put(output, ">%s", signal->target);
        }
    }
}

size_t scenario_format_signals(const struct scenario *scenario, char *text, size_t size_bytes)
{
    struct output output = { text, size_bytes, 0 };

    put_signals(&output, scenario);
    return output.length;
}

size_t scenario_format(const struct scenario *scenario, char *text, size_t size_bytes)
{
    struct output output = { text, size_bytes, 0 };

    for (uint32_t i = 0; i < scenario->workers_count; i++) {
        const struct scenario_workers *spec = &scenario->workers[i];
        put(&output, "%s%s", i > 0 ? " " : "", scenario_kind_words[spec->kind].word);
        if (spec->count != 1) {
            put(&output, "*%u", spec->count);
        }
    }
    put(&output, " | main=%s | signals=", scenario_main_words[scenario->main_style].word);
    put_signals(&output, scenario);
    put(&output, " | exit=%s", scenario_exit_words[scenario->exit_policy].word);
    return output.length;
}
