/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session over a live run: what its threads change is copied under the locks of live.h
 * and of its parts. */
#include "tracer/collect/run/session_ops.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_parts.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/source.h"

#define KILL_PATIENCE 2.0               /* seconds from SIGTERM to SIGKILL */

static void live_close(struct session *s)
{
	live_end(s->live);
	sources_free(s->sources);
}

static int finish(struct session *s, struct error *error)
{
	if (!s->live->writer || !s->live->options.output)
		return 0;
	return writer_finish(s->live->writer, error);
}

static int fd(const struct session *s) { return s->live->event; }

static void drain_events(struct session *s)
{
	uint64_t count;
	if (read(s->live->event, &count, sizeof(count)) < 0)
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

static void status(struct session *s, struct session_status *status)
{
	struct live *live = s->live;
	uint32_t process = s->process;
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
	status->snapshots = kept_newest(live->kept);
	status->output_lines = transcript_lines(live->transcript, &status->truncated_output);
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
	status->left = live->left;
	memcpy(status->message, status->met || !*live->unmet ? live->message : live->unmet,
	       sizeof(status->message));
	pthread_mutex_unlock(&live->lock);
}

static const struct program *program(struct session *s)
{
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

static bool process_totals(struct session *s, uint32_t process, struct totals *totals)
{
	struct reader_status status;
	struct unknown_frees unknown;

	if (!reader_status(s->live->reader, process, &status))
		return live_last_totals(s->live, process, totals, &unknown);
	*totals = status.totals;
	return true;
}

/* --- moments --- */

static struct snapshot *moment(struct session *s, const char *moment, struct error *error)
{
	return live_moment(s->live, s->process, moment, error);
}

static struct snapshot *part_peak(struct session *s, unsigned part, size_t *process,
				  uint64_t *sum)
{
	return live_part_peak(s->live, part, process, sum);
}

static struct moment moment_of(enum moment_kind kind, const char *name, double time)
{
	struct moment moment = { .kind = kind, .time = time };
	snprintf(moment.name, sizeof(moment.name), "%s", name);
	return moment;
}

static const struct moment *moments(struct session *s, size_t *length)
{
	struct live *live = s->live;
	size_t n;
	struct moment *list = kept_moments(live->kept, s->process, 3, &n);
	struct snapshot *finalize = kept_finalize(live->kept);

	free(s->moments);
	s->moments = list;
	*length = 0;
	if (list) {
		list[n++] = moment_of(MOMENT_PEAK, "peak", 0);
		if (finalize)
			list[n++] = moment_of(MOMENT_FINALIZE, "finalize", finalize->time);
		pthread_mutex_lock(&live->lock);
		list[n++] = live->program.ended
			? moment_of(MOMENT_EXIT, "exit", live->program.seconds)
			: moment_of(MOMENT_LIVE, "live", live_now(live));
		pthread_mutex_unlock(&live->lock);
		*length = n;
	}
	snapshot_release(finalize);
	return list;
}

static int snapshot(struct session *s, const char *name, struct error *error)
{
	return live_snapshot(s->live, name, error);
}

/* The timeline is the first process's. */
static const struct point *points(struct session *s, size_t *length)
{
	if (!s->points)
		s->points = malloc(KEPT_POINTS * sizeof(*s->points));
	*length = s->points && s->process == 1 ? kept_points(s->live->kept, s->points) : 0;
	return s->points;
}

static const struct mark *marks(struct session *s, size_t *length)
{
	for (size_t i = 0; i < s->marks_length; i++)
		free(s->marks[i].text);
	free(s->marks);
	s->marks = kept_marks(s->live->kept, &s->marks_length);
	*length = s->marks_length;
	return s->marks;
}

static void reset_peak(struct session *s) { reader_reset_peak(s->live->reader); }

static int mark(struct session *s, const char *text, struct error *error)
{
	return live_mark(s->live, text, error);
}

static int write_copy(struct session *s, const char *path, struct error *error)
{
	if (s->live->writer)
		return writer_copy(s->live->writer, path, error);
	*error = (struct error){ 125, "nothing is recorded: the state folder cannot be written; "
				      "set XDG_STATE_HOME" };
	return -1;
}

static int source(struct session *s, const char *path, unsigned line, char *text, size_t size)
{
	return s->sources ? sources_line(s->sources, path, line, text, size) : -1;
}

static bool settle(struct session *s, double seconds)
{
	return symbolizer_flush(s->live->family->symbolizer, seconds);
}

/* --- the target --- */

static size_t output(struct session *s, uint64_t *position, char *bytes, size_t max)
{
	return transcript_read(s->live->transcript, position, bytes, max);
}

static size_t input(struct session *s, const char *bytes, size_t length)
{
	size_t sent = 0;
	while (s->live->keeper.pty >= 0 && sent < length) {
		ssize_t n = write(s->live->keeper.pty, bytes + sent, length - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

static void resize(struct session *s, unsigned width, unsigned height)
{
	keeper_resize(&s->live->keeper, width, height);
}

static void suspend(struct session *s) { keeper_suspend(&s->live->keeper); }

static void kill_target(struct session *s)
{
	struct live *live = s->live;
	pthread_mutex_lock(&live->lock);
	int32_t pid = live->program.ended ? 0 : live->program.pid;
	if (pid > 0)
		live->kill_at = live_now(live) + KILL_PATIENCE;
	pthread_mutex_unlock(&live->lock);
	if (pid > 0)
		kill(live->options.mode == SESSION_RECORD ? pid : -pid, SIGTERM);
}

static bool hung_up(const struct session *s) { return keeper_hung_up(&s->live->keeper); }

static void leave(struct session *s, int status) { keeper_leave(&s->live->keeper, status); }

static void exit_status(struct session *s, int status)
{
	keeper_exit_status(&s->live->keeper, status);
}

static void wait_for_end(struct session *s)
{
	struct live *live = s->live;
	pthread_mutex_lock(&live->lock);
	while (!live->read_to_end && !(live->stopped && live->options.mode == SESSION_RECORD))
		pthread_cond_wait(&live->moved, &live->lock);
	pthread_mutex_unlock(&live->lock);
}

const struct session_ops session_live_ops = {
	.close = live_close,
	.status = status,
	.program = program,
	.process_totals = process_totals,
	.moment = moment,
	.moments = moments,
	.points = points,
	.marks = marks,
	.source = source,
	.finish = finish,
	.fd = fd,
	.drain_events = drain_events,
	.part_peak = part_peak,
	.snapshot = snapshot,
	.mark = mark,
	.write = write_copy,
	.reset_peak = reset_peak,
	.settle = settle,
	.output = output,
	.input = input,
	.resize = resize,
	.suspend = suspend,
	.kill = kill_target,
	.hung_up = hung_up,
	.leave = leave,
	.exit_status = exit_status,
	.wait = wait_for_end,
};
