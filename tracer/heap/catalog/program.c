/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of a run's processes is in the order in which they were met: the first entry is
 * the process that began the run, the oldest of the others comes next. */
#include "tracer/heap/catalog/program.h"

size_t program_survivors(const struct program *program, int32_t *pid)
{
	size_t length = 0;

	*pid = 0;
	if (program->ended || !program->processes_length || program->processes[0].ended <= 0)
		return 0;
	for (size_t i = 1; i < program->processes_length; i++) {
		const struct process *process = &program->processes[i];

		if (!process->traced || process->ended > 0)
			continue;
		if (!length++)
			*pid = process->pid;
	}
	return length;
}
