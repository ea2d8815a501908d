/* SPDX-License-Identifier: MIT
 *
 * main.c -- runs all circumstances of one call, a line for each.
 *
 * usage: conformance list
 *        conformance real|virtual CALL OUT-FILE
 */
#include "calls.h"

#define SLOWER_MAX 32u

const struct call calls[] = {
#define X(name, family, traits) { #name, &family_##family, traits, perform_##name },
    CALLS(X)
#undef X
        { NULL, NULL, 0, NULL },
};

/* Until the machine was quick enough for the circumstance to be what it is meant to be. */
static void row_run(const struct call *call, const struct circumstance *circumstance, FILE *out)
{
    struct row row;
    unsigned slower = 1;
    do {
        memset(&row, 0, sizeof row);
        row.call = call;
        row.slower = slower;
        row.fd = row.peer = row.stat_fd = row.syscall_fd = -1;
        row.left = (struct timespec){ -1, -1 };
        row.admits = set_from(0);
        row.accepts = set_from(0);
        notes_clear(&row);
        circumstance->drive(&row);
        slower *= 2;
    } while (row.late && slower <= SLOWER_MAX);
    row_print(&row, circumstance, out);
}

static bool applies(const struct call *call, const struct circumstance *circumstance)
{
    return (call->traits & circumstance->needs) == circumstance->needs &&
           (call->traits & circumstance->without) == 0;
}

int main(int argc, char **argv)
{
    sigset_t all;
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (const struct call *call = calls; call->name != NULL; call++) {
            puts(call->name);
        }
        return 0;
    }
    MUST(argc == 4);
    virtual_time = strcmp(argv[1], "virtual") == 0;
    FILE *out = fopen(argv[3], "we");
    MUST(out != NULL);
    OK(sigfillset(&all));
    OK(pthread_sigmask(SIG_SETMASK, &all, NULL));
    for (const struct call *call = calls; call->name != NULL; call++) {
        for (const struct circumstance *it = circumstances; it->name != NULL; it++) {
            if (strcmp(call->name, argv[2]) == 0 && applies(call, it)) {
                row_run(call, it, out);
            }
        }
    }
    OK(fclose(out));
    return 0;
}
