/* SPDX-License-Identifier: MIT
 *
 * place.c -- what tells failures of one verdict apart.
 *
 * Threads that do the same at the same place are the same, and in no order: five philosophers may
 * starve in many ways, and it is one defect.  Addresses count from their module's start, so they
 * are equal wherever it was loaded.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "session.h"

#define FRAMES 3u /* of a stack, from the innermost */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    value = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ (value >> 29);
}

/* Without digits: numbers of threads and objects are no part of a place. */
static uint64_t text_hash(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++) {
        hash = isdigit((unsigned char)*text) ? hash : mix(hash, (unsigned char)*text);
    }
    return hash;
}

static uint64_t address_hash(struct control_session *session, uint64_t hash, uint64_t address)
{
    const struct rt_module *module = control_module(session, address);
    return module != NULL ? mix(text_hash(hash, module->path), address - module->base)
                          : mix(hash, 1);
}

static uint64_t thread_hash(struct control_session *session, const struct rt_thread_report *thread)
{
    uint64_t hash = mix(2, thread->op);
    for (uint32_t at = 0; at < thread->frames_count && at < FRAMES; at++) {
        hash = address_hash(session, hash, thread->frames[at]);
    }
    return hash;
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t other = *(const uint64_t *)right;
    return one < other ? -1 : one > other;
}

/* The set of what the threads do that are blocked. */
static uint64_t blocked_hash(struct control_session *session, uint64_t hash)
{
    const struct rt_control *memory = control_memory(session);
    uint64_t hashes[RT_THREADS_MAX];
    size_t count = 0;
    for (uint32_t number = 0; number < memory->threads_count; number++) {
        if (memory->threads[number].state == RT_THREAD_BLOCKED) {
            hashes[count++] = thread_hash(session, &memory->threads[number]);
        }
    }
    qsort(hashes, count, sizeof hashes[0], compare_hashes);
    for (size_t at = 0; at < count; at++) {
        hash = at > 0 && hashes[at] == hashes[at - 1] ? hash : mix(hash, hashes[at]);
    }
    return hash;
}

/* Which accesses met: the innermost frames of the first stacks of the report that begins so, in
 * either order. */
static uint64_t report_hash(struct control_session *session, uint64_t hash, const char *begin)
{
    size_t size;
    const char *line = strstr(control_output(session, &size), begin);
    uint64_t sum = 0;
    while (line != NULL && *line != '\0' && strncmp(line, "  Location", 10) != 0 &&
           strncmp(line, "  Thread", 8) != 0 && strncmp(line, "  Mutex", 7) != 0 &&
           strncmp(line, "SUMMARY", 7) != 0) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, "    #0 ", 7) == 0) {
            uint64_t frame = 3;
            for (size_t at = 7; at < length; at++) {
                frame = mix(frame, (unsigned char)line[at]);
            }
            sum += frame;
        }
        line += length + (line[length] == '\n');
    }
    return mix(hash, sum);
}

/* Who was alive at the end, by name: where they were then says nothing. */
static uint64_t alive_hash(struct control_session *session, uint64_t hash)
{
    const struct rt_control *memory = control_memory(session);
    uint64_t sum = 0;
    for (uint32_t number = 0; number < memory->threads_count; number++) {
        const struct rt_thread_report *thread = &memory->threads[number];
        char name[sizeof thread->name + 1];
        (void)snprintf(name, sizeof name, "%.16s", thread->name);
        if (thread->state != RT_THREAD_ENDED && number != 0) {
            sum |= UINT64_C(1) << (text_hash(4, name) & 63);
        }
    }
    return mix(hash, sum);
}

uint64_t control_place(struct control_session *session, const struct control_outcome *outcome)
{
    const struct rt_control *memory = control_memory(session);
    uint64_t hash = mix(5, (uint64_t)outcome->verdict);
    size_t size;
    switch (outcome->verdict) {
    case VERDICT_HANG:
        return blocked_hash(session, hash);
    case VERDICT_RACE:
        return report_hash(session, hash, "WARNING: ThreadSanitizer");
    case VERDICT_ABANDONED:
        hash = text_hash(hash, outcome->message);
        return session->options.scenario == NULL ? alive_hash(session, hash) : hash;
    case VERDICT_STATUS:
        return mix(hash, (uint64_t)WEXITSTATUS(outcome->wait_status));
    case VERDICT_CRASH:
        hash = text_hash(hash, outcome->message);
        if (strstr(control_output(session, &size), CONTROL_ADDRESS_REPORT) != NULL) {
            return report_hash(session, hash, CONTROL_ADDRESS_REPORT);
        }
        return memory->events_count > 0
                   ? address_hash(session, hash, memory->events[memory->events_count - 1].pc)
                   : hash;
    case VERDICT_MISUSE:
        hash = text_hash(hash, outcome->message);
        return memory->stop_thread < memory->threads_count
                   ? mix(hash, thread_hash(session, &memory->threads[memory->stop_thread]))
                   : hash;
    default:
        return text_hash(hash, outcome->message);
    }
}
