/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DAEMON_DAEMON_H
#define TRACER_COLLECT_DAEMON_DAEMON_H
/*
 * A recording that goes on in the background, because the program left daemons behind: memtop
 * proper becomes a daemon itself (daemon(7)), which keeps nothing of whoever called it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether one of these processes leads, or belongs to, another session than this process:
 * then it means to stay.  Those that have ended count as none. */
bool daemon_is_among(const int32_t *pids, size_t length);

/* Leaves the session, folder and descriptors of the caller: 0, 1 and 2 become /dev/null,
 * and of the others those are closed that are not close-on-exec, as none of memtop's own
 * is.  From then on SIGTERM is noted (daemon_told_to_end) and does nothing else. */
void daemon_begin(void);

/* Whether SIGTERM has come since. */
bool daemon_told_to_end(void);

#endif
