/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_CONTENT_H
#define TRACER_COLLECT_NAMES_CACHE_CONTENT_H
/*
 * What the cache knows of one module, in memory and as the bytes of a file.  No I/O.  The
 * bytes may be from anybody: content_parse accepts all of them or nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/lang.h"

enum { CONTENT_CHAIN = 128, CONTENT_MAX = 16 << 20 };   /* most frames of a site, most
							 * bytes of a file */

struct content;

/* One frame of a site, as share/doc/NAMES.md has it; newest first. */
struct content_frame {
	const char *file, *function;    /* in what content_find gives: valid until the
					 * next content_add */
	uint32_t line;
	enum lang lang;
	bool inlined, unresolved;
};

/* Distinguishes one state of a file from another: device, inode, size, and the times of
 * the last change of its content and of anything (ns).  All 0: there is no file. */
struct content_mark {
	uint64_t v[5];
};

/* Begins an empty one for the module that `key` stands for.  NULL: out of memory. */
struct content *content_new(const char *key);
void content_free(struct content *content);

/* Reads what content_bytes wrote; the bytes are copied.  NULL: damaged, of another key or
 * format, or out of memory. */
struct content *content_parse(const void *bytes, size_t length, const char *key);
/* The file's bytes, for the caller to free; NULL: more than CONTENT_MAX, or out of
 * memory. */
void *content_bytes(const struct content *content, size_t *length);

/* Sets why names are missing; "" if none are.  False: out of memory. */
bool content_set_reason(struct content *content, const char *reason);
const char *content_reason(const struct content *content);

/* Adds a file that the names depend on, as it was before they were read.  False: out of
 * memory. */
bool content_add_place(struct content *content, const char *path, const struct content_mark *mark);
/* The i-th of these files; NULL: there are no more. */
const char *content_place(const struct content *content, size_t i, struct content_mark *mark);

/* Adds the names of an offset that has none yet.  False: out of memory, or the number of
 * frames is not 1 to CONTENT_CHAIN. */
bool content_add(struct content *content, uint64_t offset, const struct content_frame *frames,
		 size_t length);
/* The frames of an offset.  Returns how many; 0: not known. */
size_t content_find(const struct content *content, uint64_t offset,
		    struct content_frame frames[CONTENT_CHAIN]);
/* Adds what `other` has and this has not. */
void content_merge(struct content *content, const struct content *other);

#endif
