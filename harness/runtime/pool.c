/* SPDX-License-Identifier: MIT
 *
 * pool.c -- kernel threads that are used again from one execution of a loop to the next.
 *
 * A thread of the pool parks where a new thread waits for its first turn, so that pthread_create
 * costs no system call.  To the program it must look fresh: its thread-local variables go back to
 * the program's initial image, thread-specific data is destroyed as libc would, errno is 0, its
 * name is its creator's.  What cannot be undone (pthread_exit, which unwinds the stack; other
 * attributes than the default ones) ends the kernel thread, and its place gets a new one.
 * ThreadSanitizer gets the edges of pthread_create and pthread_join, no others: see
 * docs/runtime.md.
 */
#include "pool.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/prctl.h>

#include "real.h"
#include "signals.h"
#include "sys.h"

#define KEYS_MAX 1024u /* glibc's PTHREAD_KEYS_MAX */

struct key {
    bool known;
    void (*destructor)(void *);
};

/* What stays of a kernel thread when rt.threads is cleared between two executions. */
struct place {
    uint32_t turn;
    bool parked; /* waits for the turn of its next execution */
    pthread_t handle;
    int32_t tid;
};

static struct key keys[KEYS_MAX] RT_LARGE;
static uint32_t keys_end; /* no known key from here */
static struct place places[RT_THREADS_MAX] RT_LARGE;
static uint32_t parked;
static bool pooling;
static bool renamed; /* some thread has been given a name */
static bool masked;  /* some thread may have set its mask in the kernel */
static void (*tls_destructors)(void);
static const uint8_t *image; /* of the program's thread-local variables */
static size_t image_size;    /* the rest is zero */
static size_t image_offset;  /* from the thread pointer down to the block */

uint32_t rt_pool_parked(void)
{
    return parked;
}

void rt_pool_renamed(void)
{
    renamed = true;
}

void rt_pool_masked(void)
{
    masked = true;
}

void rt_pool_key(pthread_key_t key, bool known, void (*destructor)(void *))
{
    if (key < KEYS_MAX) {
        keys[key] = (struct key){ known, destructor };
        if (known && key >= keys_end) {
            keys_end = key + 1;
        }
    }
}

/* ---- what must look fresh ---- */

static bool name_ends(const char *name, const char *end)
{
    const char *at = name;
    for (const char *rest = name; *rest != '\0'; rest++) {
        at = *rest == '/' ? rest + 1 : at;
    }
    while (*end != '\0' && *at == *end) {
        at++;
        end++;
    }
    return *end == '\0';
}

/* Finds the program's image; other modules' variables are known to be left clean, or there is no
 * pool. */
static int module_look(struct dl_phdr_info *info, size_t size, void *modules)
{
    uint32_t *module = modules;
    (void)size;
    for (uint32_t at = 0; at < info->dlpi_phnum; at++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[at];
        if (segment->p_type != PT_TLS) {
            continue;
        }
        if (*module == 0) {
            image = (const uint8_t *)(info->dlpi_addr + segment->p_vaddr);
            image_size = segment->p_filesz;
            image_offset = (segment->p_memsz + segment->p_align - 1) & -segment->p_align;
        } else if (!name_ends(info->dlpi_name, "libc.so") &&
                   !name_ends(info->dlpi_name, "libstdc++.so")) {
            pooling = false;
        }
    }
    (*module)++;
    return 0;
}

void rt_pool_begin(void)
{
    uint32_t module = 0;
    tls_destructors = (void (*)(void))rt_libc("__call_tls_dtors");
    pooling = tls_destructors != NULL && rt.control->tls_known != 0;
    (void)dl_iterate_phdr(module_look, &module);
}

static void locals_reset(void)
{
    const struct rt_control *control = rt.control;
    uint8_t *block = (uint8_t *)__builtin_thread_pointer() - image_offset;
    for (uint32_t at = 0; at < control->tls_count; at++) {
        uint64_t offset = control->tls[at].offset;
        for (uint64_t end = offset + control->tls[at].size; offset < end; offset++) {
            block[offset] = offset < image_size ? image[offset] : 0;
        }
    }
    errno = 0;
}

/* As libc does it for a thread that ends. */
static void keys_destroy(void)
{
    for (uint32_t round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
        for (uint32_t key = 0; key < keys_end; key++) {
            void *value = keys[key].known ? pthread_getspecific(key) : NULL;
            if (value != NULL && keys[key].destructor != NULL) {
                (void)pthread_setspecific(key, NULL);
                keys[key].destructor(value);
            }
        }
    }
    for (uint32_t key = 0; key < keys_end; key++) {
        if (keys[key].known && pthread_getspecific(key) != NULL) {
            (void)pthread_setspecific(key, NULL);
        }
    }
}

/* ---- a thread's life ---- */

static void pool_live(struct rt_thread *self)
{
    rt_thread_arm(self);
    rt_step_resumed(self, RT_OP_START, NULL, NULL);
    self->value = self->start(self->arg);
    self->ending = true;
    tls_destructors();
    keys_destroy();
    __tsan_release(self);
}

static void *pool_main(void *argument)
{
    struct rt_thread *self = argument;
    struct place *place = &places[self->number];
    rt_thread_attach(self);
    rt_signals_attach();
    rt_turn_await(self, &place->turn);
    place->handle = self->handle;
    place->tid = self->tid;
    for (;;) {
        pool_live(self);
        place->parked = true;
        parked++;
        rt_turn_pass(self->successor);
        rt_turn_await(self, &place->turn);
        locals_reset();
        rt_self = self;
        __tsan_acquire(self);
        if (masked) {
            rt_signals_attach();
        }
        if (renamed) {
            (void)RT_SYS2(SYS_prctl, PR_SET_NAME, self->creator_name);
        }
    }
}

static bool attributes_default(const pthread_attr_t *attributes)
{
    pthread_attr_t plain;
    int detached;
    if (attributes == NULL) {
        return true;
    }
    if (pthread_attr_getdetachstate(attributes, &detached) != 0 || pthread_attr_init(&plain) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&plain, detached);
    return memcmp(&plain, attributes, sizeof plain) == 0;
}

bool rt_pool_create(struct rt_thread *thread, const pthread_attr_t *attributes, pthread_t *handle,
                    void *frame, int *out_error)
{
    struct place *place = &places[thread->number];
    if (!pooling || !attributes_default(attributes)) {
        return false;
    }
    thread->pooled = true;
    thread->turn = &place->turn;
    if (!place->parked) {
        *out_error = RT_CALL_AT(frame, pthread_create, handle, NULL, pool_main, thread);
        return true;
    }
    place->parked = false;
    parked--;
    thread->tid = place->tid;
    if (renamed) {
        (void)RT_SYS2(SYS_prctl, PR_GET_NAME, thread->creator_name);
    }
    *handle = place->handle;
    __tsan_release(thread);
    *out_error = 0;
    return true;
}

void rt_pool_leave(struct rt_thread *self)
{
    if (self->pooled) {
        self->pooled = false;
        if (self->detached) {
            (void)RT_REAL(pthread_detach)(self->handle);
        }
    }
}
