/* SPDX-License-Identifier: MIT
 *
 * loader.h -- the intercepted calls about shared libraries.
 */
#ifndef RT_POSIX_LOADER_H
#define RT_POSIX_LOADER_H

#define RT_LOADER_CALLS(X)                                                                         \
    X(dlopen)                                                                                      \
    X(dlmopen)                                                                                     \
    X(dlclose)

#ifndef RT_EXPORTS_ONLY
#include <dlfcn.h>
#endif
#endif
