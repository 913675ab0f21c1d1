/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deep copies of struct program: each thread that shows or stores it has its own. */
#include "tracer/collect/recording/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGV_BYTES 65536                /* most bytes of a command line that are read */

void argv_free(char **argv)
{
	for (char **at = argv; at && *at; at++)
		free(*at);
	free(argv);
}

char **argv_copy(int argc, char *const *argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(char *));
	for (int i = 0; copy && i < argc; i++) {
		copy[i] = strdup(argv[i]);
		if (!copy[i]) {
			argv_free(copy);
			return NULL;
		}
	}
	return copy;
}

char **argv_of(int32_t pid, int *argc)
{
	char path[32], text[ARGV_BYTES];
	char *words[1024];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	text[n] = 0;
	*argc = 0;
	for (char *at = text; at < text + n && *argc < 1024; at += strlen(at) + 1)
		words[(*argc)++] = at;
	return argv_copy(*argc, words);
}

void program_clear(struct program *program)
{
	argv_free(program->argv);
	for (size_t i = 0; i < program->processes_length; i++) {
		argv_free(program->processes[i].argv);
		free(program->processes[i].reason);
	}
	free(program->processes);
	*program = (struct program){ 0 };
}

void program_put(struct program *program, size_t at, int32_t pid, int32_t ppid, bool traced,
		 int argc, char *const *argv)
{
	struct process *process = &program->processes[at];

	*process = (struct process){ .pid = pid, .ppid = ppid, .traced = traced };
	process->argv = argv ? argv_copy(argc, argv) : NULL;
	process->argc = process->argv ? argc : 0;
}

int program_add(struct program *program, int32_t pid, int32_t ppid, bool traced, int argc,
		char *const *argv)
{
	size_t n = program->processes_length;
	struct process *more = program->processes;
	if ((n & (n - 1)) == 0)         /* full: the room doubles at powers of two */
		more = realloc(more, (n ? 2 * n : 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	program->processes = more;
	program->processes_length = n + 1;
	program_put(program, n, pid, ppid, traced, argc, argv);
	return 0;
}

void program_reason(struct process *process, const char *reason)
{
	free(process->reason);
	process->reason = reason && *reason ? strdup(reason) : NULL;
}

static int no_process(const struct program *program, const char *text,
		      struct error *error)
{
	char there[200] = "";
	size_t at = 0;

	for (size_t i = 0; i < program->processes_length && at < sizeof(there); i++)
		if (program->processes[i].traced)
			at += (size_t)snprintf(there + at, sizeof(there) - at, ", %d",
					       (int)program->processes[i].pid);
	if (at >= sizeof(there))
		memcpy(there + sizeof(there) - 4, "...", 4);
	*error = (struct error){ 2, "" };
	snprintf(error->text, sizeof(error->text), "no process '%.40s' was traced: there are "
		 "main, all%s", text, there);
	return -1;
}

int program_choose(const struct program *program, const char *text, uint32_t *process,
		   struct error *error)
{
	char *end;
	long pid = strtol(text, &end, 10);

	*process = strcmp(text, "main") == 0;
	if (*process || strcmp(text, "all") == 0)
		return 0;
	for (size_t i = program->processes_length; *text && !*end && i-- > 0;) {
		const struct process *of = &program->processes[i];

		if (of->pid == pid && of->traced &&
		    (!*process || of->began > program->processes[*process - 1].began))
			*process = (uint32_t)i + 1;
	}
	return *process ? 0 : no_process(program, text, error);
}

void program_follow(struct program *copy, const struct program *program)
{
	struct program old = *copy;

	*copy = *program;
	copy->argc = old.argc;
	copy->argv = old.argv;
	copy->processes = old.processes;
	copy->processes_length = old.processes_length;
}

int program_copy(struct program *to, const struct program *from)
{
	*to = *from;
	to->processes = NULL;
	to->processes_length = 0;
	to->argv = from->argv ? argv_copy(from->argc, from->argv) : NULL;
	int result = from->argv && !to->argv ? -ENOMEM : 0;
	for (size_t i = 0; i < from->processes_length && result == 0; i++) {
		const struct process *p = &from->processes[i];
		result = program_add(to, p->pid, p->ppid, p->traced, p->argc, p->argv);
		if (result == 0) {
			to->processes[i].began = p->began;
			to->processes[i].ended = p->ended;
			to->processes[i].vacant = p->vacant;
			to->processes[i].others = p->others;
			program_reason(&to->processes[i], p->reason);
		}
	}
	if (result != 0)
		program_clear(to);
	return result;
}
