/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which processes are not followed.  What can be promised is that this covers each
 * process that a followed one started through libc:
 *
 *	forked	it says hello at its first event, or writes on the roll that it
 *		could not; one that does neither has allocated nothing
 *	exec'ed	its predecessor or parent wrote it on the roll: it says hello, or
 *		will not, with the reason, or is still among those waited for at the end
 *
 * A process on the roll is looked up by pid among those that said hello since.  An exec
 * that fails takes its entry back within moments, so entries are left alone for SETTLED;
 * after that they wait here, and their places on the roll are free again.
 */
#include "tracer/collect/run/unseen.h"

#include <stdio.h>
#include <stdlib.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/target/gauges.h"
#include "tracer/ground/clock.h"

#define SETTLED UINT64_C(250000000)     /* ns after which an entry is not taken back any
					 * more */
#define WAITING_MAX 4096u

/* --- those that said hello --- */

void unseen_met(struct unseen *unseen, int32_t pid, const struct meet_hello *hello)
{
	roll_know(&unseen->roll, hello->pid);
	roll_know(&unseen->roll, pid);
	if (hello->kind != MEET_FORK)
		unseen->hellos++;
}

static bool has_answered(const struct unseen *unseen, const struct roll_line *line)
{
	return roster_has_answered(unseen->roster, line->pid, line->ppid, line->since);
}

/* --- those that did not --- */

uint32_t unseen_list(struct unseen *unseen, int32_t pid, int32_t ppid, int argc,
		     char *const *argv, const char *reason)
{
	uint32_t process = roster_add_untraced(unseen->roster, pid, ppid, argc, argv,
					       reason);
	unsigned n = roster_untraced(unseen->roster);

	course_say(unseen->course, "%u process%s not traced; the last one is pid %d: %s", n,
		 n == 1 ? "" : "es", (int)pid, reason);
	return process;
}

/* The program of a process that another one forked. */
static char **program_of(const struct unseen *unseen, int32_t pid, int32_t ppid,
			 int *argc)
{
	char **argv = pid ? argv_of(pid, argc) : NULL;

	return argv ? argv : roster_argv(unseen->roster, ppid, argc);
}

static void unseen_take(struct unseen *unseen, const struct roll_line *line)
{
	char *program[] = { (char *)(uintptr_t)line->program, NULL };
	char reason[256], **argv = NULL;
	int argc = 0;

	roll_reason_text(line->reason, line->number, reason, sizeof(reason));
	/* Of an unknown child that its parent has already waited for, only the pid is
	 * known. */
	if (!*line->program && line->reason != ROLL_RAW)
		argv = program_of(unseen, line->pid, line->reason == ROLL_UNMET ? line->ppid : 0,
				  &argc);
	if (*line->program) {
		argc = 1;
		argv = argv_copy(argc, program);
	}
	/* The first process's parent is memtop's own. */
	bool first = line->pid == roster_pid(unseen->roster);
	unseen_list(unseen, line->pid, first ? 0 : line->ppid, argc, argv, reason);
	argv_free(argv);
}

static bool unseen_wait_for(struct unseen *unseen, const struct roll_line *line)
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
static void unseen_settle(struct unseen *unseen, const struct roll_line *line)
{
	if (line->kind == ROLL_STARTED) {
		if (!unseen_wait_for(unseen, line))
			unseen_take(unseen, line);
		return;
	}
	if (line->reason == ROLL_RAW && roster_was_met(unseen->roster, line->pid))
		return;
	unseen_take(unseen, line);
}

/* Whether an entry may still be taken back by its writer. */
static bool unseen_is_fresh(const struct roll_line *line)
{
	uint64_t now = clock_nanoseconds();

	return line->reason != ROLL_UNMET && line->reason != ROLL_RAW && line->since <= now &&
	       now - line->since < SETTLED;
}

static void look_at_waiting(struct unseen *unseen)
{
	size_t left = 0;

	for (size_t i = 0; i < unseen->length; i++)
		if (!has_answered(unseen, &unseen->waiting[i]))
			unseen->waiting[left++] = unseen->waiting[i];
	unseen->length = left;
}

static void call_roll(struct unseen *unseen, bool last)
{
	struct roll_line line;

	unseen->hellos = 0;
	for (unsigned i = 0; unseen->roll.roll && i < ROLL_ENTRIES; i++) {
		if (!roll_read(&unseen->roll, i, &line))
			continue;
		bool answered = line.kind == ROLL_STARTED && has_answered(unseen, &line);
		if (!answered && !last && unseen_is_fresh(&line))
			continue;
		if (roll_strike(&unseen->roll, i, &line) && !answered)
			unseen_settle(unseen, &line);
	}
	if (unseen->length)
		look_at_waiting(unseen);
}

void unseen_call_roll(struct unseen *unseen) { call_roll(unseen, false); }

/* --- the end --- */

void unseen_silent(struct unseen *unseen, int32_t pid, int32_t parent)
{
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

/* Lists forked children that live and have not said hello. */
static void look_for_silent(struct unseen *unseen)
{
	unseen->silent_length = 0;
	atomic_store(&unseen->listing, true);
	reader_forks(unseen->reader);
	atomic_store(&unseen->listing, false);
}

bool unseen_is_alive(const struct unseen *unseen, int32_t pid)
{
	return gauges_is_alive(pid) &&
	       (roster_find(unseen->roster, pid) || gauges_began(pid) >= unseen->began);
}

static bool has_waiting_alive(struct unseen *unseen)
{
	struct roll_line line;
	bool alive = false;

	for (size_t i = 0; i < unseen->length && !alive; i++)
		alive = unseen_is_alive(unseen, unseen->waiting[i].pid);
	for (unsigned i = 0; unseen->roll.roll && i < ROLL_ENTRIES && !alive; i++)
		alive = roll_read(&unseen->roll, i, &line) && line.kind == ROLL_STARTED &&
			unseen_is_alive(unseen, line.pid);
	return alive;
}

bool unseen_is_company(struct unseen *unseen)
{
	if (roster_has_company(unseen->roster))
		return true;
	unseen_call_roll(unseen);
	look_for_silent(unseen);
	return unseen->silent_length || has_waiting_alive(unseen);
}

bool unseen_may_come(struct unseen *unseen)
{
	atomic_store(&unseen->nameless, false);
	reader_forks(unseen->reader);
	return atomic_load(&unseen->nameless);
}

/* A process whose hello is awaited is listed if that does not come. */
static bool is_waited_for(const struct unseen *unseen, int32_t pid)
{
	for (size_t i = 0; i < unseen->length; i++)
		if (unseen->waiting[i].pid == pid)
			return true;
	return false;
}

static void name_silent(struct unseen *unseen)
{
	for (size_t i = 0; i < unseen->silent_length; i++) {
		int32_t pid = unseen->silent[i][0], parent = unseen->silent[i][1];
		int argc = 0;

		if (is_waited_for(unseen, pid))
			continue;
		char **argv = program_of(unseen, pid, parent, &argc);

		unseen_list(unseen, pid, parent, argc, argv, UNSEEN_LEFT);
		argv_free(argv);
	}
}

static void name_missed(struct unseen *unseen)
{
	char reason[96];
	uint64_t missed = roll_missed(&unseen->roll);

	if (!missed)
		return;
	snprintf(reason, sizeof(reason), "%llu processes were started faster than memtop could "
		 "write them down", (unsigned long long)missed);
	unseen_list(unseen, 0, 0, 0, NULL, reason);
}

void unseen_end(struct unseen *unseen)
{
	call_roll(unseen, true);
	look_for_silent(unseen);
	roster_name_living(unseen->roster, UNSEEN_LEFT);
	name_silent(unseen);
	for (size_t i = 0; i < unseen->length; i++)
		unseen_take(unseen, &unseen->waiting[i]);
	unseen->length = 0;
	name_missed(unseen);
}

void unseen_free(struct unseen *unseen)
{
	free(unseen->waiting);
	free(unseen->silent);
	roll_close(&unseen->roll);
}
