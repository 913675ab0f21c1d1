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
	for (size_t n = 0; n <= strlen(all); n++)
		emulator_feed(emulator, all, n);
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

static void begins_anew(void **state)
{
	(void)state;
	struct emulator *emulator = emulator_new(8, 2, answer, NULL);
	emulator_feed(emulator, "aaa\033[6n", 7);
	answers[0] = 0;
	/* Old output was let go: the same end, another beginning. */
	emulator_feed(emulator, "bbb\033[6n", 7);
	assert_string_equal(answers, "");
	assert_row(emulator_canvas(emulator, 0), 0, "bbb     ");
	emulator_resize(emulator, 4, 3);
	assert_row(emulator_canvas(emulator, 0), 0, "bbb ");
	emulator_resize(emulator, 0, 0);
	emulator_feed(emulator, "", 0);
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
	for (size_t n = 0; n < sizeof noise; n += 777) {
		emulator_feed(emulator, noise, n);
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
		cmocka_unit_test(begins_anew),
		cmocka_unit_test(survives_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
