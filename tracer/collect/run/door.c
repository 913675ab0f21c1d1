/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One poll over six kinds of fd.  A connection is served at once and closed:
 * only this user's processes can reach the 0700 folder, and none may keep the
 * door waiting longer than PATIENCE. */
#include "tracer/collect/run/door.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "tracer/collect/run/ctl.h"
#include "tracer/collect/target/rundir.h"
#include "tracer/wire/call.h"
#include "tracer/ground/clock.h"

#define TICK_MS 250
#define PATIENCE_MS 500
#define OUTPUT_BURST 16                 /* reads of the pty between two polls */

enum { FD_END, FD_ENDS, FD_MEET, FD_CTL, FD_KEEPER, FD_PTY, FDS };

struct door {
	pthread_t thread;
	int fd[FDS];                    /* -1: not (any more) there */
	int roll;                       /* for new images; -1: none */
	struct keeper *keeper;
	struct door_ops ops;
	void *user;
	int64_t next_tick, next_watch;  /* ms */
	uint64_t output_bytes;          /* read from the pty */
	bool started;                   /* the keeper has told the target's pid */
	int later;                      /* a caller of ctl that waits for the end; -1:
					 * none */
};

/* The next caller: its fd and pid, or -1.  Other users are turned away. */
static int accept_peer(int listener, int32_t *pid)
{
	const struct timeval patience = { .tv_usec = PATIENCE_MS * 1000 };
	struct ucred who;
	socklen_t length = sizeof(who);

	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0 ||
	    (who.uid != geteuid() && who.uid != 0)) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	*pid = who.pid;
	return fd;
}

/* `what`: a descriptor that is sent with the message, or -1. */
static void send_answer(int fd, enum meet_answer answer, int what)
{
	struct meet_welcome welcome = { .magic = WIRE_MAGIC, .answer = answer };
	struct iovec part = { &welcome, sizeof(welcome) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (what >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &what, sizeof(int));
	}
	sendmsg(fd, &message, MSG_NOSIGNAL);
}

static void pty_output(struct door *d)
{
	char bytes[65536];

	for (int i = 0; i < OUTPUT_BURST; i++) {
		ssize_t n = read(d->fd[FD_PTY], bytes, sizeof(bytes));
		if (n > 0) {
			d->output_bytes += (uint64_t)n;
			d->ops.output(d->user, bytes, (size_t)n);
		} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		} else {
			/* EIO: nobody has the terminal's other side open any more. */
			d->fd[FD_PTY] = -1;
			return;
		}
	}
}

/* The target's last output may still be in the terminal's queue; poll flushes it. */
static void last_output(struct door *d)
{
	struct pollfd pty = { .fd = d->fd[FD_PTY], .events = POLLIN };
	while (d->fd[FD_PTY] >= 0 && poll(&pty, 1, 0) == 1) {
		uint64_t before = d->output_bytes;
		pty_output(d);
		if (d->output_bytes == before)
			return;
	}
}

static void keeper_news(struct door *d)
{
	struct keeper_message message;

	while (d->fd[FD_KEEPER] >= 0 && keeper_receive(d->keeper, &message) == 1) {
		if (message.news == KEEPER_GONE)
			d->fd[FD_KEEPER] = -1;
		if (message.news == KEEPER_STARTED)
			d->started = true;
		if (message.news == KEEPER_ENDED)
			last_output(d);
		d->ops.news(d->user, &message);
	}
}

/* The roll is sent first, so that the target never has more than one fd of ours open. */
static void answer_hello(struct door *d, int fd, const struct meet_hello *hello,
			 int32_t pid)
{
	int segment = d->ops.hello(d->user, hello, pid);

	if (segment >= 0 && hello->kind == MEET_EXEC && d->roll >= 0)
		send_answer(fd, MEET_ROLL, d->roll);
	send_answer(fd, segment >= 0 ? MEET_TRACE : MEET_DECLINE, segment);
}

static void door_meet(struct door *d)
{
	struct meet_hello hello;
	int32_t pid;

	int fd = accept_peer(d->fd[FD_MEET], &pid);
	if (fd < 0)
		return;
	ssize_t n = recv(fd, &hello, sizeof(hello), 0);
	bool said = n == (ssize_t)sizeof(hello) && hello.magic == WIRE_MAGIC &&
		    hello.version == WIRE_VERSION;
	/* The keeper reports this before the target's exec, so the message is already
	 * there.  Without its pid the target would pass for another process's child. */
	if (n >= 0 && !d->started)
		keeper_news(d);
	if (said)
		answer_hello(d, fd, &hello, pid);
	else if (n >= 0)                /* who was only too slow comes again */
		d->ops.unheard(d->user, pid, n == 0);
	close(fd);
}

void door_answer(int fd, bool good, const char *sentence)
{
	char answer[CTL_REPLY];

	snprintf(answer, sizeof(answer), "%c%s", good ? '0' : '1', sentence);
	send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	close(fd);
}

static void door_ctl(struct door *d)
{
	char line[WIRE_TEXT_MAX + 64], answer[CTL_REPLY] = "";
	int32_t pid;

	int fd = accept_peer(d->fd[FD_CTL], &pid);
	if (fd < 0)
		return;
	ssize_t n = recv(fd, line, sizeof(line) - 1, 0);
	if (n > 0) {
		line[n] = 0;
		int status = d->ops.ctl(d->user, line, fd, answer, sizeof(answer));
		if (status == DOOR_LATER && d->later < 0)
			d->later = fd;
		else if (status != DOOR_TAKEN)
			door_answer(fd, status == 0, answer);
		return;
	}
	close(fd);
}

static void door_ends(struct door *d) { d->ops.ends(d->user); }

static void door_tick(struct door *d)
{
	int64_t now = clock_milliseconds();
	if (now < d->next_tick)
		return;
	d->next_tick = now + TICK_MS;
	d->ops.tick(d->user, d->fd[FD_PTY] >= 0);
}

static void door_watch(struct door *d)
{
	int64_t now = clock_milliseconds();
	if (now < d->next_watch)
		return;
	double pause = d->ops.watch ? d->ops.watch(d->user) : 3600;
	d->next_watch = now + (pause < 3600 ? (int64_t)(pause * 1000) : 3600000);
}

static void *door_main(void *user)
{
	struct door *d = user;
	static void (*const serve[FDS])(struct door *) = {
		[FD_ENDS] = door_ends,
		[FD_MEET] = door_meet,
		[FD_CTL] = door_ctl,
		[FD_KEEPER] = keeper_news,
		[FD_PTY] = pty_output,
	};
	for (;;) {
		struct pollfd polled[FDS];
		for (int i = 0; i < FDS; i++)
			polled[i] = (struct pollfd){ .fd = d->fd[i], .events = POLLIN };
		int64_t next = d->next_watch < d->next_tick ? d->next_watch : d->next_tick;
		int64_t wait = next - clock_milliseconds();
		poll(polled, FDS, wait > 0 ? (int)wait : 0);
		if (polled[FD_END].revents)
			return NULL;
		for (int i = FD_ENDS; i < FDS; i++)
			if (polled[i].revents)
				serve[i](d);
		door_tick(d);
		door_watch(d);
	}
}

int door_open(struct door **out, const char *folder, struct keeper *keeper, int ends_fd,
	      int roll, const struct door_ops *ops, void *user, struct error *error)
{
	struct door *d = calloc(1, sizeof(*d));
	if (!d) {
		*error = (struct error){ 125, "cannot trace: out of memory" };
		return -1;
	}
	d->keeper = keeper;
	d->ops = *ops;
	d->user = user;
	d->next_tick = d->next_watch = clock_milliseconds() + TICK_MS;
	d->fd[FD_ENDS] = ends_fd;
	d->roll = roll;
	d->fd[FD_KEEPER] = keeper->socket;
	d->fd[FD_PTY] = keeper->pty;
	d->fd[FD_CTL] = d->later = -1;
	d->fd[FD_END] = eventfd(0, EFD_CLOEXEC);
	d->fd[FD_MEET] = rundir_listen(folder, "meet", error);
	if (d->fd[FD_MEET] >= 0)
		d->fd[FD_CTL] = rundir_listen(folder, "ctl", error);
	if (d->fd[FD_END] < 0 || d->fd[FD_MEET] < 0 || d->fd[FD_CTL] < 0 ||
	    pthread_create(&d->thread, NULL, door_main, d) != 0) {
		free(d);
		return -1;
	}
	pthread_setname_np(d->thread, "door");
	*out = d;
	return 0;
}

void door_close(struct door *d)
{
	if (!d)
		return;
	uint64_t one = 1;
	if (write(d->fd[FD_END], &one, sizeof(one)) < 0)
		return;                 /* cannot happen: the counter is far from full */
	pthread_join(d->thread, NULL);
	if (d->later >= 0) {
		send(d->later, "0", 1, MSG_NOSIGNAL);
		close(d->later);
	}
	close(d->fd[FD_END]);
	close(d->fd[FD_MEET]);
	close(d->fd[FD_CTL]);
	free(d);
}
