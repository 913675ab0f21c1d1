/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_COURSE_H
#define TRACER_COLLECT_RUN_STATE_COURSE_H
/*
 * The course of a live run: its clock, which stops at the end of the run, how far the run
 * has come, and the message that the desk shows about it.  The door's thread advances it,
 * and any thread may ask.  Its lock is held only within these calls, and no other lock is
 * taken under it, so a caller may hold another lock.  Only course_wait and course_await
 * wait, and must not be called with a lock held.
 */
#include <stdarg.h>
#include <stdbool.h>

struct course;

/* What is known at one time. */
struct course_state {
	double seconds;                 /* see course_time */
	bool ended;                     /* the run is over */
	unsigned met;                   /* how many images of the first process said hello */
	unsigned resumes;               /* see course_resume */
	bool stopped;                   /* tracing has been stopped; the target may go
					 * on */
	bool unled;                     /* see course_unlead */
	bool left;                      /* see course_look */
	bool orphaned;                  /* the keeper has gone, or was told to end ... */
	int signal;                     /* ... by SIGTERM or SIGHUP; 0: neither */
	unsigned said;                  /* how many sentences and reasons there were */
	char message[256];              /* the last sentence */
	char unmet[256];                /* see course_unmet; "": none */
};

/* The clock starts.  NULL: out of memory, or of descriptors. */
struct course *course_new(void);
void course_free(struct course *course);        /* may be NULL */

/* A descriptor for the desk to wait on: it is readable once there is something new to
 * show, until course_drain.  Neither function takes a lock. */
int course_fd(const struct course *course);
void course_drain(struct course *course);
void course_wake(struct course *course);

/* Seconds since the start; goes on after the end.  Takes no lock. */
double course_now(const struct course *course);
/* Seconds since the start, at most until the end; *ended (may be NULL): the run is
 * over. */
double course_time(struct course *course, bool *ended);
bool course_has_ended(struct course *course);
/* Copies all that is known. */
void course_read(struct course *course, struct course_state *state);

/* The first process has said hello, again if an exec gave it another program: it has not
 * left. */
void course_meet(struct course *course);
/* The keeper was stopped and goes on: the terminal is to be drawn anew. */
void course_resume(struct course *course);
/* Tracing stops; wakes those who wait. */
void course_stop(struct course *course);
/* Who led the session on the target's terminal was killed: that has hung up. */
void course_unlead(struct course *course);
/* The keeper has gone, or got this signal. */
void course_orphan(struct course *course, int signal);
/* Notes whether the first process was just seen inside an exec, or had never begun to
 * trace.  If the look before saw the same, or with `ended`, it has left: it has become a
 * program that is not traced.  True: that is new. */
bool course_look(struct course *course, bool leaving, bool ended);
/* The run is over: the clock stands at `seconds`, and no kill is due any more. */
void course_end(struct course *course, double seconds);
/* All that the run recorded has been read; wakes those who wait. */
void course_read_to_end(struct course *course);
/* Waits for that; with `stop` tracing being stopped ends the wait, too. */
void course_wait(struct course *course, bool stop);
/* A process has ended, and what it left is known. */
void course_leave(struct course *course);
/* As course_wait, but not longer than until so many have since the last wait (0: as long as
 * that takes).  False: that many have, and the run goes on. */
bool course_await(struct course *course, bool stop, unsigned left);

/* The target is to be killed in so many seconds.  False: the run is over. */
bool course_kill_later(struct course *course, double patience);
/* True once, when that time has come. */
bool course_kill_due(struct course *course);

/* A sentence that the desk shows once; it is woken for it. */
void course_say(struct course *course, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void course_say_list(struct course *course, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* Sets why the first process can't be traced (no whole sentence), until an image of it says
 * hello.  The desk shows that, too. */
void course_unmet(struct course *course, const char *reason);

#endif
