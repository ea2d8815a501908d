/* SPDX-License-Identifier: MIT
 *
 * values.c -- numbers, times and words on the command line.
 */
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_NS 31557600e9

bool value_number(const char *text, uint64_t least, uint64_t most, uint64_t *out_number)
{
    char *end;
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hexadecimal ? text + 2 : text;
    if (hexadecimal ? !isxdigit((unsigned char)*digits) : !isdigit((unsigned char)*digits)) {
        return false; /* strtoull would take a sign, or blanks. */
    }
    errno = 0;
    unsigned long long number = strtoull(digits, &end, hexadecimal ? 16 : 10);
    if (errno != 0 || *end != '\0' || number < least || number > most) {
        return false;
    }
    *out_number = number;
    return true;
}

static const struct {
    const char *unit;
    double ns;
} units[] = { { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };

bool value_duration(const char *text, uint64_t *out_ns)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) || strspn(text, "0123456789.") == strlen(text)) {
        return false;
    }
    double number = strtod(text, &end);
    if (strspn(text, "0123456789.") != (size_t)(end - text)) {
        return false; /* Exponents and the like are no times. */
    }
    for (size_t index = 0; index < sizeof(units) / sizeof(units[0]); index++) {
        double ns = number * units[index].ns;
        if (strcmp(end, units[index].unit) == 0 && ns >= 1 && ns <= YEAR_NS) {
            *out_ns = (uint64_t)ns;
            return true;
        }
    }
    return false;
}

void value_print_quoted(const char *word, FILE *file)
{
    if (*word != '\0' && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-+=./:,@%") == strlen(word)) {
        (void)fputs(word, file);
        return;
    }
    (void)fputc('\'', file);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            (void)fputs("'\\''", file);
        } else {
            (void)fputc(*word, file);
        }
    }
    (void)fputc('\'', file);
}

void value_print_duration(uint64_t ns, FILE *file)
{
    if (ns % 1000000000u == 0) {
        (void)fprintf(file, "%" PRIu64 "s", ns / 1000000000u);
    } else {
        (void)fprintf(file, "%.15gms", (double)ns / 1e6);
    }
}
