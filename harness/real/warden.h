/* SPDX-License-Identifier: MIT
 *
 * warden.h -- the process that outlives us: however the driver ends, no process that it started,
 * nor its scratch directory, stays.
 *
 * The warden sits in its own session with all signals blocked, and reads from a pipe whose other
 * end only the driver holds.  When the pipe ends, by warden_stop, by a crash or by SIGKILL, it
 * kills every process of the recorded sessions and every process whose environment bears the
 * campaign's mark, and removes the scratch directory.  The regular end is the same path, so it is
 * walked each time. A process that leaves its session *and* rewrites its environment escapes when
 * the driver is killed; else the driver finds it as subreaper.
 */
#ifndef CURFEW_REAL_WARDEN_H
#define CURFEW_REAL_WARDEN_H

#include <sys/types.h>

#define WARDEN_SESSIONS_MAX 1024u

struct warden {
    pid_t pid;       /* 0: not started */
    int pipe_fd;     /* owned; its closing wakes the warden */
    pid_t *sessions; /* shared with the warden; [WARDEN_SESSIONS_MAX]; 0: free */
};

/* Starts the warden of a campaign.
 *   mark:    what each process of the campaign has in its environment.
 *   Errors:  -EAGAIN, -ENOMEM, -EMFILE, -ENFILE.  *warden is zeroed. */
int warden_start(struct warden *warden, const char *scratch, const char *mark);

/* Lets the warden do its work, and waits for its end.  Zeroed memory is fine. */
void warden_stop(struct warden *warden, const char *scratch);

/* Kills all living processes of a session, or that bear the mark, until none is left (bounded). */
void warden_kill(const pid_t *sessions, size_t sessions_count, const char *mark);

#endif
