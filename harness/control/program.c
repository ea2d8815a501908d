/* SPDX-License-Identifier: MIT
 *
 * program.c -- what the file of a program tells before it is started: its flavour, and which
 * thread-local variables are its own.
 */
#include "program.h"

#include "control.h"

#include <elf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool control_program_find(const char *name, char path[PATH_MAX])
{
    char found[PATH_MAX];
    if (strchr(name, '/') != NULL) {
        return access(name, X_OK) == 0 && realpath(name, path) != NULL;
    }
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, ":");
        (void)snprintf(found, sizeof found, "%.*s/%s", (int)length, at, name);
        if (access(found, X_OK) == 0 && realpath(found, path) != NULL) {
            return true;
        }
        at += length + (at[length] == ':');
    }
    return false;
}

/* ---- sections ---- */

struct elf {
    FILE *file;
    Elf64_Ehdr header;
    Elf64_Shdr *sections;
    char *names;
};

static void elf_fini(struct elf *elf)
{
    if (elf->file != NULL) {
        (void)fclose(elf->file);
    }
    free(elf->sections);
    free(elf->names);
}

/* A section's bytes and a zero behind them, which the caller frees; NULL: cannot be read. */
static void *section_read(const struct elf *elf, const Elf64_Shdr *section)
{
    char *bytes = section->sh_size < (1u << 28) ? malloc(section->sh_size + 1) : NULL;
    if (bytes == NULL || fseek(elf->file, (long)section->sh_offset, SEEK_SET) != 0 ||
        fread(bytes, 1, section->sh_size, elf->file) != section->sh_size) {
        free(bytes);
        return NULL;
    }
    bytes[section->sh_size] = '\0';
    return bytes;
}

static bool elf_open(const char *path, struct elf *elf)
{
    *elf = (struct elf){ .file = fopen(path, "rbe") };
    Elf64_Ehdr *header = &elf->header;
    if (elf->file == NULL || fread(header, sizeof *header, 1, elf->file) != 1 ||
        memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_shstrndx >= header->e_shnum || header->e_shentsize != sizeof elf->sections[0]) {
        return false;
    }
    elf->sections = calloc(header->e_shnum, sizeof elf->sections[0]);
    if (elf->sections == NULL || fseek(elf->file, (long)header->e_shoff, SEEK_SET) != 0 ||
        fread(elf->sections, sizeof elf->sections[0], header->e_shnum, elf->file) !=
            header->e_shnum) {
        return false;
    }
    elf->names = section_read(elf, &elf->sections[header->e_shstrndx]);
    return elf->names != NULL;
}

/* Whether the dynamic linker knows that name, if this section holds names for it. */
static bool dynamic_has(const struct elf *elf, const Elf64_Shdr *section, const char *name)
{
    char *names = section->sh_type == SHT_STRTAB && (section->sh_flags & SHF_ALLOC) != 0
                      ? section_read(elf, section)
                      : NULL;
    bool found = false;
    for (size_t at = 0; names != NULL && !found && at < section->sh_size;
         at += strlen(names + at) + 1) {
        found = strcmp(names + at, name) == 0;
    }
    free(names);
    return found;
}

const char *control_program_flavour(const char *path)
{
    const char *flavour = NULL;
    bool address = false;
    struct elf elf;
    bool opened = elf_open(path, &elf);
    for (unsigned at = 0; opened && at < elf.header.e_shnum; at++) {
        const Elf64_Shdr *section = &elf.sections[at];
        if (section->sh_name < elf.sections[elf.header.e_shstrndx].sh_size &&
            strcmp(elf.names + section->sh_name, RT_MARK_SECTION) == 0) {
            char *mark = section_read(&elf, section);
            flavour = mark == NULL                      ? NULL
                      : strcmp(mark, RT_MARK_TSAN) == 0 ? "tsan"
                      : strcmp(mark, RT_MARK_FAST) == 0 ? "fast"
                                                        : NULL;
            free(mark);
        }
        address = address || dynamic_has(&elf, section, "__asan_init");
    }
    elf_fini(&elf);
    return address && flavour != NULL ? "asan" : flavour;
}

/* ---- thread-local variables ---- */

static bool local_foreign(const char *name)
{
    static const char *const prefixes[] = { "rt_self",    "_ZN6__tsan",       "_ZN6__asan",
                                            "_ZN6__lsan", "_ZN11__sanitizer", "__sancov_" };
    for (size_t at = 0; at < sizeof prefixes / sizeof prefixes[0]; at++) {
        if (strncmp(name, prefixes[at], strlen(prefixes[at])) == 0) {
            return true;
        }
    }
    return false;
}

/* False: more than memory can hold. */
static bool locals_add(const Elf64_Sym *symbols, size_t count, const char *names, size_t names_size,
                       struct rt_control *memory)
{
    for (size_t at = 0; at < count; at++) {
        const Elf64_Sym *symbol = &symbols[at];
        if (ELF64_ST_TYPE(symbol->st_info) != STT_TLS || symbol->st_shndx == SHN_UNDEF ||
            symbol->st_name >= names_size || local_foreign(names + symbol->st_name)) {
            continue;
        }
        if (memory->tls_count == RT_TLS_MAX || symbol->st_value > UINT32_MAX ||
            symbol->st_size > UINT32_MAX) {
            return false;
        }
        memory->tls[memory->tls_count++] =
            (struct rt_tls){ (uint32_t)symbol->st_value, (uint32_t)symbol->st_size };
    }
    return true;
}

void control_program_locals(const char *path, struct rt_control *memory)
{
    struct elf elf;
    bool opened = elf_open(path, &elf);
    memory->tls_known = 0;
    memory->tls_count = 0;
    for (unsigned at = 0; opened && at < elf.header.e_shnum; at++) {
        const Elf64_Shdr *section = &elf.sections[at];
        if (section->sh_type != SHT_SYMTAB || section->sh_link >= elf.header.e_shnum) {
            continue;
        }
        Elf64_Sym *symbols = section_read(&elf, section);
        char *names = section_read(&elf, &elf.sections[section->sh_link]);
        memory->tls_known = symbols != NULL && names != NULL &&
                            locals_add(symbols, section->sh_size / sizeof symbols[0], names,
                                       elf.sections[section->sh_link].sh_size, memory);
        free(symbols);
        free(names);
    }
    elf_fini(&elf);
}
