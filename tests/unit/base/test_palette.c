/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Themes: every text is readable on its background, and meaning never hangs on
 * colour alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tui/base/palette.h"

static double channel(unsigned value)
{
	double c = value / 255.0;
	return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Relative luminance, as WCAG 2 has it. */
static double luminance(unsigned rgb)
{
	return 0.2126 * channel(rgb >> 16) + 0.7152 * channel(rgb >> 8 & 255) +
	       0.0722 * channel(rgb & 255);
}

static double contrast(unsigned a, unsigned b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
	return x > y ? x / y : y / x;
}

static void readable(void **state)
{
	(void)state;
	for (enum theme theme = THEME_DARK; theme <= THEME_LIGHT; theme++)
		for (uint32_t style = 0; style < STYLES; style++) {
			struct look look = palette_look(theme, style);
			unsigned ink = look.foreground < 0
					       ? palette_ink(theme)
					       : palette_rgb((unsigned)look.foreground);
			unsigned paper = look.background < 0
						 ? palette_paper(theme)
						 : palette_rgb((unsigned)look.background);
			if (contrast(ink, paper) < 4.5)
				fail_msg("theme %s, style %u: contrast %.1f",
					 palette_theme_name(theme), style,
					 contrast(ink, paper));
		}
}

/* 8 colours: never a colour on itself. */
static void eight(void **state)
{
	(void)state;
	for (enum theme theme = THEME_DARK; theme <= THEME_LIGHT; theme++)
		for (uint32_t style = 0; style < STYLES; style++) {
			struct look look = palette_look(theme, style);
			assert_true(look.foreground8 < 8 && look.background8 < 8);
			assert_true(look.foreground8 < 0 ||
				    look.foreground8 != look.background8);
		}
}

static void assert_differ(enum style a, enum style b)
{
	struct look x = palette_look(THEME_MONO, a), y = palette_look(THEME_MONO, b);
	assert_true(x.bold != y.bold || x.reverse != y.reverse ||
		    x.underline != y.underline);
}

static void mono(void **state)
{
	(void)state;
	for (uint32_t style = 0; style < STYLES; style++) {
		struct look look = palette_look(THEME_MONO, style);
		assert_true(look.foreground < 0 && look.background < 0 &&
			    look.foreground8 < 0 && look.background8 < 0);
	}
	assert_differ(STYLE_SELECTED, STYLE_TEXT);
	assert_differ(STYLE_TAB_ACTIVE, STYLE_TAB);
	assert_differ(STYLE_COLUMN_SORTED, STYLE_COLUMN);
	assert_differ(STYLE_MATCH, STYLE_TEXT);
	assert_differ(STYLE_BADGE, STYLE_TEXT);
	assert_differ(STYLE_ERROR, STYLE_TEXT);
	assert_differ(STYLE_KEY, STYLE_DIM);
	struct look raw = palette_look(THEME_MONO, style_raw(2, 3, STYLE_RAW_BOLD));
	assert_true(raw.bold && raw.foreground < 0 && raw.background < 0);
}

static void names(void **state)
{
	(void)state;
	for (enum theme theme = THEME_DARK; theme < THEMES; theme++)
		assert_int_equal(palette_theme_find(palette_theme_name(theme)), theme);
	assert_int_equal(palette_theme_find(""), THEMES);
	assert_int_equal(palette_theme_of(NULL), THEME_DARK);
	assert_int_equal(palette_theme_of("15;0"), THEME_DARK);
	assert_int_equal(palette_theme_of("0;default;15"), THEME_LIGHT);
	assert_int_equal(palette_theme_of("0;7"), THEME_LIGHT);
	assert_int_equal(palette_theme_of("7;8"), THEME_DARK);
	assert_int_equal(palette_theme_of(";"), THEME_DARK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readable), cmocka_unit_test(eight),
		cmocka_unit_test(mono), cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
