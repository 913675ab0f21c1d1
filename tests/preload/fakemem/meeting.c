/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket at which processes say hello. */
#include "tests/preload/fakemem/fakemem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tracer/wire/env.h"

static void welcome(int peer, uint32_t what, int fd)
{
	struct meet_welcome packet = {.magic = WIRE_MAGIC, .answer = what};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = {.iov_base = &packet, .iov_len = sizeof(packet)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
				      .cmsg_type = SCM_RIGHTS,
				      .cmsg_len = CMSG_LEN(sizeof(fd))};
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	sendmsg(peer, &message, MSG_NOSIGNAL);
}

void meet(int door)
{
	int peer = accept4(door, NULL, NULL, SOCK_CLOEXEC), fd;
	struct meet_hello hello;
	struct segment *s;

	if (peer < 0)
		return;
	if (recv(peer, &hello, sizeof(hello), 0) != sizeof(hello) || hello.magic != WIRE_MAGIC ||
	    hello.kind == MEET_FORK || segment_count == SEGMENTS) {
		declined++;
		welcome(peer, MEET_DECLINE, -1);
		close(peer);
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s || !(s->blocks = calloc(HASH, sizeof(*s->blocks))))
		die("blocks");
	s->pid = hello.pid;
	read_symbols(s);
	fd = segment_make(s);
	segments[segment_count++] = s;
	welcome(peer, MEET_TRACE, fd);
	close(fd);
	close(peer);
}

int open_door(char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (!mkdtemp(path))
		die("mkdtemp");
	strcat(path, "/meeting");
	strcpy(address.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 128) < 0)
		die(path);
	return fd;
}
