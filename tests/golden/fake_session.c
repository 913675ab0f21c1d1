/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A third table of session operations (run/session_ops.h), answered from a fixture: the
 * same seam as a live run and a recording have, so that the whole desk is played, prompts
 * and all, without a target.
 */
#include "tests/golden/fake_session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/golden/fake_parts.h"
#include "tests/unit/heap/rows.h"
#include "tracer/collect/recording/when.h"

static void note(struct fake *fake, const char *format, ...)
{
	size_t length = strlen(fake->journal);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(fake->journal + length, sizeof fake->journal - length, format,
		  arguments);
	va_end(arguments);
}

static struct fake_state *now(struct fake *fake)
{
	return &fake->states[fake->now];
}

static void enter(struct fake *fake, unsigned state)
{
	struct fake_state *entered = &fake->states[state];
	fake->now = state;
	fake->program.seconds = entered->seconds;
	fake->program.ended = fake->recording || entered->ended;
	fake->program.exit_status = fake->first_ended ? fake->first_status : entered->exit_status;
	fake->program.signal = entered->signal;
}

static const struct session_ops live_ops, recorded_ops;

struct session *fake_open(const char *path)
{
	struct fake *fake = calloc(1, sizeof *fake);
	fake->catalog = catalog_new();
	pthread_mutex_init(&fake->lock, NULL);
	pthread_cond_init(&fake->changed, NULL);
	fake->program.argv = fake->argv;
	fake->program.processes_length = 1;
	fake->session.process = 1;
	strcpy(fake->program.kind, "native");
	fake_read(fake, path);
	if (pipe(fake->pipe))
		exit(2);
	fake->session.ops = fake->recording ? &recorded_ops : &live_ops;
	enter(fake, fake->recording ? fake->states_length - 1 : 0);
	return &fake->session;
}

void fake_close(struct session *session)
{
	struct fake *fake = (struct fake *)session;
	for (unsigned i = 0; i < fake->states_length; i++)
		snapshot_release(fake->states[i].snapshot);
	for (unsigned i = 0; i < fake->pasts_length; i++)
		snapshot_release(fake->pasts[i].snapshot);
	for (unsigned i = 0; i < fake->sources_length; i++) {
		free(fake->sources[i].file);
		free(fake->sources[i].text);
	}
	for (size_t i = 0; i < fake->marks_length; i++)
		free(fake->marks[i].text);
	for (size_t i = 0; !fake->recording && i < fake->moments_length; i++)
		snapshot_release(fake->moment_states[i]);
	for (int i = 0; i < fake->program.argc; i++)
		free(fake->argv[i]);
	catalog_release(fake->catalog);
	close(fake->pipe[0]);
	close(fake->pipe[1]);
	for (size_t i = 0; i < fake->nodes_length; i++)
		free(fake->nodes[i].name);
	free(fake->output);
	free(fake);
}

const char *fake_journal(const struct session *session)
{
	return ((const struct fake *)session)->journal;
}

static int fake_fd(const struct session *base)
{
	const struct fake *fake = (const struct fake *)base;
	return fake->pipe[0];
}

static void fake_status(struct session *base, struct session_status *status)
{
	struct fake *fake = (struct fake *)base;
	const struct fake_state *state = now(fake);
	*status = (struct session_status){
		.totals = state->snapshot->totals,
		.seconds = state->seconds,
		.rss = state->rss,
		.rss_current = state->snapshot->totals.current,
		.rss_file = state->rss_file,
		.rss_stack = state->rss_stack,
		.rss_anon = state->rss - state->rss_file - state->rss_stack,
		.tracer_bytes = 1992294,
		.live = !fake->program.ended,
		.met = !state->unmet,
		.stopped = fake->stopped,
		.hung_up = fake->hung_up,
		.snapshots = fake->snapshots,
		.looks = fake->looks,
		.look = fake->looked,
		.found = fake->found,
		.alloc_rate = state->ended ? 0 : 210300,
		.free_rate = state->ended ? 0 : 208100,
		.said = fake->said,
	};
	memcpy(status->message, fake->message, sizeof status->message);
	memcpy(status->unmet, fake->unmet, sizeof status->unmet);
	uint64_t most = fake->session.process > 1 ? fake->kin[fake->session.process - 1].totals.current
					     : state->snapshot->totals.current;
	for (uint32_t i = 0; i < fake->program.processes_length && fake->session.process; i++) {
		const struct process *process = &fake->processes[i];
		if (i + 1 == fake->session.process || !process->traced || process->ended > 0 ||
		    fake->kin[i].totals.current <= most)
			continue;
		most = fake->kin[i].totals.current;
		status->heavier = (struct heavier){i + 1, most, false};
	}
	snprintf(status->unknown_by, sizeof status->unknown_by, "%s", state->unknown_by);
}

static const struct program *fake_program(struct session *base)
{
	struct fake *fake = (struct fake *)base;
	return &fake->program;
}

void fake_hold(struct session *session, bool held)
{
	struct fake *fake = (struct fake *)session;
	pthread_mutex_lock(&fake->lock);
	fake->held = held;
	pthread_cond_broadcast(&fake->changed);
	pthread_mutex_unlock(&fake->lock);
}

void fake_say(struct session *session, const char *sentence)
{
	struct fake *fake = (struct fake *)session;
	snprintf(fake->message, sizeof fake->message, "%s", sentence);
	fake->said++;
}

void fake_unmet(struct session *session, const char *reason)
{
	struct fake *fake = (struct fake *)session;
	snprintf(fake->unmet, sizeof fake->unmet, "%s", reason);
	fake->said++;
}

static struct snapshot *freeze(struct fake *fake)
{
	pthread_mutex_lock(&fake->lock);
	while (fake->held)
		pthread_cond_wait(&fake->changed, &fake->lock);
	pthread_mutex_unlock(&fake->lock);
	return snapshot_retain(now(fake)->snapshot);
}

/* Ticks that have been by now. */
static size_t ticks_so_far(struct fake *fake)
{
	size_t n = 0;
	while (n < fake->pasts_length && fake->pasts[n].seconds <= now(fake)->seconds)
		n++;
	return n;
}

static const struct mark *fake_marks(struct session *base, size_t *length);

static struct snapshot *fake_past(struct fake *fake, const char *name, const struct when *when,
				  struct error *error)
{
	size_t marks_length, n = ticks_so_far(fake), at = 0;
	const struct mark *marks = fake_marks(&fake->session, &marks_length);
	double time = when_seconds(when, 0, now(fake)->seconds, marks, marks_length);
	while (at < n && fake->pasts[at].seconds <= time)
		at++;
	if (at)
		return snapshot_retain(fake->pasts[at - 1].snapshot);
	if (when->mark && time < 0)
		snprintf(error->text, sizeof error->text, "no moment '%s': there is no mark of that text",
			 name);
	else
		snprintf(error->text, sizeof error->text, "no moment '%s': the history begins at %.6fs",
			 name, n ? fake->pasts[0].seconds : 0);
	return NULL;
}

static struct snapshot *fake_moment(struct session *base, const char *name,
				struct error *error)
{
	struct fake *fake = (struct fake *)base;
	if (!name)
		return freeze(fake);
	for (size_t i = 0; i < fake->moments_length; i++) {
		char number[16];
		snprintf(number, sizeof number, "%u", fake->moments[i].number);
		if (!strcmp(name, fake->moments[i].name) ||
		    (fake->moments[i].number && !strcmp(name, number)))
			return snapshot_retain(fake->moment_states[i]);
	}
	struct when when;
	*error = (struct error){.status = 2};
	if (when_parse(name, &when))
		return fake_past(fake, name, &when, error);
	snprintf(error->text, sizeof error->text, "no moment is named \"%s\"", name);
	return NULL;
}

static const struct moment *fake_moments(struct session *base, size_t *length)
{
	struct fake *fake = (struct fake *)base;
	*length = fake->moments_length;
	return fake->moments;
}

static int fake_snapshot(struct session *base, const char *name, struct error *error)
{
	struct fake *fake = (struct fake *)base;
	struct moment *moment = &fake->moments[fake->moments_length];
	if (fake->recording || fake->program.ended) {
		snprintf(error->text, sizeof error->text,
			 "the target has ended: its last state stays");
		return -1;
	}
	*moment = (struct moment){.kind = MOMENT_NAMED, .time = now(fake)->seconds};
	moment->number = ++fake->snapshots;
	snprintf(moment->name, sizeof moment->name, "%s", name ? name : "");
	fake->moment_states[fake->moments_length++] = freeze(fake);
	return (int)moment->number;
}

static void look_at_arenas(const struct fake *fake, struct snapshot *to)
{
	struct look_arenas *arenas = fake->arenas_length ? look_arenas_new() : NULL;
	to->look->arenas = arenas;
	for (size_t i = 0; i < fake->arenas_length; i++) {
		char name[48] = "main arena";
		if (i)
			snprintf(name, sizeof name, "arena 0x7f%zu000000030", i);
		*look_arenas_add(arenas, name) = fake->arenas[i];
	}
	for (uint32_t i = 0; arenas && i < to->rows_length; i++) {
		uint32_t arena = 1 + i % (uint32_t)fake->arenas_length;
		const struct figures *now = &to->rows[i].figures->now;
		struct look_part *part = look_types_part(arenas->blocks, i, arena);
		part->size = now->size;
		part->count = now->count;
		arenas->of[arena].live += now->size;
	}
}

/* An example of each row whose blocks are in that tree. */
static void look_at_example(const struct fake *fake, struct look_held *held, uint32_t row)
{
	const struct look_example example = {
		row, fake->look[row].garbage_blocks	 ? LOOK_GARBAGE
		     : fake->look[row].indirect_blocks ? LOOK_INDIRECT : LOOK_HELD,
		0x555555550010 + held->examples_length * UINT64_C(0x1000), 64,
	};
	look_held_example(held, &example);
}

/* The tree of what alone keeps what. */
static struct look_held *look_at_holders(const struct fake *fake)
{
	struct look_held *held = look_held_new();
	uint32_t above[64] = { 0 };
	look_tree_add(&held->dominators, &(struct look_node){ .kind = LOOK_NODE_ALL });
	for (size_t i = 0; i < fake->nodes_length; i++) {
		const struct fake_node *from = &fake->nodes[i];
		struct look_node node = {
			.parent = from->depth ? above[from->depth - 1] : 0, .kind = from->kind,
			.id = from->row, .longest = 1, .blocks = from->blocks, .bytes = from->bytes,
		};
		if (from->kind == LOOK_NODE_ROOT || from->kind == LOOK_NODE_SHARED)
			node.id = look_held_root(held, from->name);
		else if (from->kind == LOOK_NODE_PART)
			look_at_example(fake, held, from->row);
		above[from->depth] = (uint32_t)held->dominators.length;
		look_tree_add(&held->dominators, &node);
	}
	look_tree_sum(&held->dominators);
	return held;
}

/* A copy of the state, with what its file says of looks. */
static struct snapshot *look_at_state(struct fake *fake)
{
	const struct snapshot *from = now(fake)->snapshot;
	struct snapshot *to = snapshot_new(fake->catalog, from->rows_length);
	rows_copy(to, from);
	to->totals = from->totals;
	to->time = from->time;
	to->nframe = from->nframe;
	to->kind = MOMENT_NAMED;
	to->look = snapshot_look_new(to->rows_length);
	memcpy(to->look->rows, fake->look, to->rows_length * sizeof *to->look->rows);
	to->look->types = look_types_new();
	for (uint32_t i = 0; i < to->rows_length; i++) {
		uint32_t type = look_types_name(to->look->types, *fake->type[i] ? fake->type[i] : "-");
		struct look_part *part = look_types_part(to->look->types, i, type);
		part->size = to->rows[i].figures->now.size;
		part->count = to->rows[i].figures->now.count;
		part->look = fake->look[i];
	}
	look_at_arenas(fake, to);
	return to;
}

static int fake_take_look(struct session *base, const char *name, bool retained,
			  struct error *error)
{
	struct fake *fake = (struct fake *)base;
	int number = fake_snapshot(base, name, error);
	if (number < 0)
		return -1;
	struct snapshot **taken = &fake->moment_states[fake->moments_length - 1];
	snapshot_release(*taken);
	*taken = look_at_state(fake);
	if (retained)
		(*taken)->look->held = look_at_holders(fake);
	(*taken)->number = (unsigned)number;
	fake->looks++;
	fake->looked = (unsigned)number;
	fake->found = (struct look_found){.number = number, .pause = 0.012};
	for (size_t i = 0; i < (*taken)->rows_length; i++) {
		fake->found.bytes += fake->look[i].garbage + fake->look[i].indirect;
		fake->found.blocks += fake->look[i].garbage_blocks +
				      fake->look[i].indirect_blocks;
	}
	return 0;
}

/* A block of 32 MiB takes a second, and another one if what it retains is asked for. */
static double fake_look_seconds(struct session *base, bool retained)
{
	const struct fake *fake = (struct fake *)base;
	return (double)fake->states[fake->now].snapshot->totals.current /
	       (UINT64_C(32) << 20) * (retained ? 2 : 1);
}

static const struct point *fake_points(struct session *base, size_t *length)
{
	struct fake *fake = (struct fake *)base;
	size_t n = 0;
	while (n < fake->points_length &&
	       fake->points[n].time <= now(fake)->seconds)
		n++;
	*length = n;
	return fake->points;
}

static const struct mark *fake_marks(struct session *base, size_t *length)
{
	struct fake *fake = (struct fake *)base;
	size_t n = 0;
	while (n < fake->marks_length &&
	       fake->marks[n].time <= now(fake)->seconds)
		n++;
	*length = n;
	return fake->marks;
}

/* From the ticks' own snapshots. */
static void fake_trail(struct trails *trails, unsigned time, const struct snapshot *heap)
{
	for (uint32_t row = 0; row < trails->rows; row++)
		trails->bytes[row * trails->length + time] = 0;
	for (size_t i = 0; i < heap->rows_length; i++) {
		const struct snapshot_row *row = &heap->rows[i];
		struct change change = {row->trace.v, row->thread, row->domain, {0}};
		for (size_t k = 0; k < trails->keys_length; k++)
			if (trails->keys[k].key == change_key(&change))
				trails->bytes[trails->keys[k].row * trails->length + time] +=
					(float)row->figures->now.size;
	}
}

static int fake_trails(struct session *base, struct trails *trails)
{
	struct fake *fake = (struct fake *)base;
	size_t n = ticks_so_far(fake), at = 0;
	for (unsigned time = 0; time < trails->length; time++) {
		while (at < n && fake->pasts[at].seconds <= trails->times[time])
			at++;
		if (at)
			fake_trail(trails, time, fake->pasts[at - 1].snapshot);
	}
	return 0;
}

static const struct tick *fake_ticks(struct session *base, size_t *length)
{
	struct fake *fake = (struct fake *)base;
	*length = ticks_so_far(fake);
	for (size_t i = 0; i < *length; i++) {
		const struct totals *totals = &fake->pasts[i].snapshot->totals;
		fake->ticks[i] = (struct tick){fake->pasts[i].seconds, totals->current, 0,
					       totals->blocks, totals->allocations};
	}
	return fake->ticks;
}

static void fake_extent(struct session *base, struct history_extent *extent)
{
	struct fake *fake = (struct fake *)base;
	size_t n = ticks_so_far(fake);
	if (n)
		*extent = (struct history_extent){n, 4096, fake->pasts[0].seconds,
						  fake->pasts[n - 1].seconds, {1}};
}

static void fake_reset_peak(struct session *base)
{
	struct fake *fake = (struct fake *)base;
	now(fake)->snapshot->totals.peak = now(fake)->snapshot->totals.current;
}

static int fake_mark(struct session *base, const char *text, struct error *error)
{
	struct fake *fake = (struct fake *)base;
	(void)error;
	struct mark *mark = &fake->marks[fake->marks_length++];
	mark->time = now(fake)->seconds;
	mark->text = strdup(text);
	return 0;
}

static int fake_write(struct session *base, const char *path, bool force, struct error *error)
{
	struct fake *fake = (struct fake *)base;
	(void)error;
	note(fake, "write%s %s\n", force ? " over" : "", path);
	return 0;
}

static int fake_source(struct session *base, const char *path, unsigned line, char *text,
		   size_t size)
{
	struct fake *fake = (struct fake *)base;
	for (unsigned i = 0; i < fake->sources_length; i++)
		if (fake->sources[i].line == line &&
		    !strcmp(fake->sources[i].file, path))
			return snprintf(text, size, "%s", fake->sources[i].text);
	return -1;
}

static bool fake_settle(struct session *base, double seconds)
{
	struct fake *fake = (struct fake *)base;
	(void)seconds;
	if (fake->settled && fake->now + 1 < fake->states_length &&
	    !fake->recording)
		enter(fake, fake->now + 1);
	fake->settled = true;
	return true;
}

static size_t fake_output(struct session *base, uint64_t *position, char *bytes,
		      size_t max)
{
	struct fake *fake = (struct fake *)base;
	size_t n = fake->output_length - *position;
	n = n < max ? n : max;
	if (n)
		memcpy(bytes, fake->output + fake->output_length - n, n);
	*position = fake->output_length;
	return n;
}

/* The target's terminal echoes, as terminals do. */
static size_t fake_input(struct session *base, const char *bytes, size_t length)
{
	struct fake *fake = (struct fake *)base;
	fake->output = realloc(fake->output, fake->output_length + length + 1);
	memcpy(fake->output + fake->output_length, bytes, length);
	fake->output_length += length;
	return length;
}

static void fake_suspend(struct session *base)
{
	struct fake *fake = (struct fake *)base;
	note(fake, "suspend\n");
}

static void fake_kill(struct session *base)
{
	struct fake *fake = (struct fake *)base;
	note(fake, "kill\n");
}


static void fake_leave(struct session *base, int status)
{
	struct fake *fake = (struct fake *)base;
	note(fake, "leave %d\n", status);
}

static void fake_exit_status(struct session *base, int status)
{
	struct fake *fake = (struct fake *)base;
	note(fake, "exit status %d\n", status);
}

static bool fake_process_totals(struct session *base, uint32_t process, struct totals *totals)
{
	struct fake *fake = (struct fake *)base;
	*totals = process > 1 ? fake->kin[process - 1].totals : now(fake)->snapshot->totals;
	for (size_t i = 1; !process && i < fake->program.processes_length; i++) {
		totals->current += fake->kin[i].totals.current;
		totals->peak_ever += fake->kin[i].totals.peak_ever;
		totals->blocks += fake->kin[i].totals.blocks;
	}
	return true;
}

/* What both have. */
#define SHOWN \
	.status = fake_status, .program = fake_program, .moment = fake_moment, \
	.moments = fake_moments, .points = fake_points, .marks = fake_marks, \
	.ticks = fake_ticks, .trails = fake_trails, .extent = fake_extent, \
	.process_totals = fake_process_totals, .source = fake_source, .output = fake_output, \
	.settle = fake_settle, .write = fake_write

static const struct session_ops live_ops = {
	SHOWN,
	.fd = fake_fd,
	.snapshot = fake_snapshot,
	.look = fake_take_look,
	.look_seconds = fake_look_seconds,
	.reset_peak = fake_reset_peak,
	.mark = fake_mark,
	.input = fake_input,
	.suspend = fake_suspend,
	.kill = fake_kill,
	.leave = fake_leave,
	.exit_status = fake_exit_status,
};

static const struct session_ops recorded_ops = { SHOWN };
