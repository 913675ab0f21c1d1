/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop diff: what changed from one moment to another, as in tracemalloc's
 * compare_to. */
#include "tracer/ground/same_file.h"
#include "tui/commands/cmd.h"

int cmd_diff(struct options *options)
{
	struct cmd_moment old = { .path = "" }, now = { .path = "" };
	int status;

	if (options->list)
		return cmd_list(options);
	if (options->words_length != 2)
		return cmd_usage("diff: needs two moments, OLD and NEW, not %d; try memtop diff "
				 "FILE.memtop@1 FILE.memtop@2", options->words_length);
	status = cmd_moment_open(&old, options->words[0], options->process);
	if (!status)
		status = cmd_moment_open(&now, options->words[1], options->process);
	/* Two moments of one run are told apart by time. */
	options->view.same_run = !status && same_file(old.path, now.path);
	if (!status)
		status = cmd_print_view(options, &now, &old);
	cmd_moment_close(&now);
	cmd_moment_close(&old);
	return status;
}
