/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Python's fnmatch where it differs from libc's, and where it is quaint. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "views/filter/glob.h"

static bool matches(const char *pattern, const char *text)
{
	return glob_match_bytes(pattern, strlen(pattern), text, strlen(text));
}

static const struct {
	const char *pattern, *text;
	bool matches;
} vectors[] = {
	{"[^x]", "a", false}, {"[^x]", "x", true}, {"[^x]", "^", true},
	{"[[:alpha:]]", "a", false}, {"[[:alpha:]]", "a]", true},
	{"\\*", "\\*", true}, {"\\*", "*", false},
	{"*", "a/b", true}, {"*", ".h", true}, {"*", "", true}, {"*", "a\nb", true},
	{"[z-a]", "m", false}, {"a[", "a[", true}, {"a[", "a", false},
	{"src/*.c", "src/x/a.c", true}, {"src/*.c", "/x/src/a.c", false},
	{"?", "\xc3\xa9", true}, {"??", "\xc3\xa9", false}, {"?", "\xff", true},
	{"[]a]", "]", true}, {"[!]a]", "]", false}, {"[!]a]", "b", true}, {"[]", "[]", true},
	{"[!", "[!", true}, {"[a-]", "-", true}, {"[-a]", "-", true}, {"[a-c-e]", "-", true},
	{"[a-c-e]", "d", false}, {"[--0]", ".", true},
	/* An inverted range takes its ends with it; then a "!" may come first. */
	{"[z-a!b]", "b", false}, {"[z-a!b]", "c", true}, {"[!z-a]", "q", true},
	{"[\xc3\xa0-\xc3\xbd]", "\xc3\xa9", true}, {"[a-z]", "A", false},
	{"a*b*c", "aXbYc", true}, {"a*b*c", "aXbY", false}, {"**", "x", true}, {"", "", true},
	{"", "a", false}, {"*.py", ".py", true}, {"[\xff]", "\xff", true},
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		if (matches(vectors[i].pattern, vectors[i].text) != vectors[i].matches)
			fail_msg("glob '%s' on '%s'", vectors[i].pattern, vectors[i].text);
	}
}

static void test_many_stars(void **state)
{
	char text[2001];

	(void)state;
	memset(text, 'a', 2000);
	text[2000] = '\0';
	assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors),
					   cmocka_unit_test(test_many_stars)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
