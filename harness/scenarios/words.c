/* SPDX-License-Identifier: MIT
 *
 * words.c -- the tables of kinds.h as data.
 */
#include <signal.h>
#include <string.h>

#include "words.h"

const struct scenario_word scenario_kind_words[KIND_COUNT] = {
#define X(name, word, workers, threads, flags, help) { word, (flags), help },
    SCENARIO_KINDS(X)
#undef X
};

const struct scenario_word scenario_main_words[MAIN_COUNT] = {
#define X(name, word, flags, help) { word, (flags), help },
    SCENARIO_MAINS(X)
#undef X
};

const struct scenario_word scenario_exit_words[EXIT_POLICY_COUNT] = {
#define X(name, word, flags, help) { word, (flags), help },
    SCENARIO_EXITS(X)
#undef X
};

const struct scenario_word scenario_anchor_words[ANCHOR_COUNT] = {
#define X(name, word, help) { word, WORD_PLAIN, help },
    SCENARIO_ANCHORS(X)
#undef X
};

const struct scenario_word scenario_signal_words[SIGNAL_WORDS_COUNT] = {
#define X(name, word, stops, help) { word, WORD_PLAIN, help },
    SCENARIO_SIGNALS(X)
#undef X
};

static const struct {
    int signo;
    bool stops;
} signal_facts[SIGNAL_WORDS_COUNT] = {
#define X(name, word, stops, help) { name, stops },
    SCENARIO_SIGNALS(X)
#undef X
};

static const struct {
    uint32_t workers;
    uint32_t threads;
} kind_sizes[KIND_COUNT] = {
#define X(name, word, workers, threads, flags, help) { workers, threads },
    SCENARIO_KINDS(X)
#undef X
};

uint32_t scenario_kind_workers(enum scenario_kind kind)
{
    return kind_sizes[kind].workers;
}

uint32_t scenario_kind_threads(enum scenario_kind kind)
{
    return kind_sizes[kind].threads;
}

int scenario_word_signo(size_t index)
{
    return signal_facts[index].signo;
}

const char *scenario_signal_name(int signo)
{
    for (size_t i = 0; i < SIGNAL_WORDS_COUNT; i++) {
        if (signal_facts[i].signo == signo) {
            return scenario_signal_words[i].word;
        }
    }
    return NULL;
}

bool scenario_signal_stops(const struct scenario *scenario, const struct scenario_signal *signal)
{
    unsigned main_flags = scenario_main_words[scenario->main_style].flags;
    /* With a signals thread main blocks them all, and whatever is sent to main waits for ever. */
    const char *taker = (main_flags & WORD_SIGWAIT) != 0 ? "signals" : "main";

    if (signal->target[0] != '\0' && strcmp(signal->target, taker) != 0) {
        return false;
    }
    for (size_t i = 0; i < SIGNAL_WORDS_COUNT; i++) {
        if (signal_facts[i].signo == signal->signo) {
            return signal_facts[i].stops;
        }
    }
    return false;
}
