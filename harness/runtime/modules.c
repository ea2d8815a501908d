/* SPDX-License-Identifier: MIT
 *
 * modules.c -- which program and libraries lie where, so that the controller can name what it
 * reads.
 *
 * The loader is asked once, before the first execution.  What a plugin's host has loaded since is
 * read from the kernel at the end: the loader's lock may be held by a thread that will never run
 * again.
 */
#include <link.h>

#include "core.h"
#include "sys.h"

static uint32_t
    first_count; /* known before the first execution; read-only after rt_modules_start */

static uint32_t path_copy(char *target, uint32_t size, const char *path)
{
    uint32_t length = 0;
    for (; path[length] != '\0' && length + 1 < size; length++) {
        target[length] = path[length];
    }
    target[length] = '\0';
    return length;
}

static int module_add(struct dl_phdr_info *info, size_t size, void *unused)
{
    struct rt_control *control = rt.control;
    (void)size;
    (void)unused;
    if (control->modules_count == RT_MODULES_MAX) {
        return 1;
    }
    struct rt_module *module = &control->modules[control->modules_count++];
    (void)path_copy(module->path, sizeof module->path, info->dlpi_name);
    module->base = info->dlpi_addr;
    module->end = 0;
    for (uint32_t at = 0; at < info->dlpi_phnum; at++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[at];
        uint64_t end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        if (segment->p_type == PT_LOAD && end > module->end) {
            module->end = end;
        }
    }
    return 0;
}

void rt_modules_start(void)
{
    (void)dl_iterate_phdr(module_add, NULL);
    first_count = rt.control->modules_count;
}

void rt_modules_begin(void)
{
    rt.control->modules_count = first_count;
}

static const char *hex_parse(const char *text, uint64_t *out_number)
{
    uint64_t number = 0;
    for (;; text++) {
        if (*text >= '0' && *text <= '9') {
            number = number * 16 + (uint64_t)(*text - '0');
        } else if (*text >= 'a' && *text <= 'f') {
            number = number * 16 + (uint64_t)(*text - 'a') + 10;
        } else {
            break;
        }
    }
    *out_number = number;
    return text;
}

static bool path_equal(const char *one, const char *other)
{
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static bool is_known(uint64_t address)
{
    const struct rt_control *control = rt.control;
    for (uint32_t at = 0; at < control->modules_count; at++) {
        if (address >= control->modules[at].base && address < control->modules[at].end) {
            return true;
        }
    }
    return false;
}

/* "start-end rights offset device inode path" */
static void mapping_add(const char *line)
{
    struct rt_control *control = rt.control;
    uint64_t start;
    uint64_t end;
    uint64_t offset;
    const char *at = hex_parse(line, &start);
    at = hex_parse(at + (*at == '-'), &end);
    for (uint32_t field = 0; *at != '\0' && field < 2; at++) {
        field += *at == ' ';
    }
    (void)hex_parse(at, &offset);
    while (*at != '\0' && *at != '/') {
        at++;
    }
    if (*at == '\0') {
        return; /* no file */
    }
    if (control->modules_count > first_count) {
        struct rt_module *last = &control->modules[control->modules_count - 1];
        if (path_equal(last->path, at)) {
            last->end = end;
            return;
        }
    }
    if (offset == 0 && !is_known(start) && control->modules_count < RT_MODULES_MAX) {
        struct rt_module *module = &control->modules[control->modules_count++];
        (void)path_copy(module->path, sizeof module->path, at);
        module->base = start;
        module->end = end;
    }
}

void rt_modules_end(void)
{
    char text[4096];
    char line[512];
    uint32_t length = 0;
    long size;
    rt_modules_begin();
    long fd = RT_SYS4(SYS_openat, -100 /* AT_FDCWD */, "/proc/self/maps", 0, 0);
    if (fd < 0) {
        return; /* then such addresses stay numbers */
    }
    while ((size = RT_SYS3(SYS_read, fd, text, sizeof text)) > 0) {
        for (long at = 0; at < size; at++) {
            if (text[at] == '\n') {
                line[length] = '\0';
                mapping_add(line);
                length = 0;
            } else if (length + 1 < sizeof line) {
                line[length++] = text[at];
            }
        }
    }
    (void)RT_SYS1(SYS_close, fd);
}
