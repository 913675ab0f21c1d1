/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop help: printed from verbs.def and options.def. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "tui/commands/cmd.h"

static const struct {
	const char *word, *usage, *help;
} verbs[] = {
#define VERB(id, word, function, usage, help) [VERB_##id] = { word, usage, help },
#include "tui/options/verbs.def"
#undef VERB
};

/* The order in which they are listed; a title stands before those that follow it. */
static const struct {
	const char *title;              /* NULL: none, but this command */
	enum verb verb;
} listed[] = {
#define VERB(id, word, function, usage, help) { NULL, VERB_##id },
#define GROUP(title) { title, VERBS },
#include "tui/options/verbs.def"
#undef VERB
};

/* The most common uses, at most two lines each. */
static const char *const examples[VERBS] = {
	[VERB_LIVE] = "  memtop ./worker\n  memtop python3 worker.py\n",
	[VERB_RECORD] = "  memtop record -o run.memtop ./worker 1000\n"
			"  memtop record --snapshot-at='every 10m' ./server\n",
	[VERB_CHECK] = "  memtop check --max-peak=64M --max-exit=0 -- ./test\n"
		       "  memtop check --no-leaking --report=memory.xml -- ./soak-test\n",
	[VERB_OPEN] = "  memtop open run.memtop\n",
	[VERB_REPORT] = "  memtop report run.memtop@peak\n"
			"  memtop report --sort=growth --limit=5 run.memtop\n",
	[VERB_DIFF] = "  memtop diff run.memtop@20s run.memtop@exit\n"
		      "  memtop diff --by=function old.memtop new.memtop\n",
	[VERB_EXPORT] = "  memtop export -o heap.svg run.memtop@peak\n",
	[VERB_RESOLVE] = "  memtop resolve --debug-path=/srv/debug run.memtop\n",
	[VERB_CTL] = "  memtop ctl 4711 snapshot warm\n  memtop ctl 4711 heap look\n",
	[VERB_ATTACH] = "  memtop attach 4711\n",
	[VERB_LIST] = "  memtop list\n",
	[VERB_STANDBY] = "  memtop standby ./server\n",
	[VERB_HELP] = "  memtop help record\n",
};

/* "memtop record [OPTIONS] ..." */
static void print_usage(enum verb verb)
{
	const char *word = verbs[verb].word, *usage = verbs[verb].usage;

	printf("Usage: memtop%s%s%s%s\n", *word ? " " : "", word, *usage ? " " : "", usage);
	printf("%c%s.\n", toupper((unsigned char)verbs[verb].help[0]), verbs[verb].help + 1);
}

static void print_verbs(void)
{
	for (size_t i = 1; i < sizeof listed / sizeof *listed; i++)
		if (listed[i].title)
			printf("\n%s:\n", listed[i].title);
		else
			printf("  %-8s %s\n", verbs[listed[i].verb].word,
			       verbs[listed[i].verb].help);
}

static void print_end(enum verb verb)
{
	bool own_page = verb != VERB_LIVE && verb != VERB_OPEN && verb != VERB_HELP;

	printf("\nExamples:\n%s", examples[verb]);
	printf("\nFull documentation: man memtop%s%s\n", own_page ? "-" : "",
	       own_page ? verbs[verb].word : "");
}

/* Prints all commands, and the options that are needed first. */
static int print_overview(void)
{
	print_usage(VERB_LIVE);
	print_verbs();
	puts("");
	size_t left = options_describe(VERB_LIVE, false, stdout);

	printf("\nmemtop help memtop lists %zu more options, memtop help COMMAND those of a command.\n",
	       left);
	print_end(VERB_LIVE);
	return cmd_flush();
}

static int print_verb(enum verb verb)
{
	print_usage(verb);
	puts("");
	options_describe(verb, true, stdout);
	if (verb == VERB_LIVE || verb == VERB_RECORD || verb == VERB_CHECK ||
	    verb == VERB_ATTACH)
		puts("\nMEMTOP_OPTIONS can hold more options.");
	if (verb == VERB_EXPORT) {
		puts("\nFormats:");
		cmd_format_help();
	}
	print_end(verb);
	return cmd_flush();
}

int cmd_help_verb(const struct options *options)
{
	return options->verb == VERB_LIVE ? print_overview() : print_verb(options->verb);
}

int cmd_help(struct options *options)
{
	const char *word = options->words_length ? options->words[0] : NULL;
	enum verb verb = options_verb(word);

	if (options->words_length > 1)
		return cmd_usage("help: needs one command at most; see memtop help");
	if (!word)
		return print_overview();
	if (verb == VERB_LIVE && strcmp(word, "memtop"))
		return cmd_usage("help: %s: no such command; see memtop help", word);
	return print_verb(verb);
}
