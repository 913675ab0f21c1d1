/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_PROMPT_H
#define TUI_TERM_PROMPT_H
/*
 * One line typed by the user, edited by GNU readline but drawn by us: the
 * desk feeds it keys and it fills a field.  One prompt at a time.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tui/base/field.h"

enum prompt_state { PROMPT_IDLE, PROMPT_EDITING, PROMPT_DONE, PROMPT_CANCELLED };

struct prompt_hooks {
	void *user;
	/* Checks whether the text may be entered.  False with a sentence and the byte
	 * that it is about. */
	bool (*check)(void *user, const char *text, char error[256], size_t *caret);
	/* Calls found for all that may replace text[start, cursor); returns start. */
	size_t (*complete)(void *user, const char *text, size_t cursor,
			   void (*found)(void *to, const char *candidate), void *to);
};

/* Prepares readline; to be called once.  `scripted`: ~/.inputrc is not read. */
void prompt_setup(bool scripted);
/* Begins a prompt.  `kind` names its history; hooks may be NULL as a whole.  `text` has
 * to fit into a field's. */
void prompt_begin(const char *kind, const char *label, const char *text,
		  const struct prompt_hooks *hooks);
/* Shows what is wrong with the text, and puts the cursor at that byte. */
void prompt_complain(const char *error, size_t caret);
/* A key: the state after it.  Esc and C-c cancel and never reach readline. */
enum prompt_state prompt_key(uint32_t key);
/* Whether an M-key has a meaning in the editor, by readline's defaults or by
 * ~/.inputrc. */
bool prompt_binds(uint32_t key);
enum prompt_state prompt_state(void);
/* The prompt as it is now, to be drawn; valid until the next call. */
const struct field *prompt_field(void);
/* The text of a prompt that is done. */
const char *prompt_text(void);
void prompt_cancel(void);

/* The histories: files DIR/KIND, read when a kind is first used (NULL: none). */
void prompt_history_folder(const char *folder);
/* Writes those that changed. */
void prompt_history_save(void);

#endif
