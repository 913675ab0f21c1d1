/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The keeper's main loop: one poll over its signals, the socket to memtop proper and,
 * once that is dead, the pty.  It starts the target when told, waits for both its
 * children, and calls _exit when both have ended.  Whatever memtop proper does, the
 * target runs on and its status reaches the shell.
 */
#include "tracer/collect/target/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tracer/collect/target/ending.h"
#include "tracer/collect/target/rundir.h"
#include "tracer/ground/clock.h"
#include "tracer/ground/descriptors.h"

#define LEAVE_MS 2000           /* how long memtop proper may take to clear its screen */

static bool has_screen(const struct keep *keep)
{
	return keep->options->pty && !keep->options->play;
}

/* Sends news to memtop proper.  A message may get lost only if memtop proper can do
 * without it. */
static void keep_tell(const struct keep *keep, enum keeper_news news, int32_t value)
{
	const struct keeper_message message = { .news = news, .value = value };
	int flags = news == KEEPER_SIGNAL || news == KEEPER_RESUMED ? MSG_DONTWAIT : 0;

	while (send(keep->socket, &message, sizeof(message), flags | MSG_NOSIGNAL) < 0 &&
	       errno == EINTR)
		;
}

static bool keep_is_own(const struct keep *keep, int fd)
{
	return fd == keep->master || fd == keep->slave || fd == keep->socket ||
	       fd == keep->signal_fd || fd == keep->terminal.fd || fd == keep->attached ||
	       fd == keep->lease[0] || fd == keep->lease[1] || ending_owns(fd);
}

/* What is not the keeper's is closed: memtop's own from before the split at once (a
 * listening socket kept open here would answer for a memtop that is dead), and the shell's
 * once the target has them. */
static bool is_foreign(const void *keep, int fd) { return !keep_is_own(keep, fd); }

static bool is_of_memtop(const void *keep, int fd)
{
	return is_foreign(keep, fd) && (fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

/* ---- the leader of the target's session ---- */

/* Waits until nobody has a pipe's other end any more. */
static void await_end(int fd)
{
	char byte;

	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
}

/* Holds nothing but its end of the lease, and waits until keeper and memtop proper, who
 * have the other one, are both gone.  At its end whoever is left in the foreground gets
 * SIGHUP, as from a terminal that is closed. */
_Noreturn static void lead(const struct keep *keep)
{
	const int own[] = { keep->master, keep->slave, keep->socket, keep->signal_fd,
			    keep->terminal.fd, keep->lease[1], 0, 1, 2 };

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (own[i] >= 0)
			close(own[i]);
	descriptors_close(is_foreign, keep);    /* last: the target waits for this */
	if (chdir("/") != 0)
		_exit(1);               /* nobody has a process without a root */
	await_end(keep->lease[0]);
	_exit(0);
}

/*
 * In a child of the keeper, which becomes the leader of a session on the target's terminal.
 * Returns in the target: a process beside it, likewise the keeper's child (so its status
 * is the keeper's to read, and its group is an orphaned one, which C-z cannot stop), with
 * the group in the foreground.  A target that led the session itself would take the
 * terminal from all that it leaves behind, with SIGHUP.  So it is where the kernel has no
 * CLONE_PARENT (qemu's user mode).
 *
 * The target begins when the leader has closed what it does not need: a leader that is
 * stopped later then holds neither the terminal nor the pipe that tells the keeper of the
 * exec.
 */
static void enter_session(const struct keep *keep)
{
	int held[2];

	pty_adopt(keep->slave);
	if (pipe2(held, O_CLOEXEC) != 0)
		held[0] = held[1] = -1;
	long target = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	if (target > 0)
		lead(keep);
	if (held[1] >= 0)
		close(held[1]);
	if (target == 0) {
		await_end(held[0]);
		pty_lead_group(keep->slave);
	}
	if (held[0] >= 0)
		close(held[0]);
}

/* ---- the target ---- */

static void report_number(int report, int number)
{
	while (write(report, &number, sizeof(number)) < 0 && errno == EINTR)
		;
}

static bool read_number(int report, int *number)
{
	ssize_t n;

	do
		n = read(report, number, sizeof(*number));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*number);
}

_Noreturn static void become_target(const struct keep *keep, int report)
{
	if (keep->slave >= 0)
		enter_session(keep);
	for (int fd = 0; fd < 3; fd++)
		if (keep->to_pty & 1u << fd)
			dup2(keep->slave, fd);
	/* Sent before exec: memtop proper must know the pid before the tracer says
	 * hello. */
	report_number(report, getpid());
	keep_tell(keep, KEEPER_STARTED, getpid());
	signals_restore(&keep->signals);
	execve(keep->options->path, keep->options->argv, keep->options->environment);
	report_number(report, errno);
	_exit(127);
}

/* Reads who became the target, and the errno of its exec (0: the pipe closed at exec, the
 * target runs).  With a terminal `child` leads the session, and the target is its sibling. */
static int spawned(struct keep *keep, pid_t child, int report)
{
	int number = 0;

	if (!read_number(report, &keep->target)) {
		/* Somebody killed it before it could say its pid.  If that was beside a
		 * leader, the leader tells how, as there is nobody to be led. */
		kill(child, SIGKILL);
		keep->target = child;
		return 0;
	}
	keep->leader = keep->target == child ? 0 : child;
	if (read_number(report, &number))
		waitpid(keep->target, NULL, 0);
	return number;
}

static int spawn(struct keep *keep)
{
	int report[2], number;

	if (pipe2(report, O_CLOEXEC) != 0)
		return errno;
	pid_t child = fork();
	if (child == 0)
		become_target(keep, report[1]);
	number = child < 0 ? errno : 0;
	close(report[1]);
	if (number)
		keep->target = -1;
	else
		number = spawned(keep, child, report[0]);
	close(report[0]);
	return number;
}

/* Replaces 0 and 1 by /dev/null where they are no terminals, and closes the rest: a pipe
 * that only we still hold open would keep its other end waiting. */
static void give_up_pipes(const struct keep *keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 2; fd++)
		if (!isatty(fd))
			dup2(null, fd);
	descriptors_close(is_foreign, keep);
}

static void target_over(struct keep *keep, int status)
{
	keep->target = 0;
	keep->over = true;
	keep->status = status;
	/* Apart from those of the target's children ours was the last slave, so whoever
	 * reads the master now sees the end. */
	if (keep->slave >= 0)
		close(keep->slave);
	keep->slave = -1;
}

/* The target is a process that runs already, which is only watched.  0 or an errno. */
static int accompany(struct keep *keep)
{
	keep->attached = ending_open(keep->options->attach);
	if (keep->attached < 0)
		return errno;
	keep_tell(keep, KEEPER_STARTED, keep->options->attach);
	return 0;
}

static void keep_start(struct keep *keep)
{
	if (keep->started)
		return;
	keep->started = true;
	int number = keep->options->attach ? accompany(keep) : spawn(keep);
	if (number) {
		int failed = number == ENOENT ? 127 : 126;
		target_over(keep, keep->target < 0 ? 125 : failed);
		keep_tell(keep, KEEPER_FAILED, number);
	}
	/* The leader has it; the keeper only holds the other end. */
	if (keep->lease[0] >= 0)
		close(keep->lease[0]);
	keep->lease[0] = -1;
	give_up_pipes(keep);
}

/* ---- memtop proper ---- */

static void say_lost(struct keep *keep, int status)
{
	char why[48];

	keep->lost = !has_screen(keep);
	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof(why), "it ended with %d", WEXITSTATUS(status));
	const char *then = "the program was not started";
	if (keep->started)
		then = keep->over ? "what it had recorded by then is kept"
				  : "the program continues untraced";
	dprintf(STDERR_FILENO, "memtop: lost the process that records: %s; %s\n", why,
		then);
}

/* Takes over the terminal of a target that still runs, because its output must still be
 * read. */
static void keep_take_over(struct keep *keep, int status)
{
	keep->took_over = true;
	keep->out = has_screen(keep) && (keep->to_pty & 6) ? keep->terminal.fd : -1;
	/* record exits with 0 when tracing was stopped. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		say_lost(keep, status);
	if (keep->out >= 0)
		pty_pass_through(keep->slave);
	if (keep->leaving)
		kill(keep->target, keep->leaving);
	keep->leaving = 0;
}

static void obey(struct keep *keep);

static void proper_over(struct keep *keep, int status)
{
	/* A memtop proper that exits has restored the terminal itself, or never had
	 * it. */
	bool clean = WIFEXITED(status);

	obey(keep);             /* carries out memtop proper's last orders */
	keep->proper = 0;
	/* The target is no child of ours, and goes on without us. */
	if (keep->attached >= 0) {
		keep->over = true;
		keep->lost = !clean;
		keep->status = clean ? WEXITSTATUS(status) : 125;
	}
	if (!keep->started) {
		/* Memtop proper could not begin, and has printed why. */
		keep->over = true;
		keep->status = WIFEXITED(status) ? WEXITSTATUS(status) : 125;
	}
	if (has_screen(keep) && !clean)
		terminal_restore(&keep->terminal);
	if (!keep->over)
		keep_take_over(keep, status);
	else if (WIFSIGNALED(status))
		say_lost(keep, status);
}

/*
 * Stops the whole job at a C-z: memtop proper ignores it and the target has a session of
 * its own, but a script that started us, or the other end of a pipe, must stop too for
 * the shell to see a stopped job.  Where no shell could continue us, the kernel drops the
 * signal.  `bg` alone can't bring a screen back: then we stop again.
 */
static void keep_suspend(struct keep *keep)
{
	const struct timespec none = { 0 };
	sigset_t cont;
	int continued;

	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	do {
		kill(0, SIGTSTP);
		continued = sigtimedwait(&cont, NULL, &none);
	} while (continued == SIGCONT && !terminal_is_ours(&keep->terminal));
	keep_tell(keep, KEEPER_RESUMED, 0);
}

static void order_leave(struct keep *keep, int32_t value) { (void)keep; _exit(value); }
static void order_start(struct keep *keep, int32_t value)
{
	(void)value;
	keep_start(keep);
}
static void order_suspend(struct keep *keep, int32_t value)
{
	(void)value;
	keep_suspend(keep);
}
static void order_exit_status(struct keep *keep, int32_t value)
{
	keep->exit_status = value;
}

static void obey(struct keep *keep)
{
	static void (*const orders[])(struct keep *, int32_t) = {
		[KEEP_START] = order_start,
		[KEEP_SUSPEND] = order_suspend,
		[KEEP_LEAVE] = order_leave,
		[KEEP_EXIT_STATUS] = order_exit_status,
	};
	struct keep_message message;

	while (recv(keep->socket, &message, sizeof(message), MSG_DONTWAIT) ==
	       (ssize_t)sizeof(message))
		if (message.order < sizeof(orders) / sizeof(*orders))
			orders[message.order](keep, message.value);
}

/* ---- signals ---- */

/* The leader ends by itself only if the keeper is gone, so it has been killed, and the
 * target's terminal has hung up.  A target that ended by that may have been faster. */
static void leader_over(struct keep *keep)
{
	keep->leader = 0;
	keep->unled = true;
	keep_tell(keep, KEEPER_UNLED, 0);
}

static void reap(struct keep *keep)
{
	int status;

	if (keep->leader > 0 && waitpid(keep->leader, &status, WNOHANG) == keep->leader)
		leader_over(keep);
	/* Without WUNTRACED, because a stopped target needs no action. */
	if (keep->target > 0 && waitpid(keep->target, &status, WNOHANG) == keep->target) {
		target_over(keep, WIFSIGNALED(status) ? 128 + WTERMSIG(status)
						      : WEXITSTATUS(status));
		keep_tell(keep, KEEPER_ENDED, status);
	}
	if (keep->proper > 0 && waitpid(keep->proper, &status, WNOHANG) == keep->proper)
		proper_over(keep, status);
}

/* Signals from the terminal went to the whole foreground job.  A target on our pty is
 * never in it; one without a pty has got them already. */
static void pass_on(const struct keep *keep, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	pid_t group = keep->master >= 0 ? tcgetpgrp(keep->master) : -1;

	if (keep->target <= 0)
		return;
	if (keep->master >= 0)
		kill(group > 0 ? -group : keep->target, number);
	else if (info->ssi_code != SI_KERNEL && (number == SIGTERM || number == SIGHUP))
		kill(keep->target, number);
}

/* Handles a signal that asks memtop to end: INT, QUIT, TERM or HUP. */
static void asked_to_end(struct keep *keep, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	/* With a screen C-c is a key, so a SIGINT from elsewhere is only reported. */
	bool end = number != SIGINT || keep->options->play;

	if (!keep->started && number != SIGQUIT)
		_exit(128 + number);    /* there is no target yet, and memtop proper
					 * notices */
	if (keep->took_over || keep->master < 0)
		pass_on(keep, info);
	if (keep->took_over || number == SIGQUIT)
		return;
	keep_tell(keep, KEEPER_SIGNAL, number);
	if (end && keep->master >= 0) {
		keep->leaving = number;
		keep->deadline = clock_milliseconds() + LEAVE_MS;
	}
}

static void keep_read_signals(struct keep *keep)
{
	struct signalfd_siginfo info;

	while (read(keep->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(keep);
		else if (info.ssi_signo == SIGUSR1 || info.ssi_signo == SIGUSR2)
			keep_tell(keep, KEEPER_SIGNAL, (int)info.ssi_signo);
		else if (info.ssi_signo != SIGCONT)
			asked_to_end(keep, &info);
		else if (has_screen(keep))
			keep_tell(keep, KEEPER_RESUMED, 0);
	}
}

/* ---- the loop ---- */

_Noreturn static void leave_late(const struct keep *keep)
{
	if (has_screen(keep))
		terminal_restore(&keep->terminal);
	_exit(128 + keep->leaving);
}

static int keep_patience(const struct keep *keep)
{
	int64_t left = keep->deadline - clock_milliseconds();

	if (!keep->leaving)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Removes the files that a killed memtop proper left behind. */
static void remove_leftovers(const struct keeper_options *options)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[PATH_MAX];

	if (options->folder)
		rundir_remove(options->folder);
	for (size_t i = 0; options->scratch && i < sizeof(ends) / sizeof(*ends); i++) {
		int n = snprintf(path, sizeof(path), "%s%s", options->scratch, ends[i]);
		if (n > 0 && n < (int)sizeof(path))
			unlink(path);
	}
}

/* Nothing of memtop's outlives the keeper if memtop proper has ended.  A leader that was
 * stopped would not notice that by itself.  One that was killed takes the terminal away first
 * and is seen to have ended afterwards, so a target that ended by that can be faster. */
static void end_leader(const struct keep *keep)
{
	bool killed = keep->leader > 0 && ending_has_begun(keep->leader);

	if (keep->unled || killed)
		dprintf(STDERR_FILENO, "memtop: lost the process that led the program's terminal: "
			"it was killed; the terminal hung up\n");
	if (keep->leader <= 0)
		return;
	kill(keep->leader, SIGKILL);
	waitpid(keep->leader, NULL, 0);
}

_Noreturn static void keep_finish(const struct keep *keep)
{
	/* Forwards what the target printed last.  Its children may go on printing for
	 * ever. */
	if (keep->took_over && keep->master >= 0) {
		struct pollfd more = { .fd = keep->master, .events = POLLIN };
		while (poll(&more, 1, 0) > 0 && (more.revents & POLLIN) &&
		       pty_drain(keep->master, keep->out))
			;
	}
	end_leader(keep);
	remove_leftovers(keep->options);
	if (keep->leaving)
		_exit(128 + keep->leaving);
	if (keep->exit_status >= 0)
		_exit(keep->exit_status);
	/* With a screen the user saw that memtop proper died; a check or a recording must
	 * not look complete. */
	_exit(keep->lost && keep->status == 0 ? 125 : keep->status);
}

void keep_run(struct keep *keep)
{
	enum { SIGNALS, SOCKET, PTY, ATTACHED, FDS };
	struct pollfd fds[FDS] = {
		[SIGNALS] = { .fd = keep->signal_fd, .events = POLLIN },
		[SOCKET] = { .fd = keep->socket, .events = POLLIN },
		[PTY] = { .fd = -1, .events = POLLIN },
		[ATTACHED] = { .fd = -1, .events = POLLIN },
	};

	descriptors_close(is_of_memtop, keep);
	while (keep->proper > 0 || !keep->over) {
		int n = poll(fds, FDS, keep_patience(keep));
		if (n == 0 && keep->leaving)
			leave_late(keep);
		if (n <= 0)
			continue;
		if (fds[SOCKET].revents & POLLIN)
			obey(keep);
		if (fds[SOCKET].revents & (POLLHUP | POLLERR))
			fds[SOCKET].fd = -1;    /* SIGCHLD reports the rest */
		if (fds[SIGNALS].revents)
			keep_read_signals(keep);
		if (fds[ATTACHED].revents) {
			target_over(keep, 0);
			keep_tell(keep, KEEPER_VANISHED, 0);
			close(keep->attached);
			keep->attached = -1;
		}
		fds[ATTACHED].fd = keep->attached;
		if (fds[PTY].revents && !pty_drain(keep->master, keep->out))
			keep->master = -1;
		fds[PTY].fd = keep->took_over ? keep->master : -1;
	}
	keep_finish(keep);
}
