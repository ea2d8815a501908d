/* SPDX-License-Identifier: MIT
 *
 * reason.c -- the names of reasons.
 */
#include <signal.h>
#include <stddef.h>

#include "curfew/base.h"

/* Our own table: libc's names are translated, or come without SIG. */
#define NAME(signal) [SIG##signal] = "SIG" #signal
static const char *const signal_names[65] = {
    NAME(HUP),  NAME(INT),    NAME(QUIT), NAME(ILL),  NAME(TRAP),   NAME(ABRT), NAME(BUS),
    NAME(FPE),  NAME(KILL),   NAME(USR1), NAME(SEGV), NAME(USR2),   NAME(PIPE), NAME(ALRM),
    NAME(TERM), NAME(STKFLT), NAME(CHLD), NAME(CONT), NAME(STOP),   NAME(TSTP), NAME(TTIN),
    NAME(TTOU), NAME(URG),    NAME(XCPU), NAME(XFSZ), NAME(VTALRM), NAME(PROF), NAME(WINCH),
    NAME(IO),   NAME(PWR),    NAME(SYS),
};

const char *curfew_reason_name(int reason)
{
    if (reason >= 1 && reason <= 64) {
        const char *name = signal_names[reason];
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
