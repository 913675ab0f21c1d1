/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line.  One loop cuts words into (option, value); one table says
 * which options there are; one small function for each kind of value checks
 * it and stores it at the option's place in struct options.
 */
#include "tui/options/options_parts.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/ground/words.h"
#include "tui/options/rule_text.h"
#include "views/format/format.h"

enum commands {
	LIVE = 1u << VERB_LIVE,
	OPEN = 1u << VERB_OPEN,
	RECORD = 1u << VERB_RECORD,
	CHECK = 1u << VERB_CHECK,
	ATTACH = 1u << VERB_ATTACH,
	STARTS = LIVE | RECORD | CHECK | ATTACH,
	/* commands whose options are followed by a program with its own arguments */
	PROGRAMS = LIVE | RECORD | CHECK | 1u << VERB_STANDBY,
	SCREENS = LIVE | OPEN | ATTACH,
	VIEW = 1u << VERB_REPORT | 1u << VERB_DIFF,
	EXPORT = 1u << VERB_EXPORT,
	NAMES = STARTS | 1u << VERB_RESOLVE,
	ALL = (1u << VERBS) - 1
};

static const struct {
	const char *word, *usage;
} verbs[] = {
#define VERB(id, word, function, usage, help) [VERB_##id] = { word, usage },
#include "tui/options/verbs.def"
#undef VERB
};

enum verb options_verb(const char *word)
{
	for (unsigned i = 0; word && *word && i < VERBS; i++)
		if (!strcmp(verbs[i].word, word))
			return (enum verb)i;
	return VERB_LIVE;
}

const char *options_verb_name(enum verb verb)
{
	return verb == VERB_LIVE ? "memtop" : verbs[verb].word;
}

int options_refuse(struct error *error, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	error->status = 2;
	vsnprintf(error->text, sizeof error->text, format, list);
	va_end(list);
	return -1;
}

int options_refuse_value(const struct parse *parse, const char *expected)
{
	return options_refuse(parse->error, "--%s=%s: expected %s; see memtop help",
			      parse->option->name, parse->value, expected);
}

void *options_field(const struct parse *parse)
{
	return (char *)parse->options + parse->option->offset;
}

static int parse_flag(const struct parse *parse)
{
	*(bool *)options_field(parse) = true;
	return 0;
}

static int parse_string(const struct parse *parse)
{
	if (!*parse->value)
		return options_refuse_value(parse, "a name");
	*(const char **)options_field(parse) = parse->value;
	return 0;
}

/* Reads a whole number in [min, max], with nothing before or after it. */
static int options_number(const char *text, unsigned long min, unsigned long max,
			  unsigned long *result)
{
	char *end;

	errno = 0;
	*result = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || *result < min || *result > max)
		return -EINVAL;
	return 0;
}

static int parse_frames(const struct parse *parse)
{
	unsigned long frames;

	if (options_number(parse->value, 1, 65535, &frames))
		return options_refuse_value(parse, "a number of frames from 1 to 65535");
	*(unsigned *)options_field(parse) = (unsigned)frames;
	return 0;
}

static int parse_count(const struct parse *parse)
{
	uint64_t count;

	if (format_parse_size(parse->value, &count) || count < 1024 || count > UINT32_MAX / 4)
		return options_refuse_value(parse, "a number of stack nodes from 1K to 1023M");
	*(unsigned *)options_field(parse) = (unsigned)count;
	return 0;
}

/* Reads a process id. */
static int parse_pid(const struct parse *parse)
{
	unsigned long pid;

	if (options_number(parse->value, 1, INT_MAX, &pid))
		return options_refuse_value(parse, "a process id");
	*(int32_t *)options_field(parse) = (int32_t)pid;
	return 0;
}

/* Reads the mean number of bytes from one recorded block to the next. */
static int parse_sample(const struct parse *parse)
{
	uint64_t *every = options_field(parse);

	if (!strcmp(parse->value, "off")) {
		*every = 0;
		return 0;
	}
	if (format_parse_size(parse->value, every) || *every > UINT64_C(1) << 40)
		return options_refuse_value(parse, "off or a size up to 1024G");
	return 0;
}

/* Refuses less than a megabyte, in which no history fits. */
static int parse_history(const struct parse *parse)
{
	uint64_t *bytes = options_field(parse);

	if (format_parse_size(parse->value, bytes) || *bytes > UINT64_C(1) << 40 ||
	    (*bytes && *bytes < 1 << 20))
		return options_refuse_value(parse, "0 or a size from 1M to 1024G");
	return 0;
}

static int parse_row_limit(const struct parse *parse)
{
	unsigned long limit;
	bool digits = !parse->value[strspn(parse->value, "0123456789")];

	/* No table has more rows than 32 bits can count, so a larger number means all
	 * rows too; one that does not fit into `limit` becomes the largest that does. */
	if (options_number(parse->value, 0, ULONG_MAX, &limit) &&
	    (limit != ULONG_MAX || !digits))
		return options_refuse_value(parse, "a number of rows");
	*(size_t *)options_field(parse) = limit < UINT32_MAX ? limit : 0;
	parse->options->limit_given = true;
	return 0;
}

static int parse_seconds(const struct parse *parse)
{
	char *end;
	double seconds = strtod(parse->value, &end);

	if (end == parse->value || *end || !(seconds > 0) || isinf(seconds))
		return options_refuse_value(parse, "a number of seconds above 0");
	*(double *)options_field(parse) = seconds;
	return 0;
}

/* The index of the option's word that is its value, or -1. */
static int word_index(const struct parse *parse, const char *value)
{
	size_t length = strlen(value);
	const char *word = parse->option->words;

	for (int i = 0; *word; i++) {
		size_t n = strcspn(word, "|");

		if (n == length && !memcmp(word, value, n))
			return i;
		word += n + (word[n] == '|');
	}
	return -1;
}

static int parse_choice(const struct parse *parse)
{
	int index = word_index(parse, parse->value);

	if (index < 0)
		return options_refuse_value(parse, parse->option->words);
	*(int *)options_field(parse) = index;
	return 0;
}

static int parse_choice_flag(const struct parse *parse)
{
	int index = word_index(parse, parse->value);

	if (index < 0)
		return options_refuse_value(parse, parse->option->words);
	*(bool *)options_field(parse) = index > 0;
	return 0;
}

static int parse_snapshot_rule(const struct parse *parse)
{
	struct options *options = parse->options;

	if (options->rules_length == RULES_MAX)
		return options_refuse(parse->error, "--%s: at most %u rules", parse->option->name,
				      RULES_MAX);
	const char *expected = rule_read(parse->value, &options->rules[options->rules_length]);

	options->rules_length += !expected;
	return expected ? options_refuse_value(parse, expected) : 0;
}

/* Reads a rule as for --snapshot-at, or the end of each process. */
static int parse_heap_rule(const struct parse *parse)
{
	struct options *options = parse->options;
	size_t n = options->rules_length;

	if (!strcmp(parse->value, "exit")) {
		options->session.look_at_end = options->session.keep_last_look = true;
		return 0;
	}
	int result = parse_snapshot_rule(parse);

	if (options->rules_length > n)
		options->rules[n].looks = true;
	return result;
}

/* The option is also named if its filter, which is optional, was not given. */
int options_refuse_filter(const struct parse *parse, const struct filter_error *wrong)
{
	const char *value = parse->value ? parse->value : "";

	return options_refuse(parse->error, "--%s='%.80s%s': column %zu: %s",
			      parse->option->name, value, strlen(value) > 80 ? "..." : "",
			      wrong->offset + 1, wrong->text);
}

/* Without a value, the program's own source folder is meant. */
static int parse_mine(const struct parse *parse)
{
	struct mine *mine = options_field(parse);
	char here[4096];

	mine->on = true;
	if (!parse->value)
		return 0;
	if (!*parse->value)
		return options_refuse_value(parse, "a folder");
	if (*parse->value != '/' && !getcwd(here, sizeof here))
		return options_refuse_value(parse, "a folder that can be found from here");
	if (!mine_add(mine, here, parse->value))
		return options_refuse(parse->error, "--mine: too many folders");
	return 0;
}

static int parse_filter(const struct parse *parse)
{
	struct options *options = parse->options;
	struct filter_error wrong;
	struct filter *filter = filter_parse(parse->value, &wrong);

	if (!filter)
		return options_refuse_filter(parse, &wrong);
	filter_free(filter);
	if (!((VIEW | EXPORT) & 1u << options->verb))
		options->filters_length = 0;            /* the view's first filter: one */
	if (options->filters_length == FILTERS_MAX)
		return options_refuse(parse->error,
				      "--filter: at most %d filters; join some with `and`",
				      FILTERS_MAX);
	options->filters[options->filters_length++] = parse->value;
	return 0;
}

static int parse_exit_code(const struct parse *parse)
{
	unsigned long code;

	if (options_number(parse->value, 1, 255, &code))
		return options_refuse_value(parse, "an exit status from 1 to 255");
	*(int *)options_field(parse) = (int)code;
	return 0;
}

static int parse_screen_size(const struct parse *parse)
{
	unsigned width, height;
	int end = 0;

	if (strspn(parse->value, "0123456789x") != strlen(parse->value) ||
	    sscanf(parse->value, "%4ux%4u%n", &width, &height, &end) != 2 ||
	    parse->value[end] || width < 20 || height < 6 || width > 1000 || height > 1000)
		return options_refuse_value(parse, "a size from 20x6 to 1000x1000");
	parse->options->app.width = parse->options->session.width = width;
	parse->options->app.height = parse->options->session.height = height;
	return 0;
}

/* Headings are in the table too, under a name that no word of a command line can have. */
#define NO_OPTION "="

static const struct option table[] = {
#define OPTION(name, letter, kind, field, words, commands, argument, help) \
	{ name, letter, parse_##kind, offsetof(struct options, field), words, commands, \
	  argument, help },
#define GROUP(title) { .name = NO_OPTION, .help = title },
#include "tui/options/options.def"
#undef OPTION
#undef GROUP
};
#define TABLE_LENGTH (sizeof table / sizeof *table)

#define HISTORY_DEFAULT (UINT64_C(64) << 20)

/* An option may have several entries if commands differ in what they mean by it.  Finds
 * the command's own one, else any, so that a message can say what the option is for. */
static const struct option *options_find(const char *name, size_t length, enum verb verb)
{
	const struct option *other = NULL;

	for (size_t i = 0; i < TABLE_LENGTH; i++) {
		if (strlen(table[i].name) != length || memcmp(table[i].name, name, length))
			continue;
		if (table[i].commands & 1u << verb)
			return &table[i];
		other = &table[i];
	}
	return other;
}

static const struct option *find_letter(char letter, enum verb verb)
{
	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (table[i].letter && table[i].letter == letter)
			return options_find(table[i].name, strlen(table[i].name), verb);
	return NULL;
}

static int options_unknown(const char *word, enum verb verb, struct error *error)
{
	size_t best = 0, most = 2;      /* letters in common; fewer than three don't
					 * count */
	const char *name = word[1] == '-' ? word + 2 : "";

	for (size_t i = 0; i < TABLE_LENGTH; i++) {
		size_t n = 0;

		while (name[n] && name[n] == table[i].name[n])
			n++;
		if (n > most && table[i].commands & 1u << verb) {
			most = n;
			best = i + 1;
		}
	}
	if (best)
		return options_refuse(error, "%.100s: no such option; did you mean --%s?",
				      word, table[best - 1].name);
	return options_refuse(error, "%.100s: no such option; see memtop help", word);
}

/* A list of words being read: the command line, or MEMTOP_OPTIONS. */
struct list {
	int argc, next;
	char **argv;
	bool environment;
};

static int options_apply(struct options *options, const struct option *option,
			 const char *value, struct list *list, struct error *error)
{
	struct parse parse = { options, option, value, error };

	if (!option->argument && value)
		return options_refuse(error, "--%s=%.100s: this option takes no value",
				      option->name, value);
	if (option->argument && *option->argument != '[' && !value) {
		if (list->next == list->argc)
			return options_refuse(error, "--%s: needs a value: --%s=%s",
					      option->name, option->name,
					      option->argument);
		parse.value = list->argv[list->next++];
	}
	if (option->commands & 1u << options->verb)
		return option->parse(&parse);
	if (list->environment)          /* the option may be meant for other commands */
		return 0;
	return options_refuse(error, "--%s: not an option of %s; see memtop help",
			      option->name, options_verb_name(options->verb));
}

static int read_option(struct options *options, struct list *list, struct error *error)
{
	const char *word = list->argv[list->next++];
	const char *value = NULL;
	const struct option *option;

	if (word[1] == '-') {
		size_t length = strcspn(word + 2, "=");

		option = options_find(word + 2, length, options->verb);
		value = word[2 + length] ? word + 2 + length + 1 : NULL;
	} else {
		option = find_letter(word[1], options->verb);
		if (option && word[2] && !option->argument)
			option = NULL;
		else if (word[2])
			value = word + 2;
	}
	if (!option)
		return options_unknown(word, options->verb, error);
	return options_apply(options, option, value, list, error);
}

static int read_list(struct options *options, struct list *list, struct error *error)
{
	bool program = PROGRAMS & 1u << options->verb;
	int kept = 0;
	bool ended = false;

	while (list->next < list->argc) {
		char *word = list->argv[list->next];

		if (!ended && !strcmp(word, "--")) {
			ended = true;
			list->next++;
		} else if (!ended && word[0] == '-' && word[1]) {
			if (read_option(options, list, error))
				return -1;
		} else {
			ended |= program;       /* the rest is the program's own */
			list->argv[kept++] = word;
			list->next++;
		}
	}
	options->words = list->argv;
	options->words_length = kept;
	list->argv[kept] = NULL;
	return 0;
}

static int read_environment(struct options *options, const char *text, struct error *error)
{
	struct list list = { .environment = true };
	char detail[sizeof error->text];

	list.argc = words_split(text, &options->environment);
	if (list.argc < 0)
		return options_refuse(error, "MEMTOP_OPTIONS: %s",
				      list.argc == -EINVAL ? "a quote is not closed"
							   : "out of memory");
	list.argv = options->environment;
	if (!read_list(options, &list, error)) {
		if (!options->words_length)
			return 0;
		snprintf(error->text, sizeof error->text, "%.100s: not an option",
			 options->words[0]);
	}
	snprintf(detail, sizeof detail, "%s", error->text);
	return options_refuse(error, "MEMTOP_OPTIONS: %.480s", detail);
}

/* Checks what goes with the tree of holders, which is made of whole stacks. */
static int nest(struct options *options, struct error *error)
{
	const struct view *view = &options->view;

	if (!options->by_given || view->by != BY_HOLDER)
		return options_refuse(error, "--tree: needs --by=holder (--by=tree is the tree of "
					     "callers)");
	if (options->format == REPORT_TRACEMALLOC)
		return options_refuse(error, "--format=tracemalloc: has no tree; text, json and "
					     "csv have");
	if (options->filters_length || view->sort || view->reverse || view->cumulative)
		return options_refuse(error, "--tree: is whole and has an order of its own, so it "
					     "does not go with --filter, --sort, --reverse and "
					     "--cumulative");
	options->view.by = BY_TRACEBACK;
	return 0;
}

int options_parse(struct options *options, enum verb verb, int argc, char **argv,
		  const char *environment, struct error *error)
{
	struct list list = { .argc = argc, .argv = argv };

	*options = (struct options){ .verb = verb, .session.history = HISTORY_DEFAULT };
	if (environment && (STARTS & 1u << verb) &&
	    read_environment(options, environment, error))
		return -1;
	if (read_list(options, &list, error))
		return -1;
	if (options->view.by == BY_TREE && options->format == REPORT_TRACEMALLOC)
		return options_refuse(
			error,
			"--format=tracemalloc: has no tree; text, json and csv have");
	if (options->view.nested && nest(options, error))
		return -1;
	if (options->session.maps && options->session.sample)
		return options_refuse(
			error, "--mmap: a sampled run does not record mappings; take one "
			       "of the two");
	options->session.source_maps = options->source_maps;
	options->session.search.folders = options->debug_paths;
	options->session.rules = options->rules;
	options->session.rules_length = options->rules_length;
	if (options->filters_length)
		options->app.filter = options->filters[0];
	options->view.mine = options->app.mine = &options->mine;
	return 0;
}

void options_free(struct options *options)
{
	limits_free(&options->limits);
	options_free_names(options);
	words_free(options->environment);
	options->environment = NULL;
}

static void options_describe_one(const struct option *option, FILE *out)
{
	char left[64];

	snprintf(left, sizeof left, "%s%c%s--%s%s%s", option->letter ? "-" : "   ",
		 option->letter ? option->letter : ' ', option->letter ? ", " : "",
		 option->name, option->argument && *option->argument != '[' ? "=" : "",
		 option->argument ? option->argument : "");
	fprintf(out, "  %-28s %s\n", left, option->help);
}

size_t options_describe(enum verb verb, bool whole, FILE *out)
{
	const char *title = NULL;
	size_t groups = 0, left = 0;

	for (size_t i = 0; i < TABLE_LENGTH; i++) {
		const struct option *option = &table[i];

		if (!strcmp(option->name, NO_OPTION))
			title = option->help;
		if (!(option->commands & 1u << verb))
			continue;
		groups += title != NULL;
		if (!whole && groups > 1) {
			left++;
		} else {
			if (title)
				fprintf(out, "%s%s:\n", groups > 1 ? "\n" : "", title);
			options_describe_one(option, out);
		}
		title = NULL;
	}
	return left;
}
