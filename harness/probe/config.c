/* SPDX-License-Identifier: MIT
 *
 * config.c -- options from a YAML file, and case files, which are the same thing with a point.
 *
 * YAML because configurations are mostly shell snippets and lists, which its block scalars hold
 * without quoting; Debian has no C library for TOML.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "options.h"
#include "util.h"

static int set_value(struct probe_options *options, const char *key, const char *value, size_t line,
                     const char *path, char *out_message)
{
    int result = value ? probe_options_set(options, key, value) : -EINVAL;
    if (result) {
        (void)snprintf(out_message, 256, "cannot read '%.120s': line %zu: %s '%.60s'", path,
                       line + 1, result == -ENOENT ? "unknown key" : "not a value for", key);
    }
    return result;
}

static const char *scalar_of(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* Of an option that adds up each item is set, of one that takes words all of them at once. */
static int set_list(struct probe_options *options, yaml_document_t *document, const char *key,
                    const yaml_node_t *list, const char *path, char *out_message)
{
    size_t line = list->start_mark.line;
    enum probe_option_kind kind = probe_option_kind_of(key);
    char *words = xstrdup("");
    int result = 0;
    for (yaml_node_item_t *item = list->data.sequence.items.start;
         !result && item < list->data.sequence.items.top; item++) {
        const char *value = scalar_of(yaml_document_get_node(document, *item));
        if (value && kind == PROBE_WORDS) {
            char *more = xasprintf("%s,%s", words, value);
            free(words);
            words = more;
        } else {
            bool adds_up = kind == PROBE_ITEMS;
            result = set_value(options, key, adds_up ? value : NULL, line, path, out_message);
        }
    }
    if (!result && kind == PROBE_WORDS) {
        result = set_value(options, key, words, line, path, out_message);
    }
    free(words);
    return result;
}

static int set_pair(struct probe_options *options, yaml_document_t *document,
                    const yaml_node_pair_t *pair, const char *path, char *out_message)
{
    const char *key = scalar_of(yaml_document_get_node(document, pair->key));
    const yaml_node_t *value = yaml_document_get_node(document, pair->value);
    if (!key) {
        (void)snprintf(out_message, 256, "cannot read '%.120s': a key is not a word", path);
        return -EINVAL;
    }
    if (value->type == YAML_SEQUENCE_NODE) {
        return set_list(options, document, key, value, path, out_message);
    }
    return set_value(options, key, scalar_of(value), value->start_mark.line, path, out_message);
}

static int set_document(struct probe_options *options, yaml_document_t *document, const char *path,
                        char *out_message)
{
    const yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root || root->type != YAML_MAPPING_NODE) {
        (void)snprintf(out_message, 256, "cannot read '%s': not a mapping", path);
        return -EINVAL;
    }
    for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        int result = set_pair(options, document, pair, path, out_message);
        if (result) {
            return result;
        }
    }
    return 0;
}

int probe_options_load(struct probe_options *options, const char *path, char *out_message)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        int error = errno;
        (void)snprintf(out_message, 256, "cannot open '%s': %s", path, strerror(error));
        return -error;
    }
    yaml_parser_t parser;
    yaml_document_t document;
    int result = -EINVAL;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_file(&parser, file);
    if (yaml_parser_load(&parser, &document)) {
        result = set_document(options, &document, path, out_message);
        yaml_document_delete(&document);
    } else {
        (void)snprintf(out_message, 256, "cannot read '%s': line %zu: %s", path,
                       parser.problem_mark.line + 1, parser.problem ? parser.problem : "not YAML");
    }
    yaml_parser_delete(&parser);
    (void)fclose(file);
    return result;
}
