/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Few pieces of code free blocks whose allocation was never seen, but some do so often: a
 * short list that is searched from its start. */
#include "tracer/heap/unknown.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void unknown_count(struct unknown_callers *callers, uint64_t address, int by)
{
	uint32_t at = 0;

	while (at < callers->length && callers->of[at].address != address)
		at++;
	if (!address || at == UNKNOWN_CALLERS) {
		callers->others += (uint64_t)(int64_t)by;
		return;
	}
	if (at == callers->length)
		callers->of[callers->length++] = (struct unknown_caller){ .address = address };
	callers->of[at].count += (uint64_t)(int64_t)by;
}

/* Keeps the list ordered by count; {0} stays last. */
static void move_up(struct unknown_frees *frees, uint32_t at)
{
	while (at > 0 && frees->of[at].module.v &&
	       (!frees->of[at - 1].module.v || frees->of[at - 1].count < frees->of[at].count)) {
		struct unknown_free other = frees->of[at - 1];

		frees->of[at - 1] = frees->of[at];
		frees->of[at--] = other;
	}
}

void unknown_add(struct unknown_frees *frees, struct module_id module, uint64_t count)
{
	uint32_t at = 0;

	if (!count)
		return;
	while (at < frees->length && frees->of[at].module.v != module.v)
		at++;
	/* The last place is reserved for {0}, the unknown module. */
	if (at == frees->length && module.v && at + 1 >= UNKNOWN_MODULES &&
	    frees->of[at - 1].module.v) {
		unknown_add(frees, (struct module_id){ 0 }, count);
		return;
	}
	if (at == UNKNOWN_MODULES)
		at--;
	else if (at == frees->length)
		frees->of[frees->length++] = (struct unknown_free){ .module = module };
	frees->of[at].count += count;
	move_up(frees, at);
}

void unknown_add_all(struct unknown_frees *frees, const struct unknown_frees *more)
{
	for (uint32_t i = 0; i < more->length; i++)
		unknown_add(frees, more->of[i].module, more->of[i].count);
}

void unknown_sum(const struct unknown_callers *callers, struct unknown_frees *frees)
{
	*frees = (struct unknown_frees){ 0 };
	for (uint32_t i = 0; i < callers->length; i++)
		unknown_add(frees, callers->of[i].module, callers->of[i].count);
	unknown_add(frees, (struct module_id){ 0 }, callers->others);
}

void unknown_names(const struct unknown_frees *frees, const struct catalog *catalog, char *text,
		   size_t size)
{
	size_t length = 0;

	*text = 0;
	for (uint32_t i = 0; i < frees->length; i++) {
		struct module module = catalog_module(catalog, frees->of[i].module);
		const char *name = catalog_text(catalog, module.name);
		int n = snprintf(text + length, size - length, "%s%s %" PRIu64, i ? ", " : "",
				 *name ? name : "?", frees->of[i].count);

		if (n < 0 || (size_t)n >= size - length) {
			snprintf(text + (length < size - 4 ? length : size - 4), 4, "...");
			return;
		}
		length += (size_t)n;
	}
}
