/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A signal handler must not call curses, so the bytes that restore the terminal are
 * prepared in advance.
 */
#include "tui/term/rescue.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct {
	volatile sig_atomic_t armed;
	int fd;
	struct termios first;
	char bytes[128];
	size_t length;
} rescue;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
#define CRASHES (sizeof crashes / sizeof *crashes)

static void crashed(int signal)
{
	if (rescue.armed) {
		rescue.armed = 0;
		ssize_t ignored = write(rescue.fd, rescue.bytes, rescue.length);
		(void)ignored;
		tcsetattr(rescue.fd, TCSANOW, &rescue.first);
	}
	raise(signal);                  /* SA_RESETHAND: the default now */
}

static void add_bytes(const char *bytes)
{
	/* The only padded capabilities are vt100's; its $<> is harmless to lose. */
	size_t length = strcspn(bytes, "$");
	if (rescue.length + length < sizeof rescue.bytes) {
		memcpy(rescue.bytes + rescue.length, bytes, length);
		rescue.length += length;
	}
}

void rescue_prepare(void)
{
	struct sigaction action = {.sa_handler = crashed, .sa_flags = (int)SA_RESETHAND};
	for (size_t i = 0; i < CRASHES; i++) {
		struct sigaction old;
		if (!sigaction(crashes[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(crashes[i], &action, NULL);
	}
}

void rescue_arm(int fd, const struct termios *first, const char *const *bytes,
		size_t length)
{
	rescue_disarm();
	rescue_prepare();
	rescue.fd = fd;
	rescue.first = *first;
	rescue.length = 0;
	for (size_t i = 0; i < length; i++)
		add_bytes(bytes[i]);
	rescue.armed = 1;
}

void rescue_disarm(void)
{
	rescue.armed = 0;
}
