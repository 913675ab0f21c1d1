/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a live run has come.  Each call is one step under the lock; a step that
 * somebody waits for wakes all of them. */
#include "tracer/collect/run/state/course.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "tracer/ground/clock.h"

struct course {
	double started;                 /* CLOCK_MONOTONIC, seconds; never changes */
	int fd;                         /* eventfd for the desk; never changes */
	pthread_mutex_t lock;           /* around all below */
	pthread_cond_t moved;           /* stopped or read_to_end changed, or enough processes
	                                 * have ended */
	struct course_state state;      /* seconds: valid once it has ended */
	bool read_to_end;
	unsigned left, awaited;         /* processes that ended since somebody waited for
					 * that, and for how many they wait; 0: nobody */
	bool leaving;                   /* it was in an exec at the last look */
	double kill_at;                 /* SIGKILL is due then; 0: no */
};

struct course *course_new(void)
{
	struct course *course = calloc(1, sizeof(*course));

	if (!course)
		return NULL;
	course->started = clock_seconds();
	course->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (course->fd < 0) {
		free(course);
		return NULL;
	}
	pthread_mutex_init(&course->lock, NULL);
	pthread_cond_init(&course->moved, NULL);
	return course;
}

void course_free(struct course *course)
{
	if (!course)
		return;
	pthread_mutex_destroy(&course->lock);
	pthread_cond_destroy(&course->moved);
	close(course->fd);
	free(course);
}

/* --- the desk's sleep --- */

int course_fd(const struct course *course) { return course->fd; }

void course_drain(struct course *course)
{
	uint64_t count;

	if (read(course->fd, &count, sizeof(count)) < 0)
		return;                 /* nothing new: EAGAIN */
}

void course_wake(struct course *course)
{
	uint64_t one = 1;

	if (write(course->fd, &one, sizeof(one)) < 0)
		return;                 /* the counter is full: the desk will wake anyway */
}

/* --- the clock --- */

double course_now(const struct course *course) { return clock_seconds() - course->started; }

/* Lock held. */
static double time_of(const struct course *course)
{
	return course->state.ended ? course->state.seconds : course_now(course);
}

double course_time(struct course *course, bool *ended)
{
	pthread_mutex_lock(&course->lock);
	double seconds = time_of(course);
	if (ended)
		*ended = course->state.ended;
	pthread_mutex_unlock(&course->lock);
	return seconds;
}

bool course_has_ended(struct course *course)
{
	bool ended;

	course_time(course, &ended);
	return ended;
}

void course_read(struct course *course, struct course_state *state)
{
	pthread_mutex_lock(&course->lock);
	*state = course->state;
	state->seconds = time_of(course);
	pthread_mutex_unlock(&course->lock);
}

/* --- steps --- */

void course_meet(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	course->state.met++;
	course->state.left = course->leaving = false;
	course->state.unmet[0] = 0;
	pthread_mutex_unlock(&course->lock);
}

void course_resume(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	course->state.resumes++;
	pthread_mutex_unlock(&course->lock);
}

void course_stop(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	course->state.stopped = true;
	pthread_cond_broadcast(&course->moved);
	pthread_mutex_unlock(&course->lock);
}

void course_unlead(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	course->state.unled = true;
	pthread_mutex_unlock(&course->lock);
}

void course_orphan(struct course *course, int signal)
{
	pthread_mutex_lock(&course->lock);
	course->state.orphaned = true;
	course->state.signal = signal;
	pthread_mutex_unlock(&course->lock);
}

bool course_look(struct course *course, bool leaving, bool ended)
{
	pthread_mutex_lock(&course->lock);
	bool was = course->state.left;
	course->state.left = leaving && (was || course->leaving || ended);
	bool news = course->state.left && !was;
	course->leaving = leaving;
	pthread_mutex_unlock(&course->lock);
	return news;
}

void course_end(struct course *course, double seconds)
{
	pthread_mutex_lock(&course->lock);
	course->state.ended = true;
	course->state.seconds = seconds;
	course->kill_at = 0;
	pthread_mutex_unlock(&course->lock);
}

void course_read_to_end(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	course->read_to_end = true;
	pthread_cond_broadcast(&course->moved);
	pthread_mutex_unlock(&course->lock);
}

void course_leave(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	if (++course->left >= course->awaited && course->awaited)
		pthread_cond_broadcast(&course->moved);
	pthread_mutex_unlock(&course->lock);
}

bool course_await(struct course *course, bool stop, unsigned left)
{
	bool over;

	pthread_mutex_lock(&course->lock);
	course->awaited = left;
	while (!(over = course->read_to_end || (stop && course->state.stopped)) &&
	       (!left || course->left < left))
		pthread_cond_wait(&course->moved, &course->lock);
	course->left = course->awaited = 0;
	pthread_mutex_unlock(&course->lock);
	return over;
}

void course_wait(struct course *course, bool stop) { course_await(course, stop, 0); }

/* --- the end of a target that does not go when it is asked to --- */

bool course_kill_later(struct course *course, double patience)
{
	pthread_mutex_lock(&course->lock);
	bool runs = !course->state.ended;
	if (runs)
		course->kill_at = course_now(course) + patience;
	pthread_mutex_unlock(&course->lock);
	return runs;
}

bool course_kill_due(struct course *course)
{
	pthread_mutex_lock(&course->lock);
	bool due = course->kill_at > 0 && course_now(course) >= course->kill_at;
	if (due)
		course->kill_at = 0;
	pthread_mutex_unlock(&course->lock);
	return due;
}

/* --- what is said --- */

void course_say(struct course *course, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	course_say_list(course, format, arguments);
	va_end(arguments);
}

void course_say_list(struct course *course, const char *format, va_list arguments)
{
	pthread_mutex_lock(&course->lock);
	vsnprintf(course->state.message, sizeof(course->state.message), format,
		  arguments);
	course->state.said++;
	pthread_mutex_unlock(&course->lock);
	course_wake(course);
}

void course_unmet(struct course *course, const char *reason)
{
	pthread_mutex_lock(&course->lock);
	if (!course->state.met) {
		snprintf(course->state.unmet, sizeof(course->state.unmet), "%s", reason);
		course->state.said++;
	}
	pthread_mutex_unlock(&course->lock);
	course_wake(course);
}
