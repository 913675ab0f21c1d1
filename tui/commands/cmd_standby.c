/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop standby PROGRAM: memtop replaces itself by the program, in which the tracer is
 * loaded but asleep.  The process stays the same, so shells, supervisors and containers
 * notice nothing.
 */
#include "tracer/collect/attach/standby.h"
#include "tui/commands/cmd.h"

int cmd_standby(struct options *options)
{
	struct error error;

	if (!options->words_length)
		return cmd_usage("standby: no program given; try memtop standby "
				 "./program");
	standby_run(options->words, &error);
	return message_fail(&error);
}
