/* SPDX-License-Identifier: MIT
 *
 * stack.c -- a thread's stack with symbols, by elfutils' libdw.
 */
#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "state.h"
#include "util.h"

#define FRAMES_MAX 24

struct listing {
    char *text;
    size_t bytes;
    Dwfl *dwfl;
    int frames;
};

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path ? path : "?";
}

static int add_frame(Dwfl_Frame *frame, void *context)
{
    struct listing *listing = context;
    Dwarf_Addr pc;
    bool is_activation;
    if (!dwfl_frame_pc(frame, &pc, &is_activation)) {
        return DWARF_CB_ABORT;
    }
    Dwarf_Addr address = pc - (is_activation ? 0 : 1);
    Dwfl_Module *module = dwfl_addrmodule(listing->dwfl, address);
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char *name =
        module ? dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL) : NULL;
    Dwarf_Addr start = 0;
    const char *file =
        module ? dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL) : NULL;
    append(listing->text, listing->bytes, "  #%d ", listing->frames);
    if (name) {
        append(listing->text, listing->bytes, "%s+0x%" PRIx64 " in %s", name, (uint64_t)offset,
               base_name(file));
    } else {
        append(listing->text, listing->bytes, "%s+0x%" PRIx64, base_name(file), address - start);
    }
    Dwfl_Line *line = module ? dwfl_module_getsrc(module, address) : NULL;
    int number = 0;
    const char *source = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    if (source) {
        append(listing->text, listing->bytes, " at %s:%d", base_name(source), number);
    }
    append(listing->text, listing->bytes, "\n");
    return ++listing->frames < FRAMES_MAX ? DWARF_CB_OK : DWARF_CB_ABORT;
}

void state_stack(pid_t pid, pid_t tid, bool stopped, char *text, size_t bytes)
{
    static char *no_path = NULL;
    static const Dwfl_Callbacks callbacks = { .find_elf = dwfl_linux_proc_find_elf,
                                              .find_debuginfo = dwfl_standard_find_debuginfo,
                                              .debuginfo_path = &no_path };
    Dwfl *dwfl = dwfl_begin(&callbacks);
    struct listing listing = { text, bytes, dwfl, 0 };
    sigset_t all, before;
    if (!dwfl) {
        return;
    }
    /* A tick must not end libdwfl's wait for the thread to stop: it would give up, and leave the
     * thread stopped. */
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    if (dwfl_linux_proc_report(dwfl, pid) == 0 && dwfl_report_end(dwfl, NULL, NULL) == 0 &&
        dwfl_linux_proc_attach(dwfl, pid, stopped) == 0) {
        (void)dwfl_getthread_frames(dwfl, tid, add_frame, &listing);
    }
    dwfl_end(dwfl);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}
