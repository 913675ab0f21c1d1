/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two terminals: the user's, /dev/tty, which must be restored in the end; and the pty
 * between memtop (master) and the target (slave), which should look to the target like
 * the user's.  There is no state in this file.
 */
#include "tracer/collect/target/pty.h"
#include "tracer/ground/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READERS_MOST 8u                 /* most processes that are checked for one that
					 * reads */

void terminal_open(struct terminal *terminal)
{
	terminal->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->fd >= 0 && tcgetattr(terminal->fd, &terminal->first) != 0)
		terminal_close(terminal);
}

void terminal_restore(const struct terminal *terminal)
{
	/* Resets colours, cursor keys and keypad, mouse, bracketed paste and cursor, and
	 * last goes back to the main screen. */
	static const char leave[] = "\033[0m\033[?1l\033>"
				    "\033[?1000l\033[?1002l\033[?1003l\033[?1006l"
				    "\033[?2004l\033[?25h\033[?1049l\r";

	if (terminal->fd < 0)
		return;
	/* Drops keys that were meant for the screen. */
	tcflush(terminal->fd, TCIFLUSH);
	whole_write(terminal->fd, leave, sizeof(leave) - 1);
	tcsetattr(terminal->fd, TCSANOW, &terminal->first);
}

bool terminal_is_ours(const struct terminal *terminal)
{
	return terminal->fd < 0 || tcgetpgrp(terminal->fd) == getpgrp();
}

void terminal_close(struct terminal *terminal)
{
	if (terminal->fd >= 0)
		close(terminal->fd);
	terminal->fd = -1;
}

static struct winsize size_for(const struct terminal *terminal, unsigned width,
			       unsigned height)
{
	struct winsize size = { 0 };

	if (terminal->fd < 0 || ioctl(terminal->fd, TIOCGWINSZ, &size) != 0)
		size = (struct winsize){ 0 };
	if (width || size.ws_col == 0)
		size.ws_col = (unsigned short)(width ? width : 80);
	if (height || size.ws_row == 0)
		size.ws_row = (unsigned short)(height ? height : 24);
	return size;
}

int pty_open(const struct terminal *terminal, unsigned width, unsigned height,
	     int *master, int *slave)
{
	struct winsize size = size_for(terminal, width, height);
	int result;

	*slave = -1;
	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (*master < 0)
		return -errno;
	/* The slave is opened through the master's descriptor, because /dev/pts may be
	 * another file system here. */
	if (grantpt(*master) == 0 && unlockpt(*master) == 0)
		*slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave >= 0) {
		ioctl(*slave, TIOCSWINSZ, &size);
		if (terminal->fd >= 0)
			tcsetattr(*slave, TCSANOW, &terminal->first);
		return 0;
	}
	result = -errno;
	close(*master);
	*master = -1;
	return result;
}

void pty_adopt(int slave)
{
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
}

void pty_lead_group(int slave)
{
	setpgid(0, 0);
	tcsetpgrp(slave, getpid());
}

void pty_pass_through(int slave)
{
	struct termios settings;

	if (tcgetattr(slave, &settings) != 0)
		return;
	settings.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(slave, TCSANOW, &settings);
}

void pty_resize(int fd, unsigned width, unsigned height)
{
	struct winsize size = { .ws_col = (unsigned short)width,
				.ws_row = (unsigned short)height };

	if (width && height)
		ioctl(fd, TIOCSWINSZ, &size);
}

bool pty_drain(int master, int out)
{
	char bytes[16384];
	ssize_t n = read(master, bytes, sizeof(bytes));

	if (n > 0 && out >= 0)
		whole_write(out, bytes, (size_t)n);
	/* EIO: the last slave was closed, and all that it printed was read. */
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* The descriptor on which a process's main thread is in read(); -1: it is not, or the
 * kernel does not say.  The file's text is "0 0x0 0x7f... ": the call's number and its
 * arguments. */
static int read_on(pid_t pid)
{
	char path[64];
	long call = -1;
	unsigned fd = 0;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	int found = fscanf(file, "%ld %x", &call, &fd);

	fclose(file);
	return found == 2 && call == SYS_read && fd <= INT_MAX ? (int)fd : -1;
}

static bool reads_terminal(pid_t pid, const char *name)
{
	char path[64], link[128];
	int fd = read_on(pid);

	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t length = readlink(path, link, sizeof(link) - 1);

	if (length < 0)
		return false;
	link[length] = '\0';
	return !strcmp(link, name) || !strcmp(link, "/dev/tty");
}

/* Whether any of these processes reads; a script waits for what it has started.  *left:
 * how many more may be checked. */
static bool family_reads(pid_t pid, const char *name, unsigned *left)
{
	char path[64];
	int child;
	bool reads = reads_terminal(pid, name);

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = reads ? NULL : fopen(path, "re");
	while (file && !reads && *left && fscanf(file, "%d", &child) == 1) {
		--*left;
		reads = family_reads(child, name, left);
	}
	if (file)
		fclose(file);
	return reads;
}

bool pty_awaited(int master)
{
	char name[128];
	unsigned left = READERS_MOST;
	pid_t group = master >= 0 ? tcgetpgrp(master) : -1;

	return group > 0 && !ptsname_r(master, name, sizeof(name)) &&
	       family_reads(group, name, &left);
}
