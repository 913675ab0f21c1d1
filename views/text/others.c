/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences about other processes: those that were not followed, and one that holds
 * more. */
#include "views/text/others.h"
#include <inttypes.h>
#include "views/format/format.h"

static size_t unfollowed_count(const struct program *program)
{
	size_t n = 0;

	for (size_t i = 0; i < program->processes_length; i++)
		n += program->processes[i].reason != NULL;
	return n;
}

void heavier_text(struct out *out, const struct program *program, const struct heavier *heavier,
		  const char *prefix, const char *verb)
{
	char size[FORMAT_MAX];

	if (!heavier->process || heavier->process > program->processes_length)
		return;
	const struct process *process = &program->processes[heavier->process - 1];

	format_size((double)heavier->bytes, heavier->grew, size);
	out_format(out, "%sprocess %" PRId32, prefix, process->pid);
	if (process->argv && process->argc) {
		out_text(out, " (");
		out_safe(out, process->argv[0]);
		out_text(out, ")");
	}
	out_format(out, " %s %s, more than what is shown: --process=%" PRId32
		   " or --process=all\n", verb, size, process->pid);
}

static void put_one(struct out *out, const struct process *process, const char *prefix)
{
	out_text(out, prefix);
	out_text(out, "not followed: ");
	if (process->pid)
		out_format(out, "pid %" PRId32, process->pid);
	if (process->argv && process->argc) {
		out_text(out, process->pid ? ", " : "");
		out_safe(out, process->argv[0]);
	}
	out_text(out, process->pid || (process->argv && process->argc) ? ": " : "");
	out_safe(out, process->reason);
	out_text(out, "\n");
}

void unfollowed_text(struct out *out, const struct program *program, size_t most,
		     const char *prefix)
{
	size_t left = unfollowed_count(program);

	for (size_t i = 0; i < program->processes_length && most; i++) {
		if (!program->processes[i].reason)
			continue;
		put_one(out, &program->processes[i], prefix);
		left--;
		most--;
	}
	if (left)
		out_format(out, "%snot followed: %zu more process%s\n", prefix, left,
			   left == 1 ? "" : "es");
}
