/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop open: the screens over a recording.  If the run ended abnormally, they begin by
 * saying how it ended, what it held then, and what grew. */
#include "tui/commands/cmd.h"
#include "views/text/ending.h"

static struct table *first_row(struct snapshot *snapshot, enum column_id sort)
{
	const struct view view = { .by = BY_LINENO, .limit = 1, .counted = true, .sort = sort };
	struct error error;

	return snapshot ? table_build(&view, snapshot, NULL, error.text) : NULL;
}

static void tell_ending(struct session *session, struct app_options *app, char *text, size_t size)
{
	const struct program *program = session_program(session);
	struct error error;

	if (!ending_is_unusual(program))
		return;
	struct snapshot *last = session_moment(session, NULL, &error);
	struct table *held = first_row(last, COLUMN_DEFAULT);
	struct table *grown = first_row(last && last->growth ? last : NULL, COLUMN_GROWTH);

	ending_story(program, held, grown, text, size);
	app->news = text;
	if (held)
		table_free(held);
	if (grown)
		table_free(grown);
	snapshot_release(last);
}

int cmd_open(struct options *options)
{
	struct session *session;
	struct error error;
	char end[ENDING_MAX];
	enum desk_end ended;
	int status;

	if (options->words_length != 1)
		return cmd_usage("open: needs one recording, not %d; try memtop open FILE.memtop",
				 options->words_length);
	if (!options->app.play && !cmd_has_terminal("memtop report"))
		return STATUS_FAILED;
	app_prepare();
	if (session_open(&session, options->words[0], &error))
		return message_fail(&error);
	if (options->process && session_choose(session, options->process, &error)) {
		session_close(session);
		return message_fail(&error);
	}
	tell_ending(session, &options->app, end, sizeof end);
	status = app_run(session, &options->app, &ended);
	session_close(session);
	return status;
}
