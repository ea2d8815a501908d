/* SPDX-License-Identifier: MIT
 *
 * config.c -- options from a YAML file, and case files, which are the same thing with a point.
 *
 * YAML because configurations are mostly shell snippets and lists, which its block scalars hold
 * without quoting; Debian has no C library for TOML.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "options.h"
#include "util.h"

static int set_value(struct probe_options *options, const char *key, const yaml_node_t *value,
                     const char *path, char *out_message)
{
    int result = -EINVAL;
    if (value->type == YAML_SCALAR_NODE) {
        result = probe_options_set(options, key, (const char *)value->data.scalar.value);
    }
    if (result) {
        (void)snprintf(out_message, 256, "cannot read '%s': line %zu: %s '%s'", path,
                       value->start_mark.line + 1,
                       result == -ENOENT ? "unknown key" : "not a value for", key);
    }
    return result;
}

static int set_pair(struct probe_options *options, yaml_document_t *document,
                    const yaml_node_pair_t *pair, const char *path, char *out_message)
{
    const yaml_node_t *key_node = yaml_document_get_node(document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(document, pair->value);
    const char *key = (const char *)key_node->data.scalar.value;
    if (key_node->type != YAML_SCALAR_NODE) {
        (void)snprintf(out_message, 256, "cannot read '%s': a key is not a word", path);
        return -EINVAL;
    }
    if (value->type != YAML_SEQUENCE_NODE) {
        return set_value(options, key, value, path, out_message);
    }
    for (yaml_node_item_t *item = value->data.sequence.items.start;
         item < value->data.sequence.items.top; item++) {
        int result =
            set_value(options, key, yaml_document_get_node(document, *item), path, out_message);
        if (result) {
            return result;
        }
    }
    return 0;
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
