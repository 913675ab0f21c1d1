/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop record: a run without a screen.  The program has memtop's own descriptors, so
 * memtop prints only after it has ended, on standard error: how it ended, and which lines
 * held the most.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tui/commands/cmd.h"
#include "views/format/format.h"
#include "views/text/ending.h"
#include "views/text/loss.h"
#include "views/text/others.h"

#define HELD_ROWS 3

/* PROGRAM.PID.memtop in the current folder.  The pid is the one that the shell started,
 * which is known from the beginning. */
static void default_output(const char *program, char *path, size_t size)
{
	const char *slash = strrchr(program, '/');

	snprintf(path, size, "%.200s.%d.memtop", slash ? slash + 1 : program, (int)getpid());
}

/* Says that under a seccomp filter the tracer makes no system calls. */
static void say_filtered(const struct program *program, const struct totals *totals)
{
	char processes[64] = "the program";

	if (program->filtered > 1)
		snprintf(processes, sizeof processes, "%u processes", program->filtered);
	fprintf(stderr, "memtop: %s set a seccomp filter, under which the tracer makes no system "
		"call: stacks end at code that was loaded since then, and processes that "
		"began since then are not followed", processes);
	if (totals->lost)
		fprintf(stderr, "; %llu event%s lost", (unsigned long long)totals->lost,
			totals->lost == 1 ? " was" : "s were");
	fputc('\n', stderr);
}

/* Says that there were blocks memtop could not see, which no figure includes. */
static void say_unseen(const struct program *program, const struct session_status *status)
{
	char by[sizeof status->unknown_by * 4];

	if (*program->unseen) {
		format_safe(program->unseen, by, sizeof by);
		fprintf(stderr, "memtop: %s was opened past memtop (dlmopen, RTLD_DEEPBIND): what "
			"it allocates is not seen\n", by);
	}
	if (!status->totals.unknown_frees || program->attached)
		return;
	format_safe(status->unknown_by, by, sizeof by);
	fprintf(stderr, "memtop: %llu block%s freed whose allocation was not seen, by %s\n",
		(unsigned long long)status->totals.unknown_frees,
		status->totals.unknown_frees == 1 ? " was" : "s were", by);
}

static void say_grown_row(const struct row *row)
{
	char size[FORMAT_MAX], since[FORMAT_MAX], key[512];

	format_size(row->growth->bytes, true, size);
	format_clock(row->growth->since, since);
	format_safe(row->key, key, sizeof key);
	fprintf(stderr, " %s a minute since %s at %s (%s", size, since, key,
		growth_word(row->growth->word));
	if (row->growth->processes > 1)
		fprintf(stderr, " in %u processes", row->growth->processes);
	else if (row->growth->process > 1)
		fprintf(stderr, " in process %d", (int)row->growth->pid);
	fputc(')', stderr);
}

/* Whether there is something to say about a row's growth. */
static bool has_grown(const struct row *row)
{
	return row->growth && row->growth->since >= 0 && row->growth->bytes > 0;
}

/* The last moment that has verdicts, of all processes together, because the leak of a
 * server is in its workers. */
static struct snapshot *last_grown(struct session *session)
{
	bool several = session_program(session)->processes_length > 1;
	struct snapshot *last = NULL;
	struct error error;

	if (several)
		session_choose(session, "all", &error);
	else
		last = session_moment(session, "finalize", &error);
	if (!last)
		last = session_moment(session, "exit", &error);
	if (several)
		session_choose(session, "main", &error);
	return last;
}

/* Prints the lines that grew, leaks first, if the run was long enough to tell. */
static void say_grown(struct session *session, const struct options *options)
{
	struct view view = { .by = BY_LINENO, .limit = HELD_ROWS, .counted = true,
			     .mine = &options->mine,
			     .sort = COLUMN_GROWTH };
	struct error error;
	struct snapshot *last = last_grown(session);
	/* If no process ran for long enough, no table of all rows needs to be built. */
	struct table *table = last && snapshot_judges(last) ?
			      table_build(&view, last, NULL, error.text) : NULL;

	if (table && table->length && has_grown(table_row(table, 0))) {
		fprintf(stderr, "memtop: most growth:");
		for (size_t i = 0; i < table->length && has_grown(table_row(table, i)); i++) {
			fputs(i ? "," : "", stderr);
			say_grown_row(table_row(table, i));
		}
		fputc('\n', stderr);
	}
	if (table)
		table_free(table);
	snapshot_release(last);
}

static int write_error(void *user, const char *bytes, size_t length)
{
	(void)user;
	return fwrite(bytes, 1, length, stderr) == length ? 0 : -EIO;
}

/* Compares processes at their peaks, since after a clean end none holds anything. */
static struct heavier find_heavier(struct session *session, const struct program *program,
				   uint64_t peak)
{
	struct heavier heavier = { .bytes = peak };
	struct totals totals;

	for (size_t i = 1; i < program->processes_length; i++) {
		if (!program->processes[i].traced || program->processes[i].others ||
		    !session_process_totals(session, (uint32_t)i + 1, &totals) ||
		    totals.peak_ever <= heavier.bytes)
			continue;
		heavier.process = (uint32_t)i + 1;
		heavier.bytes = totals.peak_ever;
	}
	return heavier;
}

/* Names processes whose lines were not printed. */
static void say_others(struct session *session, const struct program *program, uint64_t peak)
{
	struct heavier heavier = find_heavier(session, program, peak);
	struct sink sink = { .write = write_error };
	struct out out = { .sink = &sink };

	heavier_text(&out, program, &heavier, "memtop: ", "held at its peak");
	unfollowed_text(&out, program, UNFOLLOWED_SHOWN, "memtop: ");
	out_end(&out);
}

/* The line that says what held the most, which the caller frees; NULL: none is wanted, or
 * no memory. */
static char *held_line(struct session *session, const struct options *options,
		       const struct session_status *status)
{
	bool wanted = status->met && !options->session.quiet;
	char *line = NULL;
	size_t size;
	FILE *to = wanted ? open_memstream(&line, &size) : NULL;

	if (!to)
		return NULL;
	cmd_write_held(to, session, options);
	fclose(to);
	return line;
}

/* Prints what is to be said after the run.  Returns the status for failures of memtop
 * itself. */
static int cmd_record_conclude(struct session *session, const struct options *options)
{
	struct session_status status;
	const struct program *program = session_program(session);
	struct error error;
	bool failed = false, written;

	session_status(session, &status);
	session_finish_later(session);
	char *held = held_line(session, options, &status);      /* while the file is written */
	written = session_finish(session, &error) == 0;
	if (!written)
		message_fail(&error);
	if (!status.met) {
		failed = cmd_say_untraced(program, &status);
	} else if (!options->session.quiet) {
		cmd_say_totals(program, &status.totals, status.left,
			   written ? options->session.output : NULL);
		fputs(held ? held : "", stderr);
		say_grown(session, options);
		if (program->filtered)
			say_filtered(program, &status.totals);
		say_others(session, program, status.totals.peak_ever);
		say_unseen(program, &status);
		if (program->python_off)
			fprintf(stderr, "memtop: no Python frames: %s\n", program->python_off);
	}
	free(held);
	if (status.referee_stacks)      /* tests: MEMTOP_REFEREE */
		fprintf(stderr, "memtop: referee: %llu stacks compared, %llu wrong\n",
			(unsigned long long)status.referee_stacks,
			(unsigned long long)status.referee_wrong);
	if (!written && program->ended && !program->signal && !program->exit_status)
		failed = true;          /* the target's own failure comes first */
	if (failed)
		session_exit_status(session, STATUS_FAILED);
	return failed ? STATUS_FAILED : 0;
}

int cmd_record(struct options *options)
{
	struct session_options *launch = &options->session;
	char output[256];
	struct session *session;
	struct error error;
	int status;

	if (!options->words_length && !launch->attach)
		return cmd_usage("record: no program given; try memtop record ./program");
	if (options->words_length && launch->attach)
		return cmd_usage("record: --attach=%d records that process and takes no program",
				 (int)launch->attach);
	if (!launch->output) {
		default_output(launch->attach ? "attached" : options->words[0], output,
			       sizeof output);
		launch->output = output;
	}
	launch->mode = SESSION_RECORD;
	launch->goes_on = true;
	launch->argv = options->words;
	cmd_launch_settings(launch);
	if (session_launch(&session, launch, &error))
		return message_fail(&error);
	signal(SIGPIPE, SIG_IGN);       /* a closed stderr must not cost the recording */
	session_wait(session);
	cmd_name_frames(session, launch->symbol_time);
	status = cmd_record_conclude(session, options);
	session_close(session);
	return status;
}
