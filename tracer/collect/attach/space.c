/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/space.h"

#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MODULES_MAX 65536u              /* more than that and the list may be a circle */
#define R_NEXT_AT 40u                   /* struct r_debug_extended, since glibc 2.35 */

/* The public first members of the loader's struct. */
struct space_module {
	uint64_t bias, name, dynamic, next, previous;
};
_Static_assert(offsetof(struct link_map, l_next) == 24 && offsetof(struct r_debug, r_map) == 8,
	       "as read below");

static bool space_word(const struct afar *afar, uint64_t at, uint64_t *word)
{
	return afar_read(afar, at, word, sizeof(*word));
}

/* The address at which the loader keeps what it tells debuggers; 0: not found. */
static uint64_t space_debug(const struct afar *afar)
{
	return afar->loader.start ? afar_symbol(afar, &afar->loader, "_r_debug") : 0;
}

static const struct afar_module *libc_at(const struct afar *afar, uint64_t bias)
{
	for (unsigned i = 0; i < afar->libcs_length; i++)
		if (afar->libcs[i].start == bias)
			return &afar->libcs[i];
	return NULL;
}

void space_choose_libc(struct afar *afar)
{
	uint64_t debug = space_debug(afar), at = 0;
	const struct afar_module *libc = NULL;
	struct space_module module;

	if (afar->libcs_length < 2)
		return;
	if (debug)
		space_word(afar, debug + offsetof(struct r_debug, r_map), &at);
	for (unsigned n = 0; at && !libc && n < MODULES_MAX; n++, at = module.next) {
		if (!afar_read(afar, at, &module, sizeof(module)))
			break;
		libc = libc_at(afar, module.bias);
	}
	afar->libc = libc ? *libc : (struct afar_module){ 0 };
}

/* Reads the text at this address, a path, and gives its base name; false: it is "" or
 * can't be read. */
static bool space_name(const struct afar *afar, uint64_t at, char *name, size_t size)
{
	size_t length = 0;
	char c;

	while (length + 1 < size && afar_read(afar, at++, &c, 1) && c) {
		if (c == '/')
			length = 0;
		else
			name[length++] = c;
	}
	name[length] = '\0';
	return length > 0;
}

/* Gives the name of a library in another namespace.  In that namespace's list the library
 * that was asked for comes first. */
static bool name_elsewhere(const struct afar *afar, char *name, size_t size)
{
	uint64_t debug = space_debug(afar), version = 0, next = 0, at = 0;
	struct space_module module;

	if (!debug || !space_word(afar, debug, &version) || (uint32_t)version < 2 ||
	    !space_word(afar, debug + R_NEXT_AT, &next) || !next ||
	    !space_word(afar, next + offsetof(struct r_debug, r_map), &at))
		return false;
	return at && afar_read(afar, at, &module, sizeof(module)) &&
	       space_name(afar, module.name, name, size);
}

bool space_find(int32_t pid, char *name, size_t size)
{
	struct afar afar;
	bool found = false;

	if (afar_open(&afar, pid) == 0) {
		found = name_elsewhere(&afar, name, size);
		afar_close(&afar);
	}
	/* An older loader tells debuggers only of the first namespace, and without the
	 * right to trace the process its memory can't be read. */
	if (!found && afar_list(&afar, pid) == 0 && afar.libcs_length > 1) {
		snprintf(name, size, "a library with a libc of its own");
		found = true;
	}
	return found;
}
