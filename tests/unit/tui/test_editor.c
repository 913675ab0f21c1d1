/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an editor is called with, word by word: paths of a hostile recording are
 * files to all of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tui/desk/parts/editor.h"

/* The words with | between them. */
static const char *words(const char *command, const char *path, unsigned line)
{
	static char text[8192];
	struct editor editor;
	size_t n = 0;
	int result = editor_prepare(&editor, command, path, line);

	text[0] = 0;
	for (unsigned i = 0; !result && editor.argv[i]; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, i ? "|%s" : "%s",
				      editor.argv[i]);
	if (result)
		snprintf(text, sizeof text, "%s", strerror(-result));
	editor_free(&editor);
	return text;
}

static void each_editor_is_asked_for_the_line_in_its_way(void **state)
{
	static const struct {
		const char *command, *words;
	} cases[] = {
		{"vi", "vi|+12|--|/a b.c"},
		{"vim", "vim|+12|--|/a b.c"},
		{"/usr/bin/vim.basic", "/usr/bin/vim.basic|+12|--|/a b.c"},
		{"nvim", "nvim|+12|--|/a b.c"},
		{"nano", "nano|+12|/a b.c"},
		{"emacs", "emacs|+12|/a b.c"},
		{"emacs-nox", "emacs-nox|+12|/a b.c"},
		{"emacsclient -t", "emacsclient|-t|+12|/a b.c"},
		{"micro", "micro|+12|/a b.c"},
		{"kak", "kak|+12|/a b.c"},
		{"ed", "ed|/a b.c"},
		{"ed.sh", "ed.sh|/a b.c"},
		{"editor", "editor|+12|/a b.c"},
		{"hx", "hx|/a b.c:12"},
		{"subl -w", "subl|-w|/a b.c:12"},
		{"code --wait", "code|--wait|--goto|/a b.c:12"},
		{"code-insiders", "code-insiders|--goto|/a b.c:12"},
		{"kate", "kate|--line|12|/a b.c"},
		{"codec", "codec|+12|/a b.c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(words(cases[i].command, "/a b.c", 12), cases[i].words);
}

static void a_path_is_never_an_option(void **state)
{
	(void)state;
	assert_string_equal(words("vi", "+:!touch owned", 3), "vi|+3|--|./+:!touch owned");
	assert_string_equal(words("nano", "+:!touch owned", 3), "nano|+3|./+:!touch owned");
	assert_string_equal(words("ed", "!touch owned", 3), "ed|./!touch owned");
	assert_string_equal(words("emacs", "--eval=(x)", 3), "emacs|+3|./--eval=(x)");
	assert_string_equal(words("hx", "-c", 3), "hx|./-c:3");
	assert_string_equal(words("code", "--install", 3), "code|--goto|./--install:3");
	assert_string_equal(words("kate", "--stdin", 3), "kate|--line|3|./--stdin");
	assert_string_equal(words("vi", "a/$(id)`id`;id", 3), "vi|+3|--|./a/$(id)`id`;id");
	assert_string_equal(words("vi", "", 3), "vi|+3|--|./");
}

static void no_line_is_no_word(void **state)
{
	(void)state;
	assert_string_equal(words("vi", "/a.c", 0), "vi|/a.c");
	assert_string_equal(words("code -w", "/a.c", 0), "code|-w|/a.c");
	assert_string_equal(words("kate", "-x", 0), "kate|./-x");
	assert_string_equal(words("nano", "/a.c", UINT32_MAX), "nano|+4294967295|/a.c");
}

static void a_command_is_split_as_a_shell_would_but_nothing_is_expanded(void **state)
{
	(void)state;
	assert_string_equal(words(" a\t b  ", "/f", 1), "a|b|+1|/f");
	assert_string_equal(words("'a b' \"c 'd'\" e\\ f g'h'i", "/f", 1),
			    "a b|c 'd'|e f|ghi|+1|/f");
	assert_string_equal(words("a '' \"\\\"\" 'b\\'", "/f", 1), "a||\"|b\\|+1|/f");
	assert_string_equal(words("sh -c 'vi \"$@\"; :' -", "/f", 1),
			    "sh|-c|vi \"$@\"; :|-|+1|/f");
	assert_string_equal(words("a $HOME `id` $(id) * ~ ; b | c & \\", "/f", 1),
			    "a|$HOME|`id`|$(id)|*|~|;|b|||c|&|\\|+1|/f");
	assert_string_equal(words("'/opt/my editors/vim' -y", "/f", 1),
			    "/opt/my editors/vim|-y|+1|--|/f");
}

static void what_is_no_command_is_refused(void **state)
{
	static const char *const broken[] = {"", " \t", "vi 'x", "vi \"", "vi \"\\"};

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_string_equal(words(broken[i], "/f", 1), strerror(EINVAL));
}

static void a_command_may_have_any_number_of_words(void **state)
{
	char many[2001], expected[4096];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof many; i++)
		many[i] = i % 2 ? ' ' : 'a';
	many[sizeof many - 1] = 0;
	snprintf(expected, sizeof expected, "%s+1|/f", many);
	for (char *at = expected; *at; at++)
		*at = *at == ' ' ? '|' : *at;
	assert_string_equal(words(many, "/f", 1), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_editor_is_asked_for_the_line_in_its_way),
		cmocka_unit_test(a_path_is_never_an_option),
		cmocka_unit_test(no_line_is_no_word),
		cmocka_unit_test(a_command_is_split_as_a_shell_would_but_nothing_is_expanded),
		cmocka_unit_test(what_is_no_command_is_refused),
		cmocka_unit_test(a_command_may_have_any_number_of_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
