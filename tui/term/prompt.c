/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uses GNU readline to edit a string, without access to the terminal.  Keys go in as the
 * bytes an xterm would send, through rl_getc_function, and readline draws nothing.  Enter
 * and Tab are handled here, so that a wrong text is kept and completions are drawn above
 * the line.
 */
#include "tui/term/prompt.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <readline/history.h>
#include <readline/readline.h>
#include "tui/base/key.h"
#include "tracer/ground/utf8.h"
#include "tui/term/history.h"

static struct {
	enum prompt_state state;
	char kind[32];
	struct prompt_hooks hooks;
	struct field field;
	char *done;                     /* the text that was entered */
	unsigned char queue[64];        /* bytes for readline */
	size_t head, tail;
	bool empty_end;                 /* readline ended the line: C-d on an empty
					 * line */
} prompt;

static int next_byte(FILE *unused)
{
	(void)unused;
	return prompt.head < prompt.tail ? prompt.queue[prompt.head++] : EOF;
}

static int have_byte(void)
{
	return prompt.head < prompt.tail;
}

static void redisplay(void) {}

static void line_done(char *line)
{
	rl_callback_handler_remove();
	if (line) {
		free(prompt.done);
		prompt.done = line;
		prompt.state = PROMPT_DONE;
		history_take(line);
	} else {
		prompt.state = PROMPT_CANCELLED;
	}
}

static void place_caret(size_t caret)
{
	prompt.field.caret = caret;
	rl_point = (int)(caret < (size_t)rl_end ? caret : (size_t)rl_end);
}

static int accept_line(int count, int key)
{
	struct field *field = &prompt.field;
	size_t caret = 0;
	field->error[0] = 0;
	if (prompt.hooks.check && !prompt.hooks.check(prompt.hooks.user, rl_line_buffer,
						      field->error, &caret)) {
		place_caret(caret);
		return 0;
	}
	return rl_newline(count, key);
}

static void add_candidate(void *to, const char *candidate)
{
	struct field *field = to;
	if (field->candidates_length < FIELD_CANDIDATES)
		snprintf(field->candidates[field->candidates_length++],
			 sizeof field->candidates[0], "%s", candidate);
}

/* Bytes that all candidates have in common. */
static size_t common(const struct field *field)
{
	size_t n = strlen(field->candidates[0]);
	for (size_t i = 1; i < field->candidates_length; i++) {
		size_t same = 0;
		while (same < n &&
		       field->candidates[i][same] == field->candidates[0][same])
			same++;
		n = same;
	}
	while (n && ((unsigned char)field->candidates[0][n] & 0xc0) == 0x80)
		n--;
	return n;
}

static int complete_line(int count, int key)
{
	struct field *field = &prompt.field;
	char text[sizeof field->candidates[0] + 1];
	(void)count;
	(void)key;
	field->candidates_length = 0;
	if (!prompt.hooks.complete)
		return 0;
	size_t cursor = (size_t)rl_point;
	size_t start = prompt.hooks.complete(prompt.hooks.user, rl_line_buffer, cursor,
					     add_candidate, field);
	if (!field->candidates_length || start > cursor)
		return 0;
	size_t shared = common(field);
	bool only = field->candidates_length == 1;
	if (shared >= cursor - start || only) {
		snprintf(text, sizeof text, "%.*s", (int)shared, field->candidates[0]);
		if (only)
			field->candidates_length = 0;
		rl_begin_undo_group();
		rl_delete_text((int)start, (int)cursor);
		rl_point = (int)start;
		rl_insert_text(text);
		rl_end_undo_group();
	}
	return 0;
}

static void bind_keys(Keymap map)
{
	static const struct {
		const char *sequence;
		rl_command_func_t *function;
	} keys[] = {
		{"\\e[3~", rl_delete},		{"\\e[H", rl_beg_of_line},
		{"\\e[F", rl_end_of_line},	{"\\e[A", rl_get_previous_history},
		{"\\e[B", rl_get_next_history},
	};
	rl_bind_key_in_map('\r', accept_line, map);
	rl_bind_key_in_map('\n', accept_line, map);
	rl_bind_key_in_map('\t', complete_line, map);
	/* Removes the whole line and not only what is before the cursor, which after an
	 * error is somewhere within the text. */
	rl_bind_key_in_map(KEY_CTRL('u'), rl_kill_full_line, map);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		rl_bind_keyseq_in_map(keys[i].sequence, keys[i].function, map);
}

void prompt_setup(bool scripted)
{
	static bool done;
	if (done)
		return;
	done = true;
	if (scripted)
		setenv("INPUTRC", "/dev/null", 1);
	rl_readline_name = "memtop";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_redisplay_function = redisplay;
	rl_getc_function = next_byte;
	rl_input_available_hook = have_byte;
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_instream = fopen("/dev/null", "re");
	rl_outstream = fopen("/dev/null", "we");
	rl_initialize();
	/* inputrc may have set another style, and the bell would ring on our screen. */
	rl_variable_bind("bell-style", "none");
	bind_keys(emacs_standard_keymap);
	bind_keys(vi_insertion_keymap);
	bind_keys(vi_movement_keymap);
	setlocale(LC_NUMERIC, "C");
}

void prompt_begin(const char *kind, const char *label, const char *text,
		  const struct prompt_hooks *hooks)
{
	prompt_cancel();
	free(prompt.done);
	prompt.done = NULL;
	prompt.state = PROMPT_EDITING;
	prompt.hooks = hooks ? *hooks : (struct prompt_hooks){0};
	prompt.field.error[0] = 0;
	prompt.field.candidates_length = 0;
	prompt.head = prompt.tail = 0;
	snprintf(prompt.kind, sizeof prompt.kind, "%s", kind);
	history_use(kind);
	rl_callback_handler_install(label, line_done);
	rl_insert_text(text);
	using_history();
}

void prompt_complain(const char *error, size_t caret)
{
	struct field *field = &prompt.field;
	snprintf(field->error, sizeof field->error, "%s", error);
	place_caret(caret);
}

/* A text that is cut later could mean something else.  So keys that do not fit are
 * refused, and what comes at once (from history, or killed text) is cut here. */
static bool is_full(const char *bytes, size_t n)
{
	struct field *field = &prompt.field;
	size_t most = sizeof field->text - 1;
	if ((unsigned char)bytes[0] < 32 || bytes[0] == 127 || (size_t)rl_end + n <= most)
		return false;
	field->caret = (size_t)rl_point;
	snprintf(field->error, sizeof field->error, "the line is full: %zu bytes", most);
	return true;
}

static void cut_long(void)
{
	struct field *field = &prompt.field;
	size_t most = sizeof field->text - 1, at = most;
	if (prompt.state != PROMPT_EDITING || (size_t)rl_end <= most)
		return;
	while (at && ((unsigned char)rl_line_buffer[at] & 0xc0) == 0x80)
		at--;
	rl_delete_text((int)at, rl_end);
	if (rl_point > rl_end)
		rl_point = rl_end;
	field->caret = at;
	snprintf(field->error, sizeof field->error, "the line was cut here: %zu bytes", most);
}

enum prompt_state prompt_key(uint32_t key)
{
	char bytes[16];
	if (prompt.state != PROMPT_EDITING)
		return prompt.state;
	if (key == KEY_ESC || key == KEY_CTRL('c') || key == KEY_CTRL('g')) {
		prompt_cancel();
		return prompt.state = PROMPT_CANCELLED;
	}
	size_t n = key_bytes(key, bytes);
	if (!n)
		return prompt.state;
	if (key != KEY_TAB_)
		prompt.field.candidates_length = 0;
	prompt.field.error[0] = 0;
	if (is_full(bytes, n))
		return prompt.state;
	memcpy(prompt.queue, bytes, n);
	prompt.head = 0;
	prompt.tail = n;
	while (prompt.head < prompt.tail && prompt.state == PROMPT_EDITING)
		rl_callback_read_char();
	cut_long();
	return prompt.state;
}

bool prompt_binds(uint32_t key)
{
	char sequence[16 + 1];
	/* readline gives M-S the meaning of M-s, also where that has none. */
	uint32_t letter = key & ~(uint32_t)KEY_META;
	bool capital = letter != key && letter >= 'A' && letter <= 'Z';
	sequence[key_bytes(capital ? key + ('a' - 'A') : key, sequence)] = 0;
	return sequence[0] && rl_function_of_keyseq(sequence, NULL, NULL);
}

enum prompt_state prompt_state(void)
{
	return prompt.state;
}

const struct field *prompt_field(void)
{
	struct field *field = &prompt.field;
	snprintf(field->label, sizeof field->label, "%s",
		 rl_display_prompt ? rl_display_prompt : "");
	snprintf(field->text, sizeof field->text, "%s",
		 rl_line_buffer ? rl_line_buffer : "");
	size_t length = strlen(field->text);
	field->cursor = (size_t)rl_point < length ? (size_t)rl_point : length;
	return field;
}

const char *prompt_text(void)
{
	return prompt.done ? prompt.done : "";
}

void prompt_cancel(void)
{
	if (prompt.state == PROMPT_EDITING) {
		rl_callback_sigcleanup();
		rl_free_line_state();
		rl_callback_handler_remove();
		rl_replace_line("", 1);
	}
	prompt.state = PROMPT_IDLE;
}
