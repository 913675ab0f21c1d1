/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target's terminal: output in pieces, scrollback, answers, a new start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tui/term/emulator.h"

static char answers[64];

static void answer(void *user, const char *bytes, size_t length)
{
	(void)user;
	strncat(answers, bytes, length);
}

static void row(const struct canvas *canvas, unsigned y, char *text)
{
	text[0] = 0;
	for (unsigned x = 0; x < canvas->width; x++)
		strcat(text, canvas_cell(canvas, x, y)->text);
}

static void assert_row(const struct canvas *canvas, unsigned y, const char *expected)
{
	char text[256];
	row(canvas, y, text);
	assert_string_equal(text, expected);
}

static void grows_by_pieces(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(10, 3, answer, NULL);
	const char *all = "one\r\n\033[31mtwo\033[0m\033[6n\r\nthree\r\nfour";
	answers[0] = 0;
	for (size_t n = 0; n < strlen(all); n++)
		emulator_feed(emulator, all + n, 1);
	assert_string_equal(answers, "\033[2;4R");      /* asked once, answered once */
	const struct canvas *canvas = emulator_canvas(emulator, 0);
	assert_row(canvas, 0, "two       ");
	assert_row(canvas, 2, "four      ");
	assert_int_equal(style_foreground(canvas_cell(canvas, 0, 0)->style), 2);
	assert_int_equal(canvas->cursor_x, 4);
	assert_int_equal(emulator_above(emulator), 1);
	assert_row(emulator_canvas(emulator, 99), 0, "one       ");
	emulator_free(emulator);
}

/* What would turn a line of ours around is not shown; what joins letters is. */
static void turns_no_line_around(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(10, 2, answer, NULL);
	const char *text = "a\u202eb\u2066c\u200f\u2028d\xe1\xcc\x81";
	emulator_feed(emulator, text, strlen(text));
	char shown[256];
	row(emulator_canvas(emulator, 0), 0, shown);
	assert_null(strstr(shown, "\u202e"));
	assert_null(strstr(shown, "\u2066"));
	assert_null(strstr(shown, "\u200f"));
	assert_null(strstr(shown, "\u2028"));
	assert_int_equal(shown[0], 'a');
	assert_non_null(strchr(shown, 'd'));
	emulator_free(emulator);
}

static void begins_anew(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(8, 2, answer, NULL);
	answers[0] = 0;
	emulator_feed(emulator, "aaa\r\nbbbccc\033[6n", 15);
	assert_string_equal(answers, "\033[2;7R");
	emulator_resize(emulator, 4, 3);
	assert_string_equal(answers, "\033[2;7R");      /* not asked again */
	assert_row(emulator_canvas(emulator, 0), 0, "aaa ");
	assert_row(emulator_canvas(emulator, 0), 1, "bbbc");
	assert_row(emulator_canvas(emulator, 0), 2, "cc  ");
	emulator_resize(emulator, 0, 0);
	emulator_feed(emulator, "", 0);
	emulator_free(emulator);
}

static void type(struct emulator *emulator, uint32_t key, const char *expected)
{
	answers[0] = 0;
	emulator_key(emulator, key);
	assert_string_equal(answers, expected);
}

static void feed(struct emulator *emulator, const char *text)
{
	emulator_feed(emulator, text, strlen(text));
}

static void keys_by_mode(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(20, 4, answer, NULL);
	type(emulator, 'x', "x");
	type(emulator, 0xe9, "\303\251");
	type(emulator, KEY_CTRL('c'), "\003");
	type(emulator, KEY_CTRL('i'), "\t");
	type(emulator, KEY_BACK, "\177");
	type(emulator, KEY_META | 'b', "\033b");
	type(emulator, KEY_GO_UP, "\033[A");
	type(emulator, KEY_CONTROLLED | KEY_GO_LEFT, "\033[1;5D");
	type(emulator, KEY_SHIFT_TAB, "\033[Z");
	type(emulator, KEY_FN + 5, "\033[15~");
	type(emulator, KEY_PASTE, "");
	feed(emulator, "\033[?1h\033[?2004h\033[?1049h");
	type(emulator, KEY_GO_UP, "\033OA");
	type(emulator, KEY_HOME_, "\033OH");
	type(emulator, KEY_PASTE, "\033[200~");
	type(emulator, KEY_PASTED, "\033[201~");
	emulator_free(emulator);
}

static void mouse_as_asked(void **state)
{
	(void)state;
	struct key_event click = {KEY_CLICK, 2, 1}, wheel = {KEY_WHEEL_UP, 2, 1};
	struct emulator *emulator = emulator_new(20, 4, answer, NULL);
	answers[0] = 0;
	assert_false(emulator_mouse(emulator, &click));
	assert_false(emulator_mouse(emulator, &wheel));
	feed(emulator, "\033[?1049h");
	assert_true(emulator_mouse(emulator, &wheel));
	assert_string_equal(answers, "\033[A\033[A\033[A");
	answers[0] = 0;
	assert_false(emulator_mouse(emulator, &click));
	feed(emulator, "\033[?1000h\033[?1006h");
	assert_true(emulator_mouse(emulator, &click));
	assert_string_equal(answers, "\033[<0;3;2M\033[<0;3;2m");
	emulator_free(emulator);
}

/* Modes that were set longer ago than what is fed again. */
static void modes_outlive_output(void **state)
{
	(void)state;
	static char lines[400 * 1024];
	struct key_event click = {KEY_CLICK, 2, 1};
	struct emulator *emulator = emulator_new(20, 4, answer, NULL);
	feed(emulator, "\033[?1049h\033[?1h\033[?2004h\033[?25l\033[?1002h\033[?1006h");
	memset(lines, 'x', sizeof lines);
	emulator_feed(emulator, lines, sizeof lines);
	emulator_feed(emulator, lines, sizeof lines);
	emulator_resize(emulator, 30, 5);
	type(emulator, KEY_GO_UP, "\033OA");
	type(emulator, KEY_PASTE, "\033[200~");
	assert_false(emulator_canvas(emulator, 0)->cursor);
	answers[0] = 0;
	assert_true(emulator_mouse(emulator, &click));
	assert_string_equal(answers, "\033[<0;3;2M\033[<0;3;2m");
	feed(emulator, "\033[?1049l\033[?1l\033[?25h");
	emulator_resize(emulator, 20, 4);
	type(emulator, KEY_GO_UP, "\033[A");
	assert_true(emulator_canvas(emulator, 0)->cursor);
	emulator_free(emulator);
}

static void skips(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(10, 3, answer, NULL);
	feed(emulator, "one\033]0;a title that never en");
	emulator_skip(emulator);
	feed(emulator, "two");
	assert_row(emulator_canvas(emulator, 0), 1, "two       ");
	emulator_free(emulator);
}

static void survives_noise(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(20, 5, NULL, NULL);
	static char noise[60000];
	uint32_t random = 7;
	for (size_t i = 0; i < sizeof noise; i++) {
		random = random * 1664525 + 1013904223;
		noise[i] =
			random >> 30
				? (char)(random >> 16)
				: (char)"\033[;0123456789mHJKABCD?lh\r\n"[(random >> 8) %
									  26];
	}
	for (size_t n = 0; n + 777 < sizeof noise; n += 777) {
		emulator_feed(emulator, noise + n, 777);
		if (n % 5 == 0)
			emulator_resize(emulator, 1 + (unsigned)n % 50,
					1 + (unsigned)n % 13);
		emulator_canvas(emulator, (unsigned)n % 30);
	}
	emulator_free(emulator);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_by_pieces),
		cmocka_unit_test(turns_no_line_around),
		cmocka_unit_test(begins_anew),
		cmocka_unit_test(keys_by_mode),
		cmocka_unit_test(mouse_as_asked),
		cmocka_unit_test(modes_outlive_output),
		cmocka_unit_test(skips),
		cmocka_unit_test(survives_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
