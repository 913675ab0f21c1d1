/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_ENDING_H
#define TRACER_COLLECT_TARGET_ENDING_H
/* When a process ends, whoever's child it is. */
#include <stdbool.h>
#include <stdint.h>

/* A descriptor, for the caller to close, at which poll and epoll have something (POLLIN
 * or POLLHUP) as soon as the process has ended with all its threads: pidfd_open(2); on
 * kernels without that (before Linux 5.3) a pipe, from a thread that looks at /proc 50
 * times a second.  -1 with errno: there is no such process, or no room. */
int ending_open(int32_t pid);
/* Whether the descriptor is that thread's, which nobody else may close. */
bool ending_owns(int fd);

#endif
