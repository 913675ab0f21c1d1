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
		puts("\nMEMTOP_OPTIONS holds more of them.");
	if (verb == VERB_EXPORT) {
		puts("\nFormats:");
		cmd_format_help();
	}
	puts("\nThe whole story: man memtop");
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
