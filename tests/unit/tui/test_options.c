/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: what is read, what is refused and in which words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>
#include "tui/options/options.h"
#include "tui/options/rule_text.h"
#include "tracer/ground/words.h"

#define WORDS_MAX 80

/* A command line as one string, cut at spaces; kept for the options' pointers. */
struct line {
	struct options options;
	struct error error;
	char **words;
	int result;
};

static void read_line(struct line *line, enum verb verb, const char *text,
		      const char *environment)
{
	int length = words_split(text, &line->words);

	assert_true(length >= 0 && length < WORDS_MAX);
	line->result = options_parse(&line->options, verb, length, line->words, environment,
				     &line->error);
}

static void drop(struct line *line)
{
	options_free(&line->options);
	words_free(line->words);
}

static void refused(enum verb verb, const char *text, const char *part)
{
	struct line line;

	read_line(&line, verb, text, NULL);
	assert_int_equal(line.result, -1);
	assert_int_equal(line.error.status, 2);
	if (!strstr(line.error.text, part))
		fail_msg("'%s' said '%s', not '%s'", text, line.error.text, part);
	drop(&line);
}

static void program_ends_options(void **state)
{
	struct line line;

	(void)state;
	read_line(&line, VERB_LIVE, "--nframe=7 --ascii ./worker --nframe=9 -o x", NULL);
	assert_int_equal(line.result, 0);
	assert_int_equal(line.options.session.nframe, 7);
	assert_true(line.options.app.ascii);
	assert_null(line.options.session.output);
	assert_int_equal(line.options.words_length, 4);
	assert_string_equal(line.options.words[0], "./worker");
	assert_string_equal(line.options.words[1], "--nframe=9");
	assert_null(line.options.words[4]);
	drop(&line);
}

static void values_in_both_ways(void **state)
{
	struct line line;

	(void)state;
	read_line(&line, VERB_RECORD, "--nframe 12 -oone --follow exec --on-full=drop --force -- "
		  "--odd", NULL);
	assert_int_equal(line.result, 0);
	assert_int_equal(line.options.session.nframe, 12);
	assert_string_equal(line.options.session.output, "one");
	assert_int_equal(line.options.session.follow, FOLLOW_EXEC);
	assert_true(line.options.session.drop);
	assert_true(line.options.session.force);
	assert_int_equal(line.options.words_length, 1);
	assert_string_equal(line.options.words[0], "--odd");
	drop(&line);
}

static void views(void **state)
{
	struct line line;

	(void)state;
	read_line(&line, VERB_DIFF, "a --by=traceback --filter=+*.c b --filter 'size > 1K' "
		  "--sort=size_diff --reverse --limit=0 --frames=3 --raw --json", NULL);
	assert_int_equal(line.result, 0);
	assert_int_equal(line.options.view.by, BY_TRACEBACK);
	assert_int_equal(line.options.filters_length, 2);
	assert_int_equal(line.options.view.sort, COLUMN_SIZE_DIFF);
	assert_true(line.options.view.reverse && line.options.view.raw);
	assert_true(line.options.limit_given && !line.options.view.limit);
	assert_int_equal(line.options.view.frames, 3);
	assert_int_equal(line.options.format, REPORT_JSON);
	assert_int_equal(line.options.words_length, 2);
	assert_string_equal(line.options.words[1], "b");
	drop(&line);
}

static void environment_comes_first(void **state)
{
	struct line line;

	(void)state;
	read_line(&line, VERB_RECORD, "--filter=two ./w", "--nframe=5 --ascii --filter='a b'");
	assert_int_equal(line.result, 0);
	assert_int_equal(line.options.session.nframe, 5);
	assert_false(line.options.app.ascii);   /* an option of the screens: not record's */
	assert_int_equal(line.options.filters_length, 1);
	assert_string_equal(line.options.app.filter, "two");
	drop(&line);
	read_line(&line, VERB_REPORT, "x", "--no-such");
	assert_int_equal(line.result, 0);
	drop(&line);
	read_line(&line, VERB_LIVE, "x", "--quiet y");
	assert_string_equal(line.error.text, "MEMTOP_OPTIONS: y: not an option");
	drop(&line);
	read_line(&line, VERB_LIVE, "x", "--log='y");
	assert_string_equal(line.error.text, "MEMTOP_OPTIONS: a quote is not closed");
	drop(&line);
}

static void refusals(void **state)
{
	(void)state;
	refused(VERB_LIVE, "--nframe=0 x", "--nframe=0: expected a number of frames from 1 to 65535");
	refused(VERB_LIVE, "--nframe=65536 x", "65535");
	refused(VERB_LIVE, "--nframe=1x x", "65535");
	refused(VERB_LIVE, "--nframe=+1 x", "65535");
	refused(VERB_LIVE, "--nframe", "--nframe: needs a value: --nframe=N");
	refused(VERB_LIVE, "--nfram=3 x", "did you mean --nframe?");
	refused(VERB_LIVE, "--ascii=3 x", "takes no value");
	refused(VERB_LIVE, "-z x", "-z: no such option");
	refused(VERB_LIVE, "--by=lineno x", "--by: not an option of memtop");
	refused(VERB_RECORD, "--log=y x", "--log: not an option of record");
	refused(VERB_RECORD, "--follow=some x", "expected all|exec|none");
	refused(VERB_RECORD, "--source-map=a x", "expected OLD=NEW");
	refused(VERB_RECORD, "--debug-path=/nowhere/at/all x", "No such file");
	refused(VERB_RESOLVE, "--sysroot=/dev/null x", "--sysroot=/dev/null: it is not a folder");
	refused(VERB_REPORT, "--sysroot=/ x", "--sysroot: not an option of report");
	refused(VERB_RECORD, "--symbol-time=-1 x", "seconds");
	refused(VERB_RECORD, "--max-traces=12 x", "from 1K");
	refused(VERB_LIVE, "--size=10x10 x", "20x6");
	refused(VERB_LIVE, "--size=80x24x x", "20x6");
	refused(VERB_LIVE, "--filter='size >' x", "--filter='size >': column ");
	refused(VERB_REPORT, "--by=line x", "expected lineno, traceback");
	refused(VERB_REPORT, "--by=tree --format=tracemalloc x", "has no tree");
	refused(VERB_REPORT, "--sort=nothing x", "--sort=help");
	refused(VERB_REPORT, "--sort=size_diff x", "diff only");
	refused(VERB_REPORT, "--tree x", "--tree: needs --by=holder");
	refused(VERB_DIFF, "--by=tree --tree x y", "--tree: needs --by=holder");
	refused(VERB_REPORT, "--by=holder --tree --format=tracemalloc x", "has no tree");
	refused(VERB_EXPORT, "--by=holder --tree --filter=x y", "does not go with --filter");
	refused(VERB_REPORT, "--by=holder --tree --reverse x", "does not go with --filter");
	refused(VERB_REPORT, "--format=xml x", "expected text|json|csv|tracemalloc");
	refused(VERB_REPORT, "--limit=-1 x", "rows");
}

static void later(void **state)
{
	struct line line;

	(void)state;
	refused(VERB_LIVE, "--sample=often x", "--sample=often: expected off or a size");
	read_line(&line, VERB_RECORD, "--sample=512K x", NULL);
	assert_int_equal(line.options.session.sample, 512 * 1024);
	drop(&line);
	refused(VERB_LIVE, "--python=on x", "auto|only|off");
	read_line(&line, VERB_RECORD, "--sample=off --python=only --history=32M x", NULL);
	assert_int_equal(line.result, 0);
	drop(&line);
	read_line(&line, VERB_REPORT, "--process=4711 x", NULL);
	assert_int_equal(line.result, 0);
	assert_string_equal(line.options.process, "4711");
	drop(&line);
}

/* Texts of rules, and what they mean. */
static void rules(void **state)
{
	static const struct {
		const char *text, *name;
		struct rule rule;
	} good[] = {
		{ "every 10m", "every-10m", { .kind = RULE_EVERY, .seconds = 600 } },
		{ "at 1h30m", "at-1h30m", { .kind = RULE_AT, .seconds = 5400 } },
		{ "current > 500M", "current-500M", { .kind = RULE_CURRENT, .bytes = 500 << 20 } },
		{ "current>1K", "current-1K", { .kind = RULE_CURRENT, .bytes = 1024 } },
		{ " rss  >  92.5%", "rss-92.5", { .kind = RULE_RSS, .percent = 92.5 } },
		{ "grown > 100", "grown-100", { .kind = RULE_GROWN, .bytes = 100 } },
		{ "signal SIGUSR2", "signal-SIGUSR2", { .kind = RULE_SIGNAL, .signal = SIGUSR2 } },
		{ "mark phase *", "mark-phase", { .kind = RULE_MARK } },
	};
	static const struct { const char *text, *expected; } bad[] = {
		{ "", "a rule" }, { "peak 5", "a rule" }, { "every10m", "a rule" },
		{ "every", "a time" }, { "every 10", "a time" }, { "every 0.5s", "a second or more" },
		{ "at -5m", "a time" }, { "at 90s later", "a time" }, { "current", "after >" },
		{ "current < 5M", "after >" }, { "current > ", "after >" }, { "rss > 0%", "after >" },
		{ "rss > 101%", "after >" }, { "rss > %", "after >" }, { "rss > nan%", "after >" },
		{ "grown > 90%", "a size" }, { "mark", "a pattern" }, { "signal HUP", "USR1 or USR2" },
		{ "signal", "USR1 or USR2" },
	};
	struct rule rule;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_null(rule_read(good[i].text, &rule));
		assert_string_equal(rule.name, good[i].name);
		assert_int_equal(rule.kind, good[i].rule.kind);
		assert_true(rule.seconds == good[i].rule.seconds);
		assert_true(rule.percent == good[i].rule.percent);
		assert_int_equal(rule.bytes, good[i].rule.bytes);
		assert_int_equal(rule.signal, good[i].rule.signal);
	}
	assert_string_equal(rule.glob, "phase *");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *expected = rule_read(bad[i].text, &rule);

		if (!expected || !strstr(expected, bad[i].expected))
			fail_msg("'%s': %s", bad[i].text, expected ? expected : "taken");
	}
}

static void rules_are_options(void **state)
{
	struct line line;
	char many[RULES_MAX * 24 + 40] = "";

	(void)state;
	refused(VERB_LIVE, "--snapshot-at=peak x", "--snapshot-at=peak: expected a rule: every TIME");
	refused(VERB_REPORT, "--snapshot-at=peak x", "not an option of report");
	read_line(&line, VERB_CHECK, "--snapshot-at=at=5 x", NULL);
	assert_int_equal(line.result, -1);
	drop(&line);
	for (unsigned i = 0; i < RULES_MAX; i++)
		strcat(many, "--snapshot-at=grown>1M ");
	strcat(many, "x");
	read_line(&line, VERB_RECORD, many, NULL);
	assert_int_equal(line.result, 0);
	assert_int_equal(line.options.session.rules_length, RULES_MAX);
	assert_int_equal(line.options.session.rules[RULES_MAX - 1].bytes, 1 << 20);
	drop(&line);
	strcpy(many + strlen(many) - 1, "--snapshot-at=grown>1M x");
	refused(VERB_RECORD, many, "at most 64 rules");
}

static void verbs(void **state)
{
	(void)state;
	assert_int_equal(options_verb("record"), VERB_RECORD);
	assert_int_equal(options_verb("./record"), VERB_LIVE);
	assert_int_equal(options_verb(""), VERB_LIVE);
	assert_int_equal(options_verb(NULL), VERB_LIVE);
	assert_string_equal(options_verb_name(VERB_LIVE), "memtop");
	assert_string_equal(options_verb_name(VERB_DIFF), "diff");
}

static void words(void **state)
{
	static const struct {
		const char *text;
		int length;
		const char *words[4];
	} cases[] = {
		{ "", 0, { NULL } },
		{ " \t\n", 0, { NULL } },
		{ "a  b", 2, { "a", "b" } },
		{ "'a  b'c \"d'e\"", 2, { "a  bc", "d'e" } },
		{ "'' \"\" x", 3, { "", "", "x" } },
		{ "a\\ b \"\\\"\" '\\'", 3, { "a b", "\"", "\\" } },
		{ "'open", -EINVAL, { NULL } },
		{ "back\\", 1, { "back\\" } }
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char **list;

		assert_int_equal(words_split(cases[i].text, &list), cases[i].length);
		for (int j = 0; j < cases[i].length; j++)
			assert_string_equal(list[j], cases[i].words[j]);
		words_free(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_ends_options),
		cmocka_unit_test(values_in_both_ways),
		cmocka_unit_test(views),
		cmocka_unit_test(environment_comes_first),
		cmocka_unit_test(refusals),
		cmocka_unit_test(later),
		cmocka_unit_test(rules),
		cmocka_unit_test(rules_are_options),
		cmocka_unit_test(verbs),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
