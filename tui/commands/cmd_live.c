/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop PROGRAM: the screens over a run.  session_launch splits the process:
 * the one the shell sees stays behind in it and ends with the program's own
 * status; what goes on here is memtop proper.
 */
#include <stdlib.h>
#include <string.h>
#include "tui/commands/cmd.h"
#include "tui/term/term.h"

#define EMULATED "xterm-256color"
#define NAMING_MOMENT 1.0               /* seconds */

/* As record does.  The screen had most names already; the rest gets a moment. */
static void say_ended(struct session *session, const struct options *options, bool written)
{
	struct session_status status;

	session_status(session, &status);
	if (!status.met)
		return;
	session_settle(session, NAMING_MOMENT);
	cmd_say_totals(session_program(session), &status.totals, status.left,
		       written ? options->session.output : NULL);
	cmd_say_held(session, options);
}

int cmd_live(struct options *options)
{
	struct session_options *launch = &options->session;
	struct session *session;
	struct error error;
	enum desk_end ended;
	bool written;
	int status;

	if (!options->words_length)
		return cmd_usage("no program given; try memtop ./program, or memtop help");
	if (!options->app.play && !cmd_has_terminal("memtop record to run without one"))
		return STATUS_FAILED;
	launch->mode = options->app.play ? SESSION_PLAY : SESSION_SCREEN;
	launch->script_on_stdin = options->app.play && !strcmp(options->app.play, "-");
	launch->argv = options->words;
	/* What the emulator of the Output tab is, whatever memtop runs on. */
	launch->terminal = term_known(EMULATED) ? EMULATED : NULL;
	cmd_launch_settings(launch);
	options->app.output = launch->output;
	options->app.quiet = launch->quiet;
	if (session_launch(&session, launch, &error))
		return message_fail(&error);
	status = app_run(session, &options->app, &ended);
	written = !session_finish(session, &error);
	if (!written)
		message_fail(&error);
	if (!options->app.play && !launch->quiet && ended != DESK_LEAVES && ended != DESK_HANGS_UP)
		say_ended(session, options, written);
	if (options->app.play)          /* a script's own result, not the program's */
		session_exit_status(session, status);
	session_close(session);
	return status;
}
