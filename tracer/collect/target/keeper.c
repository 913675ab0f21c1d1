/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The split into two processes, and memtop proper's end of it.
 *
 *	shell's child = keeper ---- socket pair ---- memtop proper (its child)
 *	                   |- target (later, when memtop proper is ready)
 *	                   `- leader of the target's session, if that has a pty
 *
 * What both need (the pty, the terminal's settings, the signals' first state) is
 * made before the fork; then each closes what belongs to the other.
 */
#include "tracer/collect/target/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tracer/collect/target/ending.h"
#include "tracer/collect/target/keep.h"

static int keeper_fail(struct error *error, const char *what, int number)
{
	error->status = 125;
	snprintf(error->text, sizeof(error->text),
		 "can't %s: %s; end some processes or close some files", what,
		 strerror(number));
	return -1;
}

/* Makes sure that none of our files gets descriptor 0, 1 or 2.  Close-on-exec, so that
 * the target still finds them closed. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 3);
	if (fd >= 0)
		close(fd);
}

/* Which of the target's descriptors 0, 1 and 2 become the pty. */
static unsigned to_pty(const struct keeper_options *options)
{
	unsigned bits = options->play ? 6u : 0u;

	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd))
			bits |= 1u << fd;
	if (options->play && options->script_on_stdin)
		bits |= 1u;
	return options->pty || options->play ? bits : 0;
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void close_terminals(struct keep *keep)
{
	close_if(keep->master);
	close_if(keep->slave);
	close_if(keep->lease[0]);
	close_if(keep->lease[1]);
	terminal_close(&keep->terminal);
}

static int open_terminals(struct keep *keep, struct error *error)
{
	const struct keeper_options *options = keep->options;

	keep->master = keep->slave = keep->lease[0] = keep->lease[1] = -1;
	if (!options->pty && !options->play) {
		keep->terminal.fd = -1;
		return 0;
	}
	terminal_open(&keep->terminal);
	int result = pty_open(&keep->terminal, options->width, options->height,
			      &keep->master, &keep->slave);
	if (result == 0 && pipe2(keep->lease, O_CLOEXEC) == 0)
		return 0;
	if (result == 0)
		result = -errno;
	close_terminals(keep);
	return keeper_fail(error, "make a terminal for the program", -result);
}

/* In the child.  The pipes that the target reads and writes must end when it ends, so
 * memtop proper closes those it has no use for. */
static void become_proper(struct keep *keep, struct keeper *keeper, int socket)
{
	const struct keeper_options *options = keep->options;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && !isatty(0) && !(options->play && options->script_on_stdin))
		dup2(null, 0);
	if (null >= 0 && !isatty(1) && options->pty && !options->play)
		dup2(null, 1);
	close_if(null);
	close(keep->socket);
	close_if(keep->slave);
	close_if(keep->lease[0]);
	terminal_close(&keep->terminal);
	signals_proper(&keep->signals);
	keeper->socket = socket;
	keeper->pty = keep->master;
	keeper->lease = keep->lease[1];
}

int keeper_split(struct keeper *keeper, const struct keeper_options *options,
		 struct error *error)
{
	struct keep keep = { .options = options, .exit_status = -1, .out = -1,
			     .attached = -1 };
	int pair[2];

	fill_standard();
	keep.to_pty = to_pty(options);
	if (open_terminals(&keep, error) != 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		keeper_fail(error, "make a socket pair", errno);
		goto no_sockets;
	}
	keep.socket = pair[0];
	signals_take(&keep.signals, options->signals);
	keeper->pid = getpid();
	keeper->terminal = keep.terminal.fd >= 0;
	keep.proper = fork();
	if (keep.proper == 0) {
		become_proper(&keep, keeper, pair[1]);
		return 0;
	}
	if (keep.proper < 0) {
		keeper_fail(error, "start a process", errno);
		goto no_process;
	}
	close(pair[1]);
	keep.signal_fd = signals_keeper(&keep.signals);
	if (keep.signal_fd < 0)
		_exit(125);     /* memtop proper reports that it lost us */
	keep_run(&keep);

no_process:
	signals_restore(&keep.signals);
	close(pair[0]);
	close(pair[1]);
no_sockets:
	close_terminals(&keep);
	return -1;
}

static void order(struct keeper *keeper, enum keep_order what, int32_t value)
{
	const struct keep_message message = { .order = what, .value = value };

	/* That the keeper is gone is reported by keeper_receive. */
	while (keeper->socket >= 0 &&
	       send(keeper->socket, &message, sizeof(message), MSG_NOSIGNAL) < 0 &&
	       errno == EINTR)
		;
}

void keeper_start(struct keeper *keeper) { order(keeper, KEEP_START, 0); }
void keeper_suspend(struct keeper *keeper) { order(keeper, KEEP_SUSPEND, 0); }
void keeper_leave(struct keeper *keeper, int status)
{
	order(keeper, KEEP_LEAVE, status);
}
void keeper_exit_status(struct keeper *keeper, int status)
{
	order(keeper, KEEP_EXIT_STATUS, status);
}

int keeper_receive(struct keeper *keeper, struct keeper_message *message)
{
	ssize_t n;

	if (keeper->socket < 0)
		return 0;
	do
		n = recv(keeper->socket, message, sizeof(*message), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*message))
		return 1;
	if (n < 0 && errno == EAGAIN)
		return 0;
	close(keeper->socket);
	keeper->socket = -1;
	*message = (struct keeper_message){ .news = KEEPER_GONE };
	return 1;
}

void keeper_resize(struct keeper *keeper, unsigned width, unsigned height)
{
	if (keeper->pty >= 0)
		pty_resize(keeper->pty, width, height);
}

bool keeper_hung_up(const struct keeper *keeper)
{
	int fd = keeper->terminal ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;

	close_if(fd);
	return keeper->terminal && fd < 0 && (errno == ENXIO || errno == EIO);
}

bool keeper_gone(const struct keeper *keeper)
{
	return keeper->socket < 0 || getppid() != keeper->pid || ending_has_begun(keeper->pid);
}

void keeper_close(struct keeper *keeper)
{
	close_if(keeper->socket);
	close_if(keeper->pty);
	close_if(keeper->lease);
	keeper->socket = keeper->pty = keeper->lease = -1;
}
