/* SPDX-License-Identifier: MIT
 *
 * system.c -- what the machine is like: as many processors as the controller says.  The
 * process stays on one processor whatever it asks for.
 */
#include "system.h"

#include <errno.h>

#include "../real.h"

static uint32_t cpus(void)
{
    return rt.control->cpus > 0 && rt.control->cpus <= CPU_SETSIZE ? rt.control->cpus : 1;
}

long sysconf(int name)
{
    if (rt.on && (name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF)) {
        return cpus();
    }
    return RT_REAL(sysconf)(name);
}

int get_nprocs(void)
{
    return rt.on ? (int)cpus() : RT_REAL(get_nprocs)();
}

int get_nprocs_conf(void)
{
    return rt.on ? (int)cpus() : RT_REAL(get_nprocs_conf)();
}

int getcpu(unsigned *cpu, unsigned *node)
{
    if (!rt.on) {
        return RT_CALL(getcpu, cpu, node);
    }
    if (cpu != NULL) {
        *cpu = 0;
    }
    if (node != NULL) {
        *node = 0;
    }
    return 0;
}

int sched_getcpu(void)
{
    return rt.on ? 0 : RT_REAL(sched_getcpu)();
}

static int affinity_fill(size_t size, cpu_set_t *set)
{
    if (size * 8 < cpus()) {
        return EINVAL;
    }
    CPU_ZERO_S(size, set);
    for (uint32_t cpu = 0; cpu < cpus(); cpu++) {
        CPU_SET_S(cpu, size, set);
    }
    return 0;
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    if (!rt.on) {
        return RT_CALL(sched_getaffinity, pid, size, set);
    }
    errno = affinity_fill(size, set);
    return errno == 0 ? 0 : -1;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
    return rt.on ? 0 : RT_CALL(sched_setaffinity, pid, size, set);
}

int pthread_getaffinity_np(pthread_t handle, size_t size, cpu_set_t *set)
{
    return rt.on ? affinity_fill(size, set) : RT_CALL(pthread_getaffinity_np, handle, size, set);
}

int pthread_setaffinity_np(pthread_t handle, size_t size, const cpu_set_t *set)
{
    return rt.on ? 0 : RT_CALL(pthread_setaffinity_np, handle, size, set);
}
