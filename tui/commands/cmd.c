/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands share: messages, standard output, a moment of a recording. */
#include "tui/commands/cmd.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tui/term/term.h"
#include "views/format/format.h"

int cmd_usage(const char *format, ...)
{
	struct error error = { .status = STATUS_USAGE };
	va_list list;

	va_start(list, format);
	vsnprintf(error.text, sizeof error.text, format, list);
	va_end(list);
	return message_fail(&error);
}

bool cmd_has_terminal(const char *instead)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct error error = { .status = STATUS_FAILED };
	char problem[256];

	if (fd < 0)
		snprintf(problem, sizeof problem, "/dev/tty: %s", strerror(errno));
	else
		close(fd);
	if (fd >= 0 && term_usable(problem))
		return true;
	snprintf(error.text, sizeof error.text, "%s, so there is no screen; use %s", problem,
		 instead);
	message_fail(&error);
	return false;
}

int cmd_pid(const char *text)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(text, &end, 10);
	return errno || *end || end == text || pid < 1 || pid > INT_MAX ? -1 : (int)pid;
}

void cmd_launch_settings(struct session_options *launch)
{
	const char *referee = getenv("MEMTOP_REFEREE");
	const char *seed = getenv("MEMTOP_SAMPLE_SEED");
	const char *fold = getenv("MEMTOP_FOLD_AFTER");

	launch->explain = cmd_explain;
	launch->stacks = cmd_stacks;
	launch->referee = referee && *referee && *referee != '0';
	launch->sample_seed = seed ? strtoull(seed, NULL, 10) : 0;
	launch->fold_after = fold ? (unsigned)strtoul(fold, NULL, 10) : 0;
}

int cmd_moment_open(struct cmd_moment *moment, const char *argument, const char *process)
{
	const char *name;
	struct error error;
	uint32_t chosen = 1;

	*moment = (struct cmd_moment){ .path = "" };
	if (strlen(argument) >= sizeof moment->path)
		return cmd_usage("%.60s...: the name is too long", argument);
	name = recording_split(argument, moment->path, sizeof moment->path);
	if (name && !*name)
		return cmd_usage("%.200s: no moment stands behind the @; name one, such as exit, peak or "
				 "90s, or leave the @ out", argument);
	if (recording_open(&moment->recording, moment->path, &error))
		return message_fail(&error);
	if (process && program_choose(recording_program(moment->recording), process, &chosen,
				      &error))
		return message_fail(&error);
	recording_choose(moment->recording, chosen);
	moment->snapshot = recording_snapshot(moment->recording, name, &error);
	return moment->snapshot ? 0 : message_fail(&error);
}

void cmd_moment_close(struct cmd_moment *moment)
{
	snapshot_release(moment->snapshot);
	if (moment->recording)
		recording_close(moment->recording);
}

int cmd_flush(void)
{
	struct error error = { .status = STATUS_FAILED };

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	snprintf(error.text, sizeof error.text, "standard output: %s; nothing more was written",
		 errno ? strerror(errno) : "could not be written");
	return message_fail(&error);
}
