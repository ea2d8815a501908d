/* SPDX-License-Identifier: MIT
 *
 * subject.c -- frees a subject.
 */
#include "subject.h"

#include <stdlib.h>

void subject_fini(struct subject *subject)
{
    free(subject->name);
    free(subject->text);
    free(subject->path);
    for (char **arg = subject->argv; arg != NULL && *arg != NULL; arg++) {
        free(*arg);
    }
    free(subject->argv);
    *subject = (struct subject){ .name = NULL };
}
