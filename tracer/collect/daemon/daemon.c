/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a shell's $( ) waits for is the last process that holds its pipe; what unmounting
 * a disk waits for is the last that stands in it. */
#include "tracer/collect/daemon/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "tracer/ground/descriptors.h"

static volatile sig_atomic_t told;

static void daemon_note(int number)
{
	(void)number;
	told = 1;
}

bool daemon_is_among(const int32_t *pids, size_t length)
{
	const pid_t own = getsid(0);

	for (size_t i = 0; i < length; i++) {
		pid_t session = getsid(pids[i]);
		if (session > 0 && session != own)
			return true;
	}
	return false;
}

static bool is_inherited(const void *user, int fd)
{
	(void)user;
	return !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

void daemon_begin(void)
{
	const struct sigaction note = { .sa_handler = daemon_note, .sa_flags = SA_RESTART };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigaction(SIGTERM, &note, NULL);
	setsid();                       /* memtop proper leads no group: it was forked */
	if (chdir("/") != 0)
		return;                 /* nobody has a process without a root */
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		if (fd == null)
			fcntl(fd, F_SETFD, 0);  /* the caller had closed it */
		else
			dup2(null, fd);
	if (null > 2)
		close(null);
	descriptors_close(is_inherited, NULL);
}

bool daemon_told_to_end(void) { return told; }
