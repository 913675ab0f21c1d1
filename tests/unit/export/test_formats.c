/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The formats of stacks, letter by letter where they are text; what they
 * refuse; and a sink that fails at each byte.  Readers of other people check
 * the rest in tests/views/exports.py.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <zlib.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/export/formats.h"

static const char small[] =
	"f\t/src/w.c\t9\tmain\t/bin/worker\t1\t\n"                         /* 1 */
	"f\t/src/w.c\t4\tbuild<a;b>\t/bin/worker\t1\t\n"                   /* 2 */
	"f\t/lib/x.so\t0\t+0x10\t/lib/x.so\t0\tu\n"                        /* 3 */
	"f\t/lib/x.so\t0\tstrdup\t/lib/x.so\t0\t\n"                        /* 4 */
	"t\t7\tmain\n"
	"b\t0\t1\t10\t4\t2\t1\n"
	"b\t0\t1\t6\t1\t3\t1\n"
	"b\t1\t1\t5\t1\t4\t3\n"
	"b\t0\t1\t1\t1\n"
	"F\t0\t1\t3\t900\t2\t0\t4\t1\n";

static char *argv[] = {"./w <1>", NULL};
static struct program program = {.argc = 1, .argv = argv, .started = 1000};
static struct kept kept;

static struct snapshot *take(const char *text)
{
	static struct heap_text heap;

	heap_text_begin(&heap, NULL);
	return heap_text_parse(&heap, text, "exit");
}

static void drop(struct snapshot *snapshot)
{
	struct catalog *catalog = snapshot->catalog;

	snapshot_release(snapshot);
	catalog_release(catalog);
}

/* Exports into `kept`; the result of export_run. */
static int export(const char *name, struct view view, struct snapshot *now,
		  struct snapshot *old, bool force, char problem[256])
{
	struct sink sink = {.write = kept_write, .user = &kept};
	struct export_request request = {.now = {"/tmp/w.memtop", &program}, .force = force};
	struct table *table = table_build(&view, now, old, problem);
	int error;

	assert_non_null(table);
	request.old = request.now;
	request.table = table;
	free(kept.text);
	kept = (struct kept){0};
	error = export_run(export_format_find(name), &request, &sink, problem);
	table_free(table);
	return error;
}

static void expect(const char *name, struct view view, const char *want)
{
	struct snapshot *now = take(small);
	char problem[256];

	assert_int_equal(export(name, view, now, NULL, false, problem), 0);
	assert_string_equal(problem, "");
	assert_string_equal(kept.text, want);
	drop(now);
}

static void test_folded(void **state)
{
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse("line = 4", &error)}};

	(void)state;
	/* Equal whatever the view groups by. */
	for (int by = BY_LINENO; by <= BY_DOMAIN; by++)
		expect("folded", (struct view){.by = (enum view_key)by},
		       "main (w.c:9);build<a:b> (w.c:4) 40\n"
		       "main (w.c:9);x.so+0x10 6\n"
		       "x.so+0x10;strdup (x.so) 5\n"
		       "<unknown> 1\n");
	expect("folded", (struct view){.by = BY_TRACEBACK, .sort = COLUMN_TOTAL},
	       "main (w.c:9);strdup (x.so) 900\n"
	       "main (w.c:9);build<a:b> (w.c:4) 40\n"
	       "main (w.c:9);x.so+0x10 6\n"
	       "x.so+0x10;strdup (x.so) 5\n"
	       "<unknown> 1\n");
	expect("folded", (struct view){.sort = COLUMN_COUNT, .filters = &list},
	       "main (w.c:9);build<a:b> (w.c:4) 4\n");
	expect("folded", (struct view){.sort = COLUMN_TEMPORARY}, "main (w.c:9);strdup (x.so) 2\n");
	filter_free(list.filters[0]);
}

static void test_speedscope(void **state)
{
	(void)state;
	expect("speedscope", (struct view){.frames = 1, .limit = 2, .sort = COLUMN_COUNT},
	       "{\"$schema\": \"https://www.speedscope.app/file-format-schema.json\",\n"
	       " \"shared\": {\"frames\": [\n"
	       "  {\"name\": \"build<a;b>\", \"file\": \"/src/w.c\", \"line\": 4},\n"
	       "  {\"name\": \"x.so+0x10\", \"file\": \"/lib/x.so\"}]},\n"
	       " \"exporter\": \"memtop " MEMTOP_VERSION "\", \"name\": \"w.memtop\",\n"
	       " \"profiles\": [\n"
	       "  {\"type\": \"sampled\", \"name\": \"bytes held\", \"unit\": \"bytes\", "
	       "\"startValue\": 0, \"endValue\": 46,\n   \"samples\": [\n   [0],\n   [1]],\n"
	       "   \"weights\": [40,6]},\n"
	       "  {\"type\": \"sampled\", \"name\": \"blocks held\", \"unit\": \"none\", "
	       "\"startValue\": 0, \"endValue\": 5,\n   \"samples\": [\n   [0],\n   [1]],\n"
	       "   \"weights\": [4,1]},\n"
	       "  {\"type\": \"sampled\", \"name\": \"bytes ever allocated\", \"unit\": \"bytes\", "
	       "\"startValue\": 0, \"endValue\": 46,\n   \"samples\": [\n   [0],\n   [1]],\n"
	       "   \"weights\": [40,6]},\n"
	       "  {\"type\": \"sampled\", \"name\": \"allocations\", \"unit\": \"none\", "
	       "\"startValue\": 0, \"endValue\": 5,\n   \"samples\": [\n   [0],\n   [1]],\n"
	       "   \"weights\": [4,1]}],\n \"activeProfileIndex\": 1}\n");
}

/* A recording may hold any numbers; what wrapped around would be a small sum. */
static void test_sums_saturate(void **state)
{
	struct snapshot *now = take(small);
	char problem[256];

	(void)state;
	for (size_t row = 0; row < 2; row++) {
		struct row_figures figures = *now->rows[row].figures;

		figures.now.size = UINT64_MAX - 1;
		rows_put(now, row, figures);
	}
	assert_int_equal(export("speedscope", (struct view){0}, now, NULL, false, problem), 0);
	assert_non_null(strstr(kept.text, "\"endValue\": 18446744073709551615,"));
	assert_int_equal(export("flamegraph", (struct view){0}, now, NULL, false, problem), 0);
	assert_non_null(strstr(kept.text, "data-total=\"18446744073709551615\""));
	drop(now);
}

static void contains(const char *part)
{
	if (!strstr(kept.text, part))
		print_error("no %s in\n%s\n", part, kept.text);
	assert_non_null(strstr(kept.text, part));
}

static void test_flamegraph(void **state)
{
	struct snapshot *now = take(small), *none = take("");
	char problem[256];

	(void)state;
	assert_int_equal(export("flamegraph", (struct view){0}, now, NULL, false, problem), 0);
	contains("data-total=\"52\">");
	contains(">./w &lt;1&gt;, exit: bytes held 52 B</text>");
	contains("data-s=\"0\" data-v=\"52\"><title>everything\n52 B (100 %)</title>"
		 "<rect x=\"10.00\" y=\"58\" width=\"1179.50\" height=\"17\"/>");
	contains("data-s=\"1\" data-v=\"40\"><title>build&lt;a;b&gt; (w.c:4)\n40 B (76.9 %)\nworker"
		 "</title><rect x=\"32.69\" y=\"94\"");
	contains("data-s=\"1\" data-v=\"46\"><title>main (w.c:9)\n");
	contains("data-s=\"47\" data-v=\"5\"><title>x.so+0x10\n5 B (9.6 %)\nx.so</title>");
	contains(">strdup (x.so)</text>");
	contains("1 B (1.9 %)</title><rect x=\"10.00\" y=\"76\" width=\"22.19\" height=\"17\"/>"
		 "<text x=\"13.00\" y=\"89\"></text>");
	assert_null(strstr(kept.text, "too small to draw"));
	assert_int_equal(export("flamegraph", (struct view){0}, none, NULL, false, problem), 0);
	contains("Nothing: 0 bytes held.");
	drop(now);
	drop(none);
}

/* 161 characters fit into 1174 pixels, one of two bytes each. */
static void test_label(void **state)
{
	char text[800] = "f\t/l.c\t1\t", problem[256], want[400] = ">";
	struct snapshot *now;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		strcat(text, "\xc3\xa9");
	strcat(text, "\t/w\t1\t\nb\t0\t1\t5\t1\t1\n");
	now = take(text);
	assert_int_equal(export("flamegraph", (struct view){0}, now, NULL, false, problem), 0);
	for (unsigned i = 0; i < 159; i++)
		strcat(want, "\xc3\xa9");
	contains(strcat(want, "..</text>"));
	drop(now);
}

static int count_bytes(void *user, const char *bytes, size_t length)
{
	(void)bytes;
	*(size_t *)user += length;
	return 0;
}

/* A block of one row costs two bytes once its tuple is written. */
static void expect_forced(struct snapshot *now)
{
	size_t bytes = 0;
	struct sink sink = {.write = count_bytes, .user = &bytes};
	struct view view = {.by = BY_TRACEBACK};
	char problem[256];
	struct table *table = table_build(&view, now, NULL, problem);
	struct export_request request = {.table = table, .now = {"", &program}, .force = true};

	assert_int_equal(export_run(export_format_find("tracemalloc"), &request, &sink, problem),
			 0);
	assert_in_range(bytes, 2 * EXPORT_MANY_BLOCKS, 3 * EXPORT_MANY_BLOCKS);
	table_free(table);
}

static void test_tracemalloc(void **state)
{
	static const char head[] =
		"\x80\x04\x8c\x0btracemalloc\x8c\x08Snapshot\x93)\x81}(\x8c\x0ftraceback_limit"
		"K\x40\x8c\x06traces\x8c\x0btracemalloc\x8c\x07_Traces\x93)\x81}(\x8c\x07_traces]";
	/* 3 blocks of 10 bytes: one of 4, two of 3, by one stack. */
	static const char rest[] =
		"(\x8c\x06/\xed\xb3\xbf.c\x94M\x00\x01\x86\x94t\x94" "0"
		"((K\x01K\x04h\x02K\x01t\x94(K\x01K\x03h\x02K\x01t\x94h\x04" "eubub.";
	struct snapshot *now = take("f\t/\\xff.c\t256\tf\t/bin/w\t1\t\nt\t1\t\n"
				    "b\t0\t1\t3\t2\t1\nb\t0\t1\t4\t1\t1\n");
	char problem[256];

	(void)state;
	assert_int_equal(export("tracemalloc", (struct view){0}, now, NULL, false, problem), 0);
	assert_int_equal(kept.length, sizeof(head) + sizeof(rest) - 2);
	assert_memory_equal(kept.text, head, sizeof(head) - 1);
	assert_memory_equal(kept.text + sizeof(head) - 1, rest, sizeof(rest) - 1);
	struct row_figures many = *now->rows[0].figures;

	many.now.count = EXPORT_MANY_BLOCKS + 1;
	rows_put(now, 0, many);
	assert_int_equal(export("tracemalloc", (struct view){0}, now, NULL, false, problem),
			 -EINVAL);
	assert_non_null(strstr(problem, "10000001"));
	assert_int_equal(kept.length, 0);
	expect_forced(now);
	drop(now);
}

/* Within a drilled table two domains cannot be told apart: said, not guessed. */
static void test_drilled(void **state)
{
	struct snapshot *now = take(small);
	struct view view = {.by = BY_FUNCTION};
	struct sink sink = {.write = kept_write, .user = &kept};
	struct export_request request = {.now = {"", &program}};
	char problem[256];
	struct table *table = table_build(&view, now, NULL, problem);
	struct table *drilled = table_drill(table, table_row(table, 0), problem);

	(void)state;
	request.table = drilled;
	assert_int_equal(export_run(export_format_find("tracemalloc"), &request, &sink, problem),
			 -EINVAL);
	assert_non_null(strstr(problem, "domains"));
	free(kept.text);
	kept = (struct kept){0};
	assert_int_equal(export_run(export_format_find("folded"), &request, &sink, problem), 0);
	assert_string_equal(kept.text, "main (w.c:9);build<a:b> (w.c:4) 40\n");
	table_free(drilled);
	table_free(table);
	drop(now);
}

static void test_pprof(void **state)
{
	struct snapshot *now = take("f\t/a.c\t3\tf\t/bin/w\t1\t\nt\t1\t\nb\t0\t1\t300\t2\t1\n");
	/* Sample {location 1; 2, 600, 2, 600} and the line of its location. */
	static const char sample[] = "\x12\x0b\x0a\x01\x01\x12\x06\x02\xd8\x04\x02\xd8\x04";
	static const char line[] = "\x22\x04\x08\x01\x10\x03";
	char problem[256], raw[1024];
	z_stream stream = {0};

	(void)state;
	assert_int_equal(export("pprof", (struct view){0}, now, NULL, false, problem), 0);
	stream.next_in = (Bytef *)kept.text;
	stream.avail_in = (uInt)kept.length;
	stream.next_out = (Bytef *)raw;
	stream.avail_out = sizeof(raw);
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	assert_non_null(memmem(raw, stream.total_out, sample, sizeof(sample) - 1));
	assert_non_null(memmem(raw, stream.total_out, line, sizeof(line) - 1));
	assert_non_null(memmem(raw, stream.total_out, "\x32\x04/a.c", 6));
	inflateEnd(&stream);
	drop(now);
}

static void test_refusals(void **state)
{
	struct snapshot *now = take(small);
	char problem[256];

	(void)state;
	unsigned formats = 0;

	for (; export_format_get(formats); formats++) {
		const struct export_format *format = export_format_get(formats);
		struct view percent = {.sort = COLUMN_AVERAGE};
		int want = format->stacks ? -EINVAL : 0;

		assert_int_equal(export(format->name, (struct view){0}, now, now, false, problem),
				 want);
		assert_int_equal(*problem != 0, want != 0);
		assert_int_equal(export(format->name, percent, now, NULL, false, problem), want);
		assert_ptr_equal(export_format_find(format->name), format);
	}
	assert_true(formats > 1);
	assert_null(export_format_find("png"));
	assert_string_equal(export_format_of("a.speedscope.json")->name, "speedscope");
	assert_string_equal(export_format_of("a.b.json")->name, "json");
	assert_string_equal(export_format_of("dir/x.pb.gz")->name, "pprof");
	assert_null(export_format_of(".svg"));
	assert_null(export_format_of("svg"));
	drop(now);
}

struct weak {
	size_t left;
};

static int write_weak(void *user, const char *bytes, size_t length)
{
	struct weak *weak = user;

	(void)bytes;
	if (weak->left < length)
		return -ENOSPC;
	weak->left -= length;
	return 0;
}

static void test_full_sink(void **state)
{
	struct snapshot *now = take(small);
	char problem[256];
	struct view view = {.by = BY_TRACEBACK};
	struct table *table = table_build(&view, now, NULL, problem);
	struct export_request request = {.table = table, .now = {"", &program}};

	(void)state;
	for (unsigned i = 0; export_format_get(i); i++) {
		struct weak weak = {0};
		struct sink sink = {.write = write_weak, .user = &weak};

		assert_int_equal(export_run(export_format_get(i), &request, &sink, problem),
				 -ENOSPC);
		assert_string_equal(problem, "");
	}
	table_free(table);
	drop(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folded),	   cmocka_unit_test(test_speedscope),
		cmocka_unit_test(test_flamegraph), cmocka_unit_test(test_tracemalloc),
		cmocka_unit_test(test_label),	   cmocka_unit_test(test_sums_saturate),
		cmocka_unit_test(test_drilled),	   cmocka_unit_test(test_pprof),
		cmocka_unit_test(test_refusals),   cmocka_unit_test(test_full_sink),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(kept.text);
	return failed;
}
