/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facade: each question goes to the live run or to the recording.  What is
 * handed out stays valid until the next call of the same kind: copies, made
 * under the live run's lock, that the session owns. */
#include "tracer/collect/run/session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_parts.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/source.h"

#define KILL_PATIENCE 2.0               /* seconds from SIGTERM to SIGKILL */

struct session {
	struct live *live;              /* one of the two */
	/* Around what is read of the recording's file and of sources: an export in
	 * another thread reads lines too. */
	pthread_mutex_t files;
	struct recording *recording;
	struct sources *sources;
	bool finished;                  /* session_finish was called */
	_Atomic uint32_t process;       /* session_choose; errands read it */
	unsigned version;               /* of program's list of processes */
	struct program program;         /* handed out: copies of the live run's */
	struct moment *moments;
	struct point *points;
	struct mark *marks;
	size_t marks_length;
};

static int no_memory(struct error *error)
{
	*error = (struct error){ 125, "cannot start: out of memory" };
	return -1;
}

int session_launch(struct session **out, const struct session_options *options,
		   struct error *error)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return no_memory(error);
	if (live_begin(&s->live, options, error) != 0) {
		free(s);
		return -1;
	}
	pthread_mutex_init(&s->files, NULL);
	s->sources = sources_new();
	s->process = 1;
	*out = s;
	return 0;
}

int session_open(struct session **out, const char *path, struct error *error)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return no_memory(error);
	if (recording_open(&s->recording, path, error) != 0) {
		free(s);
		return -1;
	}
	pthread_mutex_init(&s->files, NULL);
	s->process = 1;
	*out = s;
	return 0;
}

static void free_marks(struct session *s)
{
	for (size_t i = 0; i < s->marks_length; i++)
		free(s->marks[i].text);
	free(s->marks);
	s->marks = NULL;
	s->marks_length = 0;
}

int session_finish(struct session *s, struct error *error)
{
	s->finished = true;
	if (!s->live || !s->live->writer || !s->live->options.output)
		return 0;
	return writer_finish(s->live->writer, error);
}

void session_close(struct session *s)
{
	struct error error;

	if (!s->finished)
		session_finish(s, &error);
	if (s->live)
		live_end(s->live);
	if (s->recording)
		recording_close(s->recording);
	sources_free(s->sources);
	program_clear(&s->program);
	free(s->moments);
	free(s->points);
	free_marks(s);
	free(s);
}

int session_fd(const struct session *s) { return s->live ? s->live->event : -1; }

void session_drain_events(struct session *s)
{
	uint64_t count;
	if (s->live && read(s->live->event, &count, sizeof(count)) < 0)
		return;                 /* nothing new: EAGAIN */
}

/* --- status --- */

static void add_gauges(const struct live *live, struct session_status *status)
{
	status->rss = live->gauges.rss;
	status->rss_current = live->gauges_current;
	status->rss_file = live->gauges.file;
	status->rss_anon = live->gauges.anon;
	status->rss_stack = live->gauges.stack;
	status->tracer_bytes += live->gauges.own;
	status->alloc_rate = live->alloc_rate;
	status->free_rate = live->free_rate;
}

/* At the end counts what each never freed, also those that had ended before.  Lock held. */
static void add_ended(const struct live *live, uint32_t but, struct heavier *heavier)
{
	for (size_t i = 0; i < live->program.processes_length; i++) {
		uint64_t current = live->kin[i].last.current;

		if (i + 1 == but || current <= heavier->bytes)
			continue;
		heavier->process = (uint32_t)i + 1;
		heavier->bytes = current;
	}
}

static void live_status(struct live *live, uint32_t process, struct session_status *status)
{
	struct reader_status reader;
	bool living = reader_status(live->reader, process, &reader);

	status->unresolved = symbolizer_unresolved(live->family->symbolizer);
	status->totals = reader.totals;
	status->tracer_bytes = reader.counts.tracer_bytes;
	status->referee_stacks = reader.counts.referee_stacks;
	status->referee_wrong = reader.counts.referee_wrong;
	if (!living)
		live_last_totals(live, process, &status->totals, &reader.unknown);
	unknown_names(&reader.unknown, live->family->catalog, status->unknown_by,
		      sizeof(status->unknown_by));
	if (process)
		status->heavier = reader_heavier(live->reader, process, status->totals.current);
	pthread_mutex_lock(&live->lock);
	if (process && live->program.ended)
		add_ended(live, process, &status->heavier);
	status->seconds = live->program.ended ? live->program.seconds : live_now(live);
	if (process == 1)               /* looked at is the first process alone */
		add_gauges(live, status);
	status->met = live->images > 0;
	status->live = status->met && !live->program.ended && !live->stopped;
	status->stopped = live->stopped;
	status->orphaned = live->orphaned;
	status->signal = live->signal;
	status->resumes = live->resumes;
	status->untraced = live->untraced;
	status->snapshots = (unsigned)live->snapshots_length;
	status->output_lines = live->output_lines;
	status->truncated_output = live->output_bytes > LIVE_OUTPUT;
	status->left = live->left;
	memcpy(status->message, status->met || !*live->unmet ? live->message : live->unmet,
	       sizeof(status->message));
	pthread_mutex_unlock(&live->lock);
}

static struct snapshot *recorded(struct session *s, const char *moment, struct error *error)
{
	pthread_mutex_lock(&s->files);
	struct snapshot *snapshot = recording_snapshot(s->recording, moment, error);
	pthread_mutex_unlock(&s->files);
	return snapshot;
}

static void recorded_status(struct session *s, struct session_status *status)
{
	struct error error;
	size_t length;
	struct snapshot *last = recorded(s, NULL, &error);

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
	for (size_t i = 0; i < program->processes_length; i++)
		status->untraced += program->processes[i].reason || !program->processes[i].traced;
	const struct moment *moments = recording_moments(s->recording, &length);
	for (size_t i = 0; i < length; i++)
		status->snapshots += moments[i].kind == MOMENT_NAMED;
}

void session_status(struct session *s, struct session_status *status)
{
	memset(status, 0, sizeof(*status));
	if (s->live)
		live_status(s->live, s->process, status);
	else
		recorded_status(s, status);
}

const struct program *session_program(struct session *s)
{
	if (!s->live)
		return recording_program(s->recording);
	pthread_mutex_lock(&s->live->lock);
	if (s->version != s->live->version || !s->program.argv) {
		program_clear(&s->program);
		program_copy(&s->program, &s->live->program);
		s->version = s->live->version;
	} else {
		program_follow(&s->program, &s->live->program);
	}
	pthread_mutex_unlock(&s->live->lock);
	if (!s->program.ended)
		s->program.seconds = live_now(s->live);
	return &s->program;
}

/* --- processes --- */

int session_choose(struct session *s, const char *process, struct error *error)
{
	uint32_t found;

	if (program_choose(session_program(s), process, &found, error) != 0)
		return -1;
	s->process = found;
	if (s->recording)
		recording_choose(s->recording, found);
	return 0;
}

uint32_t session_chosen(const struct session *s) { return s->process; }

bool session_process_totals(struct session *s, uint32_t process, struct totals *totals)
{
	struct reader_status status;
	struct unknown_frees unknown;

	if (!s->live) {
		pthread_mutex_lock(&s->files);
		bool known = recording_totals(s->recording, process, totals);
		pthread_mutex_unlock(&s->files);
		return known;
	}
	if (!reader_status(s->live->reader, process, &status))
		return live_last_totals(s->live, process, totals, &unknown);
	*totals = status.totals;
	return true;
}

/* --- moments --- */

struct snapshot *session_now(struct session *s)
{
	struct error error;
	return s->live ? live_freeze(s->live, s->process, MOMENT_LIVE) : recorded(s, NULL, &error);
}

struct snapshot *session_moment(struct session *s, const char *moment, struct error *error)
{
	return s->live ? live_moment(s->live, s->process, moment, error)
		       : recorded(s, moment, error);
}

struct snapshot *session_part_peak(struct session *s, unsigned part, size_t *process,
				   uint64_t *sum)
{
	return s->live ? live_part_peak(s->live, part, process, sum) : NULL;
}

static struct moment moment_of(enum moment_kind kind, const char *name, double time)
{
	struct moment moment = { .kind = kind, .time = time };
	snprintf(moment.name, sizeof(moment.name), "%s", name);
	return moment;
}

const struct moment *session_moments(struct session *s, size_t *length)
{
	struct live *live = s->live;
	if (!live)
		return recording_moments(s->recording, length);
	*length = 0;
	pthread_mutex_lock(&live->lock);
	struct moment *list = realloc(s->moments, (live->snapshots_length + 3) * sizeof(*list));
	if (list) {
		s->moments = list;
		size_t n = 0;
		for (size_t i = 0; i < live->snapshots_length; i++) {
			const struct snapshot *kept = live->snapshots[i];
			bool new = n == 0 || list[n - 1].number != kept->number;
			if (s->process ? kept->process != s->process : !new)
				continue;
			list[n] = moment_of(MOMENT_NAMED, kept->name, kept->time);
			list[n++].number = kept->number;
		}
		list[n++] = moment_of(MOMENT_PEAK, "peak", 0);
		if (live->finalize)
			list[n++] = moment_of(MOMENT_FINALIZE, "finalize", live->finalize->time);
		list[n++] = live->program.ended
			? moment_of(MOMENT_EXIT, "exit", live->program.seconds)
			: moment_of(MOMENT_LIVE, "live", live_now(live));
		*length = n;
	}
	pthread_mutex_unlock(&live->lock);
	return s->moments;
}

static int only_live(const struct session *s, struct error *error)
{
	if (s->live)
		return 0;
	*error = (struct error){ 2, "this is a recording: the run is over" };
	return -1;
}

int session_snapshot(struct session *s, const char *name, struct error *error)
{
	return only_live(s, error) == 0 ? live_snapshot(s->live, name, error) : -1;
}

const struct point *session_points(struct session *s, size_t *length)
{
	struct live *live = s->live;
	const struct point *recorded = live ? NULL : recording_points(s->recording, length);
	if (!live && s->process != 1)
		*length = 0;
	if (!live)
		return recorded;
	if (!s->points)
		s->points = malloc(LIVE_POINTS * sizeof(*s->points));
	pthread_mutex_lock(&live->lock);
	/* The timeline is the first process's. */
	*length = s->points && s->process == 1 ? live->points_length : 0;
	if (s->points)
		memcpy(s->points, live->points, *length * sizeof(*s->points));
	pthread_mutex_unlock(&live->lock);
	return s->points;
}

const struct mark *session_marks(struct session *s, size_t *length)
{
	struct live *live = s->live;
	if (!live)
		return recording_marks(s->recording, length);
	free_marks(s);
	pthread_mutex_lock(&live->lock);
	s->marks = calloc(live->marks_length + 1, sizeof(*s->marks));
	for (size_t i = 0; s->marks && i < live->marks_length; i++) {
		char *text = strdup(live->marks[i].text);
		if (text)
			s->marks[s->marks_length++] = (struct mark){ live->marks[i].time, text };
	}
	pthread_mutex_unlock(&live->lock);
	*length = s->marks_length;
	return s->marks;
}

void session_reset_peak(struct session *s)
{
	if (s->live)
		reader_reset_peak(s->live->reader);
}

int session_mark(struct session *s, const char *text, struct error *error)
{
	return only_live(s, error) == 0 ? live_mark(s->live, text, error) : -1;
}

int session_write(struct session *s, const char *path, struct error *error)
{
	if (only_live(s, error) != 0)
		return -1;
	if (s->live->writer)
		return writer_copy(s->live->writer, path, error);
	*error = (struct error){ 125, "nothing is recorded: the state folder cannot be written; "
				      "set XDG_STATE_HOME" };
	return -1;
}

int session_source(struct session *s, const char *path, unsigned line, char *text, size_t size)
{
	int length = -1;

	pthread_mutex_lock(&s->files);
	if (!s->live)
		length = recording_source(s->recording, path, line, text, size);
	else if (s->sources)
		length = sources_line(s->sources, path, line, text, size);
	pthread_mutex_unlock(&s->files);
	return length;
}

bool session_settle(struct session *s, double seconds)
{
	return !s->live || symbolizer_flush(s->live->family->symbolizer, seconds);
}

/* --- the target --- */

size_t session_output(struct session *s, uint64_t *position, char *bytes, size_t max)
{
	struct live *live = s->live;
	if (!live)
		return 0;
	pthread_mutex_lock(&live->lock);
	uint64_t end = live->output_bytes;
	uint64_t n = end > *position ? end - *position : 0;
	n = n < LIVE_OUTPUT ? n : LIVE_OUTPUT;
	n = n < max ? n : max;
	for (uint64_t i = 0; i < n; i++)
		bytes[i] = live->output[(end - n + i) % LIVE_OUTPUT];
	*position = end;
	pthread_mutex_unlock(&live->lock);
	return n;
}

size_t session_input(struct session *s, const char *bytes, size_t length)
{
	size_t sent = 0;
	while (s->live && s->live->keeper.pty >= 0 && sent < length) {
		ssize_t n = write(s->live->keeper.pty, bytes + sent, length - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

void session_resize(struct session *s, unsigned width, unsigned height)
{
	if (s->live)
		keeper_resize(&s->live->keeper, width, height);
}

void session_suspend(struct session *s)
{
	if (s->live)
		keeper_suspend(&s->live->keeper);
}

void session_kill(struct session *s)
{
	struct live *live = s->live;
	if (!live)
		return;
	pthread_mutex_lock(&live->lock);
	int32_t pid = live->program.ended ? 0 : live->program.pid;
	if (pid > 0)
		live->kill_at = live_now(live) + KILL_PATIENCE;
	pthread_mutex_unlock(&live->lock);
	if (pid > 0)
		kill(live->options.mode == SESSION_RECORD ? pid : -pid, SIGTERM);
}

bool session_hung_up(const struct session *s)
{
	return s->live && keeper_hung_up(&s->live->keeper);
}

void session_leave(struct session *s, int status)
{
	if (s->live)
		keeper_leave(&s->live->keeper, status);
}

void session_exit_status(struct session *s, int status)
{
	if (s->live)
		keeper_exit_status(&s->live->keeper, status);
}

void session_wait(struct session *s)
{
	struct live *live = s->live;
	if (!live)
		return;
	pthread_mutex_lock(&live->lock);
	while (!live->read_to_end && !(live->stopped && live->options.mode == SESSION_RECORD))
		pthread_cond_wait(&live->moved, &live->lock);
	pthread_mutex_unlock(&live->lock);
}
