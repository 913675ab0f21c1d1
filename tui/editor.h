/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_EDITOR_H
#define TUI_EDITOR_H
/*
 * The words that open a file at a line in the user's editor.  The path comes from
 * a recording, which anybody may have made: it is an operand to every editor, never
 * an option or a command, and no shell sees it.
 */
#define EDITOR_WORDS 32

struct editor {
	char *command;                  /* the words of the command, cut in place */
	char *path;                     /* the file, as the editor wants it */
	char at[32];                    /* the line, if that is a word of its own */
	char *argv[EDITOR_WORDS + 5];   /* NULL ends */
};

/* Fills *editor for `command` ($EDITOR: words at blanks, quotes and backslashes as
 * in a shell, but nothing is expanded), the file and its line (0: none).  0; -EINVAL:
 * the command has no word, too many, or an open quote; -ENOMEM.  Borrows nothing;
 * editor_free is due either way. */
int editor_prepare(struct editor *editor, const char *command, const char *path,
		   unsigned line);
void editor_free(struct editor *editor);

#endif
