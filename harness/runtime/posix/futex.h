/* SPDX-License-Identifier: MIT
 *
 * futex.h -- the intercepted calls about raw futexes, through syscall().
 */
#ifndef RT_POSIX_FUTEX_H
#define RT_POSIX_FUTEX_H

#define RT_FUTEX_CALLS(X) X(syscall)

#ifndef RT_EXPORTS_ONLY
#include <unistd.h>
#endif
#endif
