/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a look will take is learned from the last one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tracer/collect/run/state/look_pace.h"

static const struct look_size million = { 1000000, UINT64_C(88000000), false };

static void the_first_estimate_is_no_less_than_on_an_idle_machine(void **state)
{
	struct look_pace pace = { 0 };
	struct look_size retained = million;

	(void)state;
	double seconds = look_pace_estimate(&pace, &million);

	assert_true(seconds > 0.9 && seconds < 1000);
	retained.retained = true;
	assert_true(look_pace_estimate(&pace, &retained) > 1.8);
}

static void the_next_look_takes_as_long_as_the_last_did(void **state)
{
	struct look_pace pace = { 0 };
	struct look_size more = million;

	(void)state;
	look_pace_learn(&pace, &million, 12);
	assert_true(fabs(look_pace_estimate(&pace, &million) - 12) < 0.01);
	more.retained = true;
	assert_true(fabs(look_pace_estimate(&pace, &more) - 24) < 0.01);
	more.blocks *= 2;
	more.bytes *= 2;
	assert_true(fabs(look_pace_estimate(&pace, &more) - 48) < 0.01);
	look_pace_learn(&pace, &million, 0.5);
	assert_true(fabs(look_pace_estimate(&pace, &million) - 0.5) < 0.01);
}

static void nothing_is_learned_from_what_is_mostly_waiting(void **state)
{
	struct look_pace pace = { 0 };
	const struct look_size few = { 100, 10000, false };

	(void)state;
	look_pace_learn(&pace, &million, 12);
	look_pace_learn(&pace, &few, 1);
	assert_true(fabs(look_pace_estimate(&pace, &million) - 12) < 0.01);
	look_pace_learn(&pace, &million, 1e9);
	assert_true(look_pace_estimate(&pace, &million) < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_estimate_is_no_less_than_on_an_idle_machine),
		cmocka_unit_test(the_next_look_takes_as_long_as_the_last_did),
		cmocka_unit_test(nothing_is_learned_from_what_is_mostly_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
