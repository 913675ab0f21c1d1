/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_DESCRIPTORS_H
#define TRACER_GROUND_DESCRIPTORS_H
/* The open descriptors of a process, as /proc/PID/fd lists them. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

/* Opens the list; the caller closes it with closedir.  NULL with errno. */
DIR *descriptors_open(int32_t pid);
/* The next descriptor.  -1: there are no more, or there is no list. */
int descriptors_next(DIR *list);
/* Whether it is an anonymous file of this kind, as in "anon_inode:[eventpoll]". */
bool descriptors_is(DIR *list, int fd, const char *kind);

/* Closes the caller's own descriptors above 2 for which `drops` is true. */
void descriptors_close(bool (*drops)(const void *user, int fd), const void *user);

#endif
