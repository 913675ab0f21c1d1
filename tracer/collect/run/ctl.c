/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client's side of `memtop ctl`; door.c answers.  The answer's first byte
 * is '0' (done) or '1' (refused), the rest is the sentence. */
#include "tracer/collect/run/ctl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tracer/collect/target/rundir.h"

#define PATIENCE 10                     /* seconds */
#define SLOW_PATIENCE 120

static int ctl_fail(struct error *error, const char *format, int pid, const char *why)
{
	error->status = 125;
	snprintf(error->text, sizeof(error->text), format, pid, why);
	return -1;
}

/* Who listens there must be the folder's owner: the socket's name may be a link
 * to somebody else's. */
static bool is_listener(int fd, uid_t owner)
{
	struct ucred who;
	socklen_t length = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 && who.uid == owner;
}

/* The fd, or -1 with the reason. */
static int dial(const char *folder, uid_t owner, time_t seconds, const char **why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = seconds };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ctl", folder);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	}
	bool reached = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	*why = reached ? "another user listens in its place" : strerror(errno);
	if (reached && is_listener(fd, owner))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int ctl_send(int pid, const char *line, char *answer, size_t size, struct error *error)
{
	char folder[RUNDIR_MAX], reply[CTL_REPLY];
	const char *why;
	uid_t owner;

	if (rundir_find(pid, folder, &owner, error) != 0)
		return -1;
	/* The answer to "stop" comes when the recording is finished, which waits for
	 * names. */
	bool slow = strcmp(line, "stop") == 0 || strncmp(line, "heap", 4) == 0;
	int fd = dial(folder, owner, slow ? SLOW_PATIENCE : PATIENCE, &why);
	if (fd < 0)
		return ctl_fail(error, "memtop of %d does not answer: %s", pid, why);
	ssize_t n = send(fd, line, strlen(line), MSG_NOSIGNAL);
	if (n >= 0)
		n = recv(fd, reply, sizeof(reply) - 1, 0);
	int failed = errno;
	close(fd);
	if (n < 1)
		return ctl_fail(error, "memtop of %d does not answer: %s", pid,
				n == 0 ? "it went away" : strerror(failed));
	reply[n] = 0;
	if (reply[0] != '0')
		return ctl_fail(error, "memtop of %d: %s", pid, reply + 1);
	snprintf(answer, size, "%s", reply + 1);
	return 0;
}
