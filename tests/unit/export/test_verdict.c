/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check's verdict as JUnit's XML and as Markdown, to the letter, with names that are markup. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/export/export.h"
#include "views/export/markup.h"

static struct heap_text heap;
static struct kept kept;
static char *worker_argv[] = { "./w&<`>\x1b", "\xef\xbf\xbe\"", NULL };
static struct program program = { .argc = 2, .argv = worker_argv, .pid = 7, .ended = true,
				  .seconds = 9.5 };
static struct limit peak = { .text = "5M", .figure = LIMIT_PEAK, .bound = 100 },
		    below = { .text = "|", .figure = LIMIT_EXIT, .bound = 90, .below = true },
		    leaks = { .text = "", .figure = LIMIT_LEAKING };

typedef int export_function(const struct verdict *verdict, struct sink *sink);

static void writes(export_function *export, const struct verdict *verdict, const char *want)
{
	struct sink sink = { .write = kept_write, .user = &kept };

	kept = (struct kept){ 0 };
	assert_int_equal(export(verdict, &sink), 0);
	assert_string_equal(kept.text, want);
	free(kept.text);
}

/* The XML around `counts`, `properties` and the cases. */
static void writes_xml(const struct verdict *verdict, const char *counts,
		       const char *properties, const char *cases, const char *out)
{
	char want[8192];

	snprintf(want, sizeof want,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		 " <testsuite id=\"0\" package=\"memtop\" name=\"memtop check\" hostname=\"a&amp;b\" "
		 "timestamp=\"1970-01-02T00:00:00\" time=\"9.500\" %s>\n  <properties>\n%s"
		 "   <property name=\"argv.0\" value=\"./w&amp;&lt;`&gt;\\x1b\"/>\n"
		 "   <property name=\"argv.1\" value=\"\xef\xbf\xbd&quot;\"/>\n"
		 "  </properties>\n%s  <system-out>%s</system-out>\n"
		 "  <system-err></system-err>\n </testsuite>\n</testsuites>\n",
		 counts, properties, cases, out);
	writes(export_verdict_junit, verdict, want);
}

static struct table *lines(void)
{
	struct snapshot *now;
	struct view view = { .by = BY_LINENO };
	char problem[256];

	now = heap_text_whole(&heap, "f\t/s/<a>`|`.c\t4\tbuild\t/bin/worker\t1\t\n",
			      "b\t0\t1\t100\t2\t1\n", "exit");
	struct table *table = table_build(&view, now, NULL, problem);

	assert_non_null(table);
	return table;
}

static struct verdict broken(struct table *table)
{
	static struct process child = { .pid = 8 };
	struct verdict verdict = { .program = &program, .host = "a&b", .date = "1970-01-02T00:00:00",
				   .ending = "ended with status 0",
				   .length = 3, .broken = 1, .suppressed_length = 2 };

	verdict.limits[0] = (struct verdict_limit){ &peak, "--max-peak=100", "peak", 200, true,
						    NULL, table, 0, 0, 0, NULL, 0, 0 };
	verdict.limits[1] = (struct verdict_limit){ &below, "a|`b` < c", "exit", 0, false,
						    &child, NULL, 0, 0, 0, NULL, 0, 0 };
	verdict.limits[2] = (struct verdict_limit){ &leaks, "--no-leaking", "exit", 0, false,
						    NULL, NULL, 0, 1, 0, NULL, 0, 0 };
	verdict.suppressed[0] = (struct verdict_suppressed){ "a", "old", 0, false };
	verdict.suppressed[1] = (struct verdict_suppressed){ "`", "`<b>", 2048, true };
	strcpy(verdict.doubt, "3 events were lost <&>");
	return verdict;
}

static void let_go(struct table *table)
{
	struct snapshot *now = table->now;

	table_free(table);
	heap_text_drop(now);
}

#define OK_CASES \
	"  <testcase classname=\"memtop.check\" name=\"the program ends with status 0\" " \
	"time=\"9.500\"/>\n"

static void test_xml_names_what_broke_and_what_nobody_knows(void **state)
{
	struct table *table = lines();
	struct verdict verdict = broken(table);
	const char *const cases =
		"  <testcase classname=\"memtop.check\" name=\"--max-peak=100\" time=\"0.000\">\n"
		"   <failure type=\"limit\" message=\"peak 200 B; allowed: at most 100 B\">BROKEN\n"
		"      200 B, 2 blocks at /s/&lt;a&gt;`|`.c:4 in build\n"
		"</failure>\n  </testcase>\n"
		"  <testcase classname=\"memtop.check\" name=\"a|`b` &lt; c\" time=\"0.000\"/>\n"
		"  <testcase classname=\"memtop.check\" name=\"--no-leaking\" time=\"0.000\">\n"
		"   <error type=\"unknown\" message=\"leaking ?; allowed: at most none\">unknown\n"
		"</error>\n  </testcase>\n"
		OK_CASES
		"  <testcase classname=\"memtop.check\" name=\"the figures are complete\" "
		"time=\"0.000\">\n"
		"   <error type=\"doubt\" message=\"3 events were lost &lt;&amp;&gt;\"/>\n"
		"  </testcase>\n";

	(void)state;
	writes_xml(&verdict, "tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"0\"",
		   "   <property name=\"memtop.check\" value=\"failed\"/>\n"
		   "   <property name=\"memtop.--max-peak=100\" value=\"200\"/>\n"
		   "   <property name=\"memtop.a|`b` &lt; c\" value=\"0\"/>\n",
		   cases,
		   "check failed: ./w&amp;&lt;`&gt;\\x1b ended with status 0\n"
		   "suppressed [a]: unused, remove it\n"
		   "suppressed [`]: at most 2048 B, `&lt;b&gt;");
	let_go(table);
}

static void test_xml_skips_what_may_be_unknown(void **state)
{
	struct verdict verdict = { .program = &program, .host = "a&b", .date = "1970-01-02T00:00:00",
				   .ending = "ended with status 3" };

	(void)state;
	strcpy(verdict.doubt, "lost");
	verdict.doubt_allowed = true;
	program.exit_status = 3;
	writes_xml(&verdict, "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\"",
		   "   <property name=\"memtop.check\" value=\"unknown\"/>\n",
		   "  <testcase classname=\"memtop.check\" name=\"the program ends with status 0\" "
		   "time=\"9.500\">\n   <failure type=\"program\" message=\"ended with status 3\"/>\n"
		   "  </testcase>\n"
		   "  <testcase classname=\"memtop.check\" name=\"the figures are complete\" "
		   "time=\"0.000\">\n   <skipped message=\"lost\"/>\n  </testcase>\n",
		   "check unknown: ./w&amp;&lt;`&gt;\\x1b ended with status 3");
	program.exit_status = 0;
}

static void test_markdown_quotes_every_name(void **state)
{
	struct table *table = lines();
	struct verdict verdict = broken(table);

	(void)state;
	writes(export_verdict_markdown, &verdict,
	       "### :x: memtop check failed: `` ./w&<`>\\x1b `` ended with status 0\n\n"
	       "| limit | at most | was | |\n|:--|--:|--:|:--|\n"
	       "| `--max-peak=100` | 100 B | 200 B | :x: broken |\n"
	       "| `` a\\|`b` < c `` | &lt; 90 B | 0 B | :white_check_mark: ok (process 8) |\n"
	       "| `--no-leaking` | none | ? | :question: unknown |\n\n"
	       "<details open><summary>Broken: <code>--max-peak=100</code></summary>\n\n"
	       "```\n      200 B, 2 blocks at /s/<a>`|`.c:4 in build\n```\n\n</details>\n\n"
	       "- suppressed `a`: unused, remove it\n"
	       "- suppressed `` ` ``: at most 2048 B, `` `<b> ``\n\n"
	       "These figures are incomplete: `3 events were lost <&>`\n");
	let_go(table);
}

static void test_the_name_of_the_file_chooses(void **state)
{
	struct verdict verdict = { .program = &program, .host = "a&b", .date = "1970-01-02T00:00:00",
				   .ending = "ended with status 0" };
	static const struct {
		const char *path, *begins;
	} files[] = {
		{ "a.xml", "<?xml" }, { "b.md", "###" }, { "c.markdown", "###" },
		{ "d.json", "{\"memtop\"" }, { "xml", "{\"memtop\"" }, { "md.txt", "{\"memtop\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct sink sink = { .write = kept_write, .user = &kept };

		kept = (struct kept){ 0 };
		assert_int_equal(export_verdict_to(files[i].path, &verdict, &sink), 0);
		assert_memory_equal(kept.text, files[i].begins, strlen(files[i].begins));
		free(kept.text);
	}
}

static int fails(void *user, const char *bytes, size_t length)
{
	(void)user, (void)bytes, (void)length;
	return -28;
}

static void test_a_full_disk_is_told(void **state)
{
	struct sink sink = { .write = fails };
	struct verdict verdict = { .program = &program, .host = "a&b", .date = "1970-01-02T00:00:00",
				   .ending = "ended with status 0" };

	(void)state;
	assert_int_equal(export_verdict_junit(&verdict, &sink), -28);
	assert_int_equal(export_verdict_markdown(&verdict, &sink), -28);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml_names_what_broke_and_what_nobody_knows),
		cmocka_unit_test(test_xml_skips_what_may_be_unknown),
		cmocka_unit_test(test_markdown_quotes_every_name),
		cmocka_unit_test(test_the_name_of_the_file_chooses),
		cmocka_unit_test(test_a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
