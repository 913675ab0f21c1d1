/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small memtop of its own, for testing libmemtop.so without the inspector: meets
 * the target, keeps every event, sorts them by stamp, replays them, and prints
 *
 *	segment pid=N current=B peak=B blocks=N allocations=N frees=N total=B ...
 *	function NAME current=B blocks=N allocations=N total=B
 *
 * one `function` line for each function of the program itself that is the
 * newest frame of an allocation.  It shares no code with the inspector.
 *
 *	fakemem [--drop] [--lazy] [--stall] [--die] [--discard] [--referee] [--freeze]
 *		LIBRARY PROGRAM [ARG...]
 *
 * --drop: on_full is WIRE_DROP.  --lazy: drains only when a producer waits.
 * --stall: never drains before the end.  --die: the owner is dead once the
 * first ring is full.  --discard: reads nothing of what it drains.  --freeze: the program
 * stands still for 2 s when its ring is full.  The exit status is the target's.
 * $FAKEMEM_BEHIND: a library to be preloaded behind libmemtop.so.
 *
 * Here is the run as a whole; its parts are in tests/preload/fakemem/.
 */
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/fakemem/fakemem.h"
#include "tracer/wire/env.h"

struct fakemem_options options;
struct segment *segments[SEGMENTS];
unsigned segment_count, declined;

void die(const char *what)
{
	perror(what);
	exit(125);
}

static pid_t launch(char *library, char **argv, const char *meeting)
{
	char full[PATH_MAX], preload[2 * PATH_MAX];
	const char *behind = getenv("FAKEMEM_BEHIND");
	pid_t pid = fork();

	if (pid)
		return pid;
	if (!realpath(library, full))
		die(library);
	snprintf(preload, sizeof(preload), "%s%s%s", full, behind ? ":" : "",
		 behind ? behind : "");
	setenv(ENV_PRELOAD, preload, 1);
	setenv(ENV_LIBRARY, full, 1);
	setenv(ENV_MEETING, meeting, 1);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* Once, when its ring is full: the program stands still for longer than it has patience,
 * as does its reader; then it looks at its ring once more before that reads on.  What is
 * waited for is the clock itself, that the program asks. */
static void freeze(struct segment *s)
{
	const struct itimerspec more = {.it_value = {.tv_sec = 2, .tv_nsec = 200000000}};
	struct wire_ring *ring = ring_of(s, 0);
	int clock;
	uint64_t times;

	if (!options.freeze || !s->control->rings || !atomic_load(&ring->room_wanted))
		return;
	options.freeze = false;
	kill(s->pid, SIGSTOP);
	clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (timerfd_settime(clock, 0, &more, NULL) != 0 ||
	    read(clock, &times, sizeof(times)) != sizeof(times))
		die("timerfd");
	close(clock);
	atomic_store(&ring->room_wanted, 0);
	kill(s->pid, SIGCONT);
	while (!atomic_load(&ring->room_wanted) && !atomic_load(&ring->lost[WIRE_LOST_ALLOCATION]))
		sched_yield();
}

static bool drain_all(void)
{
	bool any = false;

	for (unsigned i = 0; i < segment_count; i++) {
		struct segment *s = segments[i];

		if (options.die && s->control->rings &&
		    ring_peek(ring_of(s, 0)) >= WIRE_RING_SLOTS - WIRE_RING_ENDS - 1)
			s->control->owner |= WIRE_OWNER_DIED;
		freeze(s);
		if (options.die || options.stall)
			rings_ahead(s);
		else
			any |= drain(s);
	}
	return any;
}

static int follow(pid_t pid, int door)
{
	int status = 0;

	for (;;) {
		bool ended = waitpid(pid, &status, WNOHANG) == pid;
		struct pollfd p = {.fd = door, .events = POLLIN};
		bool any = drain_all();

		if (poll(&p, 1, any || ended || options.discard ? 0 : 1) == 1)
			meet(door);
		if (ended)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

static void print(struct segment *s)
{
	const struct wire_control *c = s->control;
	const struct figures *f = &s->figures;
	uint64_t dropped = 0, lost = 0;

	options.lazy = false;
	drain(s);
	replay(s);
	for (unsigned kind = 0; kind < WIRE_LOSSES; kind++) {
		if (kind == WIRE_LOST_END)
			continue;
		lost += c->lost[kind];
		for (uint32_t i = 0; i < c->rings; i++)
			dropped += ring_of(s, i)->lost[kind];
	}
	printf("segment pid=%d current=%lu peak=%lu blocks=%lu allocations=%lu frees=%lu "
	       "total=%lu temporary=%lu restored=%lu unknown=%lu threads=%lu ended=%lu rings=%u "
	       "events=%lu dropped=%lu lost=%lu nested=%lu irregular=%lu calls=%lu "
	       "nonsense=%lu traces=%u private=%lu state=%u quiet=%u referee=%lu wrong=%lu\n",
	       s->pid, f->current, s->peak, f->blocks, f->allocations, s->frees, f->total,
	       s->temporary, s->restored, s->unknown, s->threads, s->ended, c->rings, s->count,
	       dropped, lost, c->nested, s->irregular, s->calls, s->nonsense, c->traces,
	       c->private_bytes, c->state, c->quiet, c->referee_stacks, c->referee_wrong);
	for (uint64_t i = 0; i < s->function_count; i++) {
		const struct figures *g = &s->functions[i].figures;

		if (g->allocations)
			printf("function %s current=%lu blocks=%lu allocations=%lu total=%lu\n",
			       s->functions[i].name, g->current, g->blocks, g->allocations,
			       g->total);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"--drop", &options.drop},   {"--lazy", &options.lazy},
		{"--stall", &options.stall}, {"--die", &options.die},
		{"--discard", &options.discard}, {"--referee", &options.referee},
		{"--freeze", &options.freeze},
	};
	char meeting[64] = "/tmp/fakemem.XXXXXX";
	int door, status, at = 1;

	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++)
		for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++)
			if (strcmp(argv[at], flags[i].name) == 0)
				*flags[i].flag = true;
	if (argc - at < 2) {
		fputs("fakemem [--FLAG...] LIBRARY PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	door = open_door(meeting);
	status = follow(launch(argv[at], argv + at + 1, meeting), door);
	unlink(meeting);
	*strrchr(meeting, '/') = '\0';
	rmdir(meeting);
	for (unsigned i = 0; i < segment_count; i++)
		print(segments[i]);
	if (declined)
		printf("declined %u\n", declined);
	return status;
}
