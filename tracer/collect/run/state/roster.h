/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_ROSTER_H
#define TRACER_COLLECT_RUN_STATE_ROSTER_H
/*
 * The program of a live run and its processes, and what is known of each.  Only the
 * door's thread adds to the list and changes it, any thread may ask.  It has a lock of
 * its own, which is held inside these calls alone; under it only the course is asked for
 * the time. A process is its place in the list + 1; 0: none.
 */
#include <stdbool.h>
#include "tracer/collect/run/state/course.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/wire/env.h"

#define ROSTER_MAX 65536u               /* processes listed; more are not traced */

struct roster;

/* Copies argv; the course must outlive it.  NULL: out of memory. */
struct roster *roster_new(struct course *course, char *const *argv, uint64_t sample);
void roster_free(struct roster *roster);        /* may be NULL; closes pidfds */

/* --- the program --- */

/* A deep copy as of now.  0 or -ENOMEM with *to cleared. */
int roster_copy(struct roster *roster, struct program *to);
/* Makes a copy current: all of it if the list is not of that *version any more, else
 * all but lists. */
void roster_follow(struct roster *roster, struct program *copy, unsigned *version);
/* The first process has this pid. */
void roster_start(struct roster *roster, int32_t pid);
int32_t roster_pid(struct roster *roster);      /* 0: not known yet */
/* How it ended: by a status as wait gives it; it could not be run, for that errno; or
 * nobody can tell. */
void roster_set_status(struct roster *roster, int status);
void roster_set_failed(struct roster *roster, int code);
void roster_set_unknown(struct roster *roster);
/* The first process has ended, now, and the run goes on. */
void roster_first_ended(struct roster *roster);
/* It ran already when memtop came; its allocator's own count of that time, + 1 (0: not
 * known yet). */
void roster_attached(struct roster *roster, uint64_t before);
void roster_status(struct roster *roster, int *status, int *signal);
/* So many processes have set a filter.  Whether these are more than before. */
bool roster_filtered(struct roster *roster, unsigned filtered);
/* The first library that was opened past memtop: the first non-empty name stays. */
void roster_unseen(struct roster *roster, const char *name);
/* "python3.11+native" ("": as it was), and why its frames are not read (a constant),
 * or NULL. Whether there was such a reason before. */
bool roster_python(struct roster *roster, const char *kind, const char *reason);

/* Where memory ends; how many processes of its cgroup the OOM killer ended. */
void roster_set_ceilings(struct roster *roster, const struct ceilings *ceilings);
void roster_set_oom_kills(struct roster *roster, uint64_t kills);

/* --- processes --- */

struct newcomer {
	int32_t pid, ppid;
	int pidfd;                      /* the roster's from then on */
	uint64_t image;                 /* number of its image */
	const struct meet_hello *hello; /* of a forked child: its image names the true parent */
	int argc;
	char *const *argv;              /* copied */
};

/* A traced process that said hello.  0, with the pidfd still the caller's: out of
 * memory, or too many. */
uint32_t roster_add(struct roster *roster, const struct newcomer *newcomer);
/* One that is not traced, with the reason; it may find no room in the list (0), but
 * counts. */
uint32_t roster_add_untraced(struct roster *roster, int32_t pid, int32_t ppid, int argc,
			     char *const *argv, const char *reason);
/* The first process got its first image: lists it if the keeper's word is still on its
 * way. */
void roster_meet_first(struct roster *roster, int32_t pid, const struct meet_hello *hello,
		       uint64_t image);
/* It said hello, and got the image with that number; 0: none. */
void roster_meet(struct roster *roster, uint32_t process, const struct meet_hello *hello,
		 uint64_t image);
/* An exec gave it this argv (taken over; may be NULL). */
void roster_rename(struct roster *roster, uint32_t process, int argc, char **argv);
/* Of a traced process that said hello something is not seen: the first reason stays,
 * and it counts as not traced (but for the first process).  False: it is none. */
bool roster_set_reason(struct roster *roster, uint32_t process, const char *reason);
/* All but the first that still live and have no reason yet get this one, and count. */
void roster_name_living(struct roster *roster, const char *reason);
/* It has ended, now unless the run has: then the list stays as it is, since whoever
 * judges looks at it.  Its pidfd, which is the caller's now; -1: it has none (any
 * more). */
int roster_end(struct roster *roster, uint32_t process);

uint32_t roster_length(struct roster *roster);
/* The pids of the first process (unless the run goes on without it) and of others that
 * live and are traced, at most `max`; how many. */
size_t roster_living(struct roster *roster, int32_t *pids, size_t max);
unsigned roster_untraced(struct roster *roster);
/* The newest living, traced process with this pid. */
uint32_t roster_find(struct roster *roster, int32_t pid);
/* Whether its end was seen; the first one's is the run's, unless that goes on without
 * it. */
bool roster_has_ended(struct roster *roster, uint32_t process);
/* Whether one beside the first lives and is traced. */
bool roster_has_company(struct roster *roster);
/* Whether a process with this pid, as memtop or itself sees it, ever said hello. */
bool roster_was_met(struct roster *roster, int32_t pid);
/* Whether a program said hello since then (CLOCK_MONOTONIC, ns): of that pid; of pid
 * 0, whose parent alone is known, the first shell of that parent, which then answers
 * no more. */
bool roster_has_answered(struct roster *roster, int32_t pid, int32_t ppid, uint64_t since);
/* A copy of the argv of the newest process with this pid, for argv_free; NULL: not
 * known. */
char **roster_argv(struct roster *roster, int32_t pid, int *argc);

#endif
