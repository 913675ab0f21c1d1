/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first entry of a run's list of processes is the process that began the run.  The
 * others are in the order in which they were met, but for those that took a vacant place. */
#include "tracer/heap/catalog/program.h"

size_t program_count(const struct program *program)
{
	size_t count = 0;

	for (size_t i = 0; i < program->processes_length; i++)
		if (!program->processes[i].vacant)
			count += 1 + (size_t)program->processes[i].others;
	return count;
}

size_t program_survivors(const struct program *program, int32_t *pid)
{
	const struct process *oldest = NULL;
	size_t length = 0;

	*pid = 0;
	if (program->ended || !program->processes_length || program->processes[0].ended <= 0)
		return 0;
	for (size_t i = 1; i < program->processes_length; i++) {
		const struct process *process = &program->processes[i];

		if (!process->traced || process->ended > 0)
			continue;
		if (!length++ || process->began < oldest->began)
			oldest = process;
		*pid = oldest->pid;
	}
	return length;
}
