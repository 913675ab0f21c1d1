/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions that would take all memory are told from those that only look long. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <regex.h>
#include <string.h>
#include "views/filter/expression.h"

static const struct {
	const char *text;
	bool small;
} vectors[] = {
	{"", true}, {"^parse_", true}, {"a+b?c*", true}, {"(std|boost)::.*<[^>]+>", true},
	{"a++++++", true}, {"((((a+)+)+)+)+", true}, {"a{1000}", true}, {"a{2,3}{4}", true},
	{"a{5000}", false}, {"a{500}{500}", false}, {"(a{100}){100}", false},
	{"a++++++++++++++++++++++++++++++++++++++++", false},
	{"((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+", false},
	{"a{1,99999999999999999999}", false}, {"(a|b|c)*{30}{30}", false},
	/* What only looks like a repeat is none. */
	{"[+++++++++++++++]{9}", true}, {"\\+\\+\\+\\{999999", true},
	{"[]+{99999}]", true}, {"[^]+{99999}]", true}, {"[[:alpha:]+{99999}]", true},
	{"[[.].]{99999}]", true}, {"[[=", true}, {"[[", true}, {"{", true}, {"\\", true},
	{"^/********", true}, {"^/*********", false}, {"a*+?a*b*c*d*e*f*", true}, {")", true}, {"a{2", true}, {"(", true},
};

static void test_vectors(void **state)
{
	regex_t compiled;

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		if (expression_is_small(vectors[i].text) != vectors[i].small)
			fail_msg("'%s'", vectors[i].text);
		if (vectors[i].small &&
		    !regcomp(&compiled, vectors[i].text, REG_EXTENDED | REG_NOSUB))
			regfree(&compiled);
	}
}

static void test_limits(void **state)
{
	char text[EXPRESSION_BYTES + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[EXPRESSION_BYTES] = '\0';
	assert_true(expression_is_small(text));
	text[EXPRESSION_BYTES] = 'a';
	text[EXPRESSION_BYTES + 1] = '\0';
	assert_false(expression_is_small(text));
	memset(text, '(', 100);
	text[100] = '\0';
	assert_false(expression_is_small(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors),
					   cmocka_unit_test(test_limits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
