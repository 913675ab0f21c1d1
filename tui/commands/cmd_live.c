/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop PROGRAM, memtop attach PID: the screens over a run.  session_launch splits the
 * process: the one that the shell sees stays in it and ends with the program's own
 * status; the one in which it returns is memtop proper.
 */
#include <stdlib.h>
#include <string.h>
#include "tui/commands/cmd.h"
#include "tui/term/term.h"

#define EMULATED "xterm-256color"
#define NAMING_MOMENT 1.0               /* seconds */

/* Prints what record prints at the end.  The screen has found most names already; the
 * others get a moment more. */
static void say_ended(struct session *session, const struct options *options, bool written)
{
	struct session_status status;

	session_status(session, &status);
	if (!status.met) {
		if (*status.unmet)
			cmd_say_untraced(session_program(session), &status);
		return;
	}
	session_settle(session, NAMING_MOMENT);
	cmd_say_totals(session_program(session), &status.totals, status.left,
		       written ? options->session.output : NULL);
	cmd_write_held(stderr, session, options);
}

/* The screens over what `launch` says. */
static int show_run(struct options *options)
{
	struct session_options *launch = &options->session;
	struct session *session;
	struct error error;
	enum desk_end ended;
	bool written;
	int status;

	launch->mode = options->app.play ? SESSION_PLAY : SESSION_SCREEN;
	launch->goes_on = true;
	launch->script_on_stdin = options->app.play && !strcmp(options->app.play, "-");
	/* The type of the Output tab's emulator, whatever terminal memtop runs in. */
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

int cmd_live(struct options *options)
{
	if (!options->words_length)
		return cmd_usage("no program given; try memtop ./program, or memtop help");
	if (!options->app.play && !cmd_has_terminal("memtop record to run without one"))
		return STATUS_FAILED;
	options->session.argv = options->words;
	return show_run(options);
}

int cmd_attach(struct options *options)
{
	if (options->words_length != 1)
		return cmd_usage("attach: needs one process id, as in memtop attach "
				 "1234");
	options->session.attach = cmd_pid(options->words[0]);
	if (options->session.attach < 0)
		return cmd_usage("attach: %s: not a process id", options->words[0]);
	if (!options->app.play &&
	    !cmd_has_terminal("memtop record --attach=PID to do without one"))
		return STATUS_FAILED;
	return show_run(options);
}
