/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derives the names of Python's modules from paths (python.h). */
#include "views/row/python.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct folder {
	const char *path;               /* of a file in it, of which the first `length`
					 * bytes name the folder */
	size_t length;
};

struct python_packages {
	size_t length;
	struct folder folders[];        /* in order */
};

#define INIT "/__init__.py"

static int compare_folders(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;
	int order = memcmp(x->path, y->path, x->length < y->length ? x->length : y->length);

	return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* The folder of a package's __init__.py; length 0: it is a different file. */
static struct folder package_of(const struct catalog *catalog, uint32_t i)
{
	struct frame frame = catalog_frame(catalog, (struct frame_id){i});
	struct folder folder = {catalog_text(catalog, frame.file), 0};
	size_t length = strlen(folder.path), end = sizeof(INIT) - 1;

	if (frame.lang == LANG_PYTHON && length > end &&
	    !strcmp(folder.path + length - end, INIT))
		folder.length = length - end;
	return folder;
}

struct python_packages *python_packages_new(const struct catalog *catalog)
{
	uint32_t frames = catalog_frames(catalog);
	struct python_packages *packages;
	size_t n = 0;

	for (uint32_t i = 0; i < frames; i++)
		n += package_of(catalog, i).length != 0;
	packages = calloc(1, sizeof(*packages) + n * sizeof(packages->folders[0]));
	for (uint32_t i = 0; packages && i < frames && packages->length < n; i++) {
		struct folder folder = package_of(catalog, i);

		if (folder.length)
			packages->folders[packages->length++] = folder;
	}
	if (packages)
		qsort(packages->folders, packages->length, sizeof(packages->folders[0]),
		      compare_folders);
	return packages;
}

void python_packages_free(struct python_packages *packages)
{
	free(packages);
}

static bool is_package(const struct python_packages *packages, const char *path, size_t length)
{
	const struct folder folder = {path, length};

	return packages && bsearch(&folder, packages->folders, packages->length,
				   sizeof(folder), compare_folders);
}

/* The end of the last of these folders within a path; NULL: it contains none of them. */
static const char *below(const char *path, const char *folder)
{
	const char *found = NULL;

	for (const char *at = path; (at = strstr(at, folder)); at++)
		found = at + strlen(folder);
	return found;
}

/* Where the name of the module begins in the path of its file. */
static const char *python_module_start(const struct python_packages *packages, const char *file)
{
	const char *start = below(file, "/site-packages/"), *slash = strrchr(file, '/');

	start = start ? start : below(file, "/dist-packages/");
	if (!start && (start = below(file, "/lib/python3.")))
		start = strchr(start, '/') ? strchr(start, '/') + 1 : NULL;
	if (start || !slash)
		return start ? start : file;
	while (slash > file && is_package(packages, file, (size_t)(slash - file)))
		for (slash--; slash > file && *slash != '/';)
			slash--;
	return slash + 1;
}

void python_module(const struct python_packages *packages, const char *file, char *text,
		   size_t size)
{
	const char *start = file;
	size_t length = strlen(file), init = sizeof(INIT) - 1;

	if (file[0] == '<') {
		bool frozen = !strncmp(file, "<frozen ", 8) && length > 9;

		snprintf(text, size, "%.*s", (int)(frozen ? length - 9 : length),
			 frozen ? file + 8 : file);
		return;
	}
	start = python_module_start(packages, file);
	length = strlen(start);
	if (length > init && !strcmp(start + length - init, INIT))
		length -= init;
	else if (length > 3 && !strcmp(start + length - 3, ".py"))
		length -= 3;
	snprintf(text, size, "%.*s", (int)length, start);
	for (char *at = text; *at; at++)
		*at = *at == '/' ? '.' : *at;
}

bool python_is_interpreter(const char *name, const char *path)
{
	return !strncmp(name, "python3", 7) || !strncmp(name, "libpython3", 10) ||
	       strstr(path, "/lib-dynload/");
}
