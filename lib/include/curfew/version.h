/* SPDX-License-Identifier: MIT
 *
 * version.h -- the version of these headers; the build reads it from here.
 */
#ifndef CURFEW_VERSION_H
#define CURFEW_VERSION_H

#define CURFEW_VERSION_MAJOR 0
#define CURFEW_VERSION_MINOR 1
#define CURFEW_VERSION_PATCH 0

#endif
