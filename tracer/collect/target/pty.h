/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_PTY_H
#define TRACER_COLLECT_TARGET_PTY_H
/* The user's terminal as it was, and the pty that the target gets in its place. */
#include <stdbool.h>
#include <termios.h>

struct terminal {
	int fd;                         /* /dev/tty, close-on-exec; -1: there is none */
	struct termios first;           /* its settings when memtop began */
};

/* Opens /dev/tty and remembers its settings; fd is -1 if there is none. */
void terminal_open(struct terminal *terminal);
/* Restores it after a screen that died: its first settings, the main screen, cursor
 * shown, mouse and bracketed paste off. */
void terminal_restore(const struct terminal *terminal);
/* Whether our process group may use the terminal now.  True if there is none. */
bool terminal_is_ours(const struct terminal *terminal);
void terminal_close(struct terminal *terminal);

/*
 * Opens a pty with the terminal's first settings; width or height 0: the terminal's, or
 * 80x24.  The master is non-blocking, both are close-on-exec.  0 or -errno.
 */
int pty_open(const struct terminal *terminal, unsigned width, unsigned height,
	     int *master, int *slave);
/* Makes the caller the leader of a session whose terminal is `slave`. */
void pty_adopt(int slave);
/* In another process of that session, which ignores SIGTTOU: leads a group of its own, which
 * is in the foreground. */
void pty_lead_group(int slave);
/* Sets the slave to leave newlines as they are, since its output goes to a terminal that
 * converts them itself. */
void pty_pass_through(int slave);
void pty_resize(int fd, unsigned width, unsigned height);
/* Whether a process in the foreground of the master's terminal is in read() on it, as far
 * as the kernel tells (/proc/PID/syscall: needs CONFIG_HAVE_ARCH_TRACEHOOK and the right
 * to trace the process). */
bool pty_awaited(int master);
/* Reads what the master has and writes it to `out` (-1: nowhere).  False at
 * the end, when nobody has the slave open; true if more may come. */
bool pty_drain(int master, int out);

#endif
