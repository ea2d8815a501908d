/* SPDX-License-Identifier: MIT
 *
 * program.h -- what the file of a program tells before it is started.
 */
#ifndef CURFEW_CONTROL_PROGRAM_H
#define CURFEW_CONTROL_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "../runtime/control.h"

/* Looks the program up as execvp does. */
bool control_program_find(const char *name, char path[PATH_MAX]);
/* Writes its own thread-local variables, not those of the runtime and ThreadSanitizer, to memory:
 * what a thread that is used again must find as new. */
void control_program_locals(const char *path, struct rt_control *memory);

#endif
