/* SPDX-License-Identifier: MIT
 *
 * reason.c -- the names of reasons.
 */
#include <string.h>

#include "curfew/base.h"

const char *curfew_reason_name(int reason)
{
    if (reason >= 1 && reason <= 64) {
        const char *name = sigabbrev_np(reason); /* a table look-up, without a lock */
        return name != NULL ? name : "real-time signal";
    }
    switch (reason) {
    case CURFEW_REASON_NONE:
        return "none";
    case CURFEW_REASON_REQUEST:
        return "request";
    case CURFEW_REASON_DEADLINE:
        return "deadline";
    case CURFEW_REASON_FAILURE:
        return "worker failure";
    default:
        return "user";
    }
}
