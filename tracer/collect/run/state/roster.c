/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of processes is a part of the program, and goes into copies and the recording.
 * What only memtop needs to know of each process is kept beside it, in `entries` at the same
 * index. */
#include "tracer/collect/run/state/roster_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/ground/array.h"
#include "tracer/ground/clock.h"

#define NAMED_MAX 4096u                 /* processes listed without being traced */

struct roster *roster_new(struct course *course, char *const *argv, uint64_t sample)
{
	struct roster *roster = calloc(1, sizeof(*roster));
	struct program *program = roster ? &roster->program : NULL;
	int argc = 0;

	while (argv[argc])
		argc++;
	if (!roster || !(program->argv = argv_copy(argc, argv))) {
		free(roster);
		return NULL;
	}
	roster->course = course;
	program->argc = argc;
	snprintf(program->kind, sizeof(program->kind), "native");
	program->sample = sample;
	program->started = (double)time(NULL);
	pthread_mutex_init(&roster->lock, NULL);
	return roster;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	for (size_t i = 0; i < roster->program.processes_length; i++)
		if (roster->entries[i].pidfd >= 0)
			close(roster->entries[i].pidfd);
	free(roster->entries);
	free(roster->met);
	program_clear(&roster->program);
	pthread_mutex_destroy(&roster->lock);
	free(roster);
}

/* --- the program --- */

/* Lock held. */
static void roster_date(const struct roster *roster, struct program *copy)
{
	copy->seconds = course_time(roster->course, &copy->ended);
}

int roster_copy(struct roster *roster, struct program *to)
{
	pthread_mutex_lock(&roster->lock);
	int result = program_copy(to, &roster->program);
	if (result == 0)
		roster_date(roster, to);
	pthread_mutex_unlock(&roster->lock);
	return result;
}

void roster_follow(struct roster *roster, struct program *copy, unsigned *version)
{
	pthread_mutex_lock(&roster->lock);
	if (*version != roster->version || !copy->argv) {
		program_clear(copy);
		program_copy(copy, &roster->program);
		*version = roster->version;
	} else {
		program_follow(copy, &roster->program);
	}
	roster_date(roster, copy);
	pthread_mutex_unlock(&roster->lock);
}

int32_t roster_pid(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	int32_t pid = roster->program.pid;
	pthread_mutex_unlock(&roster->lock);
	return pid;
}

void roster_set_status(struct roster *roster, int status)
{
	pthread_mutex_lock(&roster->lock);
	if (WIFSIGNALED(status))
		roster->program.signal = WTERMSIG(status);
	else
		roster->program.exit_status = WEXITSTATUS(status);
	pthread_mutex_unlock(&roster->lock);
}

/* As the keeper decides it: no process could be made, or exec failed. */
void roster_set_failed(struct roster *roster, int code)
{
	pthread_mutex_lock(&roster->lock);
	roster->program.exit_status = code == ENOENT ? 127 : roster->program.pid ? 126 : 125;
	pthread_mutex_unlock(&roster->lock);
}

void roster_set_unknown(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	roster->program.status_unknown = true;
	pthread_mutex_unlock(&roster->lock);
}

void roster_first_ended(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	if (roster->program.processes_length)
		roster->program.processes[0].ended = course_time(roster->course, NULL);
	roster->version++;
	pthread_mutex_unlock(&roster->lock);
}

void roster_attached(struct roster *roster, uint64_t before)
{
	pthread_mutex_lock(&roster->lock);
	roster->program.attached = true;
	roster->program.before = before;
	pthread_mutex_unlock(&roster->lock);
}

void roster_set_ceilings(struct roster *roster, const struct ceilings *ceilings)
{
	pthread_mutex_lock(&roster->lock);
	roster->program.ceilings = *ceilings;
	pthread_mutex_unlock(&roster->lock);
}

void roster_set_oom_kills(struct roster *roster, uint64_t kills)
{
	pthread_mutex_lock(&roster->lock);
	roster->program.oom_kills = kills;
	pthread_mutex_unlock(&roster->lock);
}

void roster_status(struct roster *roster, int *status, int *signal)
{
	pthread_mutex_lock(&roster->lock);
	*status = roster->program.exit_status;
	*signal = roster->program.signal;
	pthread_mutex_unlock(&roster->lock);
}

bool roster_filtered(struct roster *roster, unsigned filtered)
{
	pthread_mutex_lock(&roster->lock);
	bool more = filtered > roster->program.filtered;
	roster->program.filtered = filtered;
	pthread_mutex_unlock(&roster->lock);
	return more;
}

void roster_unseen(struct roster *roster, const char *name)
{
	pthread_mutex_lock(&roster->lock);
	struct program *program = &roster->program;
	if (!*program->unseen)
		snprintf(program->unseen, sizeof(program->unseen), "%s", name);
	pthread_mutex_unlock(&roster->lock);
}

bool roster_python(struct roster *roster, const char *kind, const char *reason)
{
	pthread_mutex_lock(&roster->lock);
	struct program *program = &roster->program;
	bool told = program->python_off != NULL;
	if (*kind)
		snprintf(program->kind, sizeof(program->kind), "%s", kind);
	program->python_off = reason;
	pthread_mutex_unlock(&roster->lock);
	return told;
}

/* --- the list; lock held --- */

/* A process comes to a place. */
static uint32_t arrive(struct roster *roster, size_t at)
{
	roster->entries[at] = (struct roster_entry){ .pidfd = -1 };
	roster->program.processes[at].began = at ? course_now(roster->course) : 0;
	roster->version++;
	return (uint32_t)at + 1;
}

static uint32_t append(struct roster *roster, int32_t pid, int32_t ppid, bool traced,
		       int argc, char *const *argv)
{
	struct program *program = &roster->program;
	size_t n = program->processes_length;

	if (n == ROSTER_MAX ||
	    !array_grow(&roster->entries, &roster->room, n + 1, sizeof(*roster->entries)) ||
	    program_add(program, pid, ppid, traced, argc, argv) != 0)
		return 0;
	return arrive(roster, n);
}

/* Puts a newcomer where roster_place said. */
static uint32_t place(struct roster *roster, const struct newcomer *newcomer, int32_t ppid)
{
	if (!roster->vacant || newcomer->process != roster->vacant)
		return append(roster, newcomer->pid, ppid, true, newcomer->argc, newcomer->argv);
	roster_take_place(roster, newcomer->process);
	program_put(&roster->program, newcomer->process - 1, newcomer->pid, ppid, true,
		    newcomer->argc, newcomer->argv);
	return arrive(roster, newcomer->process - 1);
}

/* The list's first entry, if it is not there. */
static void add_first(struct roster *roster, int32_t pid)
{
	const struct program *program = &roster->program;

	if (program->processes_length == 0)
		append(roster, pid, 0, true, program->argc, program->argv);
}

/* The pid of the process whose image has that number; 0: unknown. */
static int32_t pid_of_image(const struct roster *roster, uint64_t image)
{
	for (size_t i = roster->program.processes_length; image && i-- > 0;)
		if (roster->entries[i].image == image)
			return roster->program.processes[i].pid;
	const struct roster_gone *gone = image ? roster_gone_image(roster, image) : NULL;

	return gone ? gone->pid : 0;
}

static bool is_shell(const struct process *process)
{
	return process->argc > 1 && strcmp(process->argv[0], "sh") == 0 &&
	       strcmp(process->argv[1], "-c") == 0;
}

static void meet(struct roster *roster, uint32_t process, const struct meet_hello *hello,
		 uint64_t image)
{
	struct roster_entry *entry = &roster->entries[process - 1];

	if (image) {
		entry->image = image;
		entry->images++;
	}
	entry->inside = hello->pid;
	if (hello->kind == MEET_FORK)
		return;
	entry->shell = !entry->hello && is_shell(&roster->program.processes[process - 1]);
	entry->hello = clock_nanoseconds();
}

static void set_reason(struct roster *roster, size_t place, const char *reason)
{
	program_reason(&roster->program.processes[place], reason);
	roster->version++;
}

/* --- processes that come and go --- */

void roster_start(struct roster *roster, int32_t pid)
{
	pthread_mutex_lock(&roster->lock);
	roster->program.pid = pid;
	add_first(roster, pid);
	pthread_mutex_unlock(&roster->lock);
}

uint32_t roster_add(struct roster *roster, const struct newcomer *newcomer)
{
	const struct meet_hello *hello = newcomer->hello;
	int32_t ppid = newcomer->ppid;

	pthread_mutex_lock(&roster->lock);
	if (hello->kind == MEET_FORK && pid_of_image(roster, hello->image))
		ppid = pid_of_image(roster, hello->image);
	uint32_t process = place(roster, newcomer, ppid);
	if (process) {
		roster->entries[process - 1].pidfd = newcomer->pidfd;
		meet(roster, process, hello, newcomer->image);
	}
	pthread_mutex_unlock(&roster->lock);
	return process;
}

uint32_t roster_add_untraced(struct roster *roster, int32_t pid, int32_t ppid, int argc,
			     char *const *argv, const char *reason)
{
	uint32_t process = 0;

	pthread_mutex_lock(&roster->lock);
	if (++roster->untraced <= NAMED_MAX)
		process = append(roster, pid, ppid, false, argc, argv);
	if (process)
		set_reason(roster, process - 1, reason);
	pthread_mutex_unlock(&roster->lock);
	return process;
}

void roster_meet_first(struct roster *roster, int32_t pid, const struct meet_hello *hello,
		       uint64_t image)
{
	pthread_mutex_lock(&roster->lock);
	add_first(roster, pid);
	if (roster->program.processes_length)
		meet(roster, 1, hello, image);
	pthread_mutex_unlock(&roster->lock);
}

void roster_meet(struct roster *roster, uint32_t process, const struct meet_hello *hello,
		 uint64_t image)
{
	pthread_mutex_lock(&roster->lock);
	if (process && process <= roster->program.processes_length)
		meet(roster, process, hello, image);
	pthread_mutex_unlock(&roster->lock);
}

void roster_rename(struct roster *roster, uint32_t process, int argc, char **argv)
{
	pthread_mutex_lock(&roster->lock);
	struct process *p = &roster->program.processes[process - 1];

	argv_free(p->argv);
	p->argv = argv;
	p->argc = argv ? argc : 0;
	roster->version++;
	pthread_mutex_unlock(&roster->lock);
}

bool roster_set_reason(struct roster *roster, uint32_t process, const char *reason)
{
	pthread_mutex_lock(&roster->lock);
	bool met = process && process <= roster->program.processes_length &&
		   roster->entries[process - 1].images;
	if (met && !roster->program.processes[process - 1].reason) {
		set_reason(roster, process - 1, reason);
		roster->untraced += process != 1;       /* for the first process the
							 * course reports that */
	}
	pthread_mutex_unlock(&roster->lock);
	return met;
}

void roster_name_living(struct roster *roster, const char *reason)
{
	pthread_mutex_lock(&roster->lock);
	for (size_t i = 1; i < roster->program.processes_length; i++) {
		if (roster->entries[i].pidfd < 0 || roster->program.processes[i].reason)
			continue;
		set_reason(roster, i, reason);
		roster->untraced++;
	}
	pthread_mutex_unlock(&roster->lock);
}

int roster_end(struct roster *roster, uint32_t process)
{
	bool over;

	pthread_mutex_lock(&roster->lock);
	struct roster_entry *entry = &roster->entries[process - 1];
	int pidfd = entry->pidfd;
	double now = course_time(roster->course, &over);

	if (pidfd >= 0 && !over) {
		roster->program.processes[process - 1].ended = now;
		roster->version++;
	}
	entry->pidfd = -1;
	pthread_mutex_unlock(&roster->lock);
	return pidfd;
}

/* --- questions --- */

uint32_t roster_length(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	size_t length = roster->program.processes_length;
	pthread_mutex_unlock(&roster->lock);
	return (uint32_t)length;
}

size_t roster_living(struct roster *roster, int32_t *pids, size_t max)
{
	const struct program *program = &roster->program;
	size_t n = 0;

	pthread_mutex_lock(&roster->lock);
	bool gone = program->processes_length && program->processes[0].ended > 0;
	if (program->pid && max && !gone)
		pids[n++] = program->pid;
	for (size_t i = 1; i < program->processes_length && n < max; i++)
		if (roster->entries[i].pidfd >= 0)
			pids[n++] = program->processes[i].pid;
	pthread_mutex_unlock(&roster->lock);
	return n;
}

unsigned roster_untraced(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	unsigned untraced = roster->untraced;
	pthread_mutex_unlock(&roster->lock);
	return untraced;
}

uint32_t roster_find(struct roster *roster, int32_t pid)
{
	uint32_t found = 0;

	pthread_mutex_lock(&roster->lock);
	for (size_t i = roster->program.processes_length; i-- > 0 && !found;) {
		const struct process *process = &roster->program.processes[i];

		if (process->pid == pid && process->traced && process->ended == 0)
			found = (uint32_t)i + 1;
	}
	pthread_mutex_unlock(&roster->lock);
	return found;
}

bool roster_has_ended(struct roster *roster, uint32_t process)
{
	pthread_mutex_lock(&roster->lock);
	bool ended = process && process <= roster->program.processes_length &&
		     roster->program.processes[process - 1].ended > 0;
	pthread_mutex_unlock(&roster->lock);
	return ended;
}

bool roster_has_company(struct roster *roster)
{
	bool company = false;

	pthread_mutex_lock(&roster->lock);
	for (size_t i = 1; i < roster->program.processes_length && !company; i++)
		company = roster->entries[i].pidfd >= 0;
	pthread_mutex_unlock(&roster->lock);
	return company;
}

bool roster_was_met(struct roster *roster, int32_t pid)
{
	bool met = false;

	pthread_mutex_lock(&roster->lock);
	met = roster_gone_met(roster, pid);
	for (size_t i = roster->program.processes_length; i-- > 0 && !met;)
		met = roster->entries[i].inside == pid ||
		      (roster->program.processes[i].pid == pid && roster->entries[i].inside);
	pthread_mutex_unlock(&roster->lock);
	return met;
}

/* The lock must be held.  Of a shell that system() starts only the parent is known: it is
 * the first shell of that parent that came since, and is counted once. */
static bool shell_answered(struct roster *roster, int32_t ppid, uint64_t since)
{
	struct roster_entry *first = NULL;

	for (size_t i = 0; i < roster->program.processes_length; i++) {
		struct roster_entry *entry = &roster->entries[i];

		if (entry->shell && entry->hello >= since &&
		    roster->program.processes[i].ppid == ppid &&
		    (!first || entry->hello < first->hello))
			first = entry;
	}
	for (size_t i = 0; i < roster_gone_known(roster); i++) {
		struct roster_entry *entry = &roster->gone[i].entry;

		if (entry->shell && entry->hello >= since && roster->gone[i].ppid == ppid &&
		    (!first || entry->hello < first->hello))
			first = entry;
	}
	if (first)
		first->shell = false;
	return first;
}

/* Lock held. */
static bool pid_answered(const struct roster *roster, int32_t pid, uint64_t since)
{
	for (size_t i = roster->program.processes_length; i-- > 0;) {
		const struct roster_entry *entry = &roster->entries[i];

		if (entry->hello && entry->hello >= since &&
		    (pid == roster->program.processes[i].pid || pid == entry->inside))
			return true;
	}
	for (size_t i = 0; i < roster_gone_known(roster); i++) {
		const struct roster_gone *gone = &roster->gone[i];

		if (gone->entry.hello && gone->entry.hello >= since &&
		    (pid == gone->pid || pid == gone->entry.inside))
			return true;
	}
	return false;
}

bool roster_has_answered(struct roster *roster, int32_t pid, int32_t ppid, uint64_t since)
{
	pthread_mutex_lock(&roster->lock);
	bool answered = pid ? pid_answered(roster, pid, since)
			    : shell_answered(roster, ppid, since);
	pthread_mutex_unlock(&roster->lock);
	return answered;
}

char **roster_argv(struct roster *roster, int32_t pid, int *argc)
{
	const struct process *newest = NULL;
	char **argv = NULL;

	pthread_mutex_lock(&roster->lock);
	for (size_t i = roster->program.processes_length; i-- > 0 && pid;) {
		const struct process *process = &roster->program.processes[i];

		if (process->pid == pid && process->argv &&
		    (!newest || process->began > newest->began))
			newest = process;
	}
	if (newest) {
		*argc = newest->argc;
		argv = argv_copy(*argc, newest->argv);
	}
	pthread_mutex_unlock(&roster->lock);
	return argv;
}
