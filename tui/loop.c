/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The desk's only poll: the terminal, the session, a pipe that signals write
 * to, and a tick of 100 ms while the target runs.  A key is answered at once;
 * all else waits for the tick, so that a busy target costs ten frames a
 * second at most, and frames only when something changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include "tui/desk.h"

#define TICK 0.1                        /* seconds */

/* Where the signal handler writes; one loop runs at a time. */
static int signal_pipe = -1;

static void on_signal(int number)
{
	int saved = errno;
	char byte = (char)number;
	ssize_t ignored = write(signal_pipe, &byte, 1);
	(void)ignored;
	errno = saved;
}

static int watch_signals(int ends[2], struct sigaction before[2])
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	signal_pipe = ends[1];
	sigaction(SIGWINCH, &action, &before[0]);
	sigaction(SIGCONT, &action, &before[1]);
	return 0;
}

static void unwatch_signals(int ends[2], const struct sigaction before[2])
{
	sigaction(SIGWINCH, &before[0], NULL);
	sigaction(SIGCONT, &before[1], NULL);
	signal_pipe = -1;
	close(ends[0]);
	close(ends[1]);
}

/* The shell gave the terminal back: only then may we touch it. */
static void resume(struct desk *desk)
{
	bool resumed = desk->context.recording || desk->status.resumes != desk->resumes;
	if (!desk->suspended || !resumed || tcgetpgrp(term_fd(desk->term)) != getpgrp())
		return;
	desk->suspended = false;
	term_enter(desk->term);
	desk->whole = desk->dirty = true;
}

static void fit_size(struct desk *desk)
{
	unsigned width, height;
	term_size(desk->term, &width, &height);
	if (width != desk->canvas->width || height != desk->canvas->height)
		desk_resize(desk, width, height);
}

/* The keeper has gone, or the terminal: nobody can look any more. */
static void orphan(struct desk *desk, int signal)
{
	desk->quit = true;
	if (desk->end != DESK_STAYS)
		return;
	desk->end = desk->context.recording ? DESK_STAYS : DESK_LEAVES;
	desk->status_code = signal ? 128 + signal : 0;
}

static void read_keys(struct desk *desk)
{
	struct key_event event;
	bool gone = false;
	/* At most a screenful at once, so that pasted text can't starve the rest. */
	for (unsigned i = 0; i < 4096 && !desk->quit && !desk->suspended; i++) {
		if (!term_key(desk->term, &event, &gone))
			break;
		if (event.key != KEY_RESIZED)
			desk_key(desk, &event);
	}
	if (gone)
		orphan(desk, SIGHUP);
}

static void show(struct desk *desk)
{
	if (desk->suspended)
		return;
	fit_size(desk);
	desk_refresh(desk, false);
	if (!desk->dirty && !desk->whole)
		return;
	desk_draw(desk);
	term_show(desk->term, desk->canvas, desk->whole);
	desk->whole = false;
}

static void tick(struct desk *desk)
{
	session_drain_events(desk->session);
	session_status(desk->session, &desk->status);
	if (desk->status.orphaned)
		orphan(desk, desk->status.signal);
	resume(desk);
}

/* Milliseconds until the next tick; without a running target there is none. */
static int patience(const struct desk *desk, double next)
{
	if (!desk->context.gauges.live && !desk->suspended && !desk->rebuild)
		return desk->context.recording ? -1 : 1000;
	return (int)ceil(fmax(0, next - desk_clock()) * 1000);
}

static void turn(struct desk *desk, int signals, double *next)
{
	struct pollfd fds[3] = {
		{.fd = desk->suspended ? -1 : term_fd(desk->term), .events = POLLIN},
		{.fd = signals, .events = POLLIN},
		/* A busy session would wake us all the time: the tick asks it. */
		{.fd = desk->context.gauges.live ? -1 : session_fd(desk->session),
		 .events = POLLIN},
	};
	char bytes[64];
	if (poll(fds, 3, patience(desk, *next)) < 0 && errno != EINTR)
		return;
	while (read(signals, bytes, sizeof bytes) > 0)
		;
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		orphan(desk, SIGHUP);
	if (fds[0].revents & POLLIN)
		read_keys(desk);
	if (desk_clock() >= *next || fds[1].revents || fds[2].revents) {
		tick(desk);
		*next = desk_clock() + TICK;
	} else if (!(fds[0].revents & POLLIN)) {
		return;
	}
	if (!desk->quit)
		show(desk);
}

int loop_run(struct desk *desk)
{
	int ends[2];
	struct sigaction before[2];
	double next = 0;
	if (watch_signals(ends, before))
		return -1;
	desk->whole = true;
	fit_size(desk);
	desk_refresh(desk, true);
	show(desk);
	while (!desk->quit)
		turn(desk, ends[0], &next);
	unwatch_signals(ends, before);
	return 0;
}
