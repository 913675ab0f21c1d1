/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each rule is a word and what the word takes. */
#include "tui/options/rule_text.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/span.h"
#include "views/format/format.h"

#define BLANKS " \t"
#define SPAN_LEAST 1.0                  /* least seconds between two snapshots of
					 * `every` */

static const char *read_time(const char *text, struct rule *rule)
{
	if (!span_parse(text, &rule->seconds) || rule->seconds >= 1e9)
		return "a time, such as 90s or 1h30m";
	if (rule->kind == RULE_EVERY && rule->seconds < SPAN_LEAST)
		return "a time of a second or more, such as 10m";
	return NULL;
}

/* Reads "> 500M" or, for rules about a ceiling, "> 90%". */
static const char *read_threshold(const char *text, struct rule *rule)
{
	bool shares = rule->kind != RULE_GROWN;
	const char *expected = shares ? "a size or a percentage after >, such as > 500M or > 90%"
				      : "a size after >, such as > 100M";
	size_t length = strlen(text);
	char *end;

	if (*text != '>')
		return expected;
	text++;
	text += strspn(text, BLANKS);
	length = strlen(text);
	if (!shares || !length || text[length - 1] != '%')
		return format_parse_size(text, &rule->bytes) ? expected : NULL;
	rule->percent = strtod(text, &end);
	return end == text + length - 1 && rule->percent > 0 && rule->percent <= 100 ? NULL
										      : expected;
}

static const char *read_glob(const char *text, struct rule *rule)
{
	rule->glob = text;
	return *text ? NULL : "a pattern for the texts of marks, such as 'phase *'";
}

static const char *read_signal(const char *text, struct rule *rule)
{
	if (!strncmp(text, "SIG", 3))
		text += 3;
	rule->signal = !strcmp(text, "USR1") ? SIGUSR1 : !strcmp(text, "USR2") ? SIGUSR2 : 0;
	return rule->signal ? NULL : "USR1 or USR2";
}

static const struct {
	const char *word;
	enum rule_kind kind;
	const char *(*read)(const char *text, struct rule *rule);
} words[] = {
	{ "every", RULE_EVERY, read_time },		{ "at", RULE_AT, read_time },
	{ "current", RULE_CURRENT, read_threshold },	{ "rss", RULE_RSS, read_threshold },
	{ "grown", RULE_GROWN, read_threshold },	{ "mark", RULE_MARK, read_glob },
	{ "signal", RULE_SIGNAL, read_signal },
};
#define WORDS (sizeof(words) / sizeof(*words))

/* Makes the snapshot's name from the rule: "every-10m", "rss-90", "mark-phase". */
static void name_rule(const char *text, char name[64])
{
	size_t n = 0;

	for (; *text && n < 63; text++) {
		bool good = isalnum((unsigned char)*text) || (*text == '.' && n) || *text == '_';

		if (good)
			name[n++] = *text;
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		n--;
	name[n] = '\0';
}

const char *rule_read(const char *text, struct rule *rule)
{
	text += strspn(text, BLANKS);
	size_t length = strcspn(text, BLANKS ">");

	for (size_t i = 0; i < WORDS; i++) {
		if (strlen(words[i].word) != length || memcmp(words[i].word, text, length))
			continue;
		*rule = (struct rule){ .kind = words[i].kind };
		name_rule(text, rule->name);
		text += length;
		return words[i].read(text + strspn(text, BLANKS), rule);
	}
	return "a rule: every TIME, at TIME, current > SIZE, rss > SIZE, grown > SIZE, mark GLOB, "
	       "signal USR1";
}
