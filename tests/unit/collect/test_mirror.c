/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tracer's tables as a target has written them: which stacks are believed, what an
 * entry costs and means, and when two images' stacks are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tests/unit/collect/traced_fixture.h"
#include "tracer/heap/catalog/stack.h"

#define DEEPEST (8 * 64 + 1024)         /* nodes of a chain: mirror.c, at 64 frames */

#define MET 4000u                       /* traces of a target that writes what it likes */

static struct family *family;
static struct traced it, other;

static int begin(void **state)
{
	(void)state;
	family = family_new(NULL, "");
	it = traced_new(family);
	other = (struct traced){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	image_free(other.image);
	image_free(it.image);
	family_free(family);
	return 0;
}

/* What the catalog calls a trace of this image; TRACE_REFUSED: it is not believed. */
#define TRACE_REFUSED UINT32_MAX

static uint32_t met(const struct traced *traced, uint32_t trace)
{
	struct wire_event event = wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, 1, 64, 8, trace);
	const struct mirror_known *known = mirror_known(traced->image->mirror);
	bool good = mirror_event(traced->image->mirror, known, &event);

	assert_int_equal(wire_event_address(&event), 64);
	assert_int_equal(wire_event_size(&event), 8);
	if (good)
		return wire_event_trace(&event);
	assert_int_equal(wire_event_trace(&event), WIRE_TRACE_ROOT);
	return TRACE_REFUSED;
}

/* The trace's offsets, newest first: "30 20 10". */
static const char *offsets(uint32_t trace)
{
	static char text[128];
	struct trace_id id = { trace };
	struct site_id site;
	size_t at = 0;

	*text = '\0';
	while (catalog_trace(family->catalog, id, &id, &site) && at < sizeof(text) - 32)
		at += (size_t)sprintf(text + at, "%s%llx", at ? " " : "", (unsigned long long)
				      catalog_site(family->catalog, site).offset);
	return text;
}

/* Sites 10..12 at 0x10..0x30 of module 1, traces 1..3 one over the other. */
static void write_stack(struct traced *traced, const char *path, uint8_t build_id)
{
	traced_module(traced, 1, path, build_id);
	for (uint32_t i = 0; i < 3; i++) {
		traced->sites[10 + i] = wire_site(1, 0x10 * (i + 1));
		traced->nodes[1 + i] = wire_node(i, 10 + i);
	}
}

static void test_a_stack_is_learnt_with_all_its_callers(void **state)
{
	(void)state;
	write_stack(&it, "/bin/worker", 1);
	assert_int_equal(met(&it, 3), 3);
	assert_string_equal(offsets(3), "30 20 10");
	assert_string_equal(offsets(2), "20 10");
	struct site site = catalog_site(family->catalog, (struct site_id){ 12 });
	struct module module = catalog_module(family->catalog, site.module);

	assert_string_equal(catalog_text(family->catalog, module.path), "/bin/worker");
	assert_string_equal(catalog_text(family->catalog, module.name), "worker");
	assert_int_equal(met(&it, WIRE_TRACE_ROOT), WIRE_TRACE_ROOT);
}

static void test_a_caller_that_is_not_older_refuses_the_stack(void **state)
{
	(void)state;
	write_stack(&it, "/bin/worker", 1);
	it.nodes[4] = wire_node(4, 10);         /* its own caller */
	it.nodes[5] = wire_node(6, 10);         /* two that call each other */
	it.nodes[6] = wire_node(5, 10);
	it.nodes[7] = wire_node(UINT32_MAX, 10);
	for (uint32_t i = 4; i <= 7; i++)
		assert_int_equal(met(&it, i), TRACE_REFUSED);
	assert_int_equal(met(&it, 3), 3);
}

static void test_a_trace_that_was_never_written_is_refused(void **state)
{
	(void)state;
	write_stack(&it, "/bin/worker", 1);
	it.nodes[9] = wire_node(8, 10);         /* over one that is empty */
	assert_int_equal(met(&it, 8), TRACE_REFUSED);
	assert_int_equal(met(&it, 9), TRACE_REFUSED);
	/* It may come yet. */
	it.nodes[8] = wire_node(1, 11);
	assert_int_equal(met(&it, 9), 9);
	assert_string_equal(offsets(9), "10 20 10");
}

static void test_a_trace_beyond_the_table_is_refused(void **state)
{
	(void)state;
	assert_int_equal(met(&it, TRACED_TRACES), TRACE_REFUSED);
	assert_int_equal(met(&it, ~WIRE_TRACE_FULL), TRACE_REFUSED);
	assert_int_equal(met(&it, UINT32_MAX), TRACE_REFUSED);
}

static void test_a_site_that_is_not_there_refuses_its_stack(void **state)
{
	(void)state;
	it.nodes[1] = wire_node(0, 20);                 /* never written */
	it.nodes[2] = wire_node(0, UINT32_MAX);         /* beyond all */
	it.nodes[3] = wire_node(0, TRACED_TRACES);
	for (uint32_t i = 1; i <= 3; i++)
		assert_int_equal(met(&it, i), TRACE_REFUSED);
}

static void test_reasons_of_a_cut_need_no_site(void **state)
{
	(void)state;
	it.nodes[1] = wire_node(0, WIRE_CUT_JIT);
	assert_int_equal(met(&it, 1), 1);
	assert_int_equal(stack_cut(family->catalog, (struct trace_id){ 1 }, false), CUT_JIT);
	/* Nor in an image whose numbers are its own. */
	other = traced_with(family, (struct image_options){ .process = 2 });
	other.nodes[1] = wire_node(0, WIRE_CUT_COROUTINE);
	struct trace_id trace = { met(&other, 1) };

	assert_int_equal(stack_cut(family->catalog, trace, false), CUT_COROUTINE);
}

/* It counts as no call, so that a chain of them would have no depth. */
static void test_a_cut_stands_at_the_root_alone(void **state)
{
	(void)state;
	it.sites[10] = wire_site(0, 0x10);
	it.nodes[1] = wire_node(0, WIRE_CUT_JIT);
	it.nodes[2] = wire_node(1, WIRE_CUT_JIT);
	it.nodes[3] = wire_node(1, 10);
	it.nodes[4] = wire_node(3, WIRE_CUT_NFRAME);
	it.nodes[5] = wire_node(4, 10);
	assert_int_equal(met(&it, 2), TRACE_REFUSED);
	assert_int_equal(met(&it, 5), TRACE_REFUSED);
	assert_int_equal(met(&it, 4), TRACE_REFUSED);
	assert_int_equal(met(&it, 3), 3);
}

static void test_a_chain_is_no_deeper_than_any_tracer_makes_it(void **state)
{
	(void)state;
	it.sites[10] = wire_site(0, 0x10);
	for (uint32_t i = 1; i <= DEEPEST + 2; i++)
		it.nodes[i] = wire_node(i - 1, 10);
	/* One that is deeper still leaves nothing behind. */
	assert_int_equal(met(&it, DEEPEST + 2), TRACE_REFUSED);
	assert_string_equal(offsets(1), "");
	/* All at once, and one over a deepest one that is known. */
	assert_int_equal(met(&it, DEEPEST + 1), TRACE_REFUSED);
	assert_int_equal(met(&it, DEEPEST), DEEPEST);
	assert_int_equal(met(&it, DEEPEST + 1), TRACE_REFUSED);
}

static void test_a_table_that_grows_under_its_mirror_is_read_on(void **state)
{
	uint32_t there = (uint32_t)(it.control->ready[WIRE_TRACES] / sizeof(uint64_t));

	(void)state;
	it.sites[10] = wire_site(0, 0x10);
	for (uint32_t i = 1; i < there; i++)
		it.nodes[i] = wire_node(0, 10);
	it.control->traces = there;
	assert_int_equal(met(&it, there - 1), there - 1);
	/* Beyond what is allocated, also where the target says that it is. */
	it.control->ready[WIRE_TRACES] = it.control->limit[WIRE_TRACES];
	assert_int_equal(met(&it, there), TRACE_REFUSED);
	assert_true(segment_grow(it.image->segment));
	it.nodes[there] = wire_node(there - 1, 10);
	assert_int_equal(met(&it, there), there);
	assert_string_equal(offsets(there), "10 10");
}

static void test_what_was_learnt_once_is_not_read_again(void **state)
{
	(void)state;
	write_stack(&it, "/bin/worker", 1);
	assert_int_equal(met(&it, 3), 3);
	it.nodes[3] = it.nodes[2] = wire_node(900, 900);
	it.sites[12] = wire_site(1, 0x999);
	assert_int_equal(met(&it, 3), 3);
	it.nodes[4] = wire_node(3, 12);
	assert_int_equal(met(&it, 4), 4);
	assert_string_equal(offsets(4), "30 30 20 10");
}

static void test_a_stack_that_found_no_room_is_its_older_part_and_says_so(void **state)
{
	uint32_t full;

	(void)state;
	write_stack(&it, "/bin/worker", 1);
	full = met(&it, 3 | WIRE_TRACE_FULL);
	assert_true(full >= TRACE_OURS);
	assert_string_equal(offsets(full), "0 30 20 10");
	assert_int_equal(stack_cut(family->catalog, (struct trace_id){ full }, false), CUT_FULL);
	assert_int_equal(met(&it, 3 | WIRE_TRACE_FULL), full);
	assert_int_equal(met(&it, 3), 3);
	assert_int_equal(met(&it, 50 | WIRE_TRACE_FULL), TRACE_REFUSED);
}

static void test_equal_stacks_of_two_images_are_one_trace(void **state)
{
	(void)state;
	write_stack(&it, "/bin/worker", 1);
	other = traced_with(family, (struct image_options){ .process = 2 });
	/* The same code, in another order of modules, sites and nodes. */
	traced_module(&other, 1, "/lib/other.so", 9);
	traced_module(&other, 2, "/bin/worker", 1);
	other.sites[30] = wire_site(2, 0x10);
	other.sites[20] = wire_site(2, 0x20);
	other.sites[21] = wire_site(1, 0x20);
	other.nodes[5] = wire_node(0, 30);
	other.nodes[6] = wire_node(5, 20);
	other.nodes[7] = wire_node(5, 21);
	assert_int_equal(met(&it, 2), 2);
	assert_int_equal(met(&other, 6), 2);
	assert_int_equal(met(&other, 5), 1);
	assert_int_equal(met(&other, 6), 2);
	/* The same offsets of another file are not. */
	uint32_t apart = met(&other, 7);

	assert_true(apart >= TRACE_OURS);
	assert_string_equal(offsets(apart), "20 10");
}

static void test_files_that_only_share_a_path_are_not_the_same(void **state)
{
	(void)state;
	write_stack(&it, "/bin/worker", 0);     /* no build-id */
	other = traced_with(family, (struct image_options){ .process = 2 });
	write_stack(&other, "/bin/worker", 0);
	assert_int_equal(met(&it, 3), 3);
	assert_true(met(&other, 3) >= TRACE_OURS);
	image_free(other.image);
	other = traced_with(family, (struct image_options){ .process = 3 });
	write_stack(&other, "/bin/worker", 2);
	assert_true(met(&other, 3) >= TRACE_OURS);
}

static void test_the_second_image_may_come_first(void **state)
{
	uint32_t first;

	(void)state;
	other = traced_with(family, (struct image_options){ .process = 2 });
	write_stack(&other, "/bin/worker", 1);
	write_stack(&it, "/bin/worker", 1);
	first = met(&other, 3);
	assert_true(first >= TRACE_OURS);
	assert_int_equal(met(&it, 3), 3);       /* its numbers are the catalog's own, so ... */
	assert_string_equal(offsets(first), "30 20 10");
	assert_int_equal(met(&other, 3), first);        /* ... what had one keeps it */
}

static void test_a_module_that_is_not_published_names_no_file(void **state)
{
	struct site site;

	(void)state;
	write_stack(&it, "/bin/worker", 1);
	it.modules[1].published = 0;
	assert_int_equal(met(&it, 1), 1);
	site = catalog_site(family->catalog, (struct site_id){ 10 });
	assert_int_equal(site.module.v, 0);
	assert_int_equal(site.offset, 0x10);
	it.modules[1].published = 1;
	it.modules[1].path = UINT64_MAX - 1;    /* outside of all texts */
	assert_int_equal(met(&it, 2), 2);
	assert_int_equal(catalog_site(family->catalog, (struct site_id){ 11 }).module.v, 0);
}

static void test_an_address_in_two_modules_is_in_neither(void **state)
{
	(void)state;
	traced_module(&it, 1, "/lib/a.so.1", 1);
	traced_module(&it, 2, "/lib/b.so.1", 2);
	struct module_id only = mirror_module_at(it.image->mirror, 0x10000, NULL);

	assert_true(only.v != 0);
	assert_int_equal(mirror_module_at(it.image->mirror, 0x1ffff, NULL).v, only.v);
	assert_int_equal(mirror_module_at(it.image->mirror, 0x30000, NULL).v, 0);
	it.modules[2].start = 0x18000;
	assert_int_equal(mirror_module_at(it.image->mirror, 0x17fff, NULL).v, only.v);
	assert_int_equal(mirror_module_at(it.image->mirror, 0x18000, NULL).v, 0);
	/* Whoever knows the file decides, by its name before ".so". */
	assert_int_equal(mirror_module_at(it.image->mirror, 0x10000, "/usr/lib/a.so.1.2").v,
			 only.v);
	assert_int_not_equal(mirror_module_at(it.image->mirror, 0x10000, "/lib/d.so").v, only.v);
	struct module_id file = mirror_module_at(it.image->mirror, 0x18000, "/lib/c.so");

	assert_true(file.v && file.v != only.v);
	assert_int_equal(mirror_module_at(it.image->mirror, 0x18000, "/lib/c.so").v, file.v);
}

static void test_a_python_frame_whose_name_lies_outside_refuses_its_stack(void **state)
{
	struct wire_python *record = (void *)(it.blobs + 64);
	struct frame frame;
	unsigned n;

	(void)state;
	memcpy(it.blobs, "mod.pyrun", 9);
	*record = (struct wire_python){ .file = 0, .file_length = 6, .function = UINT32_MAX,
					.function_length = 3 };
	it.sites[10] = wire_python_site(64, 77);
	it.nodes[1] = wire_node(0, 10);
	assert_int_equal(met(&it, 1), TRACE_REFUSED);
	it.sites[11] = wire_python_site(UINT64_C(1) << 24, 77);
	it.nodes[2] = wire_node(0, 11);
	assert_int_equal(met(&it, 2), TRACE_REFUSED);
	record->function = 6;
	assert_int_equal(met(&it, 1), 1);
	frame = catalog_frame(family->catalog, *catalog_site_frames(family->catalog,
								   (struct site_id){ 10 }, &n));
	assert_int_equal(n, 1);
	assert_string_equal(catalog_text(family->catalog, frame.function), "run");
	assert_string_equal(catalog_text(family->catalog, frame.file), "mod.py");
	assert_int_equal(frame.line, 77);
}

/* A Python frame's record `n` of those at 96 KiB, and trace n + 1 of that frame alone:
 * its function's name is at an offset, its file has none. */
static void write_python(struct traced *traced, uint32_t n, uint32_t function, uint32_t length)
{
	uint32_t at = (96u << 10) + n * (uint32_t)sizeof(struct wire_python);
	struct wire_python *record = (void *)(traced->blobs + at);

	*record = (struct wire_python){ .function = function, .function_length = length };
	traced->sites[100 + n] = wire_python_site(at, 1);
	traced->nodes[1 + n] = wire_node(0, 100 + n);
}

static void test_a_python_name_that_is_very_long_is_cut(void **state)
{
	struct frame frame;
	unsigned n;

	(void)state;
	memset(it.blobs, 'x', 5000);
	write_python(&it, 0, 0, 5000);
	assert_int_equal(met(&it, 1), 1);
	frame = catalog_frame(family->catalog, *catalog_site_frames(family->catalog,
								   (struct site_id){ 100 }, &n));
	assert_int_equal(strlen(catalog_text(family->catalog, frame.function)), 4096);
}

/* A target could make each of a few bytes the beginning of a name of its own. */
static void test_names_that_lie_over_one_another_are_no_longer_than_their_region(void **state)
{
	uint32_t most = (uint32_t)(segment_blobs(it.image->segment) / 4096), n = 0;

	(void)state;
	for (uint32_t i = 0; i < 4096 + most; i++)
		it.blobs[i] = (uint8_t)('a' + (i * i >> 5) % 26);
	while (n <= most) {
		write_python(&it, n, n, 4096);
		if (met(&it, n + 1) == TRACE_REFUSED)
			break;
		n++;
	}
	assert_int_equal(n, most);
}

static void test_a_python_frame_is_no_code_at_the_address_of_its_number(void **state)
{
	unsigned n;

	(void)state;
	other = traced_with(family, (struct image_options){ .process = 2 });
	memcpy(other.blobs, "run", 3);
	write_python(&other, 0, 0, 3);
	struct trace_id python = { met(&other, 1) }, parent;
	struct site_id site;

	assert_true(catalog_trace(family->catalog, python, &parent, &site));
	other.sites[200] = wire_site(0, catalog_site_frames(family->catalog, site, &n)->v);
	other.nodes[2] = wire_node(0, 200);
	assert_int_not_equal(met(&other, 2), python.v);
}

/* Mostly long chains; but callers may be newer, and sites may be none or stand for no code. */
static uint64_t any_node(uint32_t trace)
{
	uint32_t parent = pick(8) ? trace - 1 : (uint32_t)pick(trace + 3);

	return wire_node(pick(64) ? parent : 0, pick(64) ? 10 + (uint32_t)pick(3) :
						 (uint32_t)pick(16));
}

/* A trace that is believed is a stack: it ends, its depth is that of its calls, and it is
 * cut by its oldest node alone. */
static void is_a_stack(uint32_t trace)
{
	struct trace_id id = { trace }, parent;
	struct site_id site;
	uint32_t nodes = 0, calls = 0;

	for (; catalog_trace(family->catalog, id, &parent, &site); id = parent) {
		assert_true(site.v && nodes++ <= DEEPEST);
		calls += site.v >= CUTS;
		assert_true(!parent.v || site.v >= WIRE_SITE_FIRST);
		assert_true(parent.v < id.v || id.v >= TRACE_OURS);
	}
	assert_int_equal(id.v, 0);
	assert_int_equal(catalog_depth(family->catalog, (struct trace_id){ trace }), calls);
}

/* A target that writes what it likes, while its table is read. */
static void test_whatever_is_written_what_is_believed_are_stacks(void **state)
{
	static uint32_t means[2][MET];

	(void)state;
	write_stack(&it, "/bin/worker", 1);
	other = traced_with(family, (struct image_options){ .process = 2 });
	write_stack(&other, "/bin/worker", 1);
	for (unsigned i = 0; i < 20000; i++) {
		bool second = pick(2);
		struct traced *traced = second ? &other : &it;
		uint32_t trace = 1 + (uint32_t)pick(MET - 1), id;

		for (uint32_t k = 0; k < 8; k++)
			if (trace > k)
				traced->nodes[trace - k] = any_node(trace - k);
		id = met(traced, trace);
		/* A trace never changes its meaning. */
		assert_true(!means[second][trace] || means[second][trace] == id);
		if (id == TRACE_REFUSED)
			continue;
		means[second][trace] = id;
		is_a_stack(id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
		TEST(a_stack_is_learnt_with_all_its_callers),
		TEST(a_caller_that_is_not_older_refuses_the_stack),
		TEST(a_trace_that_was_never_written_is_refused),
		TEST(a_trace_beyond_the_table_is_refused),
		TEST(a_site_that_is_not_there_refuses_its_stack),
		TEST(reasons_of_a_cut_need_no_site),
		TEST(a_python_name_that_is_very_long_is_cut),
		TEST(names_that_lie_over_one_another_are_no_longer_than_their_region),
		TEST(a_python_frame_is_no_code_at_the_address_of_its_number),
		TEST(a_cut_stands_at_the_root_alone),
		TEST(a_chain_is_no_deeper_than_any_tracer_makes_it),
		TEST(a_table_that_grows_under_its_mirror_is_read_on),
		TEST(what_was_learnt_once_is_not_read_again),
		TEST(a_stack_that_found_no_room_is_its_older_part_and_says_so),
		TEST(equal_stacks_of_two_images_are_one_trace),
		TEST(files_that_only_share_a_path_are_not_the_same),
		TEST(the_second_image_may_come_first),
		TEST(a_module_that_is_not_published_names_no_file),
		TEST(an_address_in_two_modules_is_in_neither),
		TEST(a_python_frame_whose_name_lies_outside_refuses_its_stack),
		TEST(whatever_is_written_what_is_believed_are_stacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
