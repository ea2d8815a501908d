/* SPDX-License-Identifier: MIT
 *
 * random.c -- randomness comes from the seed: calls, the devices, C++'s std::random_device, and
 * generators that the program seeds from its pid.
 *
 * A pid is the kernel's: children, files and other programs know it, so getpid() tells the truth.
 * But where a generator of libc is seeded with it, alone or mixed with the time, the seed becomes
 * one of ours.  (Rejected: a virtual getpid().  Every call that takes or gives a pid, and every
 * path below /proc, would have to translate it.)
 */
#include "random.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../real.h"
#include "../sys.h"

ssize_t getrandom(void *target, size_t size, unsigned flags)
{
    if (!rt.on) {
        return RT_CALL(getrandom, target, size, flags);
    }
    rt_random_fill(target, size);
    return (ssize_t)size;
}

int getentropy(void *target, size_t size)
{
    if (!rt.on) {
        return RT_CALL(getentropy, target, size);
    }
    rt_random_fill(target, size);
    return 0;
}

uint32_t arc4random(void)
{
    uint32_t value;
    if (!rt.on) {
        return RT_REAL(arc4random)();
    }
    rt_random_fill(&value, sizeof value);
    return value;
}

void arc4random_buf(void *target, size_t size)
{
    if (!rt.on) {
        RT_REAL(arc4random_buf)(target, size);
        return;
    }
    rt_random_fill(target, size);
}

uint32_t arc4random_uniform(uint32_t bound)
{
    return rt.on ? (bound > 1 ? arc4random() % bound : 0) : RT_REAL(arc4random_uniform)(bound);
}

/* ---- the devices ---- */

static bool is_random_device(dev_t device)
{
    return device == makedev(1, 8) || device == makedev(1, 9);
}

void rt_random_device(int fd, void *data, size_t size)
{
    struct stat status;
    if (RT_SYS2(SYS_fstat, fd, &status) == 0 && S_ISCHR(status.st_mode) &&
        is_random_device(status.st_rdev)) {
        rt_random_fill(data, size);
    }
}

/* libc reads a stream by itself: a stream of ours then. */
static ssize_t stream_read(void *cookie, char *data, size_t size)
{
    (void)cookie;
    rt_random_fill(data, size);
    return (ssize_t)size;
}

static FILE *stream_open(const char *path, const char *mode)
{
    static const cookie_io_functions_t functions = { .read = stream_read };
    struct stat status;
    if (!rt.on || path == NULL || mode == NULL || mode[0] != 'r' ||
        RT_SYS4(SYS_newfstatat, AT_FDCWD, path, &status, 0) != 0 || !S_ISCHR(status.st_mode) ||
        !is_random_device(status.st_rdev)) {
        return NULL;
    }
    return fopencookie(NULL, mode, functions);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    FILE *stream = stream_open(path, mode);
    return stream != NULL ? stream : RT_CALL(fopen, path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    FILE *stream = stream_open(path, mode);
    return stream != NULL ? stream : RT_CALL(fopen64, path, mode);
}

/* std::random_device's draw, in libstdc++: by default it asks the processor. */
#define DEVICE_DRAW _ZNSt13random_device9_M_getvalEv
unsigned DEVICE_DRAW(void *device);
__attribute__((weak, visibility("default"))) unsigned DEVICE_DRAW(void *device)
{
    static __typeof__(&DEVICE_DRAW) real;
    if (rt.on) {
        return arc4random();
    }
    if (real == NULL) {
        real = (__typeof__(real))rt_libc("_ZNSt13random_device9_M_getvalEv");
    }
    return real(device);
}

/* ---- seeds from the pid ---- */

static bool id_seen;

void rt_random_id_seen(void)
{
    id_seen = true;
}

pid_t getpid(void)
{
    id_seen = true;
    return RT_REAL(getpid)();
}

pid_t gettid(void)
{
    id_seen = true;
    return RT_REAL(gettid)();
}

static bool seed_mixes(uint32_t seed, uint32_t id, uint32_t time)
{
    return seed == (id ^ time) || seed == id + time || seed == time - id || seed == id - time ||
           seed == id * time || seed == (id << 16 ^ time) || seed == (time << 16 ^ id) ||
           seed == (id << 16) + time || seed == (id << 8 ^ time);
}

/* A seed that the pid explains, or the pid and the time that was read last, is replaced. */
static uint32_t seed_fix(uint32_t seed)
{
    if (!rt.on || !id_seen || rt_self == NULL) {
        return seed;
    }
    const uint32_t ids[] = { (uint32_t)rt.pid, (uint32_t)rt_self->tid };
    struct timespec read = rt_clock_last();
    const uint32_t times[] = {
        0,
        (uint32_t)read.tv_sec,
        (uint32_t)read.tv_nsec,
        (uint32_t)read.tv_nsec / 1000,
        (uint32_t)(read.tv_sec ^ read.tv_nsec),
        (uint32_t)(read.tv_sec + read.tv_nsec),
        (uint32_t)(read.tv_sec ^ (read.tv_nsec / 1000)),
        (uint32_t)(read.tv_sec + read.tv_nsec / 1000),
        (uint32_t)(read.tv_sec * 1000000 + read.tv_nsec / 1000),
        (uint32_t)(read.tv_sec * 1000000000 + read.tv_nsec),
    };
    for (size_t id = 0; id < sizeof ids / sizeof ids[0]; id++) {
        for (size_t at = 0; at < sizeof times / sizeof times[0]; at++) {
            if (seed_mixes(seed, ids[id], times[at])) {
                return arc4random();
            }
        }
    }
    return seed;
}

void srand(unsigned seed) /* lint: banned-word: defined here */
{
    RT_REAL(srand)(seed_fix(seed));
}

void srandom(unsigned seed) /* lint: banned-word: defined here */
{
    RT_REAL(srandom)(seed_fix(seed));
}

void srand48(long seed)
{
    RT_REAL(srand48)((long)seed_fix((uint32_t)seed));
}

int srandom_r(unsigned seed, struct random_data *data)
{
    return RT_CALL(srandom_r, seed_fix(seed), data);
}

int srand48_r(long seed, struct drand48_data *data)
{
    return RT_CALL(srand48_r, (long)seed_fix((uint32_t)seed), data);
}

char *initstate(unsigned seed, char *state, size_t size)
{
    return RT_CALL(initstate, seed_fix(seed), state, size);
}
