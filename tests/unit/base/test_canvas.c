/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid: wide and combining characters, clipping, hostile bytes, dumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tui/base/canvas.h"
#include "tui/base/field.h"

struct text {
	char bytes[8192];
	size_t length;
};

static int collect(void *user, const char *bytes, size_t length)
{
	struct text *text = user;
	if (text->length + length >= sizeof text->bytes)
		return -1;
	memcpy(text->bytes + text->length, bytes, length);
	text->bytes[text->length += length] = 0;
	return 0;
}

static void assert_canvas(const struct canvas *canvas, const char *expected)
{
	struct text text = {.length = 0};
	assert_int_equal(canvas_dump_text(canvas, collect, &text), 0);
	assert_string_equal(text.bytes, expected);
}

static void puts_and_clips(void **state)
{
	(void)state;
	struct canvas *canvas = canvas_new(6, 2);
	assert_int_equal(canvas_put(canvas, 1, 0, 99, STYLE_TEXT, "abcdefgh"), 8);
	assert_int_equal(canvas_put(canvas, 0, 1, 3, STYLE_TEXT, "abcdefgh"), 3);
	canvas_put(canvas, 0, 7, 3, STYLE_TEXT, "below");
	canvas_put_right(canvas, 3, 1, 3, STYLE_TEXT, "7");
	assert_canvas(canvas, " abcde\nabc  7\n");
	canvas_fill(canvas, (struct area){4, 0, 99, 99}, STYLE_TEXT);
	assert_canvas(canvas, " abc\nabc\n");
	canvas_free(canvas);
}

static void wide_and_combining(void **state)
{
	(void)state;
	struct canvas *canvas = canvas_new(7, 1);
	assert_int_equal(canvas_put(canvas, 0, 0, 7, STYLE_TEXT, "日本e\xcc\x81x"), 6);
	assert_canvas(canvas, "日本e\xcc\x81x\n");
	assert_int_equal(canvas_cell(canvas, 0, 0)->width, 2);
	assert_int_equal(canvas_cell(canvas, 1, 0)->width, 0);
	/* Half of a wide character takes the other half with it. */
	canvas_put(canvas, 1, 0, 1, STYLE_TEXT, "!");
	assert_canvas(canvas, " !本e\xcc\x81x\n");
	canvas_put(canvas, 2, 0, 1, STYLE_TEXT, "?");
	assert_canvas(canvas, " !? e\xcc\x81x\n");
	/* No half characters at the edge. */
	assert_int_equal(canvas_put(canvas, 0, 0, 3, STYLE_TEXT, "日本"), 2);
	canvas_free(canvas);
}

static void hostile_bytes(void **state)
{
	(void)state;
	struct canvas *canvas = canvas_new(12, 1);
	canvas_put(canvas, 0, 0, 12, STYLE_TEXT, "a\x1b[2J\n\xff\x7f\xe2\x80\xae");
	assert_canvas(canvas, "a?[2J????\n");
	canvas_clear(canvas);
	canvas_put(canvas, 0, 0, 12, STYLE_TEXT, "b\u200f\u061c\u2028\u2069\ufff9\U000e0001c");
	assert_canvas(canvas, "b??????c\n");
	canvas_free(canvas);
}

static void sizes_are_bounded(void **state)
{
	(void)state;
	struct canvas *canvas = canvas_new(0, 0);
	assert_int_equal(canvas->width, 1);
	assert_int_equal(canvas_resize(canvas, 100000, 2), 0);
	assert_int_equal(canvas->width, CANVAS_LIMIT);
	assert_null(canvas_cell(canvas, CANVAS_LIMIT, 0));
	canvas_free(canvas);
}

static void dumps_colours(void **state)
{
	(void)state;
	struct text text = {.length = 0};
	struct canvas *canvas = canvas_new(8, 1);
	canvas_put(canvas, 0, 0, 8, STYLE_GROWN, "+1 <&");
	assert_int_equal(canvas_dump_ansi(canvas, collect, &text), 0);
	assert_string_equal(text.bytes, "\033[0;1;38;5;210m+1 <&\033[0m\n");
	text.length = 0;
	assert_int_equal(canvas_dump_svg(canvas, collect, &text), 0);
	assert_non_null(strstr(text.bytes, ">+1 &lt;&amp;</text>"));
	assert_non_null(strstr(text.bytes, "</svg>\n"));
	canvas_free(canvas);
}

static void dumps_as_the_terminal_can(void **state)
{
	(void)state;
	struct text text = {.length = 0};
	struct canvas *canvas = canvas_new(9, 1);
	canvas->theme = THEME_MONO;
	canvas->ascii = true;
	assert_int_equal(canvas_resize(canvas, 8, 1), 0);
	canvas_put(canvas, 0, 0, 8, STYLE_GROWN, "+e\xcc\x81\xc3\xa9\xe6\x97\xa5.");
	assert_int_equal(canvas_dump_text(canvas, collect, &text), 0);
	assert_string_equal(text.bytes, "+e?? .\n");
	text.length = 0;
	assert_int_equal(canvas_dump_ansi(canvas, collect, &text), 0);
	assert_string_equal(text.bytes, "\033[0;1m+e?? .\033[0m\n");
	text.length = 0;
	assert_int_equal(canvas_dump_svg(canvas, collect, &text), 0);
	assert_non_null(strstr(text.bytes, "fill=\"#d0d0d0\" font-weight=\"bold\">"));
	canvas_free(canvas);
}

static int refuse(void *user, const char *bytes, size_t length)
{
	(void)user;
	(void)bytes;
	(void)length;
	return -28;
}

static void dumps_tell_errors(void **state)
{
	(void)state;
	struct canvas *canvas = canvas_new(8, 2);
	assert_int_equal(canvas_dump_text(canvas, refuse, NULL), -28);
	assert_int_equal(canvas_dump_ansi(canvas, refuse, NULL), -28);
	assert_int_equal(canvas_dump_svg(canvas, refuse, NULL), -28);
	canvas_free(canvas);
}

static void field_follows_the_cursor(void **state)
{
	(void)state;
	static struct field field = {.label = "f: ", .text = "0123456789", .cursor = 10};
	struct canvas *canvas = canvas_new(8, 2);
	field_draw(&field, canvas);
	assert_canvas(canvas, "\nf: 6789\n");
	assert_true(canvas->cursor);
	assert_int_equal(canvas->cursor_x, 7);
	field.cursor = 0;
	strcpy(field.error, "no");
	field.caret = 1;
	field_draw(&field, canvas);
	assert_canvas(canvas, "    ^ no\nf: 01234\n");
	canvas_free(canvas);
}

static void field_keeps_the_error_in_sight(void **state)
{
	(void)state;
	static struct field field = {
		.label = ":", .text = "0123456789", .error = "wrong", .caret = 9};
	struct canvas *canvas = canvas_new(14, 2);
	field_draw(&field, canvas);
	assert_canvas(canvas, "    wrong ^\n:0123456789\n");
	canvas_free(canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_and_clips),
		cmocka_unit_test(wide_and_combining),
		cmocka_unit_test(hostile_bytes),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(dumps_colours),
		cmocka_unit_test(dumps_as_the_terminal_can),
		cmocka_unit_test(dumps_tell_errors),
		cmocka_unit_test(field_follows_the_cursor),
		cmocka_unit_test(field_keeps_the_error_in_sight),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
