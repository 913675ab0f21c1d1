/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop check: a run without a screen that is judged at its end.  The exit status is the
 * program's own if it failed; else it tells that a limit is broken; else that the result
 * is not known; else it is 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tracer/ground/same_file.h"
#include "tui/check/check.h"
#include "views/text/ending.h"

#define STATUS_BROKEN 99                /* --error-exitcode's default */
#define HEARD 64                        /* processes that have ended are judged together */

static int cmd_check_write_file(void *user, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, user) == length ? 0 : -EIO;
}

static int fail_report(const char *path)
{
	struct error error = { .status = STATUS_FAILED };

	snprintf(error.text, sizeof error.text, "cannot write --report=%.300s: %s", path,
		 strerror(errno));
	return message_fail(&error);
}

/* Opens a report.  Where a standard descriptor is closed, as the program is meant to find
 * it, the file must not get its number: messages would be written to it. */
static FILE *open_report(const char *path)
{
	int first = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int fd = first < 0 ? -1 : fcntl(first, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (first >= 0)
		close(first);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* The files of --report. */
struct reports {
	FILE *of[REPORTS_MAX];
};

/* Opens the reports before the run, so that a wrong name is reported at once.  0, or the
 * exit status after a message. */
static int open_reports(const struct check_options *check, struct reports *reports)
{
	for (size_t i = 0; i < check->reports_length; i++) {
		reports->of[i] = open_report(check->reports[i]);
		if (!reports->of[i])
			return fail_report(check->reports[i]);
	}
	return 0;
}

/* 0 or the exit status after a message. */
static int write_reports(const struct check_options *check, const struct verdict *verdict,
			 const struct reports *reports)
{
	int status = 0;

	for (size_t i = 0; i < check->reports_length; i++) {
		struct sink sink = { .write = cmd_check_write_file, .user = reports->of[i] };
		bool written = export_verdict_to(check->reports[i], verdict, &sink) == 0;

		written = fclose(reports->of[i]) == 0 && written;
		if (!written)
			status = fail_report(check->reports[i]);
	}
	return status;
}

/* The recording of -o, and the verdict's files: 0, or 125 after a message. */
static int cmd_check_finish(struct session *session, const struct options *options,
			    const struct verdict *verdict, const struct reports *reports)
{
	struct error error;
	int status = session_finish(session, &error) ? message_fail(&error) : 0;
	int other = write_reports(&options->check, verdict, reports);

	return status ? status : other;
}

/* For reports.  A name that is not known is what JUnit's schema asks for then. */
static void say_where_and_when(struct verdict *verdict)
{
	time_t started = (time_t)verdict->program->started;
	struct tm day;

	if (gethostname(verdict->host, sizeof verdict->host))
		strcpy(verdict->host, "localhost");
	verdict->host[sizeof verdict->host - 1] = '\0';
	if (!started)
		started = time(NULL);           /* it was never started */
	if (gmtime_r(&started, &day))
		strftime(verdict->date, sizeof verdict->date, "%Y-%m-%dT%H:%M:%S", &day);
}

/* The program was never started: the files say why. */
static int cmd_check_refuse(struct options *options, const struct error *why,
			    const struct reports *reports)
{
	struct program program = { .argc = options->words_length, .argv = options->words };
	struct verdict verdict = { .program = &program };

	snprintf(verdict.doubt, sizeof verdict.doubt, "%s", why->text);
	say_where_and_when(&verdict);
	write_reports(&options->check, &verdict, reports);
	return message_fail(why);
}

static void print_verdict(const struct verdict *verdict, const struct options *options)
{
	struct sink sink = { .write = cmd_check_write_file, .user = stderr };

	if (options->session.quiet && verdict_word(verdict) == VERDICT_PASSED)
		return;
	verdict_text(verdict, &sink);
	if (*verdict->doubt && !options->check.allow_loss && !verdict->broken)
		fputs("memtop: therefore it is unknown whether the limits hold; --allow-loss "
		      "passes nevertheless\n", stderr);
}

/* What check itself has to say about the run: 0, 99 or 125. */
static int cmd_check_judge(struct session *session, const struct options *options,
			   struct court *court, struct verdict *verdict)
{
	const struct check_options *check = &options->check;
	static struct limit growth[2];          /* the verdict keeps them */
	struct session_status status;

	session_status(session, &status);
	if (!status.met) {
		snprintf(verdict->doubt, sizeof verdict->doubt, "nothing was traced");
		return cmd_say_untraced(verdict->program, &status) ? STATUS_FAILED : 0;
	}
	if (options->session.output)
		cmd_name_frames(session, options->session.symbol_time);
	check_judge(court, growth);
	print_verdict(verdict, options);
	if (verdict->broken)
		return check->exit_code ? check->exit_code : STATUS_BROKEN;
	return *verdict->doubt && !check->allow_loss ? STATUS_FAILED : 0;
}

static int cmd_check_conclude(struct session *session, const struct options *options,
			      struct court *court, struct verdict *verdict,
			      const struct reports *reports)
{
	verdict->program = session_program(session);

	bool sound = verdict->program->ended && !verdict->program->signal &&
		     !verdict->program->exit_status && !verdict->program->status_unknown;
	char ending[ENDING_MAX];
	int status, failed;

	ending_text(verdict->program, ending);
	verdict->ending = ending;
	say_where_and_when(verdict);
	status = cmd_check_judge(session, options, court, verdict);
	failed = cmd_check_finish(session, options, verdict, reports);
	if (!status)
		status = failed;
	verdict_clear(verdict);
	/* The program's own failure comes first; a signal of ours is no failure of
	 * its. */
	if (status && (sound || !verdict->program->ended))
		session_exit_status(session, status);
	return status;
}

/* Judges as processes end, and at the end. */
static int cmd_check_sit(struct session *session, const struct options *options,
			 const struct check_parts *parts, const struct reports *reports)
{
	struct verdict verdict = { .program = session_program(session),
				   .doubt_allowed = options->check.allow_loss };
	struct court *court = court_new(&verdict, session, options, parts);
	int status = STATUS_FAILED;

	while (!session_await(session, court ? HEARD : 0))
		court_hear(court);
	if (court) {
		status = cmd_check_conclude(session, options, court, &verdict, reports);
	} else {
		message_fail(&(struct error){ STATUS_FAILED, "cannot judge: out of memory" });
		session_exit_status(session, status);
	}
	court_free(court);
	return status;
}

static int cmd_check_run(struct options *options, struct check_parts *parts,
			 const struct reports *reports)
{
	struct session_options *launch = &options->session;
	struct session *session;
	struct error error;

	launch->mode = SESSION_RECORD;
	launch->argv = options->words;
	launch->parts = check_parts_asked(parts);
	/* A verdict needs those of broken limits alone. */
	launch->names_on_demand = !launch->output && !options->check.reports_length;
	launch->keep_last_look |= launch->output != NULL;
	launch->judged = true;
	if (!launch->output)
		launch->history = 0;    /* nobody could ask */
	cmd_launch_settings(launch);
	if (session_launch(&session, launch, &error))
		return cmd_check_refuse(options, &error, reports);
	signal(SIGPIPE, SIG_IGN);       /* a closed stderr must not cost the verdict */
	int status = cmd_check_sit(session, options, parts, reports);
	session_close(session);
	return status;
}

/* With everything that must be right before the program is started. */
static int cmd_check_prepare(struct options *options, struct suppressions *suppressions)
{
	struct check_options *check = &options->check;
	struct recording *recording;
	struct error error;
	struct reports reports;
	int status;

	check->suppressions = suppressions;
	if ((options->rules_length || options->session.keep_last_look) && !options->session.output)
		return cmd_usage("check: --snapshot-at and --heap-at need -o FILE: the snapshots are kept in "
				 "a recording");
	if (options->session.look_at_end && options->session.sample)
		return cmd_usage("check: --max-unreachable cannot be checked with --sample: most blocks "
				 "are not known");
	if (check->suppress && suppressions_read(suppressions, check->suppress, &error))
		return message_fail(&error);
	if (check->growth.text && !check->baseline)
		return cmd_usage("check: --max-growth needs --baseline=FILE.memtop");
	/* The run would be compared with itself, and the baseline lost. */
	if (check->baseline && options->session.output &&
	    same_file(check->baseline, options->session.output))
		return cmd_usage("check: %.300s is the baseline; record to another file with -o",
				 options->session.output);
	if (check->baseline && recording_open(&recording, check->baseline, &error))
		return message_fail(&error);
	if (check->baseline)
		recording_close(recording);
	if (check->baseline && !check->growth.text)
		check->growth = (struct growth){ .text = "5%", .percent = 5 };
	status = open_reports(check, &reports);
	if (status)
		return status;
	struct check_parts *parts = check_parts_new(options);
	if (!parts)
		return message_fail(&(struct error){ STATUS_FAILED, "cannot start: out of memory" });
	status = cmd_check_run(options, parts, &reports);
	check_parts_free(parts);
	return status;
}

int cmd_check(struct options *options)
{
	struct suppressions suppressions = { 0 };
	int status;

	if (!options->words_length)
		return cmd_usage("check: no program given; try memtop check --max-peak=64M -- "
				 "./program");
	status = cmd_check_prepare(options, &suppressions);
	suppressions_free(&suppressions);
	return status;
}
