/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strings, modules, frames, sites, traces and threads: what goes in comes out,
 * equal things share an id, and wrong ids are harmless. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tracer/heap/catalog/catalog.h"
#include "tests/unit/heap/stack_frames.h"

static struct str_id text(struct catalog *c, const char *s)
{
	return catalog_intern(c, s, strlen(s));
}

static void strings(void **state)
{
	struct catalog *c = catalog_new();
	char buffer[32], *big = malloc(200000);

	(void)state;
	assert_string_equal(catalog_text(c, (struct str_id){ 0 }), "");
	assert_string_equal(catalog_text(c, (struct str_id){ 12345 }), "");
	assert_int_equal(catalog_intern(c, "x", 0).v, 0);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 5000; i++) {
			snprintf(buffer, sizeof(buffer), "string %u", i);
			assert_int_equal(text(c, buffer).v, i + 1);
		}
	assert_string_equal(catalog_text(c, (struct str_id){ 4321 }), "string 4320");
	memset(big, 'b', 199999);
	big[199999] = '\0';
	struct str_id long_one = text(c, big);

	assert_string_equal(catalog_text(c, long_one), big);
	assert_string_equal(catalog_text(c, text(c, "after it")), "after it");
	assert_int_equal(catalog_intern(c, "ab\0cd", 5).v, text(c, "ab").v);
	assert_true(catalog_bytes(c) > 200000);
	free(big);
	catalog_release(c);
}

static void modules_and_frames(void **state)
{
	struct catalog *c = catalog_new();
	struct module m = { .path = text(c, "/lib/x.so"), .name = text(c, "x.so"),
			    .build_id = { 1, 2, 3 }, .build_id_length = 20 };

	(void)state;
	assert_int_equal(catalog_modules(c), 1);
	assert_int_equal(catalog_add_module(c, &m).v, 1);
	assert_int_equal(catalog_add_module(c, &m).v, 2);
	catalog_set_reason(c, (struct module_id){ 2 }, text(c, "stripped"));
	assert_string_equal(catalog_text(c, catalog_module(c, (struct module_id){ 2 }).reason),
			    "stripped");
	assert_int_equal(catalog_module(c, (struct module_id){ 1 }).reason.v, 0);
	assert_int_equal(catalog_module(c, (struct module_id){ 77 }).path.v, 0);
	catalog_set_reason(c, (struct module_id){ 77 }, text(c, "stripped"));

	struct frame f = { .file = text(c, "/a.c"), .line = 4, .lang = LANG_C };
	uint32_t first = catalog_add_frame(c, &f).v;

	assert_int_equal(catalog_add_frame(c, &f).v, first);
	f.inlined = true;
	assert_int_not_equal(catalog_add_frame(c, &f).v, first);
	assert_int_equal(catalog_frame(c, (struct frame_id){ first }).line, 4);
	assert_false(catalog_frame(c, (struct frame_id){ first }).inlined);
	assert_int_equal(catalog_frame(c, (struct frame_id){ 99 }).line, 0);
	assert_int_equal(catalog_frames(c), 3);
	catalog_release(c);
}

static void sites(void **state)
{
	struct catalog *c = catalog_new();
	struct site a = { .module = { 1 }, .offset = 0x10 }, b = { .offset = 0x20 };
	struct frame f = { .line = 9 };
	struct frame_id id = catalog_add_frame(c, &f);
	unsigned n;

	(void)state;
	assert_int_equal(catalog_put_site(c, (struct site_id){ 1000 }, &a), 0);
	assert_int_equal(catalog_site(c, (struct site_id){ 1000 }).offset, 0x10);
	assert_int_equal(catalog_site(c, (struct site_id){ 999 }).offset, 0);
	assert_int_equal(catalog_put_site(c, (struct site_id){ 1000 }, &b), 0);
	assert_int_equal(catalog_site(c, (struct site_id){ 1000 }).offset, 0x10);
	assert_int_equal(catalog_add_site(c, &a).v, 1000);

	struct site_id ours = catalog_add_site(c, &b);

	assert_int_equal(ours.v, SITE_OURS);
	assert_int_equal(catalog_add_site(c, &b).v, ours.v);
	assert_null(catalog_site_frames(c, ours, &n));
	assert_int_equal(n, 0);
	assert_int_equal(catalog_name_site(c, (struct site_id){ 5 }, &id, 1), -EINVAL);
	assert_int_equal(catalog_name_site(c, ours, &id, 0), -EINVAL);
	assert_int_equal(catalog_name_site(c, ours, &id, 1), 0);
	assert_int_equal(catalog_name_site(c, ours, &id, 1), -EEXIST);
	assert_int_equal(catalog_site_frames(c, ours, &n)->v, id.v);
	assert_int_equal(n, 1);
	catalog_release(c);
}

static void traces(void **state)
{
	struct catalog *c = catalog_new();
	struct site_id s = { 2 }, site;
	struct trace_id root = { 0 }, five = { 5 }, parent, ours;

	(void)state;
	assert_int_equal(catalog_put_trace(c, (struct trace_id){ 7 }, five, s), -EINVAL);
	assert_int_equal(catalog_put_trace(c, root, root, s), -EINVAL);
	assert_int_equal(catalog_put_trace(c, five, five, s), -EINVAL);
	assert_int_equal(catalog_put_trace(c, five, root, (struct site_id){ 0 }), -EINVAL);
	assert_int_equal(catalog_put_trace(c, five, root, s), 0);
	assert_int_equal(catalog_put_trace(c, five, root, s), 0);
	assert_int_equal(catalog_put_trace(c, five, root, (struct site_id){ 3 }), -EINVAL);
	assert_int_equal(catalog_put_trace(c, (struct trace_id){ 7 }, five, s), 0);
	assert_true(catalog_trace(c, (struct trace_id){ 7 }, &parent, &site));
	assert_int_equal(parent.v, 5);
	assert_int_equal(site.v, 2);
	assert_false(catalog_trace(c, root, &parent, &site));
	assert_false(catalog_trace(c, (struct trace_id){ UINT32_MAX }, &parent, &site));

	assert_int_equal(catalog_add_trace(c, (struct trace_id){ 6 }, s).v, 0);
	ours = catalog_add_trace(c, five, s);
	assert_int_equal(ours.v, TRACE_OURS);
	assert_int_equal(catalog_add_trace(c, five, s).v, TRACE_OURS);
	assert_int_equal(catalog_add_trace(c, ours, s).v, TRACE_OURS + 1);
	assert_true(catalog_trace(c, ours, &parent, &site));
	assert_int_equal(parent.v, 5);
	catalog_release(c);
}

static void threads(void **state)
{
	struct catalog *c = catalog_new();
	struct thread_id id = { 0 };

	(void)state;
	for (int i = 1; i < (int)CATALOG_THREADS + 1000; i++)
		id = catalog_add_thread(c, i, text(c, "worker"));
	assert_int_equal(id.v, CATALOG_THREADS - 1);
	assert_int_equal(catalog_threads(c), CATALOG_THREADS);
	assert_int_equal(catalog_thread(c, (struct thread_id){ 17 }).tid, 17);
	assert_string_equal(catalog_text(c, catalog_thread(c, id).name), "later threads");
	catalog_rename_thread(c, (struct thread_id){ 17 }, text(c, "other"));
	catalog_rename_thread(c, id, text(c, "other"));
	assert_string_equal(catalog_text(c, catalog_thread(c, (struct thread_id){ 17 }).name),
			    "other");
	assert_string_equal(catalog_text(c, catalog_thread(c, id).name), "later threads");
	catalog_release(c);
}

/* main <- (inline) helper <- malloc wrapper: trace 3.  Trace 9 is its newest site on a stack
 * that the tracer cut. */
static struct catalog *three_sites(void)
{
	struct catalog *c = catalog_new();
	struct module m = { .path = text(c, "/bin/w") };
	struct module_id module = catalog_add_module(c, &m);

	for (unsigned i = 0; i < 3; i++) {
		struct site site = { .module = module, .offset = 0x100u * (i + 1) };

		assert_int_equal(catalog_put_site(c, (struct site_id){ i + 8 }, &site), 0);
		assert_int_equal(catalog_put_trace(c, (struct trace_id){ i + 1 },
						   (struct trace_id){ i },
						   (struct site_id){ i + 8 }), 0);
	}
	struct frame inner = { .line = 1, .inlined = true }, outer = { .line = 2 };
	struct frame wrapper = { .line = 3, .wrapper = true };
	struct frame_id both[] = { catalog_add_frame(c, &inner), catalog_add_frame(c, &outer) };
	struct frame_id wrap = catalog_add_frame(c, &wrapper);

	assert_int_equal(catalog_name_site(c, (struct site_id){ 9 }, both, 2), 0);
	assert_int_equal(catalog_name_site(c, (struct site_id){ 10 }, &wrap, 1), 0);
	assert_int_equal(catalog_put_trace(c, (struct trace_id){ 8 }, (struct trace_id){ 0 },
					   (struct site_id){ CUT_JIT }), 0);
	assert_int_equal(catalog_put_trace(c, (struct trace_id){ 9 }, (struct trace_id){ 8 },
					   (struct site_id){ 10 }), 0);
	return c;
}

static void a_stack_has_its_inlined_frames_newest_first(void **state)
{
	struct catalog *c = three_sites();
	struct frame f[4];
	enum cut cut;

	(void)state;
	assert_int_equal(stack_frames(c, (struct trace_id){ 3 }, f, 4, &cut), 4);
	assert_int_equal(cut, CUT_NONE);
	assert_int_equal(f[0].line, 3);
	assert_int_equal(f[1].line, 1);
	assert_int_equal(f[2].line, 2);
	assert_string_equal(catalog_text(c, f[3].function), "+0x100");
	assert_string_equal(catalog_text(c, f[3].file), "/bin/w");
	assert_true(f[3].unresolved);
	assert_int_equal(stack_frames(c, (struct trace_id){ 3 }, f, 3, &cut), 3);
	assert_int_equal(cut, CUT_NFRAME);
	assert_int_equal(stack_frames(c, (struct trace_id){ 0 }, f, 3, &cut), 0);
	assert_int_equal(cut, CUT_NONE);
	catalog_release(c);
}

static void a_cut_stack_says_why(void **state)
{
	struct catalog *c = three_sites();
	struct frame f[4];
	enum cut cut;

	(void)state;
	assert_int_equal(stack_frames(c, (struct trace_id){ 9 }, f, 4, &cut), 1);
	assert_int_equal(cut, CUT_JIT);
	assert_int_equal(stack_frames(c, (struct trace_id){ 9 }, f, 1, &cut), 1);
	assert_int_equal(cut, CUT_JIT);
	assert_int_equal(catalog_depth(c, (struct trace_id){ 9 }), 1);
	assert_int_equal(catalog_depth(c, (struct trace_id){ 3 }), 3);

	/* Newer frames are missing: what is known of the stack, under a name of its own. */
	struct trace_id full = catalog_add_trace(c, (struct trace_id){ 2 },
						 (struct site_id){ CUT_FULL });
	assert_int_equal(stack_frames(c, full, f, 4, &cut), 3);
	assert_int_equal(cut, CUT_FULL);
	assert_int_equal(f[0].line, 1);
	assert_int_equal(stack_frames(c, full, f, 2, &cut), 2);
	assert_int_equal(cut, CUT_FULL);
	assert_int_equal(catalog_depth(c, full), 2);
	assert_int_equal(catalog_cut(c, (struct trace_id){ 2 }), CUT_NONE);
	assert_int_equal(catalog_cut(c, (struct trace_id){ 12345 }), CUT_NONE);
	catalog_release(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(modules_and_frames),
		cmocka_unit_test(sites),
		cmocka_unit_test(traces),
		cmocka_unit_test(threads),
		cmocka_unit_test(a_stack_has_its_inlined_frames_newest_first),
		cmocka_unit_test(a_cut_stack_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
