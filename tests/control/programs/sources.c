/* SPDX-License-Identifier: MIT
 *
 * Draws a number from a source of nondeterminism, the one that its argument names, and takes so
 * many steps: a source that is not fixed shows in the trace hash.  It prints what it saw.
 */
#include "common.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void steps(uint64_t number)
{
    for (uint64_t left = (number ^ number >> 32 ^ number >> 16) % 61; left > 0; left--) {
        OK(pthread_mutex_lock(&lock));
        OK(pthread_mutex_unlock(&lock));
    }
}

static void draw(const char *name, uint64_t number)
{
    printf("%s %llu\n", name, (unsigned long long)number);
    steps(number);
}

/* ---- addresses and ids: no influence, although they differ ---- */

static void *locks_all(void *argument)
{
    pthread_mutex_t **locks = argument;
    for (int at = 0; at < 4; at++) {
        OK(pthread_mutex_lock(locks[at]));
    }
    for (int at = 0; at < 4; at++) {
        OK(pthread_mutex_unlock(locks[at]));
    }
    return NULL;
}

static void addresses(void)
{
    pthread_mutex_t *locks[4];
    for (size_t at = 0; at < 4; at++) {
        locks[at] = malloc(sizeof *locks[at] + at * 70000);
        OK(pthread_mutex_init(locks[at], NULL));
        printf("object %llx\n", (unsigned long long)(uintptr_t)locks[at]);
    }
    printf("stack %llx code %llx\n", (unsigned long long)(uintptr_t)&locks,
           (unsigned long long)(uintptr_t)&addresses);
    pthread_t one = thread_start(locks_all, locks);
    pthread_t other = thread_start(locks_all, locks);
    thread_join(one);
    thread_join(other);
    for (size_t at = 0; at < 4; at++) {
        OK(pthread_mutex_destroy(locks[at]));
        free(locks[at]);
    }
}

/* A program that goes by an address is its own source: it must be reported, not passed. */
static void address_order(void)
{
    int local = 0;
    steps((uintptr_t)&lock >> 12);
    steps((uintptr_t)&local >> 12);
    steps((uintptr_t)&printf >> 12);
}

static void *prints_ids(void *unused)
{
    printf("tid %ld self %llx\n", syscall(SYS_gettid), (unsigned long long)pthread_self());
    steps(7);
    return unused;
}

static void ids(void)
{
    pthread_t one = thread_start(prints_ids, NULL);
    pthread_t other = thread_start(prints_ids, NULL);
    printf("pid %d\n", getpid());
    thread_join(one);
    thread_join(other);
}

/* ---- processors ---- */

static void cpus(void)
{
    cpu_set_t set;
    unsigned cpu = 99;
    unsigned node = 99;
    draw("online", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    draw("configured", (uint64_t)sysconf(_SC_NPROCESSORS_CONF));
    draw("get_nprocs", (uint64_t)get_nprocs());
    OK(sched_getaffinity(0, sizeof set, &set));
    draw("affinity", (uint64_t)CPU_COUNT(&set));
    OK(pthread_getaffinity_np(pthread_self(), sizeof set, &set));
    draw("thread affinity", (uint64_t)CPU_COUNT(&set));
    draw("sched_getcpu", (uint64_t)sched_getcpu());
    OK(getcpu(&cpu, &node));
    draw("getcpu", cpu + node);
}

/* ---- time ---- */

static void clocks(void)
{
    static const clockid_t known[] = {
        CLOCK_REALTIME, CLOCK_MONOTONIC,          CLOCK_MONOTONIC_RAW,
        CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
        CLOCK_TAI
    };
    struct timespec now;
    struct timeval day;
    struct rusage usage;
    struct tms cpu;
    for (size_t at = 0; at < sizeof known / sizeof known[0]; at++) {
        OK(clock_gettime(known[at], &now));
        draw("clock", (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
    }
    OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now));
    draw("system call", (uint64_t)now.tv_nsec);
    OK(gettimeofday(&day, NULL));
    draw("day", (uint64_t)day.tv_usec);
    draw("time", (uint64_t)time(NULL));
    MUST(timespec_get(&now, TIME_UTC) == TIME_UTC);
    draw("C11", (uint64_t)now.tv_nsec);
    draw("CPU", (uint64_t)clock());
    draw("times", (uint64_t)times(&cpu));
    draw("user", (uint64_t)cpu.tms_utime);
    OK(getrusage(RUSAGE_SELF, &usage));
    draw("usage",
         (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_nivcsw);
}

/* Not virtual: what goes by the processor's own clock must be reported, not passed. */
static void processor_clock(void)
{
    steps(__builtin_ia32_rdtsc() >> 4);
}

/* ---- randomness ---- */

static void calls(void)
{
    uint32_t value = 0;
    MUST(getrandom(&value, sizeof value, 0) == sizeof value);
    draw("getrandom", value);
    MUST(syscall(SYS_getrandom, &value, sizeof value, 0) == sizeof value);
    draw("system call", value);
    OK(getentropy(&value, sizeof value));
    draw("getentropy", value);
    draw("arc4random", arc4random());
    arc4random_buf(&value, sizeof value);
    draw("arc4random_buf", value);
    draw("arc4random_uniform", arc4random_uniform(1000000));
}

static void auxiliary(void)
{
    uint64_t words[2];
    memcpy(words, (const void *)getauxval(AT_RANDOM), sizeof words);
    draw("AT_RANDOM", words[0]);
    draw("AT_RANDOM", words[1]);
}

static void device(void)
{
    uint64_t value = 0;
    int fd = open("/dev/urandom", O_RDONLY);
    MUST(fd >= 0 && read(fd, &value, sizeof value) == sizeof value);
    draw("read", value);
    OK(close(fd));
}

static void stream(void)
{
    uint64_t value = 0;
    FILE *file = fopen("/dev/urandom", "rb");
    MUST(file != NULL && fread(&value, sizeof value, 1, file) == 1);
    draw("fread", value);
    OK(fclose(file));
}

static void seeded(void)
{
    srand((unsigned)getpid());
    draw("rand", (uint64_t)rand());
    srand((unsigned)time(NULL));
    draw("rand", (uint64_t)rand());
    srandom((unsigned)(time(NULL) ^ getpid()));
    draw("random", (uint64_t)random());
    srand((unsigned)(time(NULL) + gettid()));
    draw("rand", (uint64_t)rand());
    srand48((long)time(NULL) * getpid());
    draw("lrand48", (uint64_t)lrand48());
}

/* A seed that is no pid stays what it is: 0 when libc's well-known first number came. */
static void seeded_by_constant(void)
{
    (void)getpid();
    srand(1);
    draw("rand", rand() == 1804289383 ? 0 : 1);
}

/* ---- threads at their end ---- */

static pthread_key_t key;

static void destructor(void *value)
{
    steps(3);
    if ((uintptr_t)value < 2) {
        OK(pthread_setspecific(key, (void *)((uintptr_t)value + 1)));
    }
}

static void *has_destructors(void *argument)
{
    OK(pthread_setspecific(key, (void *)1));
    __atomic_store_n((uintptr_t *)argument, (uintptr_t)__builtin_frame_address(0),
                     __ATOMIC_RELEASE);
    return NULL;
}

/* Whether libc gives a stack again depends on whether its last user has left it. */
static void ends(void)
{
    uintptr_t stacks[12] = { 0 };
    OK(pthread_key_create(&key, destructor));
    for (size_t at = 0; at < 12; at++) {
        pthread_t thread = thread_start(has_destructors, &stacks[at]);
        if (at % 3 == 0) {
            OK(pthread_detach(thread));
            while (__atomic_load_n(&stacks[at], __ATOMIC_ACQUIRE) == 0) {
                (void)sched_yield();
            }
        } else {
            thread_join(thread);
        }
        uint64_t same = 0;
        for (size_t before = 0; before < at; before++) {
            same += stacks[before] == stacks[at];
        }
        draw("same stack", same);
    }
    (void)usleep(1000); /* virtual: the detached ones have ended */
}

/* ---- the outside ---- */

/* The child is not controlled: when it writes is not ours to say. */
static void child(void)
{
    int tube[2];
    char byte = 0;
    OK(pipe(tube));
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        MUST(write(tube[1], "x", 1) == 1);
        _exit(0);
    }
    MUST(read(tube[0], &byte, 1) == 1 && byte == 'x');
    MUST(waitpid(pid, NULL, 0) == pid);
}

static void *writes(void *argument)
{
    MUST(write(*(int *)argument, "x", 1) == 1);
    return NULL;
}

static void inside(void)
{
    int tube[2];
    char byte = 0;
    OK(pipe(tube));
    pthread_t thread = thread_start(writes, &tube[1]);
    MUST(read(tube[0], &byte, 1) == 1 && byte == 'x');
    thread_join(thread);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*function)(void);
    } sources[] = {
        { "addresses", addresses },
        { "address-order", address_order },
        { "ids", ids },
        { "cpus", cpus },
        { "clocks", clocks },
        { "processor-clock", processor_clock },
        { "calls", calls },
        { "auxiliary", auxiliary },
        { "device", device },
        { "stream", stream },
        { "seeded", seeded },
        { "seeded-by-constant", seeded_by_constant },
        { "ends", ends },
        { "child", child },
        { "inside", inside },
    };
    MUST(argc == 2);
    for (size_t at = 0; at < sizeof sources / sizeof sources[0]; at++) {
        if (strcmp(argv[1], sources[at].name) == 0) {
            sources[at].function();
            return 0;
        }
    }
    return 8;
}
