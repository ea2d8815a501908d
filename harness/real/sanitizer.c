/* SPDX-License-Identifier: MIT
 *
 * sanitizer.c -- asks for reports, reads them, and puts names to their frames.
 *
 * A frame's line is made by our own format: "    #2 name (module+0xoffset)".
 */
#include "sanitizer.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPORT_BYTES_MAX (1u << 20)

/* First what the user may change, then (after the user's own) what we rely on.  atexit_sleep_ms:
 * TSan waits a second when a thread is alive at exit.  die_after_fork: programs with threads fork.
 * report_thread_leaks: an end by force joins nobody, and who is not at home is judged by the
 * ledger. exitcode: ours to tell from the program's own. */
static const struct {
    const char *variable;
    const char *before;
    const char *after;
} options[SANITIZERS] = {
    { "TSAN_OPTIONS", "atexit_sleep_ms=0:die_after_fork=0:report_thread_leaks=0",
      "exitcode=66:symbolize=0:stack_trace_format='    #%n %f (%m+%o)'" },
    { "ASAN_OPTIONS", "detect_leaks=1", "exitcode=66:abort_on_error=0" },
    { "UBSAN_OPTIONS", "print_stacktrace=1", "exitcode=66:abort_on_error=0" },
};
const char *const sanitizer_variables[SANITIZERS] = { "TSAN_OPTIONS", "ASAN_OPTIONS",
                                                      "UBSAN_OPTIONS" };

/* The words that begin a report, and what they stand for.  The first that is found in a line
 * counts. */
static const struct {
    const char *words;
    enum verdict verdict;
} classes[] = {
    { "FATAL: ThreadSanitizer", VERDICT_INTERNAL },
    { "ThreadSanitizer: CHECK failed", VERDICT_INTERNAL },
    { "WARNING: ThreadSanitizer", VERDICT_RACE },
    { "ERROR: ThreadSanitizer", VERDICT_CRASH },
    { "ERROR: AddressSanitizer", VERDICT_CRASH },
    { "ERROR: LeakSanitizer", VERDICT_LEFTOVER },
    { "runtime error: ", VERDICT_CRASH },
};

char *sanitizer_options(unsigned index, const char *report_path)
{
    const char *user = getenv(options[index].variable);
    char *text;
    int length =
        asprintf(&text, "%s=%s:%s:%s:log_path='%s'", options[index].variable, options[index].before,
                 user != NULL ? user : "", options[index].after, report_path);
    return length < 0 ? NULL : text;
}

bool sanitizer_watches_races(const char *path, bool *out_elf)
{
    static const char elf[] = { 0x7f, 'E', 'L', 'F' };
    static const char symbol[] = "__tsan_init";
    struct stat status;
    void *image = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > (off_t)sizeof(elf)) {
        image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    *out_elf = image != MAP_FAILED && memcmp(image, elf, sizeof(elf)) == 0;
    bool found = *out_elf && memmem(image, (size_t)status.st_size, symbol, sizeof(symbol)) != NULL;
    if (image != MAP_FAILED) {
        (void)munmap(image, (size_t)status.st_size);
    }
    return found;
}

void sanitizer_tidy(const char *directory, pid_t pid)
{
    char *path;
    if (asprintf(&path, "%s/tsan.rodata.%d", directory, (int)pid) >= 0) {
        (void)unlink(path); /* As a rule it is not there. */
        free(path);
    }
}

static void append_file(FILE *to, const char *path)
{
    char buffer[8192];
    size_t got;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    while (ftell(to) < (long)REPORT_BYTES_MAX &&
           (got = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        (void)fwrite(buffer, 1, got, to);
    }
    (void)fclose(file);
}

static int find_reports(const char *report_path, glob_t *found)
{
    char pattern[1024];
    size_t length = 0;
    for (; *report_path != '\0' && length + 4 < sizeof(pattern); report_path++) {
        if (strchr("\\[]*?", *report_path) != NULL) {
            pattern[length++] = '\\'; /* $TMPDIR may hold what glob takes for its own. */
        }
        pattern[length++] = *report_path;
    }
    memcpy(pattern + length, ".*", 3);
    return glob(pattern, 0, NULL, found);
}

void sanitizer_remove(const char *report_path)
{
    glob_t found;
    if (find_reports(report_path, &found) == 0) {
        for (size_t index = 0; index < found.gl_pathc; index++) {
            (void)unlink(found.gl_pathv[index]);
        }
        globfree(&found);
    }
}

char *sanitizer_read(const char *report_path)
{
    glob_t found;
    char *text = NULL;
    size_t text_bytes;

    if (find_reports(report_path, &found) != 0) {
        return NULL;
    }
    FILE *file = open_memstream(&text, &text_bytes);
    for (size_t index = 0; file != NULL && index < found.gl_pathc; index++) {
        append_file(file, found.gl_pathv[index]);
    }
    if (file != NULL && fclose(file) != 0) {
        free(text);
        text = NULL;
    }
    globfree(&found);
    return text;
}

/* True if all of ThreadSanitizer's warnings are of threads that ended, but were not joined. */
static bool only_leaks(const char *report)
{
    static const char warning[] = "WARNING: ThreadSanitizer: ";
    bool only = true;
    while (only && (report = strstr(report, warning)) != NULL) {
        report += strlen(warning);
        only = strncmp(report, "thread leak", strlen("thread leak")) == 0;
    }
    return only;
}

uint32_t sanitizer_classify(const char *report, bool orderly)
{
    uint32_t earned = 0;
    for (size_t index = 0; index < sizeof(classes) / sizeof(classes[0]); index++) {
        if (strstr(report, classes[index].words) != NULL) {
            earned |= VERDICT_BIT(classes[index].verdict);
        }
    }
    if (!orderly && only_leaks(report)) {
        earned &= ~VERDICT_BIT(VERDICT_RACE);
    }
    return earned;
}

/* If the line is a frame: its number, and where "module+0xoffset" begins and ends. */
static bool parse_frame(const char *line, const char *end, unsigned *out_number,
                        const char **out_begin, const char **out_plus, const char **out_end)
{
    const char *at = line;
    while (at < end && *at == ' ') {
        at++;
    }
    if (at == line || at == end || *at != '#' || !isdigit((unsigned char)at[1])) {
        return false;
    }
    *out_number = (unsigned)strtoul(at + 1, NULL, 10);
    const char *begin = memmem(at, (size_t)(end - at), " (/", 3);
    const char *close = memrchr(at, ')', (size_t)(end - at));
    const char *plus = close != NULL ? memrchr(at, '+', (size_t)(close - at)) : NULL;
    if (begin == NULL || plus == NULL || plus < begin || strncmp(plus, "+0x", 3) != 0) {
        return false;
    }
    *out_begin = begin + 2;
    *out_plus = plus;
    *out_end = close;
    return true;
}

static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');
    return end != NULL ? end : line + strlen(line);
}

const char *sanitizer_summary_end(const char *line, const char *end)
{
    if (strncmp(line, "SUMMARY: ", strlen("SUMMARY: ")) != 0) {
        return NULL;
    }
    const char *address = memmem(line, (size_t)(end - line), " (", 2);
    return address != NULL ? address : end;
}

#define PLACES_MAX 8u

static int compare_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

void sanitizer_place(const char *report, char *place, size_t place_bytes)
{
    char frames[PLACES_MAX][64];
    size_t count = 0;
    unsigned number;
    const char *begin;
    const char *plus;
    const char *close;

    for (const char *line = report; *line != '\0' && count < PLACES_MAX;) {
        const char *end = line_end(line);
        if (parse_frame(line, end, &number, &begin, &plus, &close) && number == 0) {
            const char *slash = memrchr(begin, '/', (size_t)(plus - begin));
            begin = slash != NULL ? slash + 1 : begin;
            (void)snprintf(frames[count], sizeof(frames[count]), "%.*s", (int)(close - begin),
                           begin);
            count++;
        } else if (memmem(line, (size_t)(end - line), "SUMMARY:", 8) != NULL) {
            break; /* The first report alone: how many follow depends on how long it went on. */
        }
        line = *end == '\n' ? end + 1 : end;
    }
    /* Which of two racing accesses comes first is chance. */
    qsort(frames, count, sizeof(frames[0]), compare_text);
    size_t length = 0;
    place[0] = '\0';
    for (size_t index = 0; index < count && length < place_bytes; index++) {
        length += (size_t)snprintf(place + length, place_bytes - length, " %s", frames[index]);
    }
}

char *sanitizer_questions(const char *report)
{
    char *text = NULL;
    size_t text_bytes;
    size_t count = 0;
    unsigned number;
    const char *begin;
    const char *plus;
    const char *close;
    FILE *file = open_memstream(&text, &text_bytes);

    if (file == NULL) {
        return NULL;
    }
    for (const char *line = report; *line != '\0';) {
        const char *end = line_end(line);
        if (parse_frame(line, end, &number, &begin, &plus, &close)) {
            (void)fprintf(file, "\"%.*s\" %.*s\n", (int)(plus - begin), begin,
                          (int)(close - plus - 1), plus + 1);
            count++;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    if (fclose(file) != 0 || count == 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* Writes one answer (lines up to an empty one) as frames; NULL: there is none. */
static const char *write_answer(const char *answers, unsigned number, FILE *file)
{
    if (*answers == '\0') {
        return NULL;
    }
    for (unsigned lines = 0; *answers != '\0' && *answers != '\n'; lines++) {
        const char *end = line_end(answers);
        if (lines == 0) {
            (void)fprintf(file, "    #%u %.*s", number, (int)(end - answers), answers);
        } else {
            (void)fprintf(file, "\n      %.*s", (int)(end - answers), answers);
        }
        answers = *end == '\n' ? end + 1 : end;
    }
    return *answers == '\n' ? answers + 1 : answers;
}

char *sanitizer_answer(const char *report, const char *answers)
{
    char *text = NULL;
    size_t text_bytes;
    unsigned number;
    const char *begin;
    const char *plus;
    const char *close;
    const char *first = NULL; /* the answer for the innermost frame of this report's first stack */
    FILE *file = open_memstream(&text, &text_bytes);

    if (file == NULL) {
        return NULL;
    }
    for (const char *line = report; *line != '\0' && answers != NULL;) {
        const char *end = line_end(line);
        const char *summary_end = sanitizer_summary_end(line, end);
        if (parse_frame(line, end, &number, &begin, &plus, &close)) {
            first = first != NULL ? first : answers;
            answers = write_answer(answers, number, file);
            const char *slash = memrchr(begin, '/', (size_t)(plus - begin));
            begin = slash != NULL ? slash + 1 : begin;
            (void)fprintf(file, " (%.*s)\n", (int)(close - begin), begin);
        } else if (summary_end != NULL && first != NULL) {
            (void)fprintf(file, "%.*s: %.*s\n", (int)(summary_end - line), line,
                          (int)(line_end(first) - first), first);
            first = NULL;
        } else {
            (void)fprintf(file, "%.*s\n", (int)(end - line), line);
        }
        line = *end == '\n' ? end + 1 : end;
    }
    if (fclose(file) != 0 || answers == NULL) {
        free(text);
        return NULL;
    }
    return text;
}
