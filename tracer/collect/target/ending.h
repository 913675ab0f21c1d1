/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_ENDING_H
#define TRACER_COLLECT_TARGET_ENDING_H
/* Tells when a process ends, whichever process is its parent. */
#include <stdbool.h>
#include <stdint.h>

/* Returns a descriptor, for the caller to close, that poll and epoll report (POLLIN or
 * POLLHUP) as soon as the process has ended with all its threads.  It is from
 * pidfd_open(2); on kernels without that (before Linux 5.3) it is a pipe, closed by a
 * thread that looks at /proc 50 times a second.  -1 with errno: there is no such process,
 * or no room. */
int ending_open(int32_t pid);
/* Whether the process's first thread has begun to end, or is a zombie.  The kernel notes that
 * before it takes the terminal away from a session whose leader ends. */
bool ending_has_begun(int32_t pid);
/* Whether the descriptor belongs to that thread, so that nobody else may close it. */
bool ending_owns(int fd);

#endif
