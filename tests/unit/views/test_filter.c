/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The filter language: what each production keeps of one small heap, and for
 * each error its place and its sentence.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/filter/filter_run.h"
#include "views/table/table.h"

/* Stacks A to E, told apart by their sizes 1, 2, 4, 8, 16. */
static const char heap_lines[] =
	"f\t/src/main.c\t10\tmain\t/bin/worker\t1\t\n"                     /* 1 */
	"f\t/src/cache.c\t42\tcache_put\t/bin/worker\t1\t\n"               /* 2 */
	"f\t/usr/include/c++/12/new\t5\toperator new\t/bin/worker\t2\tw\n" /* 3 */
	"f\t/src/Parse.cc\t7\tParser::next(int)\t/lib/libparse.so\t2\t\n"  /* 4 */
	"f\t/app/mod.pyc\t3\thandle\t\t4\t\n"                              /* 5 */
	"f\t/lib/libz.so\t0\tinflate\t/lib/libz.so\t0\t\n"                 /* 6 */
	"f\t/my dir/a:b.c\t9\todd one\t/bin/worker\t1\t\n"                 /* 7 */
	"t\t100\tmain\n"
	"t\t101\tpool\n"
	"b\t0\t1\t1\t1\t2\t1\n"         /* A: cache_put < main */
	"b\t0\t2\t2\t1\t3\t4\t1\n"      /* B: operator new < Parser::next < main */
	"b\t1\t1\t4\t1\t5\t1\n"         /* C: handle (Python) < main */
	"b\t17\t2\t8\t1\t6\t2\t1\n"     /* D: inflate < cache_put < main */
	"b\t0\t1\t16\t1\t7\n";          /* E: odd one */

enum { A = 1, B = 2, C = 4, D = 8, E = 16, ALL = 31 };

/* The sum of what the filters keep; both texts are filters that are on. */
static uint64_t kept_by(const char *text, const char *more, bool raw)
{
	static struct heap_text heap;
	struct snapshot *snapshot;
	struct filter_error error;
	struct filter_list list = {0};
	struct view view = {.by = BY_TRACEBACK, .raw = raw, .filters = &list};
	struct table *table;
	char problem[256];
	uint64_t size;

	heap_text_begin(&heap, NULL);
	snapshot = heap_text_parse(&heap, heap_lines, "now");
	list.filters[list.length++] = filter_parse(text, &error);
	if (!list.filters[0])
		fail_msg("'%s' at %zu: %s", text, error.offset, error.text);
	if (more)
		list.filters[list.length++] = filter_parse(more, &error);
	assert_string_equal(filter_text(list.filters[0]), text);
	table = table_build(&view, snapshot, NULL, problem);
	assert_non_null(table);
	size = table->sum.size;
	table_free(table);
	for (size_t i = 0; i < list.length; i++)
		filter_free(list.filters[i]);
	snapshot_release(snapshot);
	catalog_release(heap.catalog);
	return size;
}

static const struct {
	const char *text;
	unsigned kept;
} keeps[] = {
	{"", ALL}, {"   ", ALL},
	/* rules */
	{"+*cache.c", A}, {"+*/cache.c:42", A}, {"+*/cache.c:41", 0}, {"+any:*cache.c", A | D},
	{"-*cache.c", ALL & ~A}, {"-any:*cache.c", ALL & ~(A | D)}, {"+cache.c", 0},
	{"+any:*:42", A | D}, {"+*.py", C}, {"+*.pyc", C}, {"+*.py:3", C}, {"+/src/*", A | B},
	{"+/src/* +*.pyc -*Parse*", A | C}, {"+/src/* and -*cache.c", B},
	{"+\"/my dir/*\"", E}, {"+\"/my dir/a:b.c\":9", E}, {"+\"*b.c\":8", 0}, {"-5", ALL},
	{"+*c++*", 0}, {"+any:*c++*", B}, {"+\"*.[c]\"", A | E}, {"+/src/[Pc]*", A | B},
	/* tests of the frame that names the trace */
	{"file=cache.c", A}, {"file = cache.c", A}, {"file=/src/*", A | B}, {"file=src/*", 0},
	{"file!=cache.c", ALL & ~A}, {"file~\"^/src/.*\\\\.c$\"", A}, {"file!~src", C | D | E},
	{"line=42", A}, {"line>9", A}, {"line>=9", A | E}, {"line<5", C | D}, {"line<=3", C | D},
	{"line!=0", ALL & ~D}, {"function=cache_put", A}, {"func=cache_*", A},
	{"function=\"Parser::next(int)\"", B}, {"function~^(main|handle)$ )", 0},
	{"module=worker", A | E}, {"module=libparse.so", B}, {"module=/lib/*", B | D},
	{"module=lib*", B | D}, {"thread=main", A | C | E}, {"thread=101", B | D},
	{"thread!=pool", A | C | E}, {"domain=python", C}, {"domain=1", C}, {"domain=17", D},
	{"domain=malloc", A | B | E}, {"lang=c++", B}, {"lang=c", A | E}, {"lang=\"\"", D},
	{"python", C}, {"native", ALL & ~C},
	/* any frame */
	{"any.file=cache.c", A | D}, {"any.function=main", A | B | C | D}, {"any.line=10", 15},
	{"any.line>41", A | D}, {"any.module=worker", ALL}, {"any.func!=main", E},
	{"any.function~^oper", B},
	/* words */
	{"cache", A | D}, {"CACHE", 0}, {"parse", B}, {"Parse", B}, {"PARSE", 0}, {"libz", D},
	{"\"odd one\"", E}, {"\"my dir\"", E}, {"c*put", A | D}, {"\"c*put\"", 0}, {"inflat?", D},
	{"main", A | B | C | D}, {"file.c", 0}, {"\"file\"", 0},
	/* and, or, not, parentheses */
	{"main not cache", B | C}, {"not cache and main", B | C}, {"cache or handle", A | C | D},
	{"not (cache or handle)", B | E}, {"cache libz or odd", D | E}, {"not not cache", A | D},
	{"(cache)(main)", A | D}, {"cache or", 0}, {"not +*cache.c", ALL & ~A},
	{"not -*cache.c", A}, {"(+*cache.c) (+*Parse.cc)", 0}, {"+*cache.c +*Parse.cc", A | B},
	{"(+*cache.c or +*Parse.cc) -*.c", B}, {"main -*cache.c", B | C | D},
	{"+*cache.c main +*Parse.cc", A | B},
	/* rows */
	{"size>=4", C | D | E}, {"size=1", A}, {"size!=1", ALL & ~A}, {"size<0.01K", A | B | C | D},
	{"count=1", ALL}, {"average>3", C | D | E}, {"total<2", A}, {"allocations>0k", ALL},
	{"temporary=0", ALL}, {"peak>15B", E}, {"size>-1", ALL}, {"not size>2", A | B},
	{"size>3 main", C | D}, {"size=1 or size=16", A | E}, {"(size>3 main) thread=main", C},
};

static void test_keeps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		struct filter_error error;
		struct filter *filter = filter_parse(keeps[i].text, &error);

		/* Those that are no filters stand for what errors below. */
		if (!filter) {
			assert_int_equal(keeps[i].kept, 0);
			continue;
		}
		filter_free(filter);
		if (kept_by(keeps[i].text, NULL, false) != keeps[i].kept)
			fail_msg("'%s' keeps %u", keeps[i].text,
				 (unsigned)kept_by(keeps[i].text, NULL, false));
	}
}

static void test_lists(void **state)
{
	(void)state;
	/* Pure rule lists are joined: any "+" of either will do. */
	assert_int_equal(kept_by("+*cache.c", "+*Parse.cc", false), A | B);
	assert_int_equal(kept_by("+*cache.c", "-*Parse.cc", false), A);
	/* Others are ANDed. */
	assert_int_equal(kept_by("+*cache.c", "(+*Parse.cc)", false), 0);
	assert_int_equal(kept_by("main", "cache", false), A | D);
	assert_int_equal(kept_by("main", "size>1", false), B | C | D);
	/* raw: a wrapper may be the newest frame. */
	assert_int_equal(kept_by("+*c++*", NULL, true), B);
	assert_int_equal(kept_by("function=\"operator new\"", NULL, true), B);
}

/* How many of a snapshot's rows a filter keeps of which `nframe` frames are stored. */
static unsigned rows_kept(const struct filter_list *list, const struct snapshot *snapshot,
			  size_t nframe)
{
	struct legend *legend = legend_new();
	struct filter_run *run = filter_run_new(list, legend, &(struct view){0});
	struct legend_side *side = legend_side(legend, snapshot->catalog);
	unsigned kept = 0;

	for (size_t i = 0; i < snapshot->rows_length; i++)
		kept += filter_run_keeps(run, side, nframe, &snapshot->rows[i]);
	filter_run_free(run);
	legend_release(legend);
	return kept;
}

static void test_the_frames_that_are_stored_are_those_that_count(void **state)
{
	static struct heap_text heap;
	struct filter_error error;
	struct filter_list list = {.length = 1};
	struct snapshot *snapshot;

	(void)state;
	heap_text_begin(&heap, NULL);
	snapshot = heap_text_parse(&heap, heap_lines, "now");
	list.filters[0] = filter_parse("any.function=main", &error);
	assert_int_equal(rows_kept(&list, snapshot, 64), 4);
	/* Of only one stored frame, nobody is called by main. */
	assert_int_equal(rows_kept(&list, snapshot, 1), 0);
	assert_false(filters_have_row_tests(&list));
	filter_free(list.filters[0]);
	snapshot_release(snapshot);
	catalog_release(heap.catalog);
}

static const struct {
	const char *text;
	size_t offset;
	const char *sentence;
} errors[] = {
	{"file=", 5, "expected a value after '='"},
	{"size > ", 7, "expected a value after '>'"},
	{"main )", 5, "this ')' closes nothing: expected 'and', 'or' or the end"},
	{"(main", 0, "this '(' is not closed: expected ')'"},
	{"main (cache or (x)", 5, "this '(' is not closed: expected ')'"},
	{"()", 1, "expected a test, a rule, a word or '(', not ')'"},
	{"main and", 8, "expected a test, a rule, a word or '(', not the end"},
	{"main or ", 8, "expected a test, a rule, a word or '(', not the end"},
	{"=x", 0, "expected a test, a rule, a word or '(', not '='"},
	{"a\xc3\xa9", 1, "expected a space, not '\xc3\xa9'; put text with such characters in quotes"},
	{"foo,bar", 3, "expected a space, not ','; put text with such characters in quotes"},
	{"foo=bar", 0, "there is no field 'foo': expected file, line, function, module, thread, "
		       "domain, lang, size, count, ..."},
	{"main any.size > 3", 5, "there is no field 'any.size': expected file, line, function, "
				 "module, thread, domain, lang, size, count, ..."},
	{"size", 4, "expected =, <, > or the like after the field 'size'; to look for the word "
		    "write \"size\""},
	{"and x", 0, "expected a test before 'and'; to look for the word write \"and\""},
	{"x and and y", 6, "expected a test before 'and'; to look for the word write \"and\""},
	{"or", 0, "expected a test before 'or'; to look for the word write \"or\""},
	{"not", 3, "expected a test after 'not'; to look for the word write \"not\""},
	{"size > big", 7, "expected a number such as 512, 64K or 1.5M"},
	{"count = 1KB", 8, "expected a number such as 12, 5K or 1M"},
	{"size ~ 5", 5, "'size' is a number: expected =, !=, <, <=, > or >="},
	{"file < 5", 5, "'file' is a text: expected =, !=, ~ or !~"},
	{"file ~ (", 7, "expected an extended regular expression: Unmatched ( or \\("},
	{"file ~ a{500}{500}", 7, "this expression is too large: expected at most 1000 bytes, "
				  "and 4000 parts with its repeats written out"},
	{"\"abc", 0, "this string is not closed: expected another '\"'"},
	{"file=\"abc", 5, "this string is not closed: expected another '\"'"},
	{"\"a\"b", 3, "expected a space or the end after the string"},
	{"file=\"a\"b", 8, "expected a space or the end after the string"},
	{"+", 1, "expected a file pattern after '+'"},
	{"- main", 1, "expected a file pattern after '-'"},
	{"+any:", 5, "expected a file pattern after '+any:'"},
	{"+:12", 1, "expected a file pattern before ':'"},
	{"+\"a\":x", 5, "expected a line number after ':'"},
	{"+\"a\":12345678901234", 0,
	 "this line number is too large: expected at most 4294967295"},
	{"+\"a\":123456789012345", 5, "expected a line number after ':'"},
	{"+\"a\"x", 4, "expected ':' and a line number, a space or the end after the string"},
	{"+a:4294967296", 0, "this line number is too large: expected at most 4294967295"},
	{"main or size > 1", 8, "'or' joins a test of traces (file, function, ...) with one of "
				"rows (size, count, ...): expected one kind"},
	{"not (main size>1)", 5, "'not' cannot hold tests of traces (file, ...) and of rows "
				 "(size, ...) together: expected one kind"},
	{"(a size>1) or b", 1, "'or' cannot hold tests of traces (file, ...) and of rows "
			       "(size, ...) together: expected one kind"},
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct filter_error error;

		if (filter_parse(errors[i].text, &error))
			fail_msg("'%s' is no error", errors[i].text);
		if (error.offset != errors[i].offset || strcmp(error.text, errors[i].sentence))
			fail_msg("'%s': at %zu: %s", errors[i].text, error.offset, error.text);
	}
}

static void test_depth(void **state)
{
	struct filter_error error;
	char text[1000];

	(void)state;
	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_null(filter_parse(text, &error));
	assert_int_equal(error.offset, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_the_frames_that_are_stored_are_those_that_count), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
