/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop ctl PID ...: sends one line to a running memtop, and prints its answer. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/run/ctl.h"
#include "tui/commands/cmd.h"
#include "views/format/format.h"

/* How many words follow a request: at least, and at most. */
static const struct {
	const char *word;
	int least, most;
} requests[] = {
	{ "snapshot", 0, 1 },
	{ "heap", 0, 1 },
	{ "held", 0, 1 },
	{ "mark", 1, INT_MAX },
	{ "stop", 0, 0 }
};

static bool is_request(char *const *words, int length)
{
	for (size_t i = 0; length && i < sizeof requests / sizeof *requests; i++)
		if (!strcmp(words[0], requests[i].word))
			return length - 1 >= requests[i].least && length - 1 <= requests[i].most;
	return false;
}

/* Joins the words with single spaces; -1 if they are too long or contain a newline. */
static int cmd_ctl_join(char *const *words, int length, char *line, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < length; i++) {
		int n = snprintf(line + used, size - used, "%s%s", i ? " " : "", words[i]);

		if (n < 0 || (size_t)n >= size - used || strchr(words[i], '\n'))
			return -1;
		used += (size_t)n;
	}
	return 0;
}

int cmd_ctl(struct options *options)
{
	int length = options->words_length - 1;
	char *const *words = options->words + 1;
	char line[4096], answer[CTL_REPLY], safe[4 * CTL_REPLY];
	struct error error;
	int pid;

	if (length < 1 || !is_request(words, length))
		return cmd_usage("ctl: needs PID snapshot [NAME], PID heap [NAME], PID held [NAME], "
				 "PID mark TEXT or PID stop; see memtop ctl --help");
	pid = cmd_pid(options->words[0]);
	if (pid < 0)
		return cmd_usage("ctl: %s: not a process id", options->words[0]);
	if (cmd_ctl_join(words, length, line, sizeof line))
		return cmd_usage("ctl: the text is too long or has more than one line");
	if (ctl_send(pid, line, answer, sizeof answer, &error))
		return message_fail(&error);
	format_safe(answer, safe, sizeof safe);
	if (*safe)
		puts(safe);
	return cmd_flush();
}
