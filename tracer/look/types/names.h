/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_LOOK_TYPES_NAMES_H
#define TRACER_LOOK_TYPES_NAMES_H
/*
 * The names by which objects of CPython hold others, as its programs write them: modules,
 * keys of dicts and attributes, and the locals of functions that run.
 *
 *	module app -> dict -> "CACHE" dict -> list -> app.Session
 *	local items of serve() app.py:30 -> list -> app.Session
 *
 * They are found only if struct types_memory says which CPython it is.  The memory is
 * trusted no more than for types: what makes no sense gets no name.
 *
 * Layouts: CPython 3.8 to 3.13, Include/internal/pycore_dict.h, pycore_frame.h,
 * pycore_interp.h, pycore_runtime.h, Include/cpython/code.h, frameobject.h,
 * unicodeobject.h.
 */
#include "tracer/look/types/types.h"

#define NAMES_ROOM 160u                 /* bytes of a name and its end; longer ones are cut */

/* Whether it is known which CPython it is, so that names can be read. */
bool names_known(const struct types *types);

/* Whether the block is a module: "app" in `name`, and the address of its dict in *dict.
 * 0, 1 if it is one, or -ENOMEM. */
int names_module(struct types *types, uint64_t address, uint64_t size, char name[NAMES_ROOM],
		 uint64_t *dict);

/* What the caller wants named, and how it is told. */
struct names_use {
	/* Whether to name `value`, to which the word at `at` points; NULL: name all. */
	bool (*wanted)(void *user, uint64_t at, uint64_t value);
	/* Gets a name: UTF-8, without control bytes; for a local "items of serve()
	 * app.py:30".  0, or what the function should return at once. */
	int (*named)(void *user, uint64_t value, const char *name);
	void *user;
};

/* Names what the object in a block holds by a key that is a str, or as an attribute.  In
 * a dict with more than 64 keys only those that are written in source, which CPython
 * interns, give names: thousands of others are data.  0, -ENOMEM, or what `named`
 * returned. */
int names_held(struct types *types, uint64_t address, uint64_t size,
	       const struct names_use *use);

/* To 3.10: names the locals in a block that is the frame of a running function. */
int names_frame(struct types *types, uint64_t address, uint64_t size,
		const struct names_use *use);
/* From 3.11 on: names those of all running functions, in any thread of all interpreters.
 * `runtime`: the address of _PyRuntime. */
int names_running(struct types *types, uint64_t runtime, const struct names_use *use);
/* From 3.11 on: gives for each thread the memory, in whole words, in which these
 * functions have their locals: [start, end).  After it, [end, rest) was left behind by
 * functions that have returned, and holds nothing.  0, or what `give` returned. */
int names_stacks(struct types *types, uint64_t runtime,
		 int (*give)(void *user, uint64_t start, uint64_t end, uint64_t rest), void *user);

#endif
