/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_STATE_COURSE_H
#define TRACER_COLLECT_RUN_STATE_COURSE_H
/*
 * The course of a live run: its clock, which stands still once the run is over, how far
 * the run has come, and the sentence that the desk shows about it.  The door's thread
 * moves it on; any thread may ask.  It has a lock of its own, which is held inside these
 * calls alone and under which no other lock is taken: whoever holds another lock may
 * call.  Only course_wait waits; nobody may call that with a lock held.
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
	bool stopped;                   /* tracing has; the target may go on */
	bool left;                      /* see course_look */
	bool orphaned;                  /* the keeper has gone, or was told to end ... */
	int signal;                     /* ... by SIGTERM or SIGHUP; 0: neither */
	char message[256];
};

/* The clock starts.  NULL: out of memory, or of descriptors. */
struct course *course_new(void);
void course_free(struct course *course);        /* may be NULL */

/* What the desk waits for: a descriptor that can be read once something may be shown
 * anew, until course_drain.  Neither takes a lock. */
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
/* Tracing stops; wakes who waits. */
void course_stop(struct course *course);
/* The keeper has gone, or got this signal. */
void course_orphan(struct course *course, int signal);
/* Whether the first process is inside an exec, or never began to trace, as was just
 * seen.  If the look before saw that too, or `ended`, it has left: it became a program
 * that is not traced.  True: that is news. */
bool course_look(struct course *course, bool leaving, bool ended);
/* The run is over: the clock stands at `seconds`, and no kill is due any more. */
void course_end(struct course *course, double seconds);
/* All that the run recorded has been read; wakes who waits. */
void course_read_to_end(struct course *course);
/* Waits for that, or with `stop` also until tracing has stopped. */
void course_wait(struct course *course, bool stop);

/* The target is to be killed in so many seconds.  False: the run is over. */
bool course_kill_later(struct course *course, double patience);
/* True once, when that time has come. */
bool course_kill_due(struct course *course);

/* The sentence that the desk shows; it is woken for it. */
void course_say(struct course *course, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void course_say_list(struct course *course, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* Why an image could not be traced: shown in place of the sentence until one is met. */
void course_unmet(struct course *course, const char *reason);

#endif
