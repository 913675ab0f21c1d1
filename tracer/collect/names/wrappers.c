/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list is short and searched once for each frame.  Most patterns are a prefix and a
 * star, or plain text, and are just compared; only the others go to fnmatch.
 */
#include "tracer/collect/names/wrappers.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same list compiled in, for where the file is not found at run time (a build folder
 * elsewhere). */
__asm__(".section .rodata\n"
	"wrappers_default:\n"
	".incbin \"share/memtop/wrappers\"\n"
	".byte 0\n"
	".previous\n");
extern const char wrappers_default[] __attribute__((visibility("hidden")));

enum { TEXT_MAX = 1 << 20 };

enum shape { EXACT, PREFIX, GLOB };

struct pattern {
	const char *glob;
	size_t length;                  /* of the part that is compared */
	enum shape shape;
	bool file;
};

struct wrappers {
	char *text;
	size_t length;
	struct pattern patterns[];
};

/* Reads a small file; NULL on failure.  Of a large one only whole lines, because half of
 * a pattern would match more than all of it. */
static char *wrappers_read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = file ? malloc(TEXT_MAX + 1) : NULL;

	if (text) {
		size_t length = fread(text, 1, TEXT_MAX, file);
		bool cut = length == TEXT_MAX;
		while (cut && length > 0 && text[length - 1] != '\n')
			length--;
		text[length] = '\0';
		char *shorter = realloc(text, length + 1);
		text = shorter ? shorter : text;
	}
	if (file)
		fclose(file);
	return text;
}

static char *read_shared(void)
{
	static const char *const places[] = { "/../share/memtop/wrappers",
					      "/../../share/memtop/wrappers" };
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;

	for (unsigned i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		strcpy(slash, places[i]);
		char *text = wrappers_read_file(path);
		if (text)
			return text;
	}
	return strdup(wrappers_default);
}

static char *wrappers_read_own(void)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	char path[PATH_MAX];

	if (config && config[0] == '/')
		snprintf(path, sizeof(path), "%s/memtop/wrappers", config);
	else if (home && home[0] == '/')
		snprintf(path, sizeof(path), "%s/.config/memtop/wrappers", home);
	else
		return NULL;
	return wrappers_read_file(path);
}

char *wrappers_text(void)
{
	char *shared = read_shared(), *own = wrappers_read_own(), *both = NULL;

	if (shared && asprintf(&both, "%s\n%s", shared, own ? own : "") < 0)
		both = NULL;
	free(shared);
	free(own);
	return both;
}

/* Reads one line in place; false: it has no pattern. */
static bool wrappers_parse_line(char *line, struct pattern *pattern)
{
	char *end = line + strlen(line);

	line += strspn(line, " \t");
	while (end > line && strchr(" \t\r", end[-1]))
		*--end = '\0';
	bool func = strncmp(line, "func:", 5) == 0;
	if (!func && strncmp(line, "file:", 5) != 0)
		return false;
	pattern->file = !func;
	pattern->glob = line + 5;
	pattern->length = strcspn(pattern->glob, "*?[");
	const char *rest = pattern->glob + pattern->length;
	pattern->shape = !rest[0] ? EXACT : strcmp(rest, "*") == 0 ? PREFIX : GLOB;
	return pattern->glob[0] != '\0';
}

struct wrappers *wrappers_new(const char *text)
{
	size_t lines = 1;

	for (const char *at = text; at && (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	struct wrappers *wrappers =
		malloc(sizeof(*wrappers) + lines * sizeof(wrappers->patterns[0]));
	char *copy = strdup(text ? text : "");
	if (!wrappers || !copy) {
		free(wrappers);
		free(copy);
		return NULL;
	}
	*wrappers = (struct wrappers){ .text = copy };
	for (char *line; (line = strsep(&copy, "\n")) != NULL;)
		if (wrappers_parse_line(line, &wrappers->patterns[wrappers->length]))
			wrappers->length++;
	return wrappers;
}

void wrappers_free(struct wrappers *wrappers)
{
	if (wrappers)
		free(wrappers->text);
	free(wrappers);
}

static bool matches(const struct pattern *pattern, const char *text)
{
	if (strncmp(pattern->glob, text, pattern->length) != 0)
		return false;
	if (pattern->shape == GLOB)
		return fnmatch(pattern->glob, text, FNM_NOESCAPE) == 0;
	return pattern->shape == PREFIX || text[pattern->length] == '\0';
}

bool wrappers_match(const struct wrappers *wrappers, const char *function,
		    const char *file)
{
	for (size_t i = 0; i < wrappers->length; i++) {
		const struct pattern *pattern = &wrappers->patterns[i];
		if (matches(pattern, pattern->file ? file : function))
			return true;
	}
	return false;
}
