/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A path is cleaned into the output one component after another: `..` removes the last
 * one, without regard to links, which is what compilers' own `dir/../dir` needs.
 */
#include "tracer/collect/debug/paths.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct output {
	char *path;
	size_t length, size;
	size_t kept;                    /* leading part that `..` may not remove */
};

static void take_away(struct output *output)
{
	while (output->length > output->kept && output->path[output->length - 1] != '/')
		output->length--;
	if (output->length > output->kept)
		output->length--;
}

static void add_component(struct output *output, const char *name, size_t length)
{
	if (length == 0 || (length == 1 && name[0] == '.'))
		return;
	bool up = length == 2 && memcmp(name, "..", 2) == 0;
	if (up && output->length > output->kept) {
		take_away(output);
		return;
	}
	if (up && output->path[0] == '/')
		return;
	bool slash = output->length > 0 && output->path[output->length - 1] != '/';
	if (output->length + slash + length >= output->size)
		length = 0, slash = false;
	if (slash)
		output->path[output->length++] = '/';
	memcpy(output->path + output->length, name, length);
	output->length += length;
	if (up)
		output->kept = output->length;
}

static void add_path(struct output *output, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");
		add_component(output, path, length);
		path += length;
		path += strspn(path, "/");
	}
}

size_t paths_clean(const char *folder, const char *file, char *path, size_t size)
{
	struct output output = { .path = path, .size = size };

	path[0] = '\0';
	if (file[0] == '/')
		folder = NULL;
	if (file[0] == '/' || (folder && folder[0] == '/')) {
		path[output.length++] = '/';
		output.kept = 1;
	}
	if (folder)
		add_path(&output, folder);
	add_path(&output, file);
	path[output.length] = '\0';
	return output.length;
}

const char *paths_map(const char *const *maps, const char *path, char *moved, size_t size)
{
	for (; maps && *maps; maps++) {
		const char *equals = strchr(*maps, '=');
		size_t old = equals ? (size_t)(equals - *maps) : 0;
		while (old > 1 && (*maps)[old - 1] == '/')
			old--;
		if (old == 0 || strncmp(path, *maps, old) != 0)
			continue;
		const char *rest = path + old;
		if (rest[0] != '\0' && rest[0] != '/' && path[old - 1] != '/')
			continue;
		size_t new = strlen(equals + 1);
		while (new > 0 && equals[new] == '/')
			new--;
		int n = snprintf(moved, size, "%.*s%s%s", (int)new, equals + 1,
				 rest[0] && rest[0] != '/' ? "/" : "", rest);
		return n >= 0 && (size_t)n < size ? moved : path;
	}
	return path;
}
