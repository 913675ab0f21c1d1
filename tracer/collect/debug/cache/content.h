/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_CONTENT_H
#define TRACER_COLLECT_NAMES_CACHE_CONTENT_H
/*
 * What the cache knows of one module, in memory and as the bytes of a file.
 * No I/O.  The bytes may be anybody's: content_parse takes all or nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/lang.h"

enum { CONTENT_CHAIN = 128, CONTENT_MAX = 16 << 20 };   /* frames of a site, bytes of a file */

struct content;

/* One frame of a site, as NAMES.md has it; newest first. */
struct content_frame {
	const char *file, *function;    /* of a found one: valid until the next content_add */
	uint32_t line;
	enum lang lang;
	bool inlined, unresolved;
};

/* What tells one state of a file from another: device, inode, size, the times of the
 * last change of its content and of anything (ns).  All 0: there is no file. */
struct content_mark {
	uint64_t v[5];
};

/* Nothing yet of the module that `key` stands for.  NULL: out of memory. */
struct content *content_new(const char *key);
void content_free(struct content *content);

/* What content_bytes wrote; the bytes are copied.  NULL: damaged, of another key or
 * format, out of memory. */
struct content *content_parse(const void *bytes, size_t length, const char *key);
/* The file's bytes, to be freed; NULL: more than CONTENT_MAX, out of memory. */
void *content_bytes(const struct content *content, size_t *length);

/* Why names are missing; "" if they are not.  False: out of memory. */
bool content_set_reason(struct content *content, const char *reason);
const char *content_reason(const struct content *content);

/* A file that the names depend on, as it was before they were read.  False: out of
 * memory. */
bool content_add_place(struct content *content, const char *path, const struct content_mark *mark);
/* The i-th of them; NULL: there are no more. */
const char *content_place(const struct content *content, size_t i, struct content_mark *mark);

/* Names an offset that has no names yet.  False: out of memory, or not 1 to
 * CONTENT_CHAIN. */
bool content_add(struct content *content, uint64_t offset, const struct content_frame *frames,
		 size_t length);
/* Its frames; how many, 0: not known. */
size_t content_find(const struct content *content, uint64_t offset,
		    struct content_frame frames[CONTENT_CHAIN]);
/* Adds what only `other` has. */
void content_merge(struct content *content, const struct content *other);

#endif
