/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is not followed.  What can be promised is each process that a followed one
 * started through libc:
 *
 *	forked	it says hello at its first event, or writes on the roll that it
 *		could not; one that does neither has allocated nothing
 *	exec'ed	its predecessor or parent wrote it down: it says hello, or will
 *		not, with the reason, or ends here among those still waited for
 *
 * Who was written down is looked for by pid among those that said hello since.  An
 * exec that fails takes its entry back within moments, so entries are left alone
 * for SETTLED; after that they wait here, and the roll has room again.
 */
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_unseen.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tracer/collect/recording/programs.h"

#define SETTLED UINT64_C(250000000)     /* ns until an entry is not taken back any more */
#define WAITING_MAX 4096u
#define NAMED_MAX 4096u                 /* processes listed without being traced */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* --- those that said hello --- */

static bool is_shell(const struct process *process)
{
	return process->argc > 1 && strcmp(process->argv[0], "sh") == 0 &&
	       strcmp(process->argv[1], "-c") == 0;
}

void live_met(struct live *live, size_t place, const struct meet_hello *hello)
{
	struct process *process = &live->program.processes[place];
	struct kin *kin = &live->kin[place];

	roll_know(&live->unseen.roll, hello->pid);
	roll_know(&live->unseen.roll, process->pid);
	kin->inside = hello->pid;
	if (hello->kind == MEET_FORK)
		return;
	kin->shell = !kin->hello && is_shell(process);
	kin->hello = now_ns();
	live->unseen.hellos++;
}

/* Lock held.  A shell of system is known by its parent alone: it is the first that
 * came since, and answers once. */
static bool shell_answered(struct live *live, const struct roll_line *line)
{
	struct kin *first = NULL;

	for (size_t i = 0; i < live->program.processes_length; i++) {
		struct kin *kin = &live->kin[i];

		if (kin->shell && kin->hello >= line->since &&
		    live->program.processes[i].ppid == line->ppid &&
		    (!first || kin->hello < first->hello))
			first = kin;
	}
	if (first)
		first->shell = false;
	return first;
}

/* Lock held. */
static bool has_answered(struct live *live, const struct roll_line *line)
{
	if (!line->pid)
		return shell_answered(live, line);
	for (size_t i = live->program.processes_length; i-- > 0;) {
		const struct kin *kin = &live->kin[i];

		if (kin->hello && kin->hello >= line->since &&
		    (line->pid == live->program.processes[i].pid || line->pid == kin->inside))
			return true;
	}
	return false;
}

static bool was_met(struct live *live, int32_t pid)
{
	bool met = false;

	pthread_mutex_lock(&live->lock);
	for (size_t i = live->program.processes_length; i-- > 0 && !met;)
		met = live->kin[i].inside == pid ||
		      (live->program.processes[i].pid == pid && live->kin[i].inside);
	pthread_mutex_unlock(&live->lock);
	return met;
}

/* --- those that did not --- */

void live_set_reason(struct live *live, size_t place, const char *reason)
{
	program_reason(&live->program.processes[place], reason);
	live->version++;
}

void live_unfollowed(struct live *live, int32_t pid, int32_t ppid, int argc, char *const *argv,
		     const char *reason)
{
	pthread_mutex_lock(&live->lock);
	unsigned n = ++live->untraced;
	size_t place = n <= NAMED_MAX ? live_add_process(live, pid, ppid, false, argc, argv) : 0;

	if (place)
		live_set_reason(live, place - 1, reason);
	pthread_mutex_unlock(&live->lock);
	live_say(live, "%u process%s not traced; the last one is pid %d: %s", n,
		 n == 1 ? "" : "es", (int)pid, reason);
}

/* The program of a process that another one forked. */
static char **program_of(struct live *live, int32_t pid, int32_t ppid, int *argc)
{
	char **argv = pid ? argv_of(pid, argc) : NULL;

	pthread_mutex_lock(&live->lock);
	for (size_t i = live->program.processes_length; i-- > 0 && !argv && ppid;)
		if (live->program.processes[i].pid == ppid && live->program.processes[i].argv) {
			*argc = live->program.processes[i].argc;
			argv = argv_copy(*argc, live->program.processes[i].argv);
		}
	pthread_mutex_unlock(&live->lock);
	return argv;
}

static void take(struct live *live, const struct roll_line *line)
{
	char *program[] = { (char *)(uintptr_t)line->program, NULL };
	char reason[256], **argv = NULL;
	int argc = 0;

	roll_reason_text(line->reason, line->number, reason, sizeof(reason));
	/* Of an unknown child that its parent has already reaped only the pid is known. */
	if (!*line->program && line->reason != ROLL_RAW)
		argv = program_of(live, line->pid, line->reason == ROLL_UNMET ? line->ppid : 0,
				  &argc);
	if (*line->program) {
		argc = 1;
		argv = argv_copy(argc, program);
	}
	/* The first process's parent is memtop's own. */
	bool first = line->pid == live->program.pid;
	live_unfollowed(live, line->pid, first ? 0 : line->ppid, argc, argv, reason);
	argv_free(argv);
}

static bool wait_for(struct unseen *unseen, const struct roll_line *line)
{
	if (unseen->length == unseen->room) {
		size_t room = unseen->room ? 2 * unseen->room : 16;
		struct roll_line *more = realloc(unseen->waiting, room * sizeof(*more));

		if (!more || room > WAITING_MAX)
			return false;
		unseen->waiting = more;
		unseen->room = room;
	}
	unseen->waiting[unseen->length++] = *line;
	return true;
}

/* An entry that is not taken back any more. */
static void settle(struct live *live, const struct roll_line *line)
{
	if (line->kind == ROLL_STARTED) {
		if (!wait_for(&live->unseen, line))
			take(live, line);
		return;
	}
	if (line->reason == ROLL_RAW && was_met(live, line->pid))
		return;
	take(live, line);
}

/* Whether an entry may still be taken back by its writer. */
static bool is_fresh(const struct roll_line *line)
{
	uint64_t now = now_ns();

	return line->reason != ROLL_UNMET && line->reason != ROLL_RAW && line->since <= now &&
	       now - line->since < SETTLED;
}

static void look_at_waiting(struct live *live)
{
	struct unseen *unseen = &live->unseen;
	size_t left = 0;

	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; i < unseen->length; i++)
		if (!has_answered(live, &unseen->waiting[i]))
			unseen->waiting[left++] = unseen->waiting[i];
	pthread_mutex_unlock(&live->lock);
	unseen->length = left;
}

static void call_roll(struct live *live, bool last)
{
	struct roll_line line;

	live->unseen.hellos = 0;
	for (unsigned i = 0; live->unseen.roll.roll && i < ROLL_ENTRIES; i++) {
		if (!roll_read(&live->unseen.roll, i, &line))
			continue;
		pthread_mutex_lock(&live->lock);
		bool answered = line.kind == ROLL_STARTED && has_answered(live, &line);
		pthread_mutex_unlock(&live->lock);
		if (!answered && !last && is_fresh(&line))
			continue;
		if (roll_strike(&live->unseen.roll, i, &line) && !answered)
			settle(live, &line);
	}
	if (live->unseen.length)
		look_at_waiting(live);
}

void live_call_roll(struct live *live) { call_roll(live, false); }

/* --- the end --- */

void live_silent(struct live *live, int32_t pid, int32_t parent)
{
	struct unseen *unseen = &live->unseen;

	for (size_t i = 0; i < unseen->silent_length; i++)
		if (unseen->silent[i][0] == pid)
			return;
	if (unseen->silent_length == unseen->silent_room) {
		size_t room = unseen->silent_room ? 2 * unseen->silent_room : 16;
		int32_t(*more)[2] = realloc(unseen->silent, room * sizeof(*more));

		if (!more || room > WAITING_MAX)
			return;
		unseen->silent = more;
		unseen->silent_room = room;
	}
	unseen->silent[unseen->silent_length][0] = pid;
	unseen->silent[unseen->silent_length++][1] = parent;
}

/* The forked children that live and have said nothing yet. */
static void look_for_silent(struct live *live)
{
	live->unseen.silent_length = 0;
	atomic_store(&live->unseen.listing, true);
	reader_forks(live->reader);
	atomic_store(&live->unseen.listing, false);
}

static bool has_waiting_alive(struct live *live)
{
	struct roll_line line;
	bool alive = false;

	for (size_t i = 0; i < live->unseen.length && !alive; i++)
		alive = live_is_alive(live->unseen.waiting[i].pid);
	for (unsigned i = 0; live->unseen.roll.roll && i < ROLL_ENTRIES && !alive; i++)
		alive = roll_read(&live->unseen.roll, i, &line) && line.kind == ROLL_STARTED &&
			live_is_alive(line.pid);
	return alive;
}

bool live_is_company(struct live *live)
{
	bool company = false;

	pthread_mutex_lock(&live->lock);
	for (size_t i = 1; i < live->program.processes_length && !company; i++)
		company = live->kin[i].pidfd >= 0;
	pthread_mutex_unlock(&live->lock);
	if (company)
		return true;
	live_call_roll(live);
	look_for_silent(live);
	return live->unseen.silent_length || has_waiting_alive(live);
}

static void name_living(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	for (size_t i = 1; i < live->program.processes_length; i++) {
		if (live->kin[i].pidfd < 0 || live->program.processes[i].reason)
			continue;
		live_set_reason(live, i, UNSEEN_LEFT);
		live->untraced++;
	}
	pthread_mutex_unlock(&live->lock);
}

/* A process whose hello is awaited is named when that does not come. */
static bool is_waited_for(const struct live *live, int32_t pid)
{
	for (size_t i = 0; i < live->unseen.length; i++)
		if (live->unseen.waiting[i].pid == pid)
			return true;
	return false;
}

static void name_silent(struct live *live)
{
	for (size_t i = 0; i < live->unseen.silent_length; i++) {
		int32_t pid = live->unseen.silent[i][0], parent = live->unseen.silent[i][1];
		int argc = 0;

		if (is_waited_for(live, pid))
			continue;
		char **argv = program_of(live, pid, parent, &argc);

		live_unfollowed(live, pid, parent, argc, argv, UNSEEN_LEFT);
		argv_free(argv);
	}
}

static void name_missed(struct live *live)
{
	char reason[96];
	uint64_t missed = roll_missed(&live->unseen.roll);

	if (!missed)
		return;
	snprintf(reason, sizeof(reason), "%llu processes were started faster than memtop could "
		 "write them down", (unsigned long long)missed);
	live_unfollowed(live, 0, 0, 0, NULL, reason);
}

void live_unseen_end(struct live *live)
{
	if (live->options.follow != FOLLOW_ALL)
		return;
	call_roll(live, true);
	look_for_silent(live);
	name_living(live);
	name_silent(live);
	for (size_t i = 0; i < live->unseen.length; i++)
		take(live, &live->unseen.waiting[i]);
	live->unseen.length = 0;
	name_missed(live);
}

void live_unseen_free(struct live *live)
{
	free(live->unseen.waiting);
	free(live->unseen.silent);
	roll_close(&live->unseen.roll);
}
