/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_TRANSCRIPT_H
#define TRACER_COLLECT_RUN_STATE_TRANSCRIPT_H
/*
 * What the target wrote to its terminal: the newest megabyte of it.  It has a lock of its
 * own, which is held inside these calls alone: the door's thread writes, the desk's
 * reads.
 */
#include <stddef.h>
#include <stdint.h>

struct transcript;

struct transcript *transcript_new(void);        /* NULL: out of memory */
void transcript_free(struct transcript *transcript);    /* may be NULL */
void transcript_write(struct transcript *transcript, const char *bytes, size_t length);
/* Copies what was written after *position, at most the newest `max` bytes, and returns
 * how many; *position becomes the end of what was written so far. */
size_t transcript_read(struct transcript *transcript, uint64_t *position, char *bytes, size_t max);

#endif
