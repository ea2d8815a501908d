/* SPDX-License-Identifier: MIT
 *
 * descriptors.h -- an execution that is ended in the middle leaves its files open, in a process
 * that goes on.
 */
#ifndef CURFEW_FUZZ_DESCRIPTORS_H
#define CURFEW_FUZZ_DESCRIPTORS_H

/* Whatever is open now stays. */
void descriptors_keep(void);
/* Closes all else, but for numbers that are the runtime's own. */
void descriptors_restore(void);

#endif
