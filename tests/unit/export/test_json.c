/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON's keys, their order and its strings; CSV's header and quotes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/export/export.h"
#include "views/export/json_text.h"

static struct heap_text heap;
static struct kept kept;
static char *worker_argv[] = {"./worker", "--name=\"x\"\n", NULL};
static char reason[] = "\x1b[1m static";
static struct process processes[] = {{.pid = 7, .argc = 2, .argv = worker_argv},
				     {.pid = 8, .ppid = 7, .reason = reason}};
static struct program program = {.argc = 2, .argv = worker_argv, .pid = 7, .ended = true,
				 .exit_status = 3, .seconds = 9.5, .processes_length = 2,
				 .processes = processes,
				 .ceilings = {.length = 2, .of = {
					 {CEILING_MEMORY_MAX, 0, 100, 60, 90, 12.5, 30},
					 {CEILING_AS, 8, 1000, 1, 2, 0, 0}}}};

static const char names[] =
	"f\t/s/w\\xff,\xc3\xa9.c\t4\tbuild\t/bin/worker\t1\t\n"
	"f\t/lib/x.so\t0\t+0x10\t/lib/x.so\t0\tu\n"
	"t\t7\tmain \"x\"\n";

static struct snapshot *take(const char *blocks, const char *name)
{
	return heap_text_whole(&heap, names, blocks, name);
}

static void expect(struct view view, struct snapshot *now, struct snapshot *old, bool csv,
		   const char *want)
{
	struct sink sink = {.write = kept_write, .user = &kept};
	struct provenance new_origin = {"w.memtop", &program, {0}, {0}},
		      old_origin = {"old.memtop", &program, {0}, {0}};
	char problem[256];

	if (old)
		new_origin.heavier = (struct heavier){1, 99, true};
	struct table *table = table_build(&view, now, old, problem);

	assert_non_null(table);
	kept = (struct kept){0};
	if (csv)
		assert_int_equal(export_csv(table, &sink), 0);
	else
		assert_int_equal(export_json(table, &new_origin, old ? &old_origin : NULL, &sink), 0);
	assert_string_equal(kept.text, want);
	free(kept.text);
	table_free(table);
}

#define PROGRAM "\"program\": {\"argv\": [\"./worker\", \"--name=\\\"x\\\"\\n\"], \"pid\": 7, " \
		"\"exit_status\": 3, \"signal\": null}"
#define PROCESSES(whose, more, how) "\"process\": " whose ", \"processes\": [{\"pid\": 7, \"ppid\": 0, \"argv\": " \
		  "[\"./worker\", \"--name=\\\"x\\\"\\n\"]}, {\"pid\": 8, \"ppid\": 7, \"argv\": null}], " \
		  "\"unfollowed\": " UNFOLLOWED ", \"holds_more\": " more ", \"history\": null, " LIMITS(how)
#define LIMITS(how) "\"limits\": [{\"kind\": \"memory.max\", \"pid\": null, \"bytes\": 100, \"used\": 60, " \
	"\"most\": 90, \"earliest\": 12.5, \"latest\": 30.0}, {\"kind\": \"RLIMIT_AS\", \"pid\": 8, " \
	"\"bytes\": 1000, \"used\": 1, \"most\": 2, \"earliest\": null, \"latest\": null}], " \
	"\"end\": {\"how\": \"" how "\", \"time\": 9.5, \"oom_kills\": 0, \"limit\": \"memory.max\"}"
#define UNFOLLOWED "[{\"pid\": 8, \"ppid\": 7, \"program\": null, \"reason\": \"\\u001b[1m static\"}]"
#define LOSSES \
	"\"lost\": 0, \"lost_allocations\": 0, \"lost_frees\": 0, \"unended\": 0, \"truncated\": 0, "
#define TRACED(current, blocks)                                                           \
	"\"traced\": {\"current\": " #current ", \"peak\": 0, \"peak_ever\": 0, "          \
	"\"blocks\": " #blocks ", \"allocations\": " #blocks ", \"frees\": 0, \"total\": "  \
	#current ", \"temporary\": 0}"

#define UNCUT                                                                             \
	", \"cut\": {\"nframe\": 0, \"no-unwind-info\": 0, \"jit\": 0, \"coroutine\": 0, "    \
	"\"unreadable\": 0, \"seccomp\": 0, \"table-full\": 0}"
#define NO_BYTES ", \"cut_bytes\": 0, \"cut_total\": 0, \"oldest_at\": null, "
#define NO_AGES "\"age\": null, \"oldest\": null, "
static struct module_id module_called(const struct catalog *catalog, const char *name)
{
	struct module_id id = { 1 };

	while (strcmp(catalog_text(catalog, catalog_module(catalog, id).name), name))
		id.v++;
	return id;
}

#define NOTHING_UNKNOWN \
	", \"before_attach\": null, \"unknown_frees\": 0, \"unknown_free_modules\": [], " \
	"\"unseen_library\": null"

static void test_report(void **state)
{
	struct snapshot *now = take("b\t0\t1\t10\t4\t1\t2\n", "exit");
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse("\"w\"", &error)}};

	(void)state;
	now->time = 12.5;
	now->kind = MOMENT_EXIT;
	now->process = 1;
	now->totals.unknown_frees = 3;
	unknown_add(&now->unknown, (struct module_id){ 0 }, 1);
	unknown_add(&now->unknown, module_called(now->catalog, "x.so"), 2);
	strcpy(program.unseen, "p\n.so");
	expect((struct view){.by = BY_TRACEBACK, .filters = &list}, now, NULL, false,
	       "{\"memtop\": 1, \"file\": \"w.memtop\", \"moment\": {\"name\": \"exit\", \"time\": "
	       "12.5}, " PROGRAM ", " PROCESSES("\"main\"", "null", "exit") ", " TRACED(40, 4) ", "
	       LOSSES "\"unresolved\": 1" UNCUT ", \"before_attach\": null, \"unknown_frees\": 3, "
	       "\"unknown_free_modules\": [{\"module\": \"x.so\", \"count\": 2}, {\"module\": null, "
	       "\"count\": 1}], \"unseen_library\": \"p\\n.so\"" NO_BYTES "\"by\": \"traceback\", \"cumulative\": false, "
	       "\"filter\": [\"\\\"w\\\"\"],\n \"statistics\": [\n"
	       "  {\"key\": \"/s/w\\udcff,\xc3\xa9.c:4\", \"size\": 40, \"count\": 4, "
	       "\"average\": 10.0, \"total\": 40, \"allocations\": 4, \"temporary\": 0, "
	       "\"peak\": 40, " NO_AGES "\"traceback\": [{\"file\": \"/lib/x.so\", \"line\": 0, "
	       "\"function\": \"+0x10\", \"module\": \"x.so\", \"lang\": null}, {\"file\": "
	       "\"/s/w\\udcff,\xc3\xa9.c\", \"line\": 4, \"function\": \"build\", \"module\": "
	       "\"worker\", \"lang\": \"c\"}], \"cut\": null}\n ]}\n");
	filter_free(list.filters[0]);
	heap_text_drop(now);
}

static void test_diff(void **state)
{
	struct snapshot *now = take("b\t0\t1\t3\t1\t1\n", ""), *old = take("", "begin");

	(void)state;
	now->kind = MOMENT_NAMED;
	now->process = 2;
	now->number = 2;
	program.signal = 11;
	*program.unseen = 0;
	expect((struct view){.by = BY_THREAD, .raw = true}, now, old, false,
	       "{\"memtop\": 1, \"file\": \"w.memtop\", \"moment\": {\"name\": \"2\", \"time\": 0.0}, "
	       "\"program\": {\"argv\": [\"./worker\", \"--name=\\\"x\\\"\\n\"], \"pid\": 7, "
	       "\"exit_status\": null, \"signal\": 11}, " PROCESSES("8", "{\"pid\": 7, \"program\": \"./worker\", \"size_diff\": 99}", "signal") ", " TRACED(3, 1)
	       ", " LOSSES "\"unresolved\": 0" UNCUT NOTHING_UNKNOWN NO_BYTES "\"by\": \"thread\", "
	       "\"cumulative\": false, \"filter\": [], \"raw\": true, "
	       "\"old\": {\"file\": \"old.memtop\", \"moment\": {\"name\": \"begin\", \"time\": 0.0}, "
	       "\"program\": {\"argv\": [\"./worker\", \"--name=\\\"x\\\"\\n\"], \"pid\": 7, "
	       "\"exit_status\": null, \"signal\": 11}, " TRACED(0, 0)
	       ", " LOSSES "\"unresolved\": 0" UNCUT NOTHING_UNKNOWN "}, "
	       "\"new\": {\"file\": \"w.memtop\", \"moment\": {\"name\": \"2\", \"time\": 0.0}, "
	       "\"program\": {\"argv\": [\"./worker\", \"--name=\\\"x\\\"\\n\"], \"pid\": 7, "
	       "\"exit_status\": null, \"signal\": 11}, " TRACED(3, 1)
	       ", " LOSSES "\"unresolved\": 0" UNCUT NOTHING_UNKNOWN "},\n \"statistics\": [\n"
	       "  {\"key\": \"7 main \\\"x\\\"\", \"size\": 3, \"count\": 1, \"average\": 3.0, "
	       "\"total\": 3, \"allocations\": 1, \"temporary\": 0, \"peak\": 3, \"size_diff\": 3, "
	       "\"count_diff\": 1, \"old_size\": 0, " NO_AGES "\"thread\": {\"tid\": 7, \"name\": \"main \\\"x\\\"\"}, "
	       "\"traceback\": [], \"cut\": null}\n ]}\n");
	program.signal = 0;
	heap_text_drop(now);
	heap_text_drop(old);
}

static void test_csv(void **state)
{
	struct snapshot *now = take("b\t0\t1\t10\t3\t1\t2\na\t40\t90\nF\t2\t1\t1\t5\t0\t0\t2\n", "exit");

	(void)state;
	now->time = 1000.5;
	expect((struct view){.by = BY_LINENO}, now, NULL, true,
	       "key,size,count,average,total,allocations,temporary,peak,age,oldest,cut,file,line,function,module\n"
	       "\"/s/w\xff,\xc3\xa9.c:4\",30,3,10.0,30,3,0,30,40.0,90.0,,\"/s/w\xff,\xc3\xa9.c\",4,build,worker\n"
	       "/lib/x.so!+0x10,0,0,0.0,5,1,0,0,,,,/lib/x.so,0,+0x10,x.so\n");
	expect((struct view){.by = BY_THREAD}, now, now, true,
	       "key,size,count,average,total,allocations,temporary,peak,size_diff,count_diff,"
	       "old_size,age,oldest,thread,cut,file,line,function,module\n"
	       "\"7 main \"\"x\"\"\",30,3,10.0,35,4,0,30,0,0,30,40.0,90.0,7,,,,,\n");
	expect((struct view){.by = BY_DOMAIN}, now, NULL, true,
	       "key,size,count,average,total,allocations,temporary,peak,age,oldest,domain,cut,file,line,function,"
	       "module\n"
	       "malloc,30,3,10.0,30,3,0,30,40.0,90.0,malloc,,,,,\nmmap,0,0,0.0,5,1,0,0,,,mmap,,,,,\n");
	heap_text_drop(now);
}

/* Strings as they come out of a writer of one. */
static void written_as(const char *text, const char *want)
{
	struct sink sink = {.write = kept_write, .user = &kept};
	struct out out = {.sink = &sink};

	kept = (struct kept){0};
	json_string(&out, text);
	assert_int_equal(out_end(&out), 0);
	assert_string_equal(kept.text, want);
	free(kept.text);
}

/* A reader gets the same text; a terminal gets nothing that it acts on. */
static void test_steering_in_json(void **state)
{
	(void)state;
	written_as("\x1b[31m\x07\x7f\b\f\n\r\t\x01",
		      "\"\\u001b[31m\\u0007\\u007f\\b\\f\\n\\r\\t\\u0001\"");
	written_as("\xc2\x9b""31m\xc2\x80\xc2\x9f\xc2\xa0",
		      "\"\\u009b31m\\u0080\\u009f\xc2\xa0\"");
	written_as("\u202a\u202e\u2066\u2069\u200e\u200f\u061c",
		      "\"\\u202a\\u202e\\u2066\\u2069\\u200e\\u200f\\u061c\"");
	written_as("\u2028\u2029\ufeff\u200b", "\"\\u2028\\u2029\\ufeff\\u200b\"");
	written_as("\U000e0001\U000e007f", "\"\\udb40\\udc01\\udb40\\udc7f\"");
	written_as("\xff\x9b\xe2\x80", "\"\\udcff\\udc9b\\udce2\\udc80\"");
	written_as("\u65e5\u672c \U0001f600 \u05d0 \xc3\xa9",
		      "\"\u65e5\u672c \U0001f600 \u05d0 \xc3\xa9\"");
}

/* One row whose file and function are so; its last cells but the module. */
static void expect_cells(const char *file, const char *function, const char *want)
{
	struct sink sink = {.write = kept_write, .user = &kept};
	char text[512], problem[256], key[512];
	snprintf(text, sizeof(text), "f\t%s\t4\t%s\t/bin/w\t1\t\nb\t0\t1\t10\t1\t1\n", file,
		 function);
	heap_text_begin(&heap, NULL);
	struct snapshot *now = heap_text_parse(&heap, text, "exit");
	struct view view = {.by = BY_LINENO};
	struct table *table = table_build(&view, now, NULL, problem);

	kept = (struct kept){0};
	assert_non_null(table);
	assert_int_equal(export_csv(table, &sink), 0);
	snprintf(key, sizeof(key), ",%s,w\n", want);
	if (strlen(kept.text) < strlen(key) ||
	    strcmp(kept.text + strlen(kept.text) - strlen(key), key))
		fail_msg("%s does not end with %s", kept.text, key);
	assert_null(strpbrk(kept.text, "\r\x1b\x07\x7f"));
	free(kept.text);
	table_free(table);
	heap_text_drop(now);
}

static void test_hostile_csv(void **state)
{
	(void)state;
	expect_cells("/a", "=cmd|'/c calc'!A1", "/a,4,\"'=cmd|'/c calc'!A1\"");
	expect_cells("/a", "+1", "/a,4,\"'+1\"");
	expect_cells("/a", "-[NSObject init]", "/a,4,\"'-[NSObject init]\"");
	expect_cells("/a", "@SUM(1)", "/a,4,\"'@SUM(1)\"");
	expect_cells("/a", "  =1", "/a,4,\"'  =1\"");
	expect_cells("/a", "\uff1d""1", "/a,4,\"'\uff1d""1\"");
	expect_cells("=a,b", "\"=1", "\"'=a,b\",4,\"\"\"=1\"");
	expect_cells("/a;b", "x;=1", "\"/a;b\",4,\"x;=1\"");
	expect_cells("/a", "+0x1f", "/a,4,+0x1f");
	expect_cells("/a", "+0x1f*1", "/a,4,\"'+0x1f*1\"");
	expect_cells("/a", "+0x", "/a,4,\"'+0x\"");
	expect_cells("/a", "a=b+c-d@e", "/a,4,a=b+c-d@e");
	expect_cells("/\\x1b]2;x\\x07", "\\x1b[31m\\x0d", "\"/\\x1b]2;x\\a\",4,\\x1b[31m\\r");
	expect_cells("/a\\x0ab", "\xc2\x9b\u202e", "/a\\nb,4,\\x9b\\u202e");
	expect_cells("/\xe9\x9b", "\u65e5", "/\xe9\\x9b,4,\u65e5");
	expect_cells("/a", "\\x09=1", "/a,4,\\t=1");
}

static void test_numbers(void **state)
{
	static const struct {
		double number;
		const char *text;
	} vectors[] = {{0, "0.0"}, {12.5, "12.5"}, {1.0 / 3, "0.3333333333333333"},
		       {1e22, "1e+22"}, {0.1, "0.1"}, {847.0, "847.0"}, {1.0 / 0.0, "null"}};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct sink sink = {.write = kept_write, .user = &kept};
		struct out out = {.sink = &sink};

		kept = (struct kept){0};
		json_double(&out, vectors[i].number);
		assert_int_equal(out_end(&out), 0);
		assert_string_equal(kept.text, vectors[i].text);
		free(kept.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report), cmocka_unit_test(test_diff),
		cmocka_unit_test(test_csv), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_steering_in_json), cmocka_unit_test(test_hostile_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
