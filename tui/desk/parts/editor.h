/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_EDITOR_H
#define TUI_DESK_PARTS_EDITOR_H
/*
 * The words that open a file at a line in the user's editor.  The path comes from a
 * recording, which may be from anybody: every editor gets it as an operand, never as an
 * option or a command, and no shell sees it.
 */
struct editor {
	char **words;                   /* of the command */
	char *path;                     /* the file, as it is given to the editor */
	char at[16];                    /* the line, if it is a word of its own */
	char **argv;                    /* all words, ended by NULL */
};

/* Fills *editor for `command` ($EDITOR, split as MEMTOP_OPTIONS is: nothing is
 * expanded), the file and its line (0: none).  0; -EINVAL: the command has no word, or
 * an open quote; -ENOMEM.  editor_free is due either way. */
int editor_prepare(struct editor *editor, const char *command, const char *path,
		   unsigned line);
void editor_free(struct editor *editor);

#endif
