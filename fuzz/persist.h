/* SPDX-License-Identifier: MIT
 *
 * persist.h -- what AFL++'s runtime calls instead of the functions without the prefix.
 */
#ifndef CURFEW_FUZZ_PERSIST_H
#define CURFEW_FUZZ_PERSIST_H

#include <sys/types.h>

int curfew_fuzz_close(int fd);
pid_t curfew_fuzz_fork(void);
int curfew_fuzz_raise(int signo);
pid_t curfew_fuzz_waitpid(pid_t pid, int *out_status, int options);
ssize_t curfew_fuzz_write(int fd, const void *data, size_t size);

#endif
