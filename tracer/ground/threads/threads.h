/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_THREADS_THREADS_H
#define TRACER_GROUND_THREADS_THREADS_H
/* The threads of a process, as /proc/PID/task lists them: one that begins or ends while they
 * are read may be missing. */
#include <dirent.h>
#include <stdint.h>

/* Opens the list of threads; the caller closes it with closedir.  NULL with errno, ESRCH if
 * the process has ended. */
DIR *threads_open(int32_t pid);
/* The next thread.  0: there are no more. */
int32_t threads_next(DIR *threads);

#endif
