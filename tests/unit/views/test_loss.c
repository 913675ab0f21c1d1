/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lost events do to the figures, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "views/text/loss.h"

static void expect(struct totals totals, const char *text, const char *bound)
{
	char got[LOSS_MAX];

	loss_text(&totals, got);
	assert_string_equal(got, text);
	assert_string_equal(loss_bound(&totals), bound);
}

static void test_words(void **state)
{
	(void)state;
	expect((struct totals){ 0 }, "lost 0 events", "");
	expect((struct totals){ .lost = 1 }, "lost 1 event", "");
	expect((struct totals){ .lost = 3, .lost_allocations = 2, .lost_frees = 1 },
	       "lost 3 events (2 allocations, 1 free)", "what is shown as live is a lower bound");
	expect((struct totals){ .lost = 7, .lost_frees = 7, .unended = 1 },
	       "lost 7 events (0 allocations, 7 frees)", "what is shown as live is an upper bound");
	expect((struct totals){ .lost = 9, .lost_allocations = 1, .lost_frees = 7, .unended = 7 },
	       "lost 9 events (1 allocation, 7 frees)",
	       "what is shown as live may be too little or too much");
	/* The longest numbers fit. */
	expect((struct totals){ .lost = UINT64_MAX, .lost_allocations = UINT64_MAX,
				.lost_frees = UINT64_MAX },
	       "lost 18446744073709551615 events (18446744073709551615 allocations, "
	       "18446744073709551615 frees)", "what is shown as live is a lower bound");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
