/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list is searched once for each frame, of which compilers have thousands.  So patterns
 * stand in groups by their first character, and only the group of a text's own is tried.
 * Most are a prefix and a star, or plain text, and are just compared; only those that are
 * neither, nor text between two stars, go to fnmatch.
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

enum shape { EXACT, PREFIX, PART, GLOB };

struct pattern {
	const char *glob;
	size_t length;                  /* of the part that is compared */
	enum shape shape;
	bool file;
};

#define GROUPS 256u                     /* of each kind of text; those in the first can
					 * match any */

struct wrappers {
	char *text;
	size_t length;
	size_t begins[2 * GROUPS + 1];  /* of each group: its first pattern; files' come last */
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
	size_t inner = strcspn(rest + (*rest == '*'), "*?[");
	pattern->shape = !rest[0] ? EXACT : strcmp(rest, "*") == 0 ? PREFIX : GLOB;
	if (rest == pattern->glob && inner && strcmp(rest + 1 + inner, "*") == 0) {
		pattern->shape = PART;
		pattern->glob++;
		pattern->length = inner;
	}
	return pattern->glob[0] != '\0';
}

static unsigned pattern_group(const struct pattern *pattern)
{
	bool any = pattern->shape == PART || !pattern->length;

	return (pattern->file ? GROUPS : 0) + (any ? 0 : (unsigned char)pattern->glob[0]);
}

static int by_group(const void *left, const void *right)
{
	const struct pattern *a = left, *b = right;

	return (int)pattern_group(a) - (int)pattern_group(b);
}

static void wrappers_order(struct wrappers *wrappers)
{
	size_t at = 0;

	qsort(wrappers->patterns, wrappers->length, sizeof(wrappers->patterns[0]),
	      by_group);
	for (unsigned group = 0; group <= 2 * GROUPS; group++) {
		while (at < wrappers->length && pattern_group(&wrappers->patterns[at]) < group)
			at++;
		wrappers->begins[group] = at;
	}
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
	wrappers_order(wrappers);
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
	if (pattern->shape == PART)
		return memmem(text, strlen(text), pattern->glob, pattern->length);
	if (strncmp(pattern->glob, text, pattern->length) != 0)
		return false;
	if (pattern->shape == GLOB)
		return fnmatch(pattern->glob, text, FNM_NOESCAPE) == 0;
	return pattern->shape == PREFIX || text[pattern->length] == '\0';
}

static bool matches_group(const struct wrappers *wrappers, unsigned group,
			  const char *text)
{
	for (size_t i = wrappers->begins[group]; i < wrappers->begins[group + 1]; i++)
		if (matches(&wrappers->patterns[i], text))
			return true;
	return false;
}

/* Whether any pattern of the kind whose groups begin with `first` matches. */
static bool matches_any(const struct wrappers *wrappers, unsigned first, const char *text)
{
	unsigned own = (unsigned char)text[0];

	return (own && matches_group(wrappers, first + own, text)) ||
	       matches_group(wrappers, first, text);
}

bool wrappers_match(const struct wrappers *wrappers, const char *function,
		    const char *file)
{
	return matches_any(wrappers, 0, function) || matches_any(wrappers, GROUPS, file);
}
