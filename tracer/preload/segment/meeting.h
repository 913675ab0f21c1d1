/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_MEETING_H
#define TRACER_PRELOAD_SEGMENT_MEETING_H
/* The target's side of the meeting: one packet each way over memtop's socket. */
#include <stdbool.h>
#include "tracer/wire/env.h"

/* Says hello (its kind, image and fork are there) at the socket `path`.  The segment's
 * fd, which the caller closes; -ECONNREFUSED if memtop declined; or -errno.  If memtop
 * has a roll, `roll` gets its fd before, which is closed after that: there is never
 * more than one beside the socket.  *greeted: memtop has the hello.  At most a few
 * seconds, by raw system calls, errno untouched; leaves no other fd. */
int meeting_join(const char *path, struct meet_hello *hello, int (*roll)(int fd),
		 bool *greeted);

#endif
