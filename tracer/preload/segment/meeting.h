/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_MEETING_H
#define TRACER_PRELOAD_SEGMENT_MEETING_H
/* The target's side of the meeting: one packet each way over memtop's socket. */
#include <stdbool.h>
#include "tracer/wire/env.h"

/* Says hello (`kind`, `image` and `fork` of it are set) at the socket `path`.  Returns
 * the segment's fd, which the caller closes; -ECONNREFUSED if memtop refused; or -errno.
 * If memtop has a roll, `roll` gets its fd first, which is closed before the other comes,
 * so that there is never more than one beside the socket.  *greeted: memtop has got the
 * hello.  Takes at most a few seconds, uses raw system calls, keeps errno, and leaves no
 * other fd. */
int meeting_join(const char *path, struct meet_hello *hello, int (*roll)(int fd),
		 bool *greeted);

#endif
