/* SPDX-License-Identifier: MIT
 *
 * status.h -- a target's and a mutator's side of case/status.h.
 */
#ifndef CURFEW_FUZZ_STATUS_H
#define CURFEW_FUZZ_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "case/status.h"
#include "runtime/control.h"

/* False: the file that was named cannot be used. */
bool status_begin(void);
/* An execution of this input begins. */
void status_input(const uint8_t *bytes, size_t size);
/* It has ended, and did not end the process. */
void status_output(const struct rt_control *control);
/* For a mutator, in this process or another: the last execution; NULL: nobody tells. */
const struct fuzz_status *status_last(void);

#endif
