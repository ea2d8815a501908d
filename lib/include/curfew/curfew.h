/* SPDX-License-Identifier: MIT
 *
 * curfew.h -- all of libcurfew: every thread home before curfew.
 */
#ifndef CURFEW_CURFEW_H
#define CURFEW_CURFEW_H

#include "base.h"
#include "debt.h"
#include "group.h"
#include "notify.h"
#include "pool.h"
#include "signals.h"
#include "stop.h"
#include "version.h"
#include "wait.h"

#endif
