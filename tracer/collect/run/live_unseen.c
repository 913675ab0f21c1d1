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

static uint64_t live_unseen_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* --- those that said hello --- */

void live_met(struct live *live, int32_t pid, const struct meet_hello *hello)
{
	roll_know(&live->unseen.roll, hello->pid);
	roll_know(&live->unseen.roll, pid);
	if (hello->kind != MEET_FORK)
		live->unseen.hellos++;
}

static bool has_answered(const struct live *live, const struct roll_line *line)
{
	return roster_has_answered(live->roster, line->pid, line->ppid, line->since);
}

/* --- those that did not --- */

uint32_t live_unfollowed(struct live *live, int32_t pid, int32_t ppid, int argc,
			 char *const *argv, const char *reason)
{
	uint32_t process = roster_add_untraced(live->roster, pid, ppid, argc, argv, reason);
	unsigned n = roster_untraced(live->roster);

	live_say(live, "%u process%s not traced; the last one is pid %d: %s", n,
		 n == 1 ? "" : "es", (int)pid, reason);
	return process;
}

/* The program of a process that another one forked. */
static char **program_of(const struct live *live, int32_t pid, int32_t ppid, int *argc)
{
	char **argv = pid ? argv_of(pid, argc) : NULL;

	return argv ? argv : roster_argv(live->roster, ppid, argc);
}

static void live_unseen_take(struct live *live, const struct roll_line *line)
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
	bool first = line->pid == roster_pid(live->roster);
	live_unfollowed(live, line->pid, first ? 0 : line->ppid, argc, argv, reason);
	argv_free(argv);
}

static bool live_unseen_wait_for(struct unseen *unseen, const struct roll_line *line)
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
static void live_unseen_settle(struct live *live, const struct roll_line *line)
{
	if (line->kind == ROLL_STARTED) {
		if (!live_unseen_wait_for(&live->unseen, line))
			live_unseen_take(live, line);
		return;
	}
	if (line->reason == ROLL_RAW && roster_was_met(live->roster, line->pid))
		return;
	live_unseen_take(live, line);
}

/* Whether an entry may still be taken back by its writer. */
static bool live_unseen_is_fresh(const struct roll_line *line)
{
	uint64_t now = live_unseen_now_ns();

	return line->reason != ROLL_UNMET && line->reason != ROLL_RAW && line->since <= now &&
	       now - line->since < SETTLED;
}

static void look_at_waiting(struct live *live)
{
	struct unseen *unseen = &live->unseen;
	size_t left = 0;

	for (size_t i = 0; i < unseen->length; i++)
		if (!has_answered(live, &unseen->waiting[i]))
			unseen->waiting[left++] = unseen->waiting[i];
	unseen->length = left;
}

static void call_roll(struct live *live, bool last)
{
	struct roll_line line;

	live->unseen.hellos = 0;
	for (unsigned i = 0; live->unseen.roll.roll && i < ROLL_ENTRIES; i++) {
		if (!roll_read(&live->unseen.roll, i, &line))
			continue;
		bool answered = line.kind == ROLL_STARTED && has_answered(live, &line);
		if (!answered && !last && live_unseen_is_fresh(&line))
			continue;
		if (roll_strike(&live->unseen.roll, i, &line) && !answered)
			live_unseen_settle(live, &line);
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
	if (roster_has_company(live->roster))
		return true;
	live_call_roll(live);
	look_for_silent(live);
	return live->unseen.silent_length || has_waiting_alive(live);
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
	roster_name_living(live->roster, UNSEEN_LEFT);
	name_silent(live);
	for (size_t i = 0; i < live->unseen.length; i++)
		live_unseen_take(live, &live->unseen.waiting[i]);
	live->unseen.length = 0;
	name_missed(live);
}

void live_unseen_free(struct live *live)
{
	free(live->unseen.waiting);
	free(live->unseen.silent);
	roll_close(&live->unseen.roll);
}
