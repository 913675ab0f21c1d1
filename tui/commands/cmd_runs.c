/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop list: what this user's memtop processes record now, each with the pid that ctl
 * takes. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "tracer/collect/run/ctl.h"
#include "tui/commands/cmd.h"
#include "views/format/format.h"

#define PROGRAM_CELLS 20

/* Prints a heading before the first run, so that all of them form one table. */
static void print_run(void *user, const struct ctl_run *run)
{
	char current[FORMAT_MAX], program[64], file[4 * CTL_REPLY], since[32] = "?", pid[16] = "-";
	/* Of a program with a long path its name says more. */
	const char *name = strlen(run->program) > PROGRAM_CELLS ? strrchr(run->program, '/') : NULL;
	const time_t began = (time_t)run->since;
	struct tm local;
	size_t *runs = user;

	if ((*runs)++ == 0)
		printf("%7s  %9s  %-19s  %10s  %-*s  %s\n", "pid", "processes", "since", "current",
		       PROGRAM_CELLS, "program", "file");
	if (localtime_r(&began, &local))
		strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", &local);
	format_size((double)run->current, false, current);
	format_safe(name ? name + 1 : run->program, program, sizeof program);
	format_safe(run->file, file, sizeof file);
	/* A run that is just beginning has none. */
	if (run->pid > 0)
		snprintf(pid, sizeof pid, "%d", run->pid);
	printf("%7s  %9u  %-19s  %10s  %-*s  %s\n", pid, run->processes, since, current,
	       PROGRAM_CELLS, program, *file ? file : "-");
}

int cmd_runs(struct options *options)
{
	size_t runs = 0;

	if (options->words_length)
		return cmd_usage("list: takes no arguments");
	ctl_list(print_run, &runs);
	if (!runs)
		puts("you have no run in progress");
	return cmd_flush();
}
