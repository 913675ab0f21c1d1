/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client's side of `memtop ctl`; door.c answers.  The answer's first byte
 * is '0' (done) or '1' (refused), the rest is the sentence. */
#include "tracer/collect/run/ctl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tracer/collect/target/rundir.h"

#define PATIENCE 10                     /* seconds */
#define SLOW_PATIENCE 120
#define LOOK_PATIENCE 3600              /* 50 million blocks take minutes where others work, too */
#define CALLS_AGAIN 5                   /* at most */

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

static bool ctl_begins_with(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

/* How many seconds to wait for an answer: anything but a question is answered once it is in
 * the recording, and a look must first read the program's memory and work on it. */
static time_t patience_for(const char *line)
{
	if (ctl_begins_with(line, "heap") || ctl_begins_with(line, "held"))
		return LOOK_PATIENCE;
	return strcmp(line, "status") == 0 || ctl_begins_with(line, "has ") ? PATIENCE : SLOW_PATIENCE;
}

/* Sends the line, once; the reply's length, 0 or -1 with the reason. */
static ssize_t ctl_exchange_once(const char *folder, uid_t owner, const char *line,
				 char reply[CTL_REPLY], const char **why)
{
	int fd = dial(folder, owner, patience_for(line), why);

	if (fd < 0) {
		errno = 0;              /* there was nobody who could hang up */
		return -1;
	}
	ssize_t n = send(fd, line, strlen(line), MSG_NOSIGNAL);
	if (n >= 0)
		n = recv(fd, reply, CTL_REPLY - 1, 0);
	int error = errno;
	close(fd);
	*why = n == 0 ? "it went away" : strerror(error);
	errno = error;
	return n;
}

/* Sends a line to the memtop of a folder; 0 with the reply, whose first byte tells how it
 * went, or -1 with the reason.  memtop hangs up on a caller that says nothing for half a
 * second, as one may that the machine is too busy to run; a line that it has not read,
 * which the kernel tells, is sent again. */
static int ctl_exchange(const char *folder, uid_t owner, const char *line, char reply[CTL_REPLY],
		    const char **why)
{
	ssize_t n = ctl_exchange_once(folder, owner, line, reply, why);

	for (int again = 0; n < 0 && (errno == EPIPE || errno == ECONNRESET) &&
			    again < CALLS_AGAIN; again++)
		n = ctl_exchange_once(folder, owner, line, reply, why);
	if (n < 1)
		return -1;
	reply[n] = 0;
	return 0;
}

/* --- finding the memtop that follows a process --- */

struct ctl_search {
	char line[32], *folder;
	bool found;
};

static void ask_has(void *user, const char *folder)
{
	struct ctl_search *search = user;
	char reply[CTL_REPLY];
	const char *why;

	if (search->found || ctl_exchange(folder, geteuid(), search->line, reply, &why) != 0 ||
	    *reply != '0')
		return;
	search->found = true;
	snprintf(search->folder, RUNDIR_MAX, "%s", folder);
}

static int ctl_find(int pid, char folder[RUNDIR_MAX], uid_t *owner, struct error *error)
{
	struct ctl_search search = { .folder = folder };

	if (rundir_find(pid, folder, owner, error) == 0)
		return 0;
	snprintf(search.line, sizeof(search.line), "has %d", pid);
	rundir_each(ask_has, &search);
	*owner = geteuid();
	return search.found ? 0 : -1;
}

int ctl_send(int pid, const char *line, char *answer, size_t size, struct error *error)
{
	char folder[RUNDIR_MAX], reply[CTL_REPLY];
	const char *why;
	uid_t owner;

	if (ctl_find(pid, folder, &owner, error) != 0)
		return -1;
	if (ctl_exchange(folder, owner, line, reply, &why) != 0)
		return ctl_fail(error, "memtop of %d does not answer: %.450s", pid, why);
	if (reply[0] != '0')
		return ctl_fail(error, "memtop of %d: %.450s", pid, reply + 1);
	snprintf(answer, size, "%s", reply + 1);
	return 0;
}

/* --- all of them --- */

struct ctl_listing {
	void (*found)(void *user, const struct ctl_run *run);
	void *user;
};

/* "PID<tab>PROCESSES<tab>SINCE<tab>CURRENT<tab>PROGRAM<tab>FILE" */
static void ask_status(void *user, const char *folder)
{
	const struct ctl_listing *listing = user;
	char reply[CTL_REPLY], *field[6], *at = reply + 1;
	const char *why;

	if (ctl_exchange(folder, geteuid(), "status", reply, &why) != 0 || *reply != '0')
		return;
	for (size_t i = 0; i < 6; i++) {
		field[i] = at;
		at += strcspn(at, "\t");
		if (*at)
			*at++ = 0;
		else if (i < 5)
			return;
	}
	const struct ctl_run run = {
		.pid = atoi(field[0]),
		.processes = (unsigned)strtoul(field[1], NULL, 10),
		.since = strtod(field[2], NULL),
		.current = strtoull(field[3], NULL, 10),
		.program = field[4],
		.file = field[5],
	};
	listing->found(listing->user, &run);
}

void ctl_list(void (*found)(void *user, const struct ctl_run *run), void *user)
{
	struct ctl_listing listing = { found, user };

	rundir_each(ask_status, &listing);
}
