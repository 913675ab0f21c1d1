/* SPDX-License-Identifier: MIT */
/*
 * Writes on the roll.  An entry is claimed by one compare and swap and published by one
 * store.  Its state is unique, so whoever takes it back or frees it never touches a later
 * entry in the same place.
 *
 * `starting` counts the children whose pids this process has not been told yet, or never
 * will be (vfork): an unknown child that is waited for in the meantime may be one of
 * them.
 */
#include "tracer/preload/exec/roll.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include "tracer/preload/base/clock.h"
#include "tracer/preload/base/identity.h"
#include "tracer/preload/base/own.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"

/* This process's pid.  Under a seccomp filter no call can be made, so it is the pid that
 * is known without one. */
static int32_t own_pid(void)
{
	if (!sys_closed())
		return (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
	return tracer_life() == TRACER_ON ? tracer.pid : identity_tid();
}

static int32_t own_parent(void)
{
	if (!sys_closed())
		return (int32_t)sys_call3(SYS_getppid, 0, 0, 0);
	return tracer_life() == TRACER_ON ? 0 : tracer.pid;
}

/* Where a roll is, or was, mapped; another thread may still be writing there.  NULL:
 * never. */
static struct roll *mapped;

void roll_leave(void)
{
	tracer.roll = NULL;
	if (mapped)
		sys_call6(SYS_mmap, (long)mapped, sizeof(struct roll),
			  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

int roll_open(int fd)
{
	long seals = sys_call3(SYS_fcntl, fd, F_GET_SEALS, 0);
	long at;

	if (sys_failed(seals) || !(seals & F_SEAL_SHRINK))
		return -EPERM;
	at = sys_call6(SYS_mmap, (long)mapped, sizeof(struct roll), PROT_READ | PROT_WRITE,
		       MAP_SHARED | (mapped ? MAP_FIXED : 0), fd, 0);
	if (sys_failed(at))
		return (int)at;
	sys_call3(SYS_madvise, at, sizeof(struct roll), MADV_DONTDUMP);
	if (!mapped)
		own_add((void *)at, sizeof(struct roll), true);
	mapped = (struct roll *)at;
	tracer.roll = mapped;
	if (tracer.roll->magic != ROLL_MAGIC)
		tracer.roll = NULL;
	return tracer.roll ? 0 : -EPROTO;
}

/* True if this process is followed; only then it writes down what it starts. */
static bool followed(void)
{
	uint32_t life = tracer_life();

	return tracer.roll && !tracer.declined && (life == TRACER_ON || life == TRACER_UNBORN);
}

/* Claims an entry, with a state of its own.  Without a free one the entry is NULL, and
 * that is counted. */
static struct roll_entry *claim(uint64_t *ticket)
{
	struct roll *roll = tracer.roll;

	*ticket = (atomic_fetch_add(&roll->tickets, 1) + 1) << 8;
	for (unsigned i = 0; i < ROLL_ENTRIES; i++) {
		uint64_t state = atomic_load_explicit(&roll->entry[i].state,
						      memory_order_relaxed);

		/* Acquire pairs with the release by which it became free. */
		if (roll_kind(state) == ROLL_FREE &&
		    atomic_compare_exchange_strong_explicit(&roll->entry[i].state, &state,
							    *ticket | ROLL_BUSY,
							    memory_order_acquire,
							    memory_order_relaxed))
			return &roll->entry[i];
	}
	atomic_fetch_add(&roll->missed, 1);
	return NULL;
}

/* Of a path that is too long the end is kept, because it says more than the beginning. */
static void copy_program(char *to, const char *path)
{
	size_t length = path ? strlen(path) : 0;
	size_t cut = length < ROLL_PROGRAM ? 0 : length - (ROLL_PROGRAM - 1);

	if (length)
		memcpy(to, path + cut, length - cut);
	to[length - cut] = '\0';
}

struct written {
	int32_t pid, ppid;
	enum roll_reason reason;
	int number;
	uint64_t since;
	const char *program;
	uint32_t shell;
};

static struct roll_place roll_put(const struct written *what)
{
	struct roll_place place;
	uint64_t ticket;

	place.entry = claim(&ticket);
	place.state = 0;
	if (!place.entry)
		return place;
	place.entry->since = what->since;
	place.entry->pid = what->pid;
	place.entry->ppid = what->ppid;
	place.entry->reason = (uint32_t)what->reason;
	place.entry->number = what->number;
	place.entry->shell = what->shell;
	copy_program(place.entry->program, what->program);
	place.state = ticket | (what->reason ? ROLL_UNSEEN : ROLL_STARTED);
	/* Release: what memtop reads behind this state is whole. */
	atomic_store_explicit(&place.entry->state, place.state, memory_order_release);
	return place;
}

void roll_withdraw(struct roll_place place)
{
	if (place.entry)
		atomic_compare_exchange_strong(&place.entry->state, &place.state, ROLL_FREE);
}

/* Takes one off tracer.starting: the pid of one of the children being started is known
 * now.  False: there was none. */
static bool roll_settle(void)
{
	uint32_t starting = atomic_load(&tracer.starting);

	while (starting && !atomic_compare_exchange_weak(&tracer.starting, &starting, starting - 1))
		;
	return starting;
}

struct roll_place roll_exec(const struct execenv_file *file)
{
	struct written what = {
		.reason = file->objection,
		.number = file->number,
		.program = file->path,
	};

	if (!followed())
		return (struct roll_place){.entry = NULL};
	what.pid = own_pid();
	what.ppid = own_parent();
	what.since = clock_nanoseconds();
	roll_note(tracer.roll, what.pid);
	if (tracer_life() == TRACER_ON && what.pid != tracer.pid)
		roll_settle();               /* vfork's child, in its parent's memory */
	return roll_put(&what);
}

uint64_t roll_starting(void)
{
	if (!followed())
		return 0;
	atomic_fetch_add(&tracer.starting, 1);
	return clock_nanoseconds();
}

void roll_started(int32_t pid)
{
	if (!followed() || pid < 0)
		return;
	if (pid)
		roll_note(tracer.roll, pid);
	roll_settle();
}

void roll_spawned(const struct execenv_file *file, uint64_t since, int32_t pid)
{
	struct written what = {
		.pid = pid,
		.reason = file->objection,
		.number = file->number,
		.since = since,
		.program = file->path,
	};

	roll_started(pid);
	if (pid <= 0 || !since || !followed())
		return;
	what.ppid = own_pid();
	roll_put(&what);
}

struct roll_place roll_shell(char *const *environment)
{
	struct execenv_file file = {.at = AT_FDCWD, .path = "/bin/sh"};
	struct written what = {.program = file.path, .shell = 1};

	what.since = roll_starting();
	if (!what.since)
		return (struct roll_place){.entry = NULL};
	execenv_judge(&file, environment);
	what.reason = file.objection;
	what.number = file.number;
	what.ppid = own_pid();
	return roll_put(&what);
}

static void write_down(enum roll_reason reason, int number)
{
	struct written what = {.reason = reason, .number = number};

	if (!tracer.roll || tracer.declined)
		return;
	what.pid = own_pid();
	what.ppid = own_parent();
	what.since = clock_nanoseconds();
	roll_put(&what);
}

void roll_unmet(int error) { write_down(ROLL_UNMET, -error); }

void roll_filtered(void) { write_down(ROLL_FILTER, 0); }

void roll_reaped(int32_t pid)
{
	struct written what = {.pid = pid, .reason = ROLL_RAW};

	if (!followed() || roll_knows(tracer.roll, pid) || roll_settle())
		return;
	roll_note(tracer.roll, pid);
	what.ppid = own_pid();
	what.since = clock_nanoseconds();
	roll_put(&what);
}

void roll_forked(void) { atomic_store(&tracer.starting, 0); }
