/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_ROSTER_H
#define TRACER_COLLECT_RUN_STATE_ROSTER_H
/*
 * The program of a live run and its processes, and what is known of each.  Only the
 * door's thread adds to the list; any thread may ask.  Its lock is held only within these
 * calls, and under it only the course is asked for the time.  A process is its index in
 * the list + 1; 0: none.  Some lose their places to others (roster_fold.h).
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
/* Updates a copy: all of it if the list is not of that *version any more, else all but
 * the lists. */
void roster_follow(struct roster *roster, struct program *copy, unsigned *version);
/* The first process has this pid. */
void roster_start(struct roster *roster, int32_t pid);
int32_t roster_pid(struct roster *roster);      /* 0: not known yet */
/* How the program ended: the status that wait gives; that it could not be run, with
 * errno; or that nobody can tell. */
void roster_set_status(struct roster *roster, int status);
void roster_set_failed(struct roster *roster, int code);
void roster_set_unknown(struct roster *roster);
/* The first process has ended, now, and the run goes on. */
void roster_first_ended(struct roster *roster);
/* The program was attached to; `before` is its allocator's own count then, + 1 (0: not
 * known yet). */
void roster_attached(struct roster *roster, uint64_t before);
void roster_status(struct roster *roster, int *status, int *signal);
/* So many processes have set a filter.  Whether these are more than before. */
bool roster_filtered(struct roster *roster, unsigned filtered);
/* Notes the first library that bypasses memtop; later names are ignored. */
void roster_unseen(struct roster *roster, const char *name);
/* "python3.11+native" ("": as it was), and why its frames are not read (a constant),
 * or NULL. Whether there was such a reason before. */
bool roster_python(struct roster *roster, const char *kind, const char *reason);

/* Sets the memory limits, and how many processes of the cgroup the OOM killer has
 * ended. */
void roster_set_ceilings(struct roster *roster, const struct ceilings *ceilings);
void roster_set_oom_kills(struct roster *roster, uint64_t kills);

/* --- processes --- */

struct newcomer {
	uint32_t process;               /* as roster_place said */
	int32_t pid, ppid;
	int pidfd;                      /* the roster's from then on */
	uint64_t image;                 /* number of its image */
	const struct meet_hello *hello; /* of a forked child: its image number identifies
					 * the parent */
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
/* Notes that something of a traced process is not seen: the first reason stays, and the
 * process counts as not traced (unless it is the first).  False: it is not a traced
 * process. */
bool roster_set_reason(struct roster *roster, uint32_t process, const char *reason);
/* Gives this reason to all processes but the first that still live and have none, and
 * counts them as not traced. */
void roster_name_living(struct roster *roster, const char *reason);
/* Notes that a process has ended, unless the run has, after which the list stays as it
 * is for the verdict.  Returns its pidfd, which the caller gets; -1: it has none (any
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
/* Whether a program of that pid has said hello since then (CLOCK_MONOTONIC, ns).  With
 * pid 0 only the parent is known: then it is the first shell of that parent, which is
 * counted once. */
bool roster_has_answered(struct roster *roster, int32_t pid, int32_t ppid, uint64_t since);
/* A copy of the argv of the newest process with this pid, for argv_free; NULL: not
 * known. */
char **roster_argv(struct roster *roster, int32_t pid, int *argc);

#endif
