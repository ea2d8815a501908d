/* SPDX-License-Identifier: MIT
 *
 * root.h -- the file system of an isolated run.
 */
#ifndef CURFEW_PROBE_ROOT_H
#define CURFEW_PROBE_ROOT_H

#include "isolate.h"

/* Set before root_make where only the caller's own ids exist. */
extern bool root_in_user_namespace;

/* Replaces the root of this mount namespace by overlays, with all changes on a tmpfs.
 *   scratch:  existing directory; stays visible under its own name, empty and writable.
 *   Errors:   a negative errno; out_why says which step, at least 160 bytes. */
int root_make(const char *scratch, struct isolation *isolation, char *out_why);

#endif
