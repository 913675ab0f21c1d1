/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop open: the screens over a recording. */
#include "tui/commands/cmd.h"

int cmd_open(struct options *options)
{
	struct session *session;
	struct error error;
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
	status = app_run(session, &options->app);
	session_close(session);
	return status;
}
