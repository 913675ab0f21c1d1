/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of scrolling, at its edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tui/base/list.h"

static void assert_sane(const struct list *list)
{
	assert_true(list->length ? list->selected < list->length : list->selected == 0);
	assert_true(list->selected >= list->top &&
		    list->selected < list->top + list->height);
	assert_true(list->top == 0 || list->top + list->height <= list->length);
}

static void moves_stay_inside(void **state)
{
	static const enum action actions[] = {ACTION_UP, ACTION_DOWN, ACTION_PAGE_UP,
					      ACTION_PAGE_DOWN, ACTION_HOME, ACTION_END};
	uint32_t random = 1;
	(void)state;
	for (size_t length = 0; length < 40; length += 3)
		for (size_t height = 0; height < 12; height++) {
			struct list list = {0};
			list_fit(&list, length, height);
			for (int i = 0; i < 200; i++) {
				random = random * 1103515245 + 12345;
				assert_true(list_move(
					&list,
					actions[random >> 16 & 1023 ? (random >> 16) % 6
								    : 0]));
				assert_sane(&list);
			}
			list_fit(&list, length / 2, height / 2);
			assert_sane(&list);
		}
}

static void pages(void **state)
{
	struct list list = {0};
	(void)state;
	list_fit(&list, 100, 10);
	list_move(&list, ACTION_PAGE_DOWN);
	assert_int_equal(list.selected, 9);
	list_move(&list, ACTION_DOWN);
	assert_int_equal(list.top, 1);
	list_move(&list, ACTION_END);
	assert_int_equal(list.top, 90);
	assert_int_equal(list_at(&list, 9), 99);
	assert_int_equal(list_at(&list, 10), SIZE_MAX);
	assert_false(list_move(&list, ACTION_QUIT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_stay_inside),
		cmocka_unit_test(pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
