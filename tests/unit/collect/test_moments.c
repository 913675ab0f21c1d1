/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is added up over all processes while one of them ends: it counts once.  The run has
 * no keeper, door or recording, and the test writes to its two images; a process ends just
 * before, or just after, its elder's figures are asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <semaphore.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/collect/traced_fixture.h"
#include "tracer/collect/run/moments/moments.h"

static struct course *course;
static struct roster *roster;
static struct moments_parts parts;
static struct moments *moments;
static struct reader *reader;
static struct traced one, two;
static bool ends;                       /* process 2 does, once it can be frozen no more */
static _Atomic bool held;               /* what it leaves is handed over, but waits here: */
static sem_t begun, over;

struct snapshot *__real_estate_sum(struct estate *estate, bool peak);
struct snapshot *__wrap_estate_sum(struct estate *estate, bool peak);
struct part_peak __real_estate_part(struct estate *estate, unsigned part);
struct part_peak __wrap_estate_part(struct estate *estate, unsigned part);
void __real_reader_catch_up(struct reader *r);
void __wrap_reader_catch_up(struct reader *r);

static void end_second(void)
{
	if (ends)
		reader_end(reader, 2, false);
	ends = false;
}

struct snapshot *__wrap_estate_sum(struct estate *estate, bool peak)
{
	end_second();
	return __real_estate_sum(estate, peak);
}

struct part_peak __wrap_estate_part(struct estate *estate, unsigned part)
{
	struct part_peak peak = __real_estate_part(estate, part);

	if (atomic_exchange(&held, false))
		sem_post(&over);
	end_second();
	return peak;
}

/* The reader's thread answers nobody while it hands over. */
void __wrap_reader_catch_up(struct reader *r)
{
	if (atomic_exchange(&held, false))
		sem_post(&over);
	__real_reader_catch_up(r);
}

static void changed(void *user) { (void)user; }

static void ended(void *user, struct image *image)
{
	(void)user;
	if (atomic_load(&held)) {
		sem_post(&begun);
		sem_wait(&over);
	}
	estate_add_part(parts.estate, 0, image_part(image, 0), image->process);
	estate_add(parts.estate, image->process, moments_last(moments, image, MOMENT_EXIT),
		   moments_last(moments, image, MOMENT_PEAK));
}

static bool gone(void *user, const struct image *parent, int32_t pid)
{
	(void)user;
	(void)parent;
	(void)pid;
	return true;
}

static uint64_t keeps(void *user, struct catalog *catalog, uint32_t nframe,
		      const struct snapshot_row *row)
{
	(void)user;
	(void)catalog;
	(void)nframe;
	(void)row;
	return 1;
}

static struct traced come(uint32_t process, uint64_t size)
{
	struct traced traced = traced_with(parts.family, (struct image_options){
		.process = process, .parts = { .length = 1, .keeps = keeps } });

	assert_true(reader_take(reader, traced.image, 0, 0));
	traced_acquire(&traced, 0, 1, 64, size, 0);
	reader_catch_up(reader);
	return traced;
}

static int begin(void **state)
{
	static const struct reader_ops ops = { .changed = changed, .ended = ended, .gone = gone };
	static char name[] = "w";
	static char *argv[] = { name, NULL };

	(void)state;
	sem_init(&begun, 0, 0);
	sem_init(&over, 0, 0);
	course = course_new();
	roster = roster_new(course, argv, 0);
	parts = (struct moments_parts){ .course = course, .roster = roster,
					.meter = meter_new(), .kept = kept_new(),
					.family = family_new(NULL, "") };
	parts.estate = estate_new(parts.family->catalog, 1);
	moments = moments_new(&parts);
	reader = reader_new(&ops, NULL);
	if (!moments || !reader)
		return -1;
	moments_connect(moments, reader, NULL);
	roster_start(roster, getpid());
	one = come(1, 100);
	two = come(2, 1000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	reader_finish(reader);
	reader_free(reader);
	moments_free(moments);
	estate_free(parts.estate);
	kept_free(parts.kept);
	meter_free(parts.meter);
	roster_free(roster);
	course_free(course);
	family_free(parts.family);
	return 0;
}

/* The second has handed over what it leaves. */
static void second_is_over(void)
{
	struct snapshot *exit;

	while (!(exit = estate_moment(parts.estate, 2, false)))
		reader_catch_up(reader);
	assert_int_equal(exit->totals.current, 1000);
	snapshot_release(exit);
}

static void all_is(const char *moment, uint64_t current)
{
	struct error error;
	struct snapshot *all = moments_find(moments, 0, moment, &error);

	assert_non_null(all);
	assert_int_equal(all->totals.allocations, 2);
	assert_int_equal(all->totals.total, 1100);
	assert_int_equal(all->totals.current, current);
	snapshot_release(all);
}

static void test_a_process_that_ends_meanwhile_counts_once(void **state)
{
	(void)state;
	all_is("live", 1100);
	ends = true;
	all_is("live", 1100);
	assert_false(ends);
	second_is_over();
	all_is("live", 100);
}

static void test_its_peak_counts_once(void **state)
{
	(void)state;
	ends = true;
	all_is("peak", 1100);
	assert_false(ends);
	second_is_over();
	all_is("peak", 1100);
}

static void part_is(uint64_t bytes)
{
	size_t process;
	uint64_t sum;
	struct snapshot *highest = moments_part_peak(moments, 0, &process, &sum);

	assert_non_null(highest);
	assert_int_equal(highest->totals.peak_ever, 1000);
	assert_int_equal(process, 1);
	assert_int_equal(sum, bytes);
	snapshot_release(highest);
}

static void list_second(void)
{
	const struct meet_hello hello = { .kind = MEET_EXEC };
	const struct newcomer second = { .process = 2, .pid = 2, .ppid = getpid(), .pidfd = -1,
					 .image = two.image->number, .hello = &hello };

	assert_int_equal(roster_add(roster, &second), 2);
}

static void test_a_part_of_its_heap_is_not_missed(void **state)
{
	(void)state;
	list_second();
	part_is(1100);
	ends = true;
	part_is(1100);
	assert_false(ends);
	second_is_over();
	part_is(1100);
}

/* As above, but its part is just being handed over when all are asked for. */
static void test_a_part_that_is_under_way_is_not_missed(void **state)
{
	(void)state;
	list_second();
	reader_keep_ended(reader, true);
	reader_end(reader, 2, false);
	atomic_store(&held, true);
	reader_keep_ended(reader, false);
	sem_wait(&begun);
	part_is(1100);
	assert_false(atomic_load(&held));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_process_that_ends_meanwhile_counts_once),
		TEST(its_peak_counts_once),
		TEST(a_part_of_its_heap_is_not_missed),
		TEST(a_part_that_is_under_way_is_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
