/* SPDX-License-Identifier: MIT
 *
 * signals.c -- the plan of signals as text: "TERM,INT,USR1*3,TERM>2".
 *
 * NAME or number, then *COUNT for several, then >THREAD for one thread (number or name) instead of
 * the process.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control.h"

#define SIGNAL_COUNT_MAX 1000000u

static bool count_read(const char **at, uint32_t max, uint32_t *out_value)
{
    char *end;
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    errno = 0;
    unsigned long value = strtoul(*at, &end, 10);
    *at = end;
    *out_value = (uint32_t)value;
    return errno == 0 && value <= max;
}

/* A name, with or without SIG, or a number, of `length` characters.  0: no such signal. */
static int signo_read(const char *text, size_t length)
{
    char name[16];
    if (length == 0 || length >= sizeof name) {
        return 0;
    }
    memcpy(name, text, length);
    name[length] = '\0';
    const char *word = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
    for (int signo = 1; signo < SIGRTMIN; signo++) {
        const char *known = sigabbrev_np(signo);
        if (known != NULL && strcasecmp(word, known) == 0) {
            return signo;
        }
    }
    const char *digits = word;
    int first = 0;
    if (strncasecmp(word, "RTMIN", 5) == 0) {
        if (word[5] == '\0') {
            return SIGRTMIN;
        }
        digits = word[5] == '+' ? word + 6 : "";
        first = SIGRTMIN;
    }
    uint32_t number;
    return count_read(&digits, 64, &number) && *digits == '\0' && first + (int)number <= SIGRTMAX
               ? first + (int)number
               : 0;
}

const char *control_signal_name(int signo, char text[16])
{
    const char *known = sigabbrev_np(signo);
    if (known != NULL) {
        return known;
    }
    (void)snprintf(text, 16, signo >= SIGRTMIN ? "RTMIN+%d" : "%d",
                   signo >= SIGRTMIN ? signo - SIGRTMIN : signo);
    return text;
}

static bool signal_allowed(int signo, char error[512])
{
    static const int never[] = { SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                                 SIGILL,  SIGTRAP, SIGSYS,  32,     33 };
    char text[16];
    for (size_t at = 0; at < sizeof never / sizeof never[0]; at++) {
        if (signo == never[at]) {
            (void)snprintf(error, 512, "cannot send '%s': no program handles it in order to stop",
                           control_signal_name(signo, text));
            return false;
        }
    }
    return true;
}

/* A thread's number or name. */
static bool target_read(const char **at, struct rt_signal *signal)
{
    uint32_t number;
    size_t length = strcspn(*at, ",");
    if (isdigit((unsigned char)**at)) {
        bool valid = count_read(at, RT_THREADS_MAX - 1, &number);
        signal->target = (uint16_t)number;
        return valid;
    }
    if (length == 0 || length >= sizeof signal->name) {
        return false;
    }
    memcpy(signal->name, *at, length);
    signal->target = RT_SIGNAL_NAMED;
    *at += length;
    return true;
}

int control_signals_parse(const char *text, struct rt_signal signals[RT_SIGNALS_MAX],
                          uint32_t *out_count, char error[512])
{
    uint32_t count = 0;
    *out_count = 0;
    if (strcmp(text, "none") == 0) {
        return 0;
    }
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, "*>,");
        int signo = signo_read(at, length);
        struct rt_signal signal = { (uint16_t)signo, RT_SIGNAL_PROCESS, 1, "" };
        if (signo == 0) {
            (void)snprintf(error, 512, "no such signal: '%.*s'", (int)(length < 64 ? length : 64),
                           at);
            return -EINVAL;
        }
        if (!signal_allowed(signo, error)) {
            return -EINVAL;
        }
        at += length;
        if (*at == '*' &&
            (at++, !count_read(&at, SIGNAL_COUNT_MAX, &signal.count) || signal.count == 0)) {
            (void)snprintf(error, 512, "how often a signal is sent is 1 to %u", SIGNAL_COUNT_MAX);
            return -EINVAL;
        }
        if (*at == '>' && (at++, !target_read(&at, &signal))) {
            (void)snprintf(error, 512,
                           "a thread is a number up to %u (0 is main), or a name of up to 15 "
                           "characters",
                           RT_THREADS_MAX - 1);
            return -EINVAL;
        }
        if (*at != ',' && *at != '\0') {
            (void)snprintf(error, 512, "signals are NAME[*COUNT][>THREAD],...: '%.64s' is not", at);
            return -EINVAL;
        }
        if (count == RT_SIGNALS_MAX) {
            (void)snprintf(error, 512, "more than %u signals", RT_SIGNALS_MAX);
            return -EINVAL;
        }
        signals[count++] = signal;
        if (*at == '\0') {
            break;
        }
    }
    *out_count = count;
    return 0;
}

void control_signals_print(const struct rt_signal *signals, uint32_t count, FILE *stream)
{
    char text[16];
    if (count == 0) {
        (void)fputs("none", stream);
    }
    for (uint32_t at = 0; at < count; at++) {
        (void)fprintf(stream, "%s%s", at == 0 ? "" : ",",
                      control_signal_name(signals[at].signo, text));
        if (signals[at].count != 1) {
            (void)fprintf(stream, "*%u", signals[at].count);
        }
        if (signals[at].target == RT_SIGNAL_NAMED) {
            (void)fprintf(stream, ">%s", signals[at].name);
        } else if (signals[at].target != RT_SIGNAL_PROCESS) {
            (void)fprintf(stream, ">%u", signals[at].target);
        }
    }
}

void control_signals_of(const struct scenario *scenario, struct control_options *options)
{
    options->signals_count = 0;
    for (uint32_t at = 0; at < scenario->signals_count && at < RT_SIGNALS_MAX; at++) {
        const struct scenario_signal *from = &scenario->signals[at];
        struct rt_signal *signal = &options->signals[options->signals_count++];
        *signal = (struct rt_signal){ (uint16_t)from->signo,
                                      from->target[0] != '\0' ? RT_SIGNAL_NAMED : RT_SIGNAL_PROCESS,
                                      from->count, "" };
        memcpy(signal->name, from->target, sizeof signal->name);
    }
}
