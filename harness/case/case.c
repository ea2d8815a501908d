/* SPDX-License-Identifier: MIT
 *
 * case.c -- decodes any bytes to a valid case, bounded by the tables of struct execution_case.
 */
#include "case.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "codes.h"

#define FLAG_ACCESS 1u
#define KIND_BITS 4u

enum target_code { TARGET_PROCESS, TARGET_MAIN, TARGET_WORKER, TARGET_SIGNALS, TARGET_COUNT };
/* Of a program: */
enum thread_code { THREAD_NONE, THREAD_NUMBER, THREAD_NAME, THREAD_CODES };

#define X(name) KIND_##name,
static const uint8_t kinds[] = { CASE_KINDS(X) };
#undef X
#define X(name) MAIN_##name,
static const uint8_t mains[] = { CASE_MAINS(X) };
#undef X
#define X(name) EXIT_POLICY_##name,
static const uint8_t exits[] = { CASE_EXITS(X) };
#undef X
#define X(name) name,
static const uint8_t signals[] = { CASE_SIGNALS(X) };
#undef X
#define X(...) +1
_Static_assert(sizeof kinds == KIND_COUNT, "append the new worker to CASE_KINDS");
_Static_assert(sizeof mains == MAIN_COUNT, "append the new main style to CASE_MAINS");
_Static_assert(sizeof exits == EXIT_POLICY_COUNT, "append the new exit policy to CASE_EXITS");
_Static_assert(sizeof signals == 0 SCENARIO_SIGNALS(X), "append the new signal to CASE_SIGNALS");
#undef X

/* ---- bytes ---- */

struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

static uint32_t read_u8(struct reader *reader)
{
    return reader->at < reader->end ? *reader->at++ : 0;
}

static uint32_t read_u16(struct reader *reader)
{
    uint32_t low = read_u8(reader);
    return low | read_u8(reader) << 8;
}

static uint64_t read_u64(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned at = 0; at < 8; at++) {
        value |= (uint64_t)read_u8(reader) << (8 * at);
    }
    return value;
}

struct writer {
    uint8_t *bytes;
    size_t size;
    size_t size_max;
    bool invalid;
};

static void write_u8(struct writer *writer, size_t value)
{
    if (value > UINT8_MAX) {
        writer->invalid = true;
    } else if (writer->size < writer->size_max) {
        writer->bytes[writer->size] = (uint8_t)value;
    }
    writer->size++;
}

static void write_u16(struct writer *writer, size_t value)
{
    write_u8(writer, value & 0xff);
    write_u8(writer, value >> 8);
}

static void write_code(struct writer *writer, const uint8_t *codes, size_t count, unsigned value)
{
    for (size_t code = 0; code < count; code++) {
        if (codes[code] == value) {
            write_u8(writer, code);
            return;
        }
    }
    writer->invalid = true;
}

/* ---- a scenario ---- */

static uint32_t worker_threads(const struct scenario *scenario, enum scenario_kind kind)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < scenario->workers_count; at++) {
        if (scenario->workers[at].kind == kind) {
            count += scenario->workers[at].count * scenario_kind_workers(kind);
        }
    }
    return count;
}

/* The n-th of the kind that stands at `place`, as ps shows it. */
static void worker_name(const struct scenario *scenario, uint32_t place, uint32_t number,
                        char name[16])
{
    enum scenario_kind kind = scenario->workers[place % scenario->workers_count].kind;
    char text[48];
    int length = snprintf(text, sizeof text, "%s-%u", scenario_kind_words[kind].word,
                          1 + number % worker_threads(scenario, kind));
    if (length > 0 && length < 16) { /* as all words and numbers are */
        memcpy(name, text, (size_t)length);
    }
}

static void workers_decode(struct reader *reader, struct scenario *scenario)
{
    uint32_t words = read_u8(reader) % (SCENARIO_SPECS_MAX + 1);
    uint32_t room = SCENARIO_WORKERS_MAX;
    for (uint32_t at = 0; at < words && reader->at < reader->end; at++) {
        enum scenario_kind kind = (enum scenario_kind)kinds[read_u8(reader) % sizeof kinds];
        uint32_t count = read_u8(reader) + 1;
        uint32_t threads = count * scenario_kind_threads(kind);
        if (threads <= room) {
            scenario->workers[scenario->workers_count++] = (struct scenario_workers){ kind, count };
            room -= threads;
        }
    }
    if (scenario->workers_count == 0) {
        scenario->workers[scenario->workers_count++] = (struct scenario_workers){ KIND_POLL, 1 };
    }
}

static void plan_decode(struct reader *reader, struct scenario *scenario)
{
    uint32_t count = read_u8(reader) % (SCENARIO_PLAN_MAX + 1);
    uint32_t room = SCENARIO_SIGNALS_MAX;
    for (uint32_t at = 0; at < count && reader->at < reader->end; at++) {
        struct scenario_signal *signal = &scenario->signals[scenario->signals_count];
        int signo = signals[read_u8(reader) % sizeof signals];
        uint32_t times = read_u16(reader) % SCENARIO_SIGNALS_MAX + 1;
        uint32_t target = read_u8(reader) % TARGET_COUNT;
        uint32_t place = target == TARGET_WORKER ? read_u8(reader) : 0;
        uint32_t number = target == TARGET_WORKER ? read_u8(reader) : 0;
        if (times > room) {
            continue;
        }
        room -= times;
        *signal = (struct scenario_signal){ .signo = signo, .count = times };
        signal->anchor = scenario->signals_count == 0 ? ANCHOR_START : ANCHOR_PREVIOUS;
        if (target == TARGET_MAIN) {
            memcpy(signal->target, "main", 5);
        } else if (target == TARGET_WORKER) {
            worker_name(scenario, place, number, signal->target);
        } else if (target == TARGET_SIGNALS &&
                   (scenario_main_words[scenario->main_style].flags & WORD_SIGWAIT) != 0) {
            memcpy(signal->target, "signals", 8);
        }
        scenario->signals_count++;
    }
}

static void scenario_decode(struct reader *reader, struct scenario *scenario)
{
    scenario->main_style = (enum scenario_main)mains[read_u8(reader) % sizeof mains];
    scenario->exit_policy = (enum scenario_exit)exits[read_u8(reader) % sizeof exits];
    workers_decode(reader, scenario);
    plan_decode(reader, scenario);
}

static void target_encode(struct writer *writer, const struct scenario *scenario,
                          const char *target)
{
    if (target[0] == '\0' || strcmp(target, "main") == 0) {
        write_u8(writer, target[0] == '\0' ? TARGET_PROCESS : TARGET_MAIN);
        return;
    }
    if (strcmp(target, "signals") == 0) {
        write_u8(writer, TARGET_SIGNALS);
        return;
    }
    for (uint32_t place = 0; place < scenario->workers_count; place++) {
        uint32_t threads = worker_threads(scenario, scenario->workers[place].kind);
        for (uint32_t number = 0; number < threads; number++) {
            char name[16] = "";
            worker_name(scenario, place, number, name);
            if (strcmp(name, target) == 0) {
                write_u8(writer, TARGET_WORKER);
                write_u8(writer, place);
                write_u8(writer, number);
                return;
            }
        }
    }
    writer->invalid = true;
}

static void scenario_encode(struct writer *writer, const struct scenario *scenario)
{
    write_code(writer, mains, sizeof mains, scenario->main_style);
    write_code(writer, exits, sizeof exits, scenario->exit_policy);
    write_u8(writer, scenario->workers_count);
    for (uint32_t at = 0; at < scenario->workers_count; at++) {
        write_code(writer, kinds, sizeof kinds, scenario->workers[at].kind);
        write_u8(writer, scenario->workers[at].count - 1u);
    }
    write_u8(writer, scenario->signals_count);
    for (uint32_t at = 0; at < scenario->signals_count; at++) {
        const struct scenario_signal *signal = &scenario->signals[at];
        write_code(writer, signals, sizeof signals, (unsigned)signal->signo);
        write_u16(writer, signal->count - 1u);
        target_encode(writer, scenario, signal->target);
    }
}

/* ---- a program's plan ---- */

static bool signo_allowed(uint32_t signo)
{
    switch (signo) {
    case 0:
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
    case 32:
    case 33:
        return false;
    default:
        return signo <= 64;
    }
}

static void program_decode(struct reader *reader, struct execution_case *execution)
{
    uint32_t count = read_u8(reader) % (RT_SIGNALS_MAX + 1);
    for (uint32_t at = 0; at < count && reader->at < reader->end; at++) {
        struct rt_signal *signal = &execution->signals[execution->signals_count++];
        uint32_t signo = read_u8(reader);
        signal->signo = (uint16_t)(signo_allowed(signo) ? signo : SIGTERM);
        signal->count = read_u16(reader) + 1;
        signal->target = RT_SIGNAL_PROCESS;
        uint32_t code = read_u8(reader) % THREAD_CODES;
        if (code == THREAD_NUMBER) {
            signal->target = (uint16_t)(read_u16(reader) % RT_THREADS_MAX);
        } else if (code == THREAD_NAME) {
            uint32_t length = 1 + read_u8(reader) % (sizeof signal->name - 1);
            signal->target = RT_SIGNAL_NAMED;
            for (uint32_t byte = 0; byte < length; byte++) {
                uint32_t letter = read_u8(reader);
                /* What the text of a plan can hold, and not as a number. */
                bool fits = letter > ' ' && letter <= '~' && letter != ',' &&
                            (byte > 0 || letter < '0' || letter > '9');
                signal->name[byte] = (char)(fits ? letter : '_');
            }
        }
    }
}

static void program_encode(struct writer *writer, const struct execution_case *execution)
{
    write_u8(writer, execution->signals_count);
    for (uint32_t at = 0; at < execution->signals_count; at++) {
        const struct rt_signal *signal = &execution->signals[at];
        write_u8(writer, signal->signo);
        write_u16(writer, signal->count - 1u);
        if (signal->target == RT_SIGNAL_NAMED) {
            size_t length = strnlen(signal->name, sizeof signal->name);
            write_u8(writer, THREAD_NAME);
            write_u8(writer, length - 1);
            for (size_t byte = 0; byte < length; byte++) {
                write_u8(writer, (uint8_t)signal->name[byte]);
            }
        } else if (signal->target != RT_SIGNAL_PROCESS) {
            write_u8(writer, THREAD_NUMBER);
            write_u16(writer, signal->target);
        } else {
            write_u8(writer, THREAD_NONE);
        }
    }
}

/* ---- the whole ---- */

static bool is_behind(const struct rt_record *left, const struct rt_record *right)
{
    return left->phase != right->phase ? left->phase > right->phase
                                       : left->position > right->position;
}

void case_sort(struct execution_case *execution)
{
    uint32_t kept = 0;
    for (uint32_t at = 0; at < execution->records_count; at++) {
        struct rt_record record = execution->records[at];
        uint32_t place = kept;
        if (record.kind == RT_RECORD_NONE) {
            continue;
        }
        for (; place > 0 && is_behind(&execution->records[place - 1], &record); place--) {
            execution->records[place] = execution->records[place - 1];
        }
        execution->records[place] = record;
        kept++;
    }
    memset(&execution->records[kept], 0,
           (execution->records_count - kept) * sizeof execution->records[0]);
    execution->records_count = kept;
}

void case_decode(const uint8_t *bytes, size_t size, struct execution_case *out_case)
{
    static const uint8_t none[1]; /* NULL has no end */
    struct reader reader = { size > 0 ? bytes : none, size > 0 ? bytes + size : none };
    memset(out_case, 0, sizeof *out_case);
    if (size >= CASE_MAGIC_BYTES && memcmp(bytes, CASE_MAGIC, CASE_MAGIC_BYTES) == 0) {
        reader.at += CASE_MAGIC_BYTES;
    }
    out_case->base = read_u8(&reader) % RT_CASE_BASE_COUNT;
    out_case->points_access = (read_u8(&reader) & FLAG_ACCESS) != 0;
    out_case->expected_steps = (uint16_t)read_u16(&reader);
    out_case->seed = read_u64(&reader);
    out_case->is_program = (read_u8(&reader) & 1) != 0;
    if (out_case->is_program) {
        program_decode(&reader, out_case);
    } else {
        scenario_decode(&reader, &out_case->scenario);
    }
    while (reader.end - reader.at >= 4 && out_case->records_count < RT_RECORDS_MAX) {
        struct rt_record *record = &out_case->records[out_case->records_count++];
        uint32_t kind = read_u8(&reader);
        record->kind = (uint8_t)((kind & ((1u << KIND_BITS) - 1)) % RT_RECORD_COUNT);
        record->phase = (uint8_t)((kind >> KIND_BITS) % RT_PHASE_COUNT);
        record->argument = (uint8_t)read_u8(&reader);
        record->position = (uint16_t)read_u16(&reader);
    }
    case_sort(out_case);
}

int case_encode(const struct execution_case *execution, uint8_t *bytes, size_t size_max,
                size_t *out_size)
{
    struct writer writer = { bytes, 0, size_max, false };
    for (size_t at = 0; at < CASE_MAGIC_BYTES; at++) {
        write_u8(&writer, (uint8_t)CASE_MAGIC[at]);
    }
    write_u8(&writer, execution->base);
    write_u8(&writer, execution->points_access ? FLAG_ACCESS : 0);
    write_u16(&writer, execution->expected_steps);
    for (unsigned at = 0; at < 8; at++) {
        write_u8(&writer, execution->seed >> (8 * at) & 0xff);
    }
    write_u8(&writer, execution->is_program);
    if (execution->is_program) {
        program_encode(&writer, execution);
    } else {
        scenario_encode(&writer, &execution->scenario);
    }
    for (uint32_t at = 0; at < execution->records_count; at++) {
        const struct rt_record *record = &execution->records[at];
        write_u8(&writer, record->kind | (unsigned)record->phase << KIND_BITS);
        write_u8(&writer, record->argument);
        write_u16(&writer, record->position);
    }
    if (writer.size > size_max) {
        return -ENOSPC;
    }
    struct execution_case again;
    case_decode(bytes, writer.size, &again);
    if (writer.invalid || memcmp(&again, execution, sizeof again) != 0) {
        return -EINVAL;
    }
    *out_size = writer.size;
    return 0;
}

uint32_t case_signals(const struct execution_case *execution, struct rt_signal plan[RT_SIGNALS_MAX])
{
    const struct scenario *scenario = &execution->scenario;
    if (execution->is_program) {
        memcpy(plan, execution->signals, sizeof execution->signals);
        return execution->signals_count;
    }
    memset(plan, 0, RT_SIGNALS_MAX * sizeof plan[0]);
    for (uint32_t at = 0; at < scenario->signals_count; at++) {
        const struct scenario_signal *signal = &scenario->signals[at];
        plan[at].signo = (uint16_t)signal->signo;
        plan[at].target = signal->target[0] != '\0' ? RT_SIGNAL_NAMED : RT_SIGNAL_PROCESS;
        plan[at].count = signal->count;
        memcpy(plan[at].name, signal->target, sizeof plan[at].name);
    }
    return scenario->signals_count;
}
