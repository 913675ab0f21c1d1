/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_PLACES_H
#define TRACER_COLLECT_NAMES_CACHE_PLACES_H
/*
 * Where libdwfl looks for a module's separate debug info, following elfutils'
 * dwfl_standard_find_debuginfo with its default path ":.debug:/usr/lib/debug".  A file
 * that appears, vanishes or changes at one of these places may change the module's names.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called for each place, with a path that is valid during the call; false ends the
 * list. */
typedef bool (*places_tell)(void *user, const char *path);

struct places_wish {
	const char *path, *real;        /* the module's; the same with links resolved, or NULL */
	const uint8_t *build_id;
	size_t build_id_length;
	const char *link;               /* from .gnu_debuglink; NULL: there is none */
};

/* Lists the places, possibly more than libdwfl tries, which does no harm.  False: `tell`
 * returned false, or a path is too long. */
bool places_list(const struct places_wish *wish, places_tell tell, void *user);

#endif
