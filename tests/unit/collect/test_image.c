/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one image says of itself, while its segment is there and afterwards, with a
 * control page that a target may have written over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <sys/resource.h>
#include <unistd.h>
#include "tests/unit/collect/traced_fixture.h"
#include "tracer/wire/quiet.h"

static struct family *family;
static struct traced it;

static int begin(void **state)
{
	(void)state;
	family = family_new(NULL, "");
	it = traced_with(family, (struct image_options){
		.inside = 42, .segment = { .nframe = 8, .python_nframe = 16 },
	});
	return 0;
}

static int end(void **state)
{
	(void)state;
	image_free(it.image);
	family_free(family);
	return 0;
}

static struct image_counts counts(void)
{
	struct image_counts counts;

	image_counts(it.image, &counts);
	return counts;
}

static void test_what_the_control_page_said_outlives_the_segment(void **state)
{
	(void)state;
	it.control->truncated = 3;
	it.control->irregular = 4;
	it.control->private_bytes = 5;
	it.control->python_version = 0x30b;
	it.control->quiet = WIRE_QUIET;
	it.control->lost[WIRE_LOST_ALLOCATION] = 6;
	it.control->lost[WIRE_LOST_FREE] = 7;
	strcpy(it.control->unseen, "libgone.so");
	traced_acquire(&it, 0, 1, 64, 10, 0);
	drain_round(it.image->drain, true);
	image_close(it.image);
	assert_null(it.image->segment);
	assert_int_equal(counts().truncated, 3);
	assert_int_equal(counts().irregular, 4);
	assert_int_equal(counts().tracer_bytes, 5);
	assert_int_equal(counts().filtered, 1);
	assert_string_equal(counts().unseen, "libgone.so");
	assert_int_equal(image_python(it.image), 0x30b);
	assert_int_equal(traced_totals(&it).lost_allocations, 6);
	assert_int_equal(traced_totals(&it).lost_frees, 7);
	assert_int_equal(traced_totals(&it).truncated, 3);
	assert_int_equal(traced_totals(&it).current, 10);
	image_close(it.image);          /* a second time does nothing */
	assert_int_equal(counts().truncated, 3);
}

static void test_an_image_whose_tracer_never_began_is_unborn(void **state)
{
	(void)state;
	it.control->stamp_base = 0;
	assert_true(counts().unborn);
	it.control->stamp_base = 1;
	assert_false(counts().unborn);
	segment_ticks(it.image->segment);
	it.control->stamp_base = 0;     /* who once began did begin */
	assert_false(counts().unborn);
}

static void test_only_the_process_itself_can_be_in_an_exec(void **state)
{
	(void)state;
	assert_false(counts().leaving);
	it.control->leaving = 41;       /* a vfork'ed child's */
	assert_false(counts().leaving);
	it.control->leaving = 42;
	assert_true(counts().leaving);
	it.image->inside = 0;
	it.control->leaving = 0;
	assert_false(counts().leaving);
}

static void test_a_name_without_an_end_is_cut(void **state)
{
	(void)state;
	memset(it.control->unseen, 'x', sizeof(it.control->unseen));
	assert_int_equal(strlen(counts().unseen), sizeof(it.control->unseen) - 1);
}

static void test_a_referee_that_nobody_asked_for_is_not_believed(void **state)
{
	(void)state;
	it.control->referee_stacks = 7;
	it.control->referee_wrong = 8;
	assert_int_equal(counts().referee_stacks, 0);
	assert_int_equal(counts().referee_wrong, 0);
	it.image->referee = true;
	assert_int_equal(counts().referee_wrong, 8);
}

static void test_a_pause_changes_only_what_is_on(void **state)
{
	(void)state;
	assert_false(image_pause(it.image, false));
	assert_true(image_pause(it.image, true));
	assert_true(image_paused(it.image));
	assert_false(image_pause(it.image, true));
	assert_true(image_pause(it.image, false));
	assert_false(image_paused(it.image));
	it.control->state = WIRE_STOPPED;       /* memtop itself has stopped it for good */
	assert_false(image_pause(it.image, true));
	assert_false(image_pause(it.image, false));
	assert_int_equal(it.control->state, WIRE_STOPPED);
}

static void test_an_image_with_python_shows_pythons_depth(void **state)
{
	struct snapshot *snapshot = image_freeze(it.image, MOMENT_LIVE);

	(void)state;
	assert_int_equal(snapshot->nframe, 8);
	snapshot_release(snapshot);
	it.control->python_version = 0x30b;
	snapshot = image_freeze(it.image, MOMENT_LIVE);
	assert_int_equal(snapshot->nframe, 16);
	assert_int_equal(snapshot->process, 1);
	snapshot_release(snapshot);
}

static void test_the_first_image_alone_has_the_catalogs_ids(void **state)
{
	struct traced second = traced_with(family, (struct image_options){ .process = 2 });

	(void)state;
	assert_null(mirror_known(it.image->mirror)->ids);
	assert_non_null(mirror_known(second.image->mirror)->ids);
	assert_int_equal(it.image->number, 1);
	assert_int_equal(second.image->number, 2);
	assert_int_equal(second.control->image, 2);
	image_free(second.image);
}

/* Bit 0: blocks of trace 1, bit 1: of all. */
static uint64_t keeps(void *user, struct catalog *catalog, uint32_t nframe,
		      const struct snapshot_row *row)
{
	unsigned frames = 0;
	struct trace_id parent;
	struct site_id site;

	assert_int_equal(nframe, 64);
	++*(unsigned *)user;
	/* Parts are told by names, so those are there. */
	if (catalog_trace(catalog, row->trace, &parent, &site))
		assert_non_null(catalog_site_frames(catalog, site, &frames));
	return 2 | (row->trace.v == 1);
}

static void test_a_part_is_asked_for_once_a_stack_and_keeps_its_own_peak(void **state)
{
	unsigned asked = 0;
	struct family *own = family_new(NULL, "");
	struct traced traced = traced_with(own, (struct image_options){
		.parts = { .length = 2, .keeps = keeps, .user = &asked },
	});

	(void)state;
	symbolizer_on_demand(own->symbolizer);
	traced.sites[10] = wire_site(5, 0x1234);    /* of a module that is not known */
	traced.nodes[1] = wire_node(0, 10);
	traced_acquire(&traced, 0, 1, 64, 10, 1);
	traced_acquire(&traced, 0, 2, 128, 5, 1);
	traced_release(&traced, 0, 3, 64);
	traced_acquire(&traced, 0, 4, 192, 100, 0);
	traced_release(&traced, 0, 5, 192);
	drain_round(traced.image->drain, true);
	assert_int_equal(asked, 2);
	struct snapshot *part = image_part(traced.image, 0), *all = image_part(traced.image, 1);

	assert_int_equal(part->totals.peak, 15);
	assert_int_equal(all->totals.peak, 105);
	assert_null(image_part(traced.image, 2));
	assert_null(image_part(it.image, 0));
	snapshot_release(part);
	snapshot_release(all);
	image_free(traced.image);
	family_free(own);
}

static void test_an_image_for_which_there_is_no_descriptor_is_refused(void **state)
{
	const struct image_options options = {
		.segment = { .nframe = 8, .max_traces = TRACED_TRACES }, .family = family,
		.call = no_call,
	};
	struct image *image = NULL;
	struct rlimit before, none;
	struct error error;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	int result = image_new(&image, &options, &error);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(result, -1);
	assert_null(image);
	assert_int_equal(error.status, 125);
	assert_non_null(strstr(error.text, "segment"));
	/* The next one is none the worse for it. */
	assert_int_equal(image_new(&image, &options, &error), 0);
	image_free(image);
}

static void test_what_was_settled_and_never_fetched_goes_with_the_image(void **state)
{
	struct traced traced = traced_with(family, (struct image_options){ .process = 2 });
	const struct wire_stack stack = { .head = { sizeof(stack), 0 } };

	(void)state;
	traced_record(&traced, 0, WIRE_ACQUIRE_STACK, 1, &stack, sizeof(stack));
	drain_round(traced.image->drain, true);
	image_name(traced.image, 1e9);
	assert_int_equal(traced_totals(&traced).blocks, 1);
	assert_int_equal(traced.image->settled_length, 1);
	image_free(traced.image);       /* ASan says whether it was let go */
	traced_record(&it, 0, WIRE_ACQUIRE_STACK, 1, &stack, sizeof(stack));
	drain_round(it.image->drain, true);
	image_name(it.image, 1e9);
	/* Its stack was empty; the block goes wherever the names thread says. */
	struct wire_event event = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, 1, 64, 8, 1);

	it.sites[10] = wire_site(0, 0x1234);
	it.nodes[1] = wire_node(0, 10);
	assert_true(mirror_event(it.image->mirror, mirror_known(it.image->mirror),
				 &event));
	assert_int_equal(it.image->settled_length, 1);
	it.image->settled[0].trace = (struct trace_id){ 1 };
	image_settle(it.image);
	assert_int_equal(it.image->settled_length, 0);
	struct snapshot *snapshot = image_freeze(it.image, MOMENT_LIVE);

	assert_int_equal(snapshot->rows_length, 1);
	assert_int_equal(snapshot->rows[0].trace.v, 1);
	assert_int_equal(snapshot->rows[0].figures->now.count, 1);
	snapshot_release(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(what_the_control_page_said_outlives_the_segment),
		TEST(an_image_whose_tracer_never_began_is_unborn),
		TEST(only_the_process_itself_can_be_in_an_exec),
		TEST(a_name_without_an_end_is_cut),
		TEST(a_referee_that_nobody_asked_for_is_not_believed),
		TEST(a_pause_changes_only_what_is_on),
		TEST(an_image_with_python_shows_pythons_depth),
		TEST(the_first_image_alone_has_the_catalogs_ids),
		TEST(a_part_is_asked_for_once_a_stack_and_keeps_its_own_peak),
		TEST(an_image_for_which_there_is_no_descriptor_is_refused),
		TEST(what_was_settled_and_never_fetched_goes_with_the_image),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
