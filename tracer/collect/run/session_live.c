/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session over a live run: what its threads change is asked of the parts in state/,
 * which hand out copies. */
#include "tracer/collect/run/session_ops.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_look.h"
#include "tracer/collect/recording/source.h"
#include "tracer/collect/target/pty.h"

#define KILL_PATIENCE 2.0               /* seconds from SIGTERM to SIGKILL */

static void live_close(struct session *s)
{
	live_end(s->live);
	sources_free(s->sources);
}

/* A look that is under way as a recorded program ends is to be in the recording, too. */
static void await_looks(const struct session *s)
{
	if (s->parts->stop_ends_it)
		looks_wait(s->parts->looks);
}

/* The last state of a run that goes on without memtop has verdicts, as an exit has. */
static void await_last(const struct session *s)
{
	await_looks(s);
	reader_grows(s->parts->reader, UINT32_MAX);
}

static int session_live_finish(struct session *s, struct error *error)
{
	if (!s->parts->writer || !s->parts->recording_is_asked_for)
		return 0;
	await_last(s);
	return writer_finish(s->parts->writer, error);
}

static void session_live_finish_later(struct session *s)
{
	if (!s->parts->writer || !s->parts->recording_is_asked_for)
		return;
	await_last(s);
	writer_finish_later(s->parts->writer);
}

static int fd(const struct session *s) { return course_fd(s->parts->course); }

static void drain_events(struct session *s) { course_drain(s->parts->course); }

/* --- status --- */

static void add_figures(struct meter *meter, struct session_status *status)
{
	struct meter_figures figures;

	meter_read(meter, &figures);
	status->rss = figures.gauges.rss;
	status->rss_current = figures.current;
	status->rss_file = figures.gauges.file;
	status->rss_anon = figures.gauges.anon;
	status->rss_stack = figures.gauges.stack;
	status->tracer_bytes += figures.gauges.own;
	status->alloc_rate = figures.alloc_rate;
	status->free_rate = figures.free_rate;
}

/* The last figures of a process; zero, and false, if it has not ended. */
static bool last_totals(const struct live_parts *live, uint32_t process, struct totals *totals,
			struct unknown_frees *unknown)
{
	bool ended = roster_has_ended(live->roster, process);

	estate_last(live->estate, ended ? process : 0, totals, unknown);
	return ended;
}

static void add_course(const struct course_state *course, struct session_status *status)
{
	status->seconds = course->seconds;
	status->met = course->met > 0;
	status->live = status->met && !course->ended && !course->stopped;
	status->stopped = course->stopped;
	status->hung_up = course->unled;
	status->orphaned = course->orphaned;
	status->signal = course->signal;
	status->resumes = course->resumes;
	status->left = course->left;
	status->said = course->said;
	memcpy(status->message, course->message, sizeof(status->message));
	memcpy(status->unmet, course->unmet, sizeof(status->unmet));
}

/* The pty's master side shows how the target has set its own side (tty_mode_ioctl in
 * Linux's tty_ioctl.c). */
static bool is_raw(int pty)
{
	struct termios settings;

	return pty >= 0 && tcgetattr(pty, &settings) == 0 && !(settings.c_lflag & ICANON);
}

static void session_live_status(struct session *s, struct session_status *status)
{
	const struct live_parts *live = s->parts;
	uint32_t process = s->process;
	struct reader_status reader;
	struct course_state course;
	bool living = reader_status(live->reader, process, &reader);

	status->unresolved = symbolizer_unresolved(live->family->symbolizer);
	status->totals = reader.totals;
	status->tracer_bytes = reader.counts.tracer_bytes;
	status->referee_stacks = reader.counts.referee_stacks;
	status->referee_wrong = reader.counts.referee_wrong;
	if (!living)
		last_totals(live, process, &status->totals, &reader.unknown);
	unknown_names(&reader.unknown, live->family->catalog, status->unknown_by,
		      sizeof(status->unknown_by));
	if (process)
		status->heavier = reader_heavier(live->reader, process,
						 status->totals.current);
	status->snapshots = kept_newest(live->kept);
	status->keys_wanted = is_raw(live->keeper->pty);
	status->input_awaited = pty_awaited(live->keeper->pty);
	status->looks = atomic_load(&live->looks->ended);
	status->look = atomic_load(&live->looks->newest);
	looks_told(live->looks, &status->found);
	status->untraced = roster_untraced(live->roster);
	course_read(live->course, &course);
	/* At the end, what each process never freed counts, also of those that had ended
	 * before. */
	if (process && course.ended)
		estate_heavier(live->estate, process, &status->heavier);
	/* Only the first process is examined, until it ends before others do. */
	if (process == 1 && (course.ended || !roster_has_ended(live->roster, 1)))
		add_figures(live->meter, status);
	add_course(&course, status);
}

static const struct program *session_live_program(struct session *s)
{
	roster_follow(s->parts->roster, &s->program, &s->version);
	return &s->program;
}

static bool session_live_process_totals(struct session *s, uint32_t process,
					struct totals *totals)
{
	struct reader_status status;
	struct unknown_frees unknown;

	if (!reader_status(s->parts->reader, process, &status))
		return last_totals(s->parts, process, totals, &unknown);
	*totals = status.totals;
	return true;
}

/* --- moments --- */

static struct snapshot *session_live_moment(struct session *s, const char *moment,
					    struct error *error)
{
	return moments_find(s->parts->moments, s->process, moment, error);
}

static struct snapshot *part_peak(struct session *s, unsigned part, size_t *process,
				  uint64_t *sum)
{
	return moments_part_peak(s->parts->moments, part, process, sum);
}

static struct moment session_live_moment_of(enum moment_kind kind, const char *name,
					    double time)
{
	struct moment moment = { .kind = kind, .time = time };
	snprintf(moment.name, sizeof(moment.name), "%s", name);
	return moment;
}

static const struct moment *session_live_moments(struct session *s, size_t *length)
{
	const struct live_parts *live = s->parts;
	bool ended;
	size_t n;
	struct moment *list = kept_moments(live->kept, s->process, 3, &n);
	struct snapshot *finalize = kept_finalize(live->kept);

	free(s->moments);
	s->moments = list;
	*length = 0;
	if (list) {
		list[n++] = session_live_moment_of(MOMENT_PEAK, "peak", 0);
		if (finalize)
			list[n++] = session_live_moment_of(MOMENT_FINALIZE, "finalize",
							   finalize->time);
		double time = course_time(live->course, &ended);
		list[n++] = ended ? session_live_moment_of(MOMENT_EXIT, "exit", time)
				  : session_live_moment_of(MOMENT_LIVE, "live", time);
		*length = n;
	}
	snapshot_release(finalize);
	return list;
}

static int begin_look(struct session *s, const char *name, bool retained,
		      struct error *error)
{
	if (!moments_may_name(name, error))
		return -1;
	const struct look_order order = { .process = s->process, .name = name,
					  .retained = retained };

	if (live_look_later(s->live, &order, live_looked_desk, s->live))
		return 0;
	*error = (struct error){ 125, "cannot look at the heap: out of memory" };
	return -1;
}

static bool last_look(struct session *s, size_t process, uint64_t unreachable[2],
		      struct snapshot **found, const char **why)
{
	return live_last_look(s->live, (uint32_t)process + 1, unreachable, found, why);
}

static double look_seconds(struct session *s, bool retained)
{
	return live_look_seconds(s->live, s->process, retained);
}

static int snapshot(struct session *s, const char *name, struct error *error)
{
	return moments_snapshot(s->parts->moments, name, error);
}

/* The timeline is the first process's. */
static const struct point *session_live_points(struct session *s, size_t *length)
{
	if (!s->points)
		s->points = malloc(KEPT_POINTS * sizeof(*s->points));
	*length = s->points && s->process == 1 ? kept_points(s->parts->kept, s->points) : 0;
	return s->points;
}

static const struct mark *session_live_marks(struct session *s, size_t *length)
{
	for (size_t i = 0; i < s->marks_length; i++)
		free(s->marks[i].text);
	free(s->marks);
	s->marks = kept_marks(s->parts->kept, &s->marks_length);
	*length = s->marks_length;
	return s->marks;
}

static const struct tick *session_live_ticks(struct session *s, size_t *length)
{
	*length = 0;
	if (s->parts->chronicle && chronicle_ticks(s->parts->chronicle, s->process, &s->ticks))
		*length = s->ticks.length;
	return s->ticks.of;
}

static int session_live_trails(struct session *s, struct trails *trails)
{
	return s->parts->chronicle ? chronicle_trails(s->parts->chronicle, s->process, trails) : 0;
}

static void session_live_extent(struct session *s, struct history_extent *extent)
{
	if (s->parts->chronicle)
		chronicle_extent(s->parts->chronicle, s->process, extent);
}

static void session_live_reset_peak(struct session *s)
{
	reader_reset_peak(s->parts->reader);
}

static void session_live_grows(struct session *s, uint32_t rows)
{
	reader_grows(s->parts->reader, rows);
}

static int mark(struct session *s, const char *text, struct error *error)
{
	return triggers_mark(s->parts->triggers, text, error);
}

static int write_copy(struct session *s, const char *path, bool force, struct error *error)
{
	if (s->parts->writer)
		return writer_copy(s->parts->writer, path, force, error);
	*error = (struct error){ 125, "nothing is recorded: the state folder cannot be written; "
				      "set XDG_STATE_HOME" };
	return -1;
}

static int session_live_source(struct session *s, const char *path, unsigned line,
			       char *text, size_t size)
{
	return s->sources ? sources_line(s->sources, path, line, text, size) : -1;
}

static const char *session_live_file(const struct session *s) { return s->live->options.output; }

static bool session_live_settle(struct session *s, double seconds)
{
	return symbolizer_flush(s->parts->family->symbolizer, seconds);
}

/* --- the target --- */

static size_t session_live_output(struct session *s, uint64_t *position, char *bytes,
				  size_t max)
{
	return transcript_read(s->parts->transcript, position, bytes, max);
}

static size_t input(struct session *s, const char *bytes, size_t length)
{
	size_t sent = 0;
	while (s->parts->keeper->pty >= 0 && sent < length) {
		ssize_t n = write(s->parts->keeper->pty, bytes + sent, length - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

static void session_live_resize(struct session *s, unsigned width, unsigned height)
{
	keeper_resize(s->parts->keeper, width, height);
}

static void session_live_suspend(struct session *s) { keeper_suspend(s->parts->keeper); }

static void kill_target(struct session *s)
{
	if (course_kill_later(s->parts->course, KILL_PATIENCE))
		live_kill(s->live, SIGTERM);
}

static void hang_up(struct session *s)
{
	/* If the terminal is gone because somebody killed the keeper, no window was
	 * closed, so the target goes on. */
	if (keeper_gone(s->parts->keeper))
		return;
	live_kill(s->live, SIGHUP);
	live_kill(s->live, SIGCONT);
}

static bool hung_up(const struct session *s) { return keeper_hung_up(s->parts->keeper); }

static void session_live_leave(struct session *s, int status)
{
	keeper_leave(s->parts->keeper, status);
}

static void session_live_detach(struct session *s) { live_detach(s->live); }

static void exit_status(struct session *s, int status)
{
	keeper_exit_status(s->parts->keeper, status);
}

static bool wait_for_end(struct session *s, unsigned ended)
{
	return course_await(s->parts->course, s->parts->stop_ends_it, ended);
}

static uint32_t to_judge(struct session *s, bool all)
{
	return roster_to_judge(s->parts->roster, all);
}

static bool fold(struct session *s, uint32_t process) { return live_fold(s->live, process); }

/* The list that the user chose from may be older than the run's. */
static void session_live_chosen(struct session *s, uint32_t process)
{
	const struct process *known = process && process <= s->program.processes_length ?
				      &s->program.processes[process - 1] : NULL;

	if (!roster_watch(s->parts->roster, known ? process : 0, known))
		s->process = 1;
}

const struct session_ops session_live_ops = {
	.close = live_close,
	.status = session_live_status,
	.program = session_live_program,
	.process_totals = session_live_process_totals,
	.moment = session_live_moment,
	.moments = session_live_moments,
	.points = session_live_points,
	.marks = session_live_marks,
	.ticks = session_live_ticks,
	.trails = session_live_trails,
	.extent = session_live_extent,
	.source = session_live_source,
	.file = session_live_file,
	.finish = session_live_finish,
	.finish_later = session_live_finish_later,
	.fd = fd,
	.drain_events = drain_events,
	.part_peak = part_peak,
	.snapshot = snapshot,
	.look = begin_look,
	.look_seconds = look_seconds,
	.last_look = last_look,
	.mark = mark,
	.write = write_copy,
	.reset_peak = session_live_reset_peak,
	.grows = session_live_grows,
	.settle = session_live_settle,
	.output = session_live_output,
	.input = input,
	.resize = session_live_resize,
	.suspend = session_live_suspend,
	.kill = kill_target,
	.hang_up = hang_up,
	.hung_up = hung_up,
	.detach = session_live_detach,
	.leave = session_live_leave,
	.exit_status = exit_status,
	.wait = wait_for_end,
	.to_judge = to_judge,
	.fold = fold,
	.chosen = session_live_chosen,
};
