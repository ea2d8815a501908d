/* SPDX-License-Identifier: MIT
 *
 * shm.c -- a stop during the start leaves its shared memory.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "control.h"

int main(void)
{
    catch_term(on_stop);
    (void)shm_open("/control", O_CREAT | O_RDWR, 0600);
    say("starting\n");
    if (stop && !FIXED) {
        return 0;
    }
    say("ready\n");
    wait_for_stop();
    (void)shm_unlink("/control");
    return 0;
}
