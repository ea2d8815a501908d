/* SPDX-License-Identifier: MIT
 *
 * unsafe.h -- the functions that POSIX does not list as async-signal-safe, as far as programs
 * commonly call them; what the runtime intercepts anyhow is known by its operation (unsafe.c).
 */
#ifndef RT_ORACLES_UNSAFE_H
#define RT_ORACLES_UNSAFE_H

#define RT_UNSAFE_MEMORY(X)                                                                        \
    X(malloc)                                                                                      \
    X(calloc)                                                                                      \
    X(realloc)                                                                                     \
    X(free)                                                                                        \
    X(posix_memalign)                                                                              \
    X(aligned_alloc)                                                                               \
    X(strdup)                                                                                      \
    X(strndup)                                                                                     \
    X(_Znwm)                                                                                       \
    X(_Znam)                                                                                       \
    X(_ZdlPv)                                                                                      \
    X(_ZdlPvm)                                                                                     \
    X(_ZdaPv)

#define RT_UNSAFE_STDIO(X)                                                                         \
    X(printf)                                                                                      \
    X(fprintf)                                                                                     \
    X(dprintf)                                                                                     \
    X(sprintf)                                                                                     \
    X(snprintf)                                                                                    \
    X(asprintf)                                                                                    \
    X(vprintf)                                                                                     \
    X(vfprintf)                                                                                    \
    X(vdprintf)                                                                                    \
    X(vsprintf)                                                                                    \
    X(vsnprintf)                                                                                   \
    X(vasprintf)                                                                                   \
    X(__printf_chk)                                                                                \
    X(__fprintf_chk)                                                                               \
    X(__sprintf_chk)                                                                               \
    X(__snprintf_chk)                                                                              \
    X(__vfprintf_chk)                                                                              \
    X(__vsnprintf_chk)                                                                             \
    X(puts)                                                                                        \
    X(fputs)                                                                                       \
    X(putchar)                                                                                     \
    X(putc)                                                                                        \
    X(fputc)                                                                                       \
    X(fwrite)                                                                                      \
    X(fread)                                                                                       \
    X(fgets)                                                                                       \
    X(fgetc)                                                                                       \
    X(getc)                                                                                        \
    X(getchar)                                                                                     \
    X(getline)                                                                                     \
    X(fopen)                                                                                       \
    X(fdopen)                                                                                      \
    X(fclose)                                                                                      \
    X(fflush)                                                                                      \
    X(perror)

#define RT_UNSAFE_SYSTEM(X)                                                                        \
    X(syslog)                                                                                      \
    X(vsyslog)                                                                                     \
    X(__syslog_chk)                                                                                \
    X(openlog)                                                                                     \
    X(closelog)                                                                                    \
    X(localtime)                                                                                   \
    X(localtime_r)                                                                                 \
    X(gmtime)                                                                                      \
    X(gmtime_r)                                                                                    \
    X(ctime)                                                                                       \
    X(ctime_r)                                                                                     \
    X(mktime)                                                                                      \
    X(strftime)                                                                                    \
    X(tzset)                                                                                       \
    X(getenv)                                                                                      \
    X(setenv)                                                                                      \
    X(unsetenv)                                                                                    \
    X(strerror)                                                                                    \
    X(strsignal)                                                                                   \
    X(getaddrinfo)                                                                                 \
    X(gethostbyname)                                                                               \
    X(getpwnam)                                                                                    \
    X(getpwuid)                                                                                    \
    X(opendir)                                                                                     \
    X(readdir)                                                                                     \
    X(closedir)                                                                                    \
    X(dlopen)                                                                                      \
    X(dlclose)

#define RT_UNSAFE_NAMES(X)                                                                         \
    RT_UNSAFE_MEMORY(X)                                                                            \
    RT_UNSAFE_STDIO(X)                                                                             \
    RT_UNSAFE_SYSTEM(X)

#ifndef RT_EXPORTS_ONLY
#include "../core.h"

/* How many handlers run that interrupted whatever it was; 0: nothing is to be looked at. */
extern uint32_t rt_unsafe_handlers;

/* The program's thread takes a step, perhaps in a handler. */
void rt_unsafe_step(struct rt_thread *self, enum rt_op op, void *frame);
/* It calls a function that the runtime intercepts, and whose operation does not say which. */
void rt_unsafe_call(struct rt_thread *self, const char *name, void *frame);
#endif
#endif
