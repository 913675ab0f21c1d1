/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session.h's questions, answered from a fixture: the same door as the real
 * one, so that the whole desk is played, prompts and all, without a target.
 */
#include "tests/golden/fake_session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/golden/fake_parts.h"

static void note(struct session *session, const char *format, ...)
{
	size_t length = strlen(session->journal);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(session->journal + length, sizeof session->journal - length, format,
		  arguments);
	va_end(arguments);
}

static struct fake_state *now(struct session *session)
{
	return &session->states[session->now];
}

static void enter(struct session *session, unsigned state)
{
	struct fake_state *entered = &session->states[state];
	session->now = state;
	session->program.seconds = entered->seconds;
	session->program.ended = session->recording || entered->ended;
	session->program.exit_status = entered->exit_status;
	session->program.signal = entered->signal;
}

struct session *fake_open(const char *path)
{
	struct session *session = calloc(1, sizeof *session);
	session->catalog = catalog_new();
	pthread_mutex_init(&session->lock, NULL);
	pthread_cond_init(&session->changed, NULL);
	session->program.argv = session->argv;
	session->program.processes_length = 1;
	session->process = 1;
	strcpy(session->program.kind, "native");
	fake_read(session, path);
	if (pipe(session->pipe))
		exit(2);
	enter(session, session->recording ? session->states_length - 1 : 0);
	return session;
}

void fake_close(struct session *session)
{
	for (unsigned i = 0; i < session->states_length; i++)
		snapshot_release(session->states[i].snapshot);
	for (unsigned i = 0; i < session->sources_length; i++) {
		free(session->sources[i].file);
		free(session->sources[i].text);
	}
	for (size_t i = 0; i < session->marks_length; i++)
		free(session->marks[i].text);
	for (size_t i = 0; !session->recording && i < session->moments_length; i++)
		snapshot_release(session->moment_states[i]);
	for (int i = 0; i < session->program.argc; i++)
		free(session->argv[i]);
	catalog_release(session->catalog);
	close(session->pipe[0]);
	close(session->pipe[1]);
	free(session->output);
	free(session);
}

const char *fake_journal(const struct session *session)
{
	return session->journal;
}

int session_fd(const struct session *session)
{
	return session->recording ? -1 : session->pipe[0];
}

void session_drain_events(struct session *session) { (void)session; }

void session_status(struct session *session, struct session_status *status)
{
	const struct fake_state *state = now(session);
	*status = (struct session_status){
		.totals = state->snapshot->totals,
		.seconds = state->seconds,
		.rss = state->rss,
		.rss_current = state->snapshot->totals.current,
		.rss_file = state->rss_file,
		.rss_stack = state->rss_stack,
		.rss_anon = state->rss - state->rss_file - state->rss_stack,
		.tracer_bytes = 1992294,
		.live = !session->program.ended,
		.met = !state->unmet,
		.snapshots = session->snapshots,
		.alloc_rate = state->ended ? 0 : 210300,
		.free_rate = state->ended ? 0 : 208100,
	};
	uint64_t most = session->process > 1 ? session->kin[session->process - 1].totals.current
					     : state->snapshot->totals.current;
	for (uint32_t i = 0; i < session->program.processes_length && session->process; i++) {
		const struct process *process = &session->processes[i];
		if (i + 1 == session->process || !process->traced || process->ended > 0 ||
		    session->kin[i].totals.current <= most)
			continue;
		most = session->kin[i].totals.current;
		status->heavier = (struct heavier){i + 1, most, false};
	}
	snprintf(status->unknown_by, sizeof status->unknown_by, "%s", state->unknown_by);
}

const struct program *session_program(struct session *session)
{
	return &session->program;
}

void fake_hold(struct session *session, bool held)
{
	pthread_mutex_lock(&session->lock);
	session->held = held;
	pthread_cond_broadcast(&session->changed);
	pthread_mutex_unlock(&session->lock);
}

struct snapshot *session_now(struct session *session)
{
	pthread_mutex_lock(&session->lock);
	while (session->held)
		pthread_cond_wait(&session->changed, &session->lock);
	pthread_mutex_unlock(&session->lock);
	return snapshot_retain(now(session)->snapshot);
}

struct snapshot *session_moment(struct session *session, const char *name,
				struct error *error)
{
	for (size_t i = 0; i < session->moments_length; i++) {
		char number[16];
		snprintf(number, sizeof number, "%u", session->moments[i].number);
		if (!strcmp(name, session->moments[i].name) ||
		    (session->moments[i].number && !strcmp(name, number)))
			return snapshot_retain(session->moment_states[i]);
	}
	*error = (struct error){.status = 2};
	snprintf(error->text, sizeof error->text, "no moment is named \"%s\"", name);
	return NULL;
}

const struct moment *session_moments(struct session *session, size_t *length)
{
	*length = session->moments_length;
	return session->moments;
}

int session_snapshot(struct session *session, const char *name, struct error *error)
{
	struct moment *moment = &session->moments[session->moments_length];
	if (session->recording || session->program.ended) {
		snprintf(error->text, sizeof error->text,
			 "the target has ended: its last state stays");
		return -1;
	}
	*moment = (struct moment){.kind = MOMENT_NAMED, .time = now(session)->seconds};
	moment->number = ++session->snapshots;
	snprintf(moment->name, sizeof moment->name, "%s", name ? name : "");
	session->moment_states[session->moments_length++] = session_now(session);
	return (int)moment->number;
}

const struct point *session_points(struct session *session, size_t *length)
{
	size_t n = 0;
	while (n < session->points_length &&
	       session->points[n].time <= now(session)->seconds)
		n++;
	*length = n;
	return session->points;
}

const struct mark *session_marks(struct session *session, size_t *length)
{
	size_t n = 0;
	while (n < session->marks_length &&
	       session->marks[n].time <= now(session)->seconds)
		n++;
	*length = n;
	return session->marks;
}

void session_reset_peak(struct session *session)
{
	now(session)->snapshot->totals.peak = now(session)->snapshot->totals.current;
}

int session_mark(struct session *session, const char *text, struct error *error)
{
	(void)error;
	struct mark *mark = &session->marks[session->marks_length++];
	mark->time = now(session)->seconds;
	mark->text = strdup(text);
	return 0;
}

int session_write(struct session *session, const char *path, struct error *error)
{
	(void)error;
	note(session, "write %s\n", path);
	return 0;
}

int session_source(struct session *session, const char *path, unsigned line, char *text,
		   size_t size)
{
	for (unsigned i = 0; i < session->sources_length; i++)
		if (session->sources[i].line == line &&
		    !strcmp(session->sources[i].file, path))
			return snprintf(text, size, "%s", session->sources[i].text);
	return -1;
}

bool session_settle(struct session *session, double seconds)
{
	(void)seconds;
	if (session->settled && session->now + 1 < session->states_length &&
	    !session->recording)
		enter(session, session->now + 1);
	session->settled = true;
	return true;
}

size_t session_output(struct session *session, uint64_t *position, char *bytes,
		      size_t max)
{
	size_t n = session->output_length - *position;
	n = n < max ? n : max;
	if (n)
		memcpy(bytes, session->output + session->output_length - n, n);
	*position = session->output_length;
	return n;
}

/* The target's terminal echoes, as terminals do. */
size_t session_input(struct session *session, const char *bytes, size_t length)
{
	session->output = realloc(session->output, session->output_length + length + 1);
	memcpy(session->output + session->output_length, bytes, length);
	session->output_length += length;
	return length;
}

void session_resize(struct session *session, unsigned width, unsigned height)
{
	(void)session;
	(void)width;
	(void)height;
}

void session_suspend(struct session *session) { note(session, "suspend\n"); }
void session_kill(struct session *session) { note(session, "kill\n"); }
void session_wait(struct session *session) { (void)session; }

bool session_hung_up(const struct session *session)
{
	(void)session;
	return false;
}

void session_leave(struct session *session, int status)
{
	note(session, "leave %d\n", status);
}

void session_exit_status(struct session *session, int status)
{
	note(session, "exit status %d\n", status);
}

int session_choose(struct session *session, const char *process, struct error *error)
{
	bool all = strcmp(process, "all") == 0;
	*error = (struct error){ .status = 2 };
	snprintf(error->text, sizeof error->text, "no process '%.40s' was traced: there are main, "
		 "all", process);
	if (all || strcmp(process, "main") == 0) {
		session->process = !all;
		return 0;
	}
	for (size_t i = 1; i < session->program.processes_length; i++)
		if (session->processes[i].traced && session->processes[i].pid == atoi(process)) {
			session->process = (uint32_t)i + 1;
			return 0;
		}
	return -1;
}

uint32_t session_chosen(const struct session *session)
{
	return session->process;
}

bool session_process_totals(struct session *session, uint32_t process, struct totals *totals)
{
	*totals = process > 1 ? session->kin[process - 1].totals : now(session)->snapshot->totals;
	for (size_t i = 1; !process && i < session->program.processes_length; i++) {
		totals->current += session->kin[i].totals.current;
		totals->peak_ever += session->kin[i].totals.peak_ever;
		totals->blocks += session->kin[i].totals.blocks;
	}
	return true;
}
