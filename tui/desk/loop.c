/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The desk's event loop.  It polls the terminal, the session, the workers and a pipe that
 * signal handlers write to, with a tick of 100 ms while the target runs.  A key is handled at
 * once, and the target's output soon if it is on the screen.  Everything else waits for the
 * tick, so that a busy target causes at most ten frames a second, and no frame is drawn if
 * nothing has changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_prompt.h"
#include "tracer/ground/clock.h"

#define TICK 0.1                        /* seconds */
#define LOOK 0.03                       /* least seconds between frames for output alone */

struct loop {
	struct desk *desk;
	int signals;                    /* the pipe's end to read */
	double tick, look;              /* when the next of each is due */
};

/* Where the signal handler writes.  It is static because a handler has no argument for it; only
 * one loop runs at a time. */
static int signal_pipe = -1;

static void on_signal(int number)
{
	int saved = errno;
	char byte = (char)number;
	ssize_t ignored = write(signal_pipe, &byte, 1);
	(void)ignored;
	errno = saved;
}

/* The first two are always caught here.  The others are caught only for a recording, as a live
 * run has a keeper process that gets them. */
static const int watched[] = {SIGWINCH, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
#define WATCHED (sizeof watched / sizeof *watched)

static size_t watched_here(bool recording) { return recording ? WATCHED : 2; }

static int watch_signals(bool recording, int ends[2], struct sigaction before[WATCHED])
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	signal_pipe = ends[1];
	for (size_t i = 0; i < watched_here(recording); i++)
		sigaction(watched[i], &action, &before[i]);
	return 0;
}

static void unwatch_signals(bool recording, int ends[2],
			    const struct sigaction before[WATCHED])
{
	for (size_t i = 0; i < watched_here(recording); i++)
		sigaction(watched[i], &before[i], NULL);
	signal_pipe = -1;
	close(ends[0]);
	close(ends[1]);
}

static bool is_suspended(const struct desk_state *state)
{
	return state->life == LIFE_SUSPENDED;
}

/* Continues after a suspension.  The terminal may be used only once the shell has given it
 * back. */
static void loop_resume(struct desk *desk)
{
	bool resumed = desk->run.recording ||
		       desk->status.resumes != desk->state.resumes;
	if (!is_suspended(&desk->state) || !resumed ||
	    tcgetpgrp(term_fd(desk->term)) != getpgrp())
		return;
	state_resume(&desk->state);
	term_enter(desk->term);
}

static void fit_size(struct desk *desk)
{
	unsigned width, height;
	term_size(desk->term, &width, &height);
	if (width != desk->canvas->width || height != desk->canvas->height)
		desk_resize(desk, width, height);
}

/* The keeper or the terminal has gone, or a signal asks memtop to end: ends the desk.  `signal`
 * is the signal, or 0. */
static void orphan(struct desk *desk, int signal)
{
	enum desk_end end = desk->run.recording ? DESK_STAYS
			    : session_program(desk->session)->attached ? DESK_DETACHES
			    : signal == SIGHUP	    ? DESK_HANGS_UP
						    : DESK_LEAVES;
	state_end(&desk->state, end, signal ? 128 + signal : 0);
}

static void read_keys(struct desk *desk)
{
	struct key_event event;
	bool gone = false;
	/* A limit, so that a long pasted text can't keep the loop from everything else. */
	for (unsigned i = 0; i < 4096 && desk->state.life == LIFE_RUNS; i++) {
		if (!term_key(desk->term, &event, &gone))
			break;
		if (event.key == KEY_RESIZED)
			continue;
		desk->touched = true;
		desk_key(desk, &event);
	}
	if (gone)
		orphan(desk, SIGHUP);
}

static void loop_show(struct desk *desk)
{
	fit_size(desk);
	desk_refresh(desk, false);
	desk_prompt_verdict(desk);
	desk_show(desk);
	/* The typed text is shown before the rows that it filters, as these take longer. */
	if (desk_prompt_apply(desk)) {
		desk_refresh(desk, false);
		desk_show(desk);
	}
}

/* The target reads from its terminal, as a shell, a Python prompt or an editor does.  If the user
 * has not used memtop's screen yet, the keys are meant for the target: it gets the focus. */
static void loop_hand_over_keys(struct desk *desk)
{
	if (desk->touched || !desk->status.keys_wanted || !desk->run.gauges.live ||
	    desk_keys(desk) != KEYS_SCREEN)
		return;
	desk->touched = true;
	desk_act(desk, ACTION_FOCUS, "");
}

static void loop_tick(struct desk *desk)
{
	if (is_suspended(&desk->state))         /* the target's terminal must still be read */
		desk_read_output(desk);
	session_drain_events(desk->session);
	session_status(desk->session, &desk->status);
	if (desk->status.orphaned)
		orphan(desk, desk->status.signal);
	loop_resume(desk);
	loop_hand_over_keys(desk);
}

/* Whether the target's output wakes the loop.  It does only if it is on the screen, as a busy
 * session would wake the loop all the time; else the tick reads the session. */
static bool watches_output(const struct loop *loop)
{
	return desk_top(loop->desk)->ops == &output_screen && !is_suspended(&loop->desk->state);
}

/* Milliseconds to wait in poll: until the next tick or look.  Without a running target, and
 * with nothing on its way, there is no tick; -1: no limit. */
static int loop_patience(const struct loop *loop, double now)
{
	const struct desk *desk = loop->desk;
	double until = loop->tick;
	bool waits = desk->state.wanted != WANTED_NOTHING || desk_stale(desk) ||
		     desk->asked.fresh || desk->asked.length || tables_busy(&desk->tables) ||
		     desk->sources.asked || desk->curves.asked;
	if (desk->wishes.search.goes_on && desk->state.life == LIFE_RUNS)
		return 0;
	if (!desk->run.gauges.live && !is_suspended(&desk->state) && !waits)
		return desk->run.recording ? -1 : 1000;
	if (watches_output(loop) && now < loop->look)
		until = fmin(until, loop->look);
	return (int)ceil(fmax(0, until - now) * 1000);
}

/* Shows the target's new output without waiting for the tick. */
static void loop_look(struct loop *loop)
{
	session_drain_events(loop->desk->session);
	if (desk_read_output(loop->desk))
		desk_show(loop->desk);
	loop->look = clock_seconds() + LOOK;
}

static void loop_read_signals(struct loop *loop)
{
	char number;
	while (read(loop->signals, &number, 1) == 1)
		if (number != SIGWINCH && number != SIGCONT)
			orphan(loop->desk, number);
}

/* Whether something that a worker has finished is to be shown at once; `table`: it is a table,
 * an export or source lines.  A new snapshot can wait for the tick, unless a key waits for it or
 * there is nothing else to show. */
static bool answer_matters(struct desk *desk, bool table)
{
	worker_drain(desk->tables.builder);
	worker_drain(desk->tables.exporter);
	worker_drain(desk->sources.reader);
	worker_drain(desk->asked.errands);
	if (table)
		return true;
	return desk->asked.length || desk->asked.hasty || !desk->heaps.live ||
	       !desk->run.gauges.live;
}

static void turn(struct loop *loop)
{
	struct desk *desk = loop->desk;
	double now = clock_seconds();
	bool live = desk->run.gauges.live, looks = watches_output(loop) && now >= loop->look;
	struct pollfd fds[] = {
		{.fd = is_suspended(&desk->state) ? -1 : term_fd(desk->term), .events = POLLIN},
		{.fd = loop->signals, .events = POLLIN},
		{.fd = live && !looks ? -1 : session_fd(desk->session), .events = POLLIN},
		{.fd = worker_fd(desk->asked.errands), .events = POLLIN},
		{.fd = worker_fd(desk->tables.builder), .events = POLLIN},
		{.fd = worker_fd(desk->tables.exporter), .events = POLLIN},
		{.fd = worker_fd(desk->sources.reader), .events = POLLIN},
	};
	if (poll(fds, sizeof fds / sizeof *fds, loop_patience(loop, now)) < 0 &&
	    errno != EINTR)
		return;
	loop_read_signals(loop);
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		orphan(desk, SIGHUP);
	bool table = fds[4].revents || fds[5].revents || fds[6].revents;
	bool answered = (fds[3].revents || table) && answer_matters(desk, table);
	bool due = clock_seconds() >= loop->tick || fds[1].revents || (fds[2].revents && !live) ||
		   answered;
	bool keys = fds[0].revents & POLLIN;
	if (keys)
		read_keys(desk);
	if (due) {
		loop_tick(desk);
		loop->tick = clock_seconds() + TICK;
	}
	bool found = desk->state.life == LIFE_RUNS && desk_search_on(desk);
	if (desk->state.life == LIFE_RUNS && (due || keys || found))
		loop_show(desk);
	else if (desk->state.life == LIFE_RUNS && fds[2].revents)
		loop_look(loop);
}

int loop_run(struct desk *desk)
{
	int ends[2];
	struct sigaction before[WATCHED];
	bool recording = desk->run.recording;
	if (watch_signals(recording, ends, before))
		return -1;
	state_repaint(&desk->state);
	fit_size(desk);
	desk_refresh(desk, true);
	if (desk->state.life == LIFE_RUNS)
		loop_show(desk);
	struct loop loop = {.desk = desk, .signals = ends[0]};
	while (desk->state.life != LIFE_ENDED)
		turn(&loop);
	unwatch_signals(recording, ends, before);
	return 0;
}
