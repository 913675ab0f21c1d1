/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session over a recording, in which nothing changes any more.  Only its file needs a
 * lock, as an export in another thread reads it too. */
#include "tracer/collect/run/session_ops.h"

static void recorded_close(struct session *s) { recording_close(s->recording); }

static struct snapshot *session_recorded_moment(struct session *s, const char *moment,
						struct error *error)
{
	pthread_mutex_lock(&s->files);
	struct snapshot *snapshot = recording_snapshot(s->recording, moment, error);
	pthread_mutex_unlock(&s->files);
	return snapshot;
}

static void session_recorded_status(struct session *s, struct session_status *status)
{
	struct error error;
	size_t length;
	struct snapshot *last = session_recorded_moment(s, NULL, &error);

	if (last) {
		status->totals = last->totals;
		status->heavier = recording_heavier(s->recording, last, NULL);
		unknown_names(&last->unknown, last->catalog, status->unknown_by,
			      sizeof(status->unknown_by));
	}
	snapshot_release(last);
	const struct point *points = recording_points(s->recording, &length);
	if (length > 0 && s->process == 1)
		status->rss = points[length - 1].rss;
	status->seconds = recording_program(s->recording)->seconds;
	status->met = true;
	const struct program *program = recording_program(s->recording);
	for (size_t i = 0; i < program->processes_length; i++) {
		const struct process *process = &program->processes[i];

		status->untraced += process->reason || !(process->traced || process->vacant);
	}
	const struct moment *moments = recording_moments(s->recording, &length);
	for (size_t i = 0; i < length; i++)
		status->snapshots += moments[i].kind == MOMENT_NAMED;
}

static const struct program *session_recorded_program(struct session *s)
{
	return recording_program(s->recording);
}

static bool session_recorded_process_totals(struct session *s, uint32_t process,
					    struct totals *totals)
{
	pthread_mutex_lock(&s->files);
	bool known = recording_totals(s->recording, process, totals);
	pthread_mutex_unlock(&s->files);
	return known;
}

static const struct moment *session_recorded_moments(struct session *s, size_t *length)
{
	return recording_moments(s->recording, length);
}

/* The timeline is the first process's. */
static const struct point *session_recorded_points(struct session *s, size_t *length)
{
	const struct point *recorded = recording_points(s->recording, length);
	if (s->process != 1)
		*length = 0;
	return recorded;
}

static const struct mark *session_recorded_marks(struct session *s, size_t *length)
{
	return recording_marks(s->recording, length);
}

/* They do not change, so they are read once for this process. */
static const struct tick *session_recorded_ticks(struct session *s, size_t *length)
{
	if (s->ticks_of != s->process + 1) {
		pthread_mutex_lock(&s->files);
		recording_ticks(s->recording, &s->ticks);
		pthread_mutex_unlock(&s->files);
		s->ticks_of = s->process + 1;
	}
	*length = s->ticks.length;
	return s->ticks.of;
}

static int session_recorded_trails(struct session *s, struct trails *trails)
{
	pthread_mutex_lock(&s->files);
	int error = recording_trails(s->recording, trails);
	pthread_mutex_unlock(&s->files);
	return error;
}

static void session_recorded_extent(struct session *s, struct history_extent *extent)
{
	pthread_mutex_lock(&s->files);
	recording_extent(s->recording, extent);
	pthread_mutex_unlock(&s->files);
}

static int session_recorded_source(struct session *s, const char *path, unsigned line,
				   char *text, size_t size)
{
	return recording_source(s->recording, path, line, text, size);
}

static const char *session_recorded_file(const struct session *s)
{
	return recording_path(s->recording);
}

static void chosen(struct session *s, uint32_t process)
{
	recording_choose(s->recording, process);
}

const struct session_ops session_recorded_ops = {
	.close = recorded_close,
	.status = session_recorded_status,
	.program = session_recorded_program,
	.process_totals = session_recorded_process_totals,
	.moment = session_recorded_moment,
	.moments = session_recorded_moments,
	.points = session_recorded_points,
	.marks = session_recorded_marks,
	.ticks = session_recorded_ticks,
	.trails = session_recorded_trails,
	.extent = session_recorded_extent,
	.source = session_recorded_source,
	.file = session_recorded_file,
	.chosen = chosen,
};
