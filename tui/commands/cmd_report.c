/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop report: one view of one moment of a recording. */
#include "tui/commands/cmd.h"

int cmd_report(struct options *options)
{
	struct cmd_moment moment;
	int status;

	if (options->list)
		return cmd_list(options);
	if (options->words_length != 1)
		return cmd_usage("report: needs one recording, not %d; try memtop report "
				 "FILE.memtop", options->words_length);
	status = cmd_moment_open(&moment, options->words[0], options->process);
	if (!status)
		status = cmd_print_view(options, &moment, NULL);
	cmd_moment_close(&moment);
	return status;
}
