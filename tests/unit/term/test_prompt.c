/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readline in our hands: editing, cancelling, refusing, completing, histories. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "tui/base/key.h"
#include "tracer/ground/utf8.h"
#include "tui/term/prompt.h"

static void type(const char *text)
{
	size_t left = strlen(text), used;
	for (; left; text += used, left -= used) {
		uint32_t code;
		used = utf8_decode(text, left, &code);
		prompt_key(code);
	}
}

static void edits(void **state)
{
	(void)state;
	prompt_begin("edit", "> ", "seed ", NULL);
	type("abç");
	prompt_key(KEY_GO_LEFT);
	prompt_key(KEY_BACK);
	prompt_key(KEY_CTRL('a'));
	type("X");
	assert_string_equal(prompt_field()->text, "Xseed aç");
	assert_int_equal(prompt_field()->cursor, 1);
	assert_string_equal(prompt_field()->label, "> ");
	prompt_key(KEY_END_);
	prompt_key(KEY_CTRL('w'));
	prompt_key(KEY_HOME_);
	prompt_key(KEY_DELETE);
	assert_int_equal(prompt_key(KEY_ENTER_), PROMPT_DONE);
	assert_string_equal(prompt_text(), "seed ");
}

static void cancels(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		prompt_begin("cancel", ":", "", NULL);
		type("half");
		if (i == 2)
			prompt_key(KEY_CTRL('r'));
		assert_int_equal(prompt_key(i ? KEY_ESC : KEY_CTRL('c')),
				 PROMPT_CANCELLED);
		assert_string_equal(prompt_text(), "");
	}
	prompt_begin("cancel", ":", "", NULL);
	type("whole");
	assert_string_equal(prompt_field()->text, "whole");
	assert_int_equal(prompt_key(KEY_ENTER_), PROMPT_DONE);
	prompt_begin("cancel", ":", "", NULL);
	assert_int_equal(prompt_key(KEY_CTRL('d')), PROMPT_CANCELLED);
}

static void knows_which_keys_with_alt_edit(void **state)
{
	(void)state;
	prompt_begin("edit", "> ", "", NULL);
	assert_true(prompt_binds(KEY_META | 'b'));
	assert_true(prompt_binds(KEY_META | 'F'));
	assert_true(prompt_binds(KEY_META | KEY_BACK));
	assert_false(prompt_binds(KEY_META | ':'));
	assert_false(prompt_binds(KEY_META | 's'));
	assert_false(prompt_binds(KEY_META | 'S'));
	assert_false(prompt_binds(KEY_META | 0xe7));
	prompt_key(KEY_ESC);
}

static bool no_x(void *user, const char *text, char error[256], size_t *caret)
{
	const char *x = strchr(text, 'x');
	(void)user;
	if (!x)
		return true;
	strcpy(error, "no x, please");
	*caret = (size_t)(x - text);
	return false;
}

static void refuses(void **state)
{
	const struct prompt_hooks hooks = {.check = no_x};
	(void)state;
	prompt_begin("refuse", ":", "", &hooks);
	type("abxc");
	assert_int_equal(prompt_key(KEY_ENTER_), PROMPT_EDITING);
	assert_string_equal(prompt_field()->text, "abxc");
	assert_string_equal(prompt_field()->error, "no x, please");
	assert_int_equal(prompt_field()->caret, 2);
	prompt_key(KEY_DELETE);
	assert_string_equal(prompt_field()->error, "");
	assert_int_equal(prompt_key(KEY_ENTER_), PROMPT_DONE);
	assert_string_equal(prompt_text(), "abc");
}

static size_t fruits(void *user, const char *text, size_t cursor,
		     void (*found)(void *to, const char *candidate), void *to)
{
	static const char *const names[] = {"apple", "apricot", "banana", "pêche",
					    "pêcher"};
	size_t start = cursor;
	(void)user;
	while (start && text[start - 1] != ' ')
		start--;
	for (size_t i = 0; i < 5; i++)
		if (!strncmp(names[i], text + start, cursor - start))
			found(to, names[i]);
	return start;
}

static void completes(void **state)
{
	const struct prompt_hooks hooks = {.complete = fruits};
	(void)state;
	prompt_begin("fruit", ":", "", &hooks);
	type("eat b");
	prompt_key(KEY_TAB_);
	assert_string_equal(prompt_field()->text, "eat banana");
	assert_int_equal(prompt_field()->candidates_length, 0);
	type(" a");
	prompt_key(KEY_TAB_);
	assert_string_equal(prompt_field()->text, "eat banana ap");
	assert_int_equal(prompt_field()->candidates_length, 2);
	type("r");
	assert_int_equal(prompt_field()->candidates_length, 0);
	type(" p");
	prompt_key(KEY_TAB_);
	assert_string_equal(prompt_field()->text, "eat banana apr pêche");
	prompt_cancel();
}

/* As long as a field, and then not one byte more: not in the middle either, and not
 * half of a character. */
static void a_line_is_full_or_whole(void **state)
{
	char text[sizeof prompt_field()->text], before[sizeof text];
	const size_t most = sizeof text - 1;
	(void)state;
	memset(text, 'a', most - 1);
	text[most - 1] = 0;
	prompt_begin("full", ":", text, NULL);
	type("ç");
	assert_string_equal(prompt_field()->error, "the line is full: 4095 bytes");
	assert_string_equal(prompt_field()->text, text);
	type("b");
	assert_string_equal(prompt_field()->error, "");
	assert_int_equal(strlen(prompt_field()->text), most);
	strcpy(before, prompt_field()->text);
	prompt_key(KEY_HOME_);
	for (int i = 0; i < 100000; i++)
		type("x");
	assert_string_equal(prompt_field()->text, before);
	assert_int_equal(prompt_field()->cursor, 0);
	/* What was killed comes back, as far as it fits. */
	prompt_key(KEY_CTRL('k'));
	type("1çç");
	prompt_key(KEY_CTRL('y'));
	prompt_key(KEY_CTRL('y'));
	assert_string_equal(prompt_field()->error, "the line was cut here: 4095 bytes");
	assert_int_equal(strlen(prompt_field()->text), most);
	prompt_key(KEY_BACK);
	assert_int_equal(prompt_key(KEY_ENTER_), PROMPT_DONE);
	assert_int_equal(strlen(prompt_text()), most - 1);
}

static void histories(void **state)
{
	char folder[] = "/tmp/memtop-prompt-XXXXXX", path[64];
	struct stat info;
	(void)state;
	assert_non_null(mkdtemp(folder));
	prompt_history_folder(folder);
	for (int i = 0; i < 3; i++) {
		prompt_begin(i == 1 ? "fish" : "bird", ":", "", NULL);
		type(i == 0 ? "wren" : i == 1 ? "eel" : "owl");
		prompt_key(KEY_ENTER_);
	}
	prompt_begin("bird", ":", "", NULL);
	prompt_key(KEY_GO_UP);
	assert_string_equal(prompt_field()->text, "owl");
	prompt_key(KEY_GO_UP);
	assert_string_equal(prompt_field()->text, "wren");
	prompt_cancel();
	prompt_history_save();
	snprintf(path, sizeof path, "%s/fish", folder);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	/* The other tests' histories too. */
	static const char *const kinds[] = {"edit", "cancel", "refuse", "full", "fish",
					    "bird"};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, kinds[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
	prompt_history_folder(NULL);
}

static void numbers_keep_their_point(void **state)
{
	char text[16];
	(void)state;
	snprintf(text, sizeof text, "%.1f", 1.5);
	assert_string_equal(text, "1.5");
	assert_string_equal(setlocale(LC_NUMERIC, NULL), "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits),
		cmocka_unit_test(cancels),
		cmocka_unit_test(knows_which_keys_with_alt_edit),
		cmocka_unit_test(refuses),
		cmocka_unit_test(completes),
		cmocka_unit_test(a_line_is_full_or_whole),
		cmocka_unit_test(histories),
		cmocka_unit_test(numbers_keep_their_point),
	};
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	prompt_setup(true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
