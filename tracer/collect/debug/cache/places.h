/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_PLACES_H
#define TRACER_COLLECT_NAMES_CACHE_PLACES_H
/*
 * Where libdwfl looks for a module's separate debug info, in the way of elfutils'
 * dwfl_standard_find_debuginfo with its default path ":.debug:/usr/lib/debug".  A file
 * that comes, goes or changes at one of these places may change the module's names.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Told each place, by a path that is valid during the call; false ends it. */
typedef bool (*places_tell)(void *user, const char *path);

struct places_wish {
	const char *path, *real;        /* the module's; the same with links resolved, or NULL */
	const uint8_t *build_id;
	size_t build_id_length;
	const char *link;               /* what its .gnu_debuglink says; NULL: it has none */
};

/* More places than are looked at do no harm.  False: `tell` said so, or a path is too
 * long. */
bool places_list(const struct places_wish *wish, places_tell tell, void *user);

#endif
