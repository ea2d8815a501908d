/* SPDX-License-Identifier: MIT
 *
 * replay.h -- what the files of `curfew replay` share.
 */
#ifndef CURFEW_CLI_REPLAY_H
#define CURFEW_CLI_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct replay_request {
    uint64_t times;
    bool json;
    bool traces;
    bool quiet;
    bool outputs;
    bool aslr;
    bool gdb;
    uint64_t step;       /* with gdb: stop there; 0: at the verdict */
    int cpu;             /* -1: any */
    char **program;      /* instead of the file's; NULL: the file's */
    const char *flavour; /* of the scenario program; NULL: the file's */
};

bool replay_is_seed_file(const char *first_line);
/* Returns the exit status. */
int replay_seed_file(const char *path, const struct replay_request *request);

#endif
