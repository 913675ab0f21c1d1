/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The roll as memtop reads it: a target may have written anything there. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "tracer/collect/run/roll.h"

static struct roll_page page;

static int make(void **state)
{
	struct error error;

	(void)state;
	return roll_create(&page, &error);
}

static int drop(void **state)
{
	(void)state;
	roll_close(&page);
	return page.fd == -1 && !page.roll ? 0 : -1;
}

static struct roll_entry *write_entry(unsigned index, uint64_t ticket, enum roll_kind kind)
{
	struct roll_entry *entry = &page.roll->entry[index];

	entry->state = ticket << 8 | kind;
	return entry;
}

static void test_whole(void **state)
{
	struct roll_entry *entry = write_entry(3, 7, ROLL_UNSEEN);
	struct roll_line line;

	(void)state;
	entry->pid = 12;
	entry->ppid = 5;
	entry->since = 99;
	entry->reason = ROLL_UNREACHABLE;
	entry->number = EACCES;
	strcpy(entry->program, "./tool");
	assert_true(roll_read(&page, 3, &line));
	assert_int_equal(line.kind, ROLL_UNSEEN);
	assert_int_equal(line.pid, 12);
	assert_int_equal(line.ppid, 5);
	assert_int_equal(line.since, 99);
	assert_int_equal(line.reason, ROLL_UNREACHABLE);
	assert_int_equal(line.number, EACCES);
	assert_string_equal(line.program, "./tool");
	assert_true(roll_strike(&page, 3, &line));
	assert_false(roll_read(&page, 3, &line));
}

static void test_half_written(void **state)
{
	struct roll_line line;

	(void)state;
	assert_false(roll_read(&page, 0, &line));
	write_entry(0, 1, ROLL_BUSY);
	assert_false(roll_read(&page, 0, &line));
	page.roll->entry[0].state = UINT64_MAX;
	assert_false(roll_read(&page, 0, &line));
}

/* Its writer took it back, and another one took the place. */
static void test_taken_back(void **state)
{
	struct roll_line line;

	(void)state;
	write_entry(1, 1, ROLL_STARTED);
	assert_true(roll_read(&page, 1, &line));
	write_entry(1, 2, ROLL_STARTED);
	assert_false(roll_strike(&page, 1, &line));
	assert_true(roll_read(&page, 1, &line));
	assert_true(roll_strike(&page, 1, &line));
}

static void test_nonsense(void **state)
{
	struct roll_line line;

	(void)state;
	memset(&page.roll->entry[ROLL_ENTRIES - 1], 0xff, sizeof(struct roll_entry));
	write_entry(ROLL_ENTRIES - 1, 9, ROLL_UNSEEN);
	assert_true(roll_read(&page, ROLL_ENTRIES - 1, &line));
	assert_int_equal(line.pid, 0);
	assert_int_equal(line.ppid, 0);
	assert_int_equal(line.reason, ROLL_UNKNOWN);
	assert_int_equal(line.number, 0);
	assert_int_equal(strlen(line.program), ROLL_PROGRAM - 1);
}

static void test_known(void **state)
{
	(void)state;
	for (int32_t pid = -1; pid < 1; pid++)
		roll_know(&page, pid);
	for (unsigned i = 0; i < ROLL_PIDS / 64; i++)
		assert_int_equal(page.roll->known[i], 0);
	roll_know(&page, INT32_MAX);
	assert_true(roll_knows(page.roll, INT32_MAX));
	assert_false(roll_knows(page.roll, 1));
	/* Without a roll nothing is known. */
	roll_know(&(struct roll_page){ .fd = -1 }, 7);
	assert_int_equal(roll_missed(&(struct roll_page){ .fd = -1 }), 0);
	page.roll->missed = 3;
	assert_int_equal(roll_missed(&page), 3);
}

static void test_reasons(void **state)
{
	static const int numbers[] = { 0, EACCES, ENOENT, EMFILE, ENOMSG, EAGAIN, 4095 };
	char text[256], cut[8];

	(void)state;
	for (unsigned reason = 0; reason < ROLL_REASONS; reason++)
		for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
			roll_reason_text((enum roll_reason)reason, numbers[i], text, sizeof(text));
			assert_true(strlen(text) > 10 && strlen(text) < 200);
		}
	roll_reason_text(ROLL_STATIC, 0, cut, sizeof(cut));
	assert_string_equal(cut, "statica");
	roll_reason_text(ROLL_UNMET, EMFILE, text, sizeof(text));
	assert_string_equal(text, "it could not reach memtop: it had no free file descriptor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, make, drop),
		cmocka_unit_test_setup_teardown(test_half_written, make, drop),
		cmocka_unit_test_setup_teardown(test_taken_back, make, drop),
		cmocka_unit_test_setup_teardown(test_nonsense, make, drop),
		cmocka_unit_test_setup_teardown(test_known, make, drop),
		cmocka_unit_test_setup_teardown(test_reasons, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
