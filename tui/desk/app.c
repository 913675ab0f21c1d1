/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs the desk on a terminal or from a script, and afterwards ends, detaches or leaves the
 * target as the user has decided.
 */
#include "tui/desk/app.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "tui/message/message.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/parts/settings.h"
#include "tui/desk/rc.h"
#include "tui/term/links.h"
#include "tui/term/prompt.h"
#include "tui/term/rescue.h"
#include "views/format/format.h"

static bool wants_color(const struct app_options *options)
{
	const char *no_color = getenv("NO_COLOR");
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_YES;
	return !no_color || !no_color[0];
}

static bool app_is_attached(struct session *session)
{
	return session_program(session)->attached;
}

/* Waits until a target that is just being started has a pid, without which no signal can be
 * sent to it. */
static void await_start(struct session *session)
{
	struct pollfd fd = {.fd = session_fd(session), .events = POLLIN};
	for (const struct program *program = session_program(session);
	     program->pid <= 0 && !program->ended; program = session_program(session)) {
		poll(&fd, 1, 50);
		session_drain_events(session);
	}
}

/* Kills the target and waits until it has ended. */
static void app_end_target(struct session *session, int status)
{
	await_start(session);
	session_exit_status(session, status);
	session_kill(session);
	session_wait(session);
}

/* The terminal's window was closed: the target gets SIGHUP, as it would from a shell.  If it
 * continues all the same, it is traced and recorded to its end; the keeper doesn't wait for
 * that. */
static void app_hang_up(struct session *session, int status)
{
	await_start(session);
	session_exit_status(session, status);
	session_hang_up(session);
	session_wait(session);
}

/* Says that the first process has ended and that children of it are still running. */
static void say_survivors(const struct program *program, const char *name, size_t left,
			  int32_t pid)
{
	char others[48] = "";
	if (left > 1)
		snprintf(others, sizeof others, " and %zu more", left - 1);
	fprintf(stderr, "memtop: %s %s %d; pid %d%s, which it left, %s on, traced without a "
		"screen; memtop list shows %s, memtop ctl %d takes snapshots and marks, and stops "
		"tracing\n",
		name, program->signal ? "was ended by signal" : "ended with status",
		program->signal ? program->signal : program->exit_status, (int)pid, others,
		left == 1 ? "goes" : "go", left == 1 ? "it" : "them", (int)pid);
}

/* Says what is still running, and how it can be reached. */
static void say_left(struct session *session, const struct app_options *options)
{
	const struct program *program = session_program(session);
	char name[512], output[2048];
	int32_t pid;
	size_t left = program_survivors(program, &pid);
	format_safe(program->argc ? program->argv[0] : "?", name, sizeof name);
	format_safe(options->output ? options->output : "", output, sizeof output);
	if (left)
		say_survivors(program, name, left, pid);
	else
		fprintf(stderr, "memtop: %s is still running as pid %d, traced without a screen; "
			"memtop list shows it, memtop ctl %d takes snapshots and marks, and stops "
			"tracing\n", name, (int)program->pid, (int)program->pid);
	if (!options->output)
		fprintf(stderr, "memtop: %s no recording, as -o FILE was not given\n",
			left > 1 ? "they leave" : "it leaves");
	else
		fprintf(stderr, "memtop: %s recorded until %s; memtop open %s shows what there is "
			"so far\n", left > 1 ? "they are" : "it is",
			left > 1 ? "the last one ends" : "it ends", output);
}

/*
 * The terminal is the user's again, and the target is killed, detached or left, as the user
 * has decided.  A target that is left is still traced and recorded, without a screen.
 */
static int app_finish(struct desk *desk, enum desk_end *ended)
{
	int status = desk->state.status;
	enum desk_end end = desk->state.end;
	struct session *session = desk->session;
	const struct app_options *options = desk->options;
	desk_close(desk);
	free(desk);
	*ended = end;
	if (end == DESK_HANGS_UP)
		app_hang_up(session, status);
	if (end == DESK_KILLS)
		app_end_target(session, status);
	if (end == DESK_DETACHES)
		session_detach(session);
	if (end == DESK_LEAVES) {
		if (!options->play && !options->quiet)
			say_left(session, options);
		session_leave(session, status);
		session_wait(session);
	}
	if (status >= 0)
		return status;
	const struct program *program = session_program(session);
	return !program->ended	 ? 0
	       : program->signal ? 128 + program->signal
				 : program->exit_status;
}

/* Shows the news at the foot, unless that has an error, for example a wrong line of memtoprc. */
static void say_news(struct desk *desk)
{
	if (desk->options->news && !desk->foot.error)
		desk_say(desk, "%s", desk->options->news);
}

static int run_screen(struct desk *desk, char problem[256])
{
	struct term_options options = {
		.color = wants_color(desk->options),
		.mouse = !desk->options->no_mouse,
	};
	desk->term = term_open(&options, problem);
	if (!desk->term)
		return -1;
	desk->no_color = !term_color(desk->term);
	desk_theme(desk, desk->theme);
	desk->canvas->ascii = !term_utf8();
	desk->canvas->linked = term_utf8() && links_known();
	char folder[4096];
	prompt_setup(false);
	prompt_history_folder(settings_state_folder(folder));
	rc_run(desk);
	say_news(desk);
	loop_run(desk);
	term_close(desk->term);
	desk->term = NULL;
	prompt_history_save();
	rc_keep(desk);
	return 0;
}

static int run_play(struct desk *desk)
{
	desk->no_color = !wants_color(desk->options);
	desk_theme(desk, desk->theme);
	prompt_setup(true);
	prompt_history_folder(NULL);
	say_news(desk);
	int status = play_run(desk, desk->options->play);
	/* The target is killed when its script ends, unless the script has left it
	 * running, or it was running before memtop came. */
	state_end_script(&desk->state,
			 app_is_attached(desk->session)	? DESK_DETACHES
			 : desk->run.gauges.live ? DESK_KILLS
						     : DESK_STAYS, status);
	return 0;
}

void app_prepare(void)
{
	rescue_prepare();
}

/* The screen could not be opened.  A target that memtop has started is killed, as nobody would
 * see it or end it; one that was running before is detached.  If the terminal was closed
 * before the screen was there, the target gets SIGHUP, as it would later.  Returns the exit
 * status. */
static int end_without_screen(struct session *session)
{
	if (session_fd(session) >= 0 && app_is_attached(session)) {
		session_detach(session);
		return 125;
	}
	if (session_hung_up(session)) {
		app_hang_up(session, 128 + SIGHUP);
		return 128 + SIGHUP;
	}
	if (session_fd(session) >= 0)
		app_end_target(session, 125);
	return 125;
}

int app_run(struct session *session, const struct app_options *options, enum desk_end *ended)
{
	char problem[256] = "out of memory";
	*ended = DESK_KILLS;
	struct desk *desk = calloc(1, sizeof *desk);
	int failed = -1;
	if (desk && !desk_open(desk, session, options, problem))
		failed = options->play ? run_play(desk) : run_screen(desk, problem);
	if (!failed)
		return app_finish(desk, ended);
	struct error error = {.status = 125};
	snprintf(error.text, sizeof error.text, "screen: %s", problem);
	message_fail(&error);
	if (desk)
		desk_close(desk);
	free(desk);
	return end_without_screen(session);
}
