/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop export: writes one moment of a recording, in a format of views/export, to a file
 * or to standard output.  A file that could not be written completely is removed, unless
 * it existed before.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/ground/same_file.h"
#include "tui/commands/cmd.h"

/* Where the export is written to. */
struct target {
	const char *path;               /* NULL: standard output */
	FILE *file;
	bool made;                      /* it did not exist before */
	struct error error;             /* of the first write that failed */
};

__attribute__((format(printf, 2, 3)))
static int cmd_export_fail(int status, const char *format, ...)
{
	struct error error = { .status = status };
	va_list list;

	va_start(list, format);
	vsnprintf(error.text, sizeof error.text, format, list);
	va_end(list);
	return message_fail(&error);
}

int cmd_format_help(void)
{
	const struct export_format *format;

	for (unsigned i = 0; (format = export_format_get(i)); i++)
		printf("  %-12s %-17s %s\n", format->name, format->suffix, format->help);
	return cmd_flush();
}

/* Never overwrites a file unless forced; writing to devices and pipes is allowed. */
static int open_target(struct target *target, const struct options *options,
		       const char *recording)
{
	const char *path = options->session.output;
	struct stat there;
	bool is = path && !stat(path, &there);

	*target = (struct target){ .file = stdout };
	if (!path || !strcmp(path, "-")) {
		if (options->export->binary && isatty(STDOUT_FILENO))
			return cmd_export_fail(
				STATUS_USAGE,
				"export: %s is binary, which a terminal cannot show; use "
				"-o FILE",
				options->export->name);
		return 0;
	}
	if (is && same_file(path, recording))
		return cmd_export_fail(STATUS_USAGE,
				       "%.400s: that is the recording itself; choose "
				       "another name",
				       path);
	if (is && S_ISREG(there.st_mode) && !options->session.force)
		return cmd_export_fail(
			STATUS_FAILED,
			"%.400s: exists already; choose another name or use "
			"--force",
			path);
	target->path = path;
	target->made = !is;
	target->file = fopen(path, is ? "we" : "wex");
	if (!target->file)
		return cmd_export_fail(STATUS_FAILED, "%.400s: %s; nothing was written",
				       path, strerror(errno));
	return 0;
}

static int write_target(void *user, const char *bytes, size_t length)
{
	struct target *target = user;

	errno = 0;
	if (fwrite(bytes, 1, length, target->file) == length)
		return 0;
	return errno ? -errno : -EIO;
}

/* `error` is that of what was written so far; `problem` explains it. */
static int close_target(struct target *target, int error, const char *problem)
{
	if (!target->path) {
		int status = problem[0] ? 0 : cmd_flush();

		if (!problem[0] && (status || !error))
			return status;
	} else {
		errno = 0;
		if (fclose(target->file) && !error)
			error = errno ? -errno : -EIO;
		if (!error)
			return 0;
		if (target->made)
			unlink(target->path);
	}
	if (problem[0])
		return cmd_export_fail(error == -EINVAL ? STATUS_USAGE : STATUS_FAILED,
				       "export: %.400s", problem);
	return cmd_export_fail(STATUS_FAILED, "%.400s: %s; the file is incomplete",
			       target->path ? target->path : "standard output",
			       strerror(-error));
}

static int cmd_export_source(void *user, const char *path, unsigned line, char *text,
			     size_t size)
{
	const struct cmd_moment *moment = user;

	return recording_source(moment->recording, path, line, text, size);
}

static int export(const struct options *options, struct cmd_moment *moment,
		  const struct table *table)
{
	struct export_request request = {
		.table = table,
		.now = { moment->path, recording_program(moment->recording),
			 recording_heavier(moment->recording, moment->snapshot, NULL), { 0 } },
		.source = cmd_export_source,
		.user = moment,
		.force = options->session.force,
	};
	struct target target;
	struct sink sink = { .write = write_target, .user = &target };
	char problem[256];

	recording_extent(moment->recording, &request.now.history);
	int status = open_target(&target, options, moment->path);

	if (status)
		return status;
	status = export_run(options->export, &request, &sink, problem);
	return close_target(&target, status, problem);
}

/* Takes the format from --format, or from the suffix of the output.  0, or the status. */
static int choose_format(struct options *options)
{
	const char *path = options->session.output;

	if (!options->export && path)
		options->export = export_format_of(path);
	if (!options->export)
		return cmd_usage("export: needs --format=F; --format=help lists the formats");
	if (!options->export->stacks)
		return 0;
	if (options->view.cumulative || options->view.nested ||
	    (options->by_given && options->view.by != BY_TRACEBACK))
		return cmd_usage("export: %s shows whole stacks, so --by and --cumulative are "
				 "for csv, json and text", options->export->name);
	options->view.by = BY_TRACEBACK;
	return 0;
}

int cmd_export(struct options *options)
{
	struct cmd_moment moment;
	struct cmd_view built;
	int status;

	if (options->list)
		return cmd_list(options);
	if (options->format_help)
		return cmd_format_help();
	if (options->words_length != 1)
		return cmd_usage("export: needs one recording, not %d; try memtop export "
				 "--format=flamegraph -o heap.svg FILE.memtop",
				 options->words_length);
	status = choose_format(options);
	if (status)
		return status;
	status = cmd_moment_open(&moment, options->words[0], options->process);
	if (!status) {
		status = cmd_view_build(&options->view, options, &moment, NULL, &built);
		if (!status)
			status = export(options, &moment, built.table);
		cmd_view_free(&built);
	}
	cmd_moment_close(&moment);
	return status;
}
