/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hyperlinks: for which terminals, to which URI, and what is written for them. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tui/term/links.h"

static int bare(void **state)
{
	static const char *const names[] = {
		"FORCE_HYPERLINK", "TMUX", "STY", "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
		"VTE_VERSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION",
	};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	return setenv("TERM", "xterm-256color", 1);
}

static void test_terminals_that_have_links_are_known(void **state)
{
	static const struct {
		const char *name, *value;
		bool known;
	} cases[] = {
		{"VTE_VERSION", "7200", true},      {"VTE_VERSION", "4800", false},
		{"KONSOLE_VERSION", "230400", true}, {"KONSOLE_VERSION", "200800", false},
		{"TERM_PROGRAM", "iTerm.app", true}, {"TERM_PROGRAM", "Apple_Terminal", false},
		{"TERM", "xterm-kitty", true},      {"TERM", "linux", false},
		{"FORCE_HYPERLINK", "1", true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bare(state);
		assert_false(links_known());
		setenv(cases[i].name, cases[i].value, 1);
		assert_int_equal(links_known(), cases[i].known);
	}
}

static void test_what_stands_between_decides(void **state)
{
	(void)state;
	setenv("VTE_VERSION", "7200", 1);
	setenv("TMUX", "/tmp/tmux", 1);
	assert_false(links_known());
	setenv("TERM_PROGRAM", "tmux", 1);
	setenv("TERM_PROGRAM_VERSION", "3.3a", 1);
	assert_false(links_known());
	setenv("TERM_PROGRAM_VERSION", "3.4", 1);
	assert_true(links_known());
	setenv("FORCE_HYPERLINK", "0", 1);
	assert_false(links_known());
	bare(state);
	setenv("VTE_VERSION", "7200", 1);
	setenv("STY", "1.pts", 1);
	assert_false(links_known());
}

/* What stands behind the host. */
static const char *path_of(const char *uri)
{
	assert_memory_equal(uri, "file://", 7);
	return strchr(uri + 7, '/');
}

static void test_nothing_in_a_name_steers_the_terminal(void **state)
{
	char uri[256], host[65] = "";
	(void)state;
	gethostname(host, sizeof host - 1);
	links_uri("/a dir/\033]8;;x\a\xc3\xa9%.c", 7, uri, sizeof uri);
	assert_memory_equal(uri + 7, host, strlen(host));
	assert_string_equal(path_of(uri), "/a%20dir/%1B%5D8%3B%3Bx%07%C3%A9%25.c");
	setenv("KITTY_WINDOW_ID", "1", 1);
	links_uri("/a.c", 7, uri, sizeof uri);
	assert_string_equal(path_of(uri), "/a.c#7");
	links_uri("/a/long/name/of/a/file.c", 7, uri, 24);
	assert_string_equal(uri, "");
}

static char written[1024];

static int collect(void *user, const char *bytes, size_t length)
{
	size_t at = strlen(written);
	(void)user;
	assert_true(at + length < sizeof written);
	memcpy(written + at, bytes, length);
	written[at + length] = 0;
	return 0;
}

static void test_a_link_is_what_stands_there_once_more(void **state)
{
	char expected[512], uri[256];
	bool changed[2] = {false, true};
	struct canvas *canvas = canvas_new(12, 2);
	(void)state;
	canvas_put(canvas, 2, 1, 10, STYLE_TEXT, "a.c:1 é");
	canvas_link(canvas, (struct area){2, 1, 3, 1}, "/a.c", 1);
	assert_int_equal(canvas->links_length, 0);      /* not asked for */
	canvas->linked = true;
	canvas_link(canvas, (struct area){2, 1, 3, 1}, "/a.c", 1);
	canvas_link(canvas, (struct area){2, 0, 3, 1}, "/b.c", 1);
	canvas_link(canvas, (struct area){2, 0, 3, 1}, "csu/libc-start.c", 1);
	assert_int_equal(canvas->links_length, 2);
	links_uri("/a.c", 1, uri, sizeof uri);
	written[0] = 0;
	links_put(canvas, changed, false, collect, NULL);
	snprintf(expected, sizeof expected,
		 "\0337\033[2;3H\033]8;;%s\033\\\033[0ma\033[0m.\033[0mc\033]8;;\033\\\0338", uri);
	assert_string_equal(written, expected);
	canvas_clear(canvas);
	assert_int_equal(canvas->links_length, 0);
	canvas_free(canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_terminals_that_have_links_are_known, bare),
		cmocka_unit_test_setup(test_what_stands_between_decides, bare),
		cmocka_unit_test_setup(test_nothing_in_a_name_steers_the_terminal, bare),
		cmocka_unit_test_setup(test_a_link_is_what_stands_there_once_more, bare),
	};
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
