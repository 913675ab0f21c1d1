/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop help: everything out of verbs.def and options.def. */
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

/* What one wants of it most often, two lines at most. */
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
	[VERB_STANDBY] = "  memtop standby ./server\n",
	[VERB_HELP] = "  memtop help record\n",
};

static void print_usage(const char *before, enum verb verb)
{
	printf("%smemtop %s%s%s\n", before, verbs[verb].word, verb == VERB_LIVE ? "" : " ",
	       verbs[verb].usage);
}

int cmd_help_verb(const struct options *options)
{
	enum verb verb = options->verb;

	print_usage("Usage: ", verb);
	printf("%c%s.\n\n", toupper((unsigned char)verbs[verb].help[0]), verbs[verb].help + 1);
	if (verb == VERB_LIVE) {
		puts("Other commands (memtop help COMMAND):");
		for (int i = VERB_LIVE + 1; i < VERBS; i++)
			printf("  %-8s %s\n", verbs[i].word, verbs[i].help);
		puts("");
	}
	puts("Options:");
	options_describe(verb, stdout);
	if (verb == VERB_LIVE || verb == VERB_RECORD || verb == VERB_CHECK ||
	    verb == VERB_ATTACH)
		puts("\nMEMTOP_OPTIONS can hold more options.");
	if (verb == VERB_EXPORT) {
		puts("\nFormats:");
		cmd_format_help();
	}
	if (examples[verb])
		printf("\nExamples:\n%s", examples[verb]);
	bool own_page = verb != VERB_LIVE && verb != VERB_OPEN && verb != VERB_HELP;

	printf("\nFull documentation: man memtop%s%s\n", own_page ? "-" : "",
	       own_page ? verbs[verb].word : "");
	return cmd_flush();
}

int cmd_help(struct options *options)
{
	const char *word = options->words_length ? options->words[0] : NULL;
	struct options other = { .verb = options_verb(word) };

	if (options->words_length > 1)
		return cmd_usage("help: needs one command at most; see memtop help");
	if (word && other.verb == VERB_LIVE && strcmp(word, "memtop"))
		return cmd_usage("help: %s: no such command; see memtop help", word);
	return cmd_help_verb(&other);
}
