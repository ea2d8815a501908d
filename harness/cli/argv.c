/* SPDX-License-Identifier: MIT
 *
 * argv.c -- lists of words.
 */
#include "argv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_owned(struct argv *argv, char *word)
{
    char **grown = reallocarray(argv->words, argv->count + 2, sizeof(*argv->words));
    argv->words = grown != NULL ? grown : argv->words;
    if (grown == NULL || word == NULL) {
        argv->failed = true;
        free(word);
        return;
    }
    argv->words[argv->count++] = word;
    argv->words[argv->count] = NULL;
}

void argv_add(struct argv *argv, const char *format, ...)
{
    char *word = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&word, format, arguments) < 0) {
        word = NULL;
    }
    va_end(arguments);
    add_owned(argv, word);
}

void argv_set(struct argv *argv, const char *name, const char *value)
{
    size_t length = strlen(name);
    for (size_t at = 0; at < argv->count; at++) {
        if (strncmp(argv->words[at], name, length) == 0 && argv->words[at][length] == '=') {
            free(argv->words[at]);
            argv->words[at] = argv->words[--argv->count];
            argv->words[argv->count] = NULL;
            at--;
        }
    }
    argv_add(argv, "%s=%s", name, value);
}

void argv_environment(struct argv *argv, const char *without_prefix)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        if (strncmp(*variable, without_prefix, strlen(without_prefix)) != 0) {
            add_owned(argv, strdup(*variable));
        }
    }
}

void argv_fini(struct argv *argv)
{
    for (size_t at = 0; at < argv->count; at++) {
        free(argv->words[at]);
    }
    free(argv->words);
    *argv = (struct argv){ .words = NULL };
}
