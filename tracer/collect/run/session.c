/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facade: each question goes to the table of the live run or of the recording.  What
 * is handed out stays valid until the next call of the same kind. */
#include "tracer/collect/run/session_ops.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/collect/run/live.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/source.h"
#include "tracer/ground/same_file.h"

/* --- beginning and ending --- */

static struct session *session_new(const struct session_ops *ops, struct error *error)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		*error = (struct error){ 125, "cannot start: out of memory" };
		return NULL;
	}
	s->ops = ops;
	s->process = 1;
	pthread_mutex_init(&s->files, NULL);
	return s;
}

int session_launch(struct session **out, const struct session_options *options,
		   struct error *error)
{
	struct session *s = session_new(&session_live_ops, error);

	if (!s || live_begin(&s->live, options, error) != 0) {
		free(s);
		return -1;
	}
	s->parts = &s->live->parts;
	s->sources = sources_new();
	*out = s;
	return 0;
}

int session_open(struct session **out, const char *path, struct error *error)
{
	struct session *s = session_new(&session_recorded_ops, error);

	if (!s || recording_open(&s->recording, path, error) != 0) {
		free(s);
		return -1;
	}
	*out = s;
	return 0;
}

int session_finish(struct session *s, struct error *error)
{
	s->finished = true;
	return s->ops->finish ? s->ops->finish(s, error) : 0;
}

void session_finish_later(struct session *s)
{
	if (s->ops->finish_later)
		s->ops->finish_later(s);
}

void session_close(struct session *s)
{
	struct error error;

	if (!s->finished)
		session_finish(s, &error);
	s->ops->close(s);
	program_clear(&s->program);
	free(s->moments);
	free(s->points);
	for (size_t i = 0; i < s->marks_length; i++)
		free(s->marks[i].text);
	free(s->marks);
	free(s->ticks.of);
	pthread_mutex_destroy(&s->files);
	free(s);
}

/* --- what both have --- */

void session_status(struct session *s, struct session_status *status)
{
	memset(status, 0, sizeof(*status));
	s->ops->status(s, status);
}

const struct program *session_program(struct session *s) { return s->ops->program(s); }

int session_choose(struct session *s, const char *process, struct error *error)
{
	uint32_t found;

	if (program_choose(session_program(s), process, &found, error) != 0)
		return -1;
	s->process = found;
	if (s->ops->chosen)
		s->ops->chosen(s, found);
	return 0;
}

void session_choose_place(struct session *s, size_t place) { s->process = (uint32_t)place + 1; }

uint32_t session_chosen(const struct session *s) { return s->process; }

bool session_process_totals(struct session *s, uint32_t process, struct totals *totals)
{
	return s->ops->process_totals(s, process, totals);
}

struct snapshot *session_now(struct session *s)
{
	struct error error;
	return s->ops->moment(s, NULL, &error);
}

struct snapshot *session_moment(struct session *s, const char *moment,
				struct error *error)
{
	return s->ops->moment(s, moment, error);
}

const struct moment *session_moments(struct session *s, size_t *length)
{
	return s->ops->moments(s, length);
}

const struct point *session_points(struct session *s, size_t *length)
{
	return s->ops->points(s, length);
}

const struct mark *session_marks(struct session *s, size_t *length)
{
	return s->ops->marks(s, length);
}

const struct tick *session_ticks(struct session *s, size_t *length)
{
	return s->ops->ticks(s, length);
}

int session_trails(struct session *s, struct trails *trails)
{
	return s->ops->trails(s, trails);
}

void session_extent(struct session *s, struct history_extent *extent)
{
	*extent = (struct history_extent){ 0 };
	s->ops->extent(s, extent);
}

int session_source(struct session *s, const char *path, unsigned line, char *text,
		   size_t size)
{
	pthread_mutex_lock(&s->files);
	int length = s->ops->source(s, path, line, text, size);
	pthread_mutex_unlock(&s->files);
	return length;
}

/* --- what only a live run has --- */

static int over(struct error *error)
{
	*error = (struct error){ 2, "this is a recording: the run is over" };
	return -1;
}

int session_snapshot(struct session *s, const char *name, struct error *error)
{
	return s->ops->snapshot ? s->ops->snapshot(s, name, error) : over(error);
}

int session_look(struct session *s, const char *name, bool retained, struct error *error)
{
	return s->ops->look ? s->ops->look(s, name, retained, error) : over(error);
}

double session_look_seconds(struct session *s, bool retained)
{
	return s->ops->look_seconds ? s->ops->look_seconds(s, retained) : 0;
}

bool session_last_look(struct session *s, size_t process, uint64_t unreachable[2],
		       struct snapshot **found, const char **why)
{
	*found = NULL;
	*why = "";
	return s->ops->last_look && s->ops->last_look(s, process, unreachable, found, why);
}

int session_mark(struct session *s, const char *text, struct error *error)
{
	return s->ops->mark ? s->ops->mark(s, text, error) : over(error);
}

int session_write(struct session *s, const char *path, bool force, struct error *error)
{
	return s->ops->write ? s->ops->write(s, path, force, error) : over(error);
}

int session_fd(const struct session *s) { return s->ops->fd ? s->ops->fd(s) : -1; }

void session_drain_events(struct session *s)
{
	if (s->ops->drain_events)
		s->ops->drain_events(s);
}

struct snapshot *session_part_peak(struct session *s, unsigned part, size_t *process,
				   uint64_t *sum)
{
	return s->ops->part_peak ? s->ops->part_peak(s, part, process, sum) : NULL;
}

void session_reset_peak(struct session *s)
{
	if (s->ops->reset_peak)
		s->ops->reset_peak(s);
}

bool session_is_file(const struct session *s, const char *path)
{
	const char *file = s->ops->file ? s->ops->file(s) : NULL;

	return file && same_file(file, path);
}

void session_grows(struct session *s, uint32_t rows)
{
	if (s->ops->grows)
		s->ops->grows(s, rows);
}

bool session_settle(struct session *s, double seconds)
{
	return !s->ops->settle || s->ops->settle(s, seconds);
}

size_t session_output(struct session *s, uint64_t *position, char *bytes, size_t max)
{
	return s->ops->output ? s->ops->output(s, position, bytes, max) : 0;
}

size_t session_input(struct session *s, const char *bytes, size_t length)
{
	return s->ops->input ? s->ops->input(s, bytes, length) : 0;
}

void session_resize(struct session *s, unsigned width, unsigned height)
{
	if (s->ops->resize)
		s->ops->resize(s, width, height);
}

void session_suspend(struct session *s)
{
	if (s->ops->suspend)
		s->ops->suspend(s);
}

void session_kill(struct session *s)
{
	if (s->ops->kill)
		s->ops->kill(s);
}

void session_hang_up(struct session *s)
{
	if (s->ops->hang_up)
		s->ops->hang_up(s);
}

bool session_hung_up(const struct session *s) { return s->ops->hung_up && s->ops->hung_up(s); }

void session_detach(struct session *s)
{
	if (s->ops->detach)
		s->ops->detach(s);
}

void session_leave(struct session *s, int status)
{
	if (s->ops->leave)
		s->ops->leave(s, status);
}

void session_exit_status(struct session *s, int status)
{
	if (s->ops->exit_status)
		s->ops->exit_status(s, status);
}

void session_wait(struct session *s) { session_await(s, 0); }

bool session_await(struct session *s, unsigned ended)
{
	return !s->ops->wait || s->ops->wait(s, ended);
}

uint32_t session_to_judge(struct session *s, bool all)
{
	return s->ops->to_judge ? s->ops->to_judge(s, all) : 0;
}

bool session_fold(struct session *s, uint32_t process)
{
	return !s->ops->fold || s->ops->fold(s, process);
}
