/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/debug/search.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/binary.h"

#define USUAL "/usr/lib/debug"

static struct search_places search;

void search_set(const struct search_places *wanted) { search = *wanted; }

const struct search_places *search_get(void) { return &search; }

bool search_is_usual(void)
{
	return !search.sysroot && !search.foreign && (!search.folders || !search.folders[0]);
}

char *search_path(void)
{
	const char *sysroot = search.sysroot;
	size_t size = sizeof(":.debug:" USUAL) + (sysroot ? strlen(sysroot) + sizeof(USUAL) : 0);

	for (size_t i = 0; search.folders && search.folders[i]; i++)
		size += strlen(search.folders[i]) + 1;
	char *path = malloc(size), *at = path;
	if (!path)
		return NULL;
	at += sprintf(at, ":.debug");   /* beside the module, and in .debug there */
	for (size_t i = 0; search.folders && search.folders[i]; i++)
		at += sprintf(at, ":%s", search.folders[i]);
	if (sysroot)
		at += sprintf(at, ":%s" USUAL, sysroot);
	sprintf(at, ":" USUAL);
	return path;
}

static int open_link(const char *root, const char *folder, const char *link)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s%s/.build-id/%s", root, folder, link);

	return length > 0 && (size_t)length < sizeof(path) ? binary_hold(path) : -1;
}

int search_build_id(const uint8_t *id, size_t length, const char *suffix)
{
	char link[2 * 64 + 16];
	size_t at = 0;
	int fd = -1;

	if (length < 2 || length > 64)
		return -1;
	for (size_t i = 0; i < length; i++)
		at += (size_t)snprintf(link + at, sizeof(link) - at, i ? "%02x" : "%02x/", id[i]);
	snprintf(link + at, sizeof(link) - at, "%.8s", suffix);
	for (size_t i = 0; fd < 0 && search.folders && search.folders[i]; i++)
		fd = open_link("", search.folders[i], link);
	if (fd < 0 && search.sysroot)
		fd = open_link(search.sysroot, USUAL, link);
	return fd < 0 ? open_link("", USUAL, link) : fd;
}
