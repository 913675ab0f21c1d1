/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the run: arguments, processes, moments, timeline, marks. */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/store/store_schema.h"

#define ARGUMENTS_MAX 100000

static int fold_meta(struct recording *recording, struct recording_row *row, void *user)
{
	struct program *program = &recording->program;
	const char *key = row_text(row, 0, NULL);
	struct { const char *key; int *value; } numbers[] = {
		{ "pid", &program->pid },
		{ "exit_status", &program->exit_status },
		{ "signal", &program->signal },
	};
	struct { const char *key; double *value; } reals[] = {
		{ "started", &program->started },
		{ "seconds", &program->seconds },
		{ "looked", &program->ceilings.time },
	};

	(void)user;
	for (size_t i = 0; i < 3; i++)
		if (!strcmp(key, numbers[i].key))
			*numbers[i].value = (int)row_u32(row, 1, INT_MAX);
	for (size_t i = 0; i < 3; i++)
		if (!strcmp(key, reals[i].key))
			*reals[i].value = row_real(row, 1);
	if (!strcmp(key, "ended"))
		program->ended = row_u64(row, 1);
	if (!strcmp(key, "finished"))
		recording->finished = row_u64(row, 1) ? 1 : -1;
	if (!strcmp(key, "sample"))
		program->sample = row_u64(row, 1);
	if (!strcmp(key, "attached"))
		program->attached = row_u64(row, 1);
	if (!strcmp(key, "before"))
		program->before = row_u64(row, 1);
	if (!strcmp(key, "oom_kills"))
		program->oom_kills = row_u64(row, 1);
	if (!strcmp(key, "filtered"))
		program->filtered = row_u32(row, 1, INT_MAX);
	if (!strcmp(key, "status_unknown"))
		program->status_unknown = row_u64(row, 1);
	if (!strcmp(key, "unseen"))
		snprintf(program->unseen, sizeof(program->unseen), "%s", row_text(row, 1, NULL));
	if (!strcmp(key, "inside"))
		snprintf(program->ceilings.inside, INSIDE_MAX, "%s",
			 row_text(row, 1, NULL));
	if (!strcmp(key, "kind"))
		snprintf(program->kind, sizeof(program->kind), "%s", row_text(row, 1, NULL));
	return 0;
}

static int fold_ceiling(struct recording *recording, struct recording_row *row,
			void *user)
{
	struct ceilings *ceilings = &recording->program.ceilings;

	(void)user;
	if (ceilings->length == CEILING_KINDS)
		return -EINVAL;
	struct ceiling *ceiling = &ceilings->of[ceilings->length++];

	*ceiling = (struct ceiling){
		.kind = (enum ceiling_kind)row_u32(row, 0, CEILING_KINDS - 1),
		.pid = (int32_t)row_u32(row, 1, INT32_MAX),
		.bytes = row_u64(row, 2),
		.used = row_u64(row, 3),
		.most = row_u64(row, 4),
	};
	if (sqlite3_column_type(row->statement, 5) != SQLITE_NULL) {
		ceiling->earliest = row_real(row, 5);
		ceiling->latest = row_real(row, 6);
	}
	return 0;
}

static int fold_process(struct recording *recording, struct recording_row *row,
			void *user)
{
	struct program *program = &recording->program;
	size_t n = program->processes_length;
	uint32_t folded = row_u32(row, 7, INT32_MAX);

	(void)user;
	/* Ids must be 1, 2, 3 ..., because arguments find their process by place. */
	if (row_u64(row, 0) != n + 1)
		return -EINVAL;
	if (recording_room(&program->processes, n, sizeof(*program->processes)))
		return -ENOMEM;
	program->processes[n] = (struct process){
		.pid = (int32_t)row_u32(row, 1, INT32_MAX),
		.ppid = (int32_t)row_u32(row, 2, INT32_MAX),
		.traced = row_u64(row, 3),
		.began = row_real(row, 4),
		.ended = row_real(row, 5),
		.vacant = !folded,
		.others = folded ? folded - 1 : 0,
	};
	program_reason(&program->processes[n], row_text(row, 6, NULL));
	program->processes_length++;
	return 0;
}

/* Appends to a NULL-terminated list. */
static int add_argument(char ***argv, int *argc, const char *text)
{
	char **more, *copy;

	if (*argc >= ARGUMENTS_MAX)
		return -EINVAL;
	more = realloc(*argv, ((size_t)*argc + 2) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	*argv = more;
	copy = strdup(text);
	more[*argc] = copy;
	more[*argc + !!copy] = NULL;
	*argc += !!copy;
	return copy ? 0 : -ENOMEM;
}

static int fold_argument(struct recording *recording, struct recording_row *row, void *user)
{
	struct program *program = &recording->program;
	uint64_t process = row_u64(row, 0);
	const char *text = row_text(row, 1, NULL);

	(void)user;
	if (!process)
		return add_argument(&program->argv, &program->argc, text);
	if (process > program->processes_length)
		return -EINVAL;
	struct process *of = &program->processes[process - 1];

	return add_argument(&of->argv, &of->argc, text);
}

static int fold_point(struct recording *recording, struct recording_row *row, void *user)
{
	size_t n = recording->points_length;

	(void)user;
	if (recording_room(&recording->points, n, sizeof(*recording->points)))
		return -ENOMEM;
	recording->points[n] = (struct point){
		.time = row_real(row, 0),
		.current = row_u64(row, 1),
		.peak = row_u64(row, 2),
		.rss = row_u64(row, 3),
		.blocks = row_u64(row, 4),
		.allocations = row_u64(row, 5),
	};
	recording->points_length++;
	return 0;
}

static int fold_mark(struct recording *recording, struct recording_row *row, void *user)
{
	size_t n = recording->marks_length;

	(void)user;
	if (recording_room(&recording->marks, n, sizeof(*recording->marks)))
		return -ENOMEM;
	struct mark *mark = &recording->marks[n];

	mark->time = row_real(row, 0);
	mark->text = strdup(row_text(row, 1, NULL));
	if (!mark->text)
		return -ENOMEM;
	recording->marks_length++;
	return 0;
}

static int fold_moment(struct recording *recording, struct recording_row *row, void *user)
{
	size_t n = recording->moments_length;

	(void)user;
	if (recording_room(&recording->moments, n, sizeof(*recording->moments)) ||
	    recording_room(&recording->moment_ids, n, sizeof(*recording->moment_ids)))
		return -ENOMEM;
	struct moment *moment = &recording->moments[n];

	*moment = (struct moment){
		.kind = row_u32(row, 1, MOMENT_FINALIZE),
		.number = row_u32(row, 2, INT_MAX),
		.time = row_real(row, 4),
		.process = row_u32(row, 5, INT_MAX),
	};
	snprintf(moment->name, sizeof(moment->name), "%s", row_text(row, 3, NULL));
	recording->moment_ids[n] = row_u32(row, 0, INT_MAX);
	recording->moments_length++;
	return 0;
}

/* A query of a run's table, and what is checked of the order of its ids: a damaged order
 * shows in the table alone. */
struct ordered {
	recording_fold fold;
	int64_t last;                   /* id of the row before */
	int column;                     /* the column that has the id */
};

/* Reads a row and checks that its id is above the one before.  A damaged or hostile tree
 * of pages can give the same rows again and again; then the ids do not ascend. */
static int fold_ordered(struct recording *recording, struct recording_row *row, void *user)
{
	struct ordered *ordered = user;
	int64_t id = sqlite3_column_int64(row->statement, ordered->column);

	if (id <= ordered->last)
		return -EINVAL;
	ordered->last = id;
	return ordered->fold(recording, row, NULL);
}

int recording_load_run(struct recording *recording, struct error *error)
{
	const struct {
		const char *sql;
		recording_fold fold;
		int id;                 /* the id's column, or -1 */
	} loads[] = {
		{ "SELECT key, value FROM meta LIMIT 1000", fold_meta, -1 },
		{ recording->has_folded ?
		  "SELECT id, pid, ppid, traced, began, ended, reason, folded FROM process ORDER BY id" :
		  recording->has_reasons ?
		  "SELECT id, pid, ppid, traced, began, ended, reason, 1 FROM process ORDER BY id" :
		  recording->has_processes ?
		  "SELECT id, pid, ppid, traced, began, ended, '', 1 FROM process ORDER BY id" :
		  "SELECT id, pid, ppid, traced, 0.0, 0.0, '', 1 FROM process ORDER BY id",
		  fold_process, 0 },
		{ "SELECT process, text, position FROM argument ORDER BY process, position"
		  " LIMIT 1000000", fold_argument, -1 },
		{ "SELECT time, current, peak, rss, blocks, allocations, id FROM point"
		  " ORDER BY id", fold_point, 6 },
		{ "SELECT time, text, id FROM mark ORDER BY id", fold_mark, 2 },
		{ recording->has_ceilings ?
		  "SELECT kind, pid, bytes, used, most, earliest, latest, position FROM ceiling"
		  " ORDER BY position" :
		  "SELECT 0, 0, 0, 0, 0, NULL, NULL, 0 LIMIT 0", fold_ceiling, 7 },
		{ recording->has_processes ?
		  "SELECT id, kind, number, name, time, process FROM moment ORDER BY id" :
		  "SELECT id, kind, number, name, time, 1 FROM moment ORDER BY id", fold_moment, 0 },
	};

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		struct ordered ordered = { loads[i].fold, INT64_MIN, loads[i].id };
		bool in_order = loads[i].id >= 0;

		if (recording_query(recording, loads[i].sql, 0,
				    in_order ? fold_ordered : loads[i].fold,
				    in_order ? &ordered : NULL, error))
			return -1;
	}
	return 0;
}

static void free_arguments(char **argv, int argc)
{
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	free(argv);
}

void recording_free_run(struct recording *recording)
{
	struct program *program = &recording->program;

	free_arguments(program->argv, program->argc);
	for (size_t i = 0; i < program->processes_length; i++) {
		free_arguments(program->processes[i].argv, program->processes[i].argc);
		free(program->processes[i].reason);
	}
	free(program->processes);
	free(recording->points);
	for (size_t i = 0; i < recording->marks_length; i++)
		free(recording->marks[i].text);
	free(recording->marks);
	free(recording->moments);
	free(recording->chosen);
	free(recording->moment_ids);
}
