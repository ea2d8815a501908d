/* SPDX-License-Identifier: MIT
 *
 * crash.c -- the handler uses what is made only after it was installed.
 */
#include "control.h"

struct state {
    int signo;
};

static struct state made;
static struct state *volatile state;

static void on_term(int signo)
{
    state->signo = signo;
    stop = 1;
}

int main(void)
{
    if (FIXED) {
        state = &made;
    }
    catch_term(on_term);
    say("starting\n");
    state = &made;
    say("ready\n");
    wait_for_stop();
    return 0;
}
