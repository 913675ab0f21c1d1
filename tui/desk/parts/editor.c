/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Editors differ in how they are told a line; the table has a form for each.  A path from
 * a recording begins with / or gets ./ in front, so that no editor takes it for an
 * option, a line number or a command. */
#include "tui/desk/parts/editor.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/words.h"

#define MORE_WORDS 5                    /* words after those of the command, with the
					 * NULL */

enum style {
	PLUS,                           /* +LINE FILE: most editors in a terminal */
	PLUS_DASHES,                    /* +LINE -- FILE */
	COLON,                          /* FILE:LINE */
	GOTO,                           /* --goto FILE:LINE */
	OPTION,                         /* --line LINE FILE */
	BARE                            /* FILE: it can't be told a line */
};

/* Names also match with a suffix: vim.basic, emacs-nox, code-insiders.  Others get
 * PLUS. */
static const struct {
	const char *name;
	enum style style;
} editors[] = {
	{"vi", PLUS_DASHES},   {"vim", PLUS_DASHES},  {"nvim", PLUS_DASHES},
	{"view", PLUS_DASHES}, {"ex", PLUS_DASHES},   {"gvim", PLUS_DASHES},
	{"nvi", PLUS_DASHES},  {"ed", BARE},          {"red", BARE},
	{"hx", COLON},         {"helix", COLON},      {"subl", COLON},
	{"zed", COLON},        {"zeditor", COLON},    {"code", GOTO},
	{"codium", GOTO},      {"vscodium", GOTO},    {"cursor", GOTO},
	{"kate", OPTION},      {"kwrite", OPTION},
};

static enum style style_of(const char *command)
{
	const char *slash = strrchr(command, '/'), *name = slash ? slash + 1 : command;

	for (size_t i = 0; i < sizeof editors / sizeof *editors; i++) {
		size_t length = strlen(editors[i].name);
		if (!strncmp(name, editors[i].name, length) &&
		    (!name[length] || name[length] == '.' || name[length] == '-'))
			return editors[i].style;
	}
	return PLUS;
}

int editor_prepare(struct editor *editor, const char *command, const char *path,
		   unsigned line)
{
	*editor = (struct editor){0};
	int n = words_split(command, &editor->words);
	if (n <= 0)
		return n ? n : -EINVAL;
	editor->argv = calloc((size_t)n + MORE_WORDS, sizeof *editor->argv);
	enum style style = line ? style_of(editor->words[0]) : PLUS;
	bool colon = style == COLON || style == GOTO;
	if (!editor->argv || asprintf(&editor->path, colon ? "%s%s:%u" : "%s%s",
				      path[0] == '/' ? "" : "./", path, line) < 0) {
		editor->path = NULL;
		return -ENOMEM;
	}
	bool plus = style == PLUS || style == PLUS_DASHES;
	snprintf(editor->at, sizeof editor->at, plus ? "+%u" : "%u", line);
	memcpy(editor->argv, editor->words, (size_t)n * sizeof *editor->argv);
	if (style == GOTO)
		editor->argv[n++] = "--goto";
	if (style == OPTION)
		editor->argv[n++] = "--line";
	if (line && (plus || style == OPTION))
		editor->argv[n++] = editor->at;
	if (style == PLUS_DASHES)
		editor->argv[n++] = "--";
	editor->argv[n] = editor->path;
	return 0;
}

void editor_free(struct editor *editor)
{
	words_free(editor->words);
	free(editor->argv);
	free(editor->path);
}
