/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports.  A worker builds the table of the screen on top once more and writes it to a file,
 * so that the screen may change meanwhile.  There is one export at a time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/run/errands.h"
#include "tui/desk/desk_moments.h"
#include "tui/desk/desk_table.h"
#include "views/export/formats.h"

struct export_job {
	struct job job;
	struct question *question;
	const struct export_format *format;
	char path[4096];
	FILE *file;                     /* opened by the desk: a wrong name fails at once */
	bool made;                      /* the file is new: it is removed if nothing can be
					 * written */
	struct session *session;
	struct program program;         /* a copy */
	struct heavier heavier;         /* from when the export was asked for, */
	struct history_extent history;  /* like this: how far back the history went */
	int error;                      /* 0, or -errno: the file could not be written */
	char problem[256];              /* why the format can't show this table, or "" */
};

static int desk_export_write_file(void *user, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, user) == length ? 0 : -EIO;
}

/* An existing file is overwritten only with --force, the recording itself never; devices and
 * pipes are always written to. */
FILE *desk_open_output(struct desk *desk, const char **text)
{
	bool force;
	struct stat there;
	const char *path = *text = errand_write_path(*text, &force);
	if (!strcmp(path, "-"))
		return stdout;
	if (session_is_file(desk->session, path)) {
		desk_fail(desk, "%.150s: it is this recording; choose another name", path);
		return NULL;
	}
	bool over = force || (!stat(path, &there) && !S_ISREG(there.st_mode));
	FILE *file = fopen(path, over ? "we" : "wex");
	if (!file && errno == EEXIST)
		desk_fail(desk, "%.150s: exists already; choose another name or use --force FILE",
			  path);
	else if (!file)
		desk_fail(desk, "%.150s: %s", path, strerror(errno));
	return file;
}

int desk_close_output(FILE *file)
{
	int error = fflush(file) || ferror(file) ? -EIO : 0;
	if (file != stdout && fclose(file))
		error = -EIO;
	return error;
}

static int desk_export_source(void *user, const char *path, unsigned line, char *text,
			      size_t size)
{
	return session_source(user, path, line, text, size);
}

static void desk_export_run(struct job *job)
{
	struct export_job *export = (struct export_job *)job;
	struct provenance here = {.file = "", .program = &export->program,
				  .heavier = export->heavier,
				  .history = export->history};
	export->question->answer(export->question);
	struct export_request request = {.table = export->question->table, .now = here,
					 .old = here, .source = desk_export_source,
					 .user = export->session};
	struct sink sink = {.write = desk_export_write_file, .user = export->file};
	snprintf(export->problem, sizeof export->problem, "%s", export->question->problem);
	if (request.table)
		export->error =
			export_run(export->format, &request, &sink, export->problem);
	if (desk_close_output(export->file))
		export->error = -EIO;
	export->file = NULL;
}

/* Frees an export, also one that was given up before it began, whose file is still open. */
static void desk_export_let_go(struct job *job)
{
	struct export_job *export = (struct export_job *)job;
	if (export->file)
		desk_close_output(export->file);
	question_free(export->question);
	program_clear(&export->program);
	free(export);
}

/* Writes "folded, flamegraph, ..." into names, cut at size - 1 bytes, and returns it. */
static const char *format_names(char *names, size_t size)
{
	size_t n = 0;
	const struct export_format *format;
	for (unsigned i = 0; (format = export_format_get(i)) && n < size; i++)
		n += (size_t)snprintf(names + n, size - n, i ? ", %s" : "%s", format->name);
	return names;
}

/* An export of the table that the screen on top shows, without its file; NULL: out of
 * memory. */
static struct export_job *job_new(struct desk *desk, const struct export_format *format,
				  const char *path)
{
	struct screen *top = desk_top(desk);
	struct export_job *export = calloc(1, sizeof *export);
	if (!export)
		return NULL;
	export->job = (struct job){.run = desk_export_run, .free = desk_export_let_go};
	export->format = format;
	export->session = desk->session;
	export->heavier = desk->status.heavier;
	session_extent(desk->session, &export->history);
	snprintf(export->path, sizeof export->path, "%s", path);
	name_sides(&desk->run, &desk->heaps, &desk->sides, &desk->travel.at, &desk->shown);
	export->question = top->ops->ask(top, &desk->context);
	/* Formats of stacks weigh them by the column that the screen is sorted by.  Rate and
	 * growth are no weights: then they are weighed by size. */
	if (export->question && format->stacks && !export_weight(export->question->view.sort))
		export->question->view.sort = COLUMN_SIZE;
	if (export->question && !program_copy(&export->program, desk->run.program)) {
		export->question->unwanted = &export->job.unwanted;
		return export;
	}
	desk_export_let_go(&export->job);
	return NULL;
}

/* Opens the file and starts the worker.  False after a message. */
static bool desk_export_begin(struct desk *desk, const struct export_format *format,
			      const char *path)
{
	bool force;
	const char *name = errand_write_path(path, &force);
	struct export_job *export = job_new(desk, format, name);
	if (!export) {
		desk_fail(desk, "out of memory");
		return false;
	}
	export->made = strcmp(name, "-") && access(name, F_OK);
	export->file = desk_open_output(desk, &path);
	if (!export->file) {
		desk_export_let_go(&export->job);
		return false;
	}
	desk->tables.export = &export->job;
	desk_say(desk, "exporting to %.200s...", path);
	worker_add(desk->tables.exporter, &export->job);
	desk_export_take(desk);
	return true;
}

void desk_export(struct desk *desk, const char *text)
{
	char names[256];
	size_t length = strcspn(text, " \t");
	const char *path = text + length + strspn(text + length, " \t");
	char name[32];
	const struct screen *top = desk_top(desk);
	snprintf(name, sizeof name, "%.*s", (int)length, text);
	bool force;
	if (!length || !*errand_write_path(path, &force)) {
		desk_fail(desk, ":export needs a format (%s) and a file",
			  format_names(names, sizeof names));
		return;
	}
	/* The worker builds its own table, so the screen need not have one yet. */
	if (!top->ops->table || !desk->shown.now) {
		desk_fail(desk, top->ops->table ? "the heap has not been read yet: wait a moment"
						: "this screen is not a table: tabs 1 to 8 are");
		return;
	}
	const struct export_format *format = export_format_find(name);
	if (!format)
		desk_fail(desk, "no format is named \"%s\": %s", name,
			  format_names(names, sizeof names));
	else if (desk->tables.export)
		desk_fail(desk, "the last export is still being written: wait a moment");
	else if (!desk_export_begin(desk, format, path))
		desk_fail_at(desk, (size_t)(path - text));
}

void desk_export_take(struct desk *desk)
{
	struct export_job *export = (struct export_job *)desk->tables.export;
	if (!export || !worker_done(desk->tables.exporter, &export->job))
		return;
	worker_take(desk->tables.exporter, &export->job);
	desk->tables.export = NULL;
	desk_touch(desk);
	if (export->problem[0])
		desk_fail(desk, "%.250s", export->problem);
	else if (export->error)
		desk_fail(desk, "%.150s: it could not be written", export->path);
	else
		desk_say(desk, "exported: %.200s", export->path);
	if (export->problem[0] && export->made)
		unlink(export->path);
	desk_export_let_go(&export->job);
}
