/* SPDX-License-Identifier: MIT */
/*
 * Says hello, and gets the segment's fd in return.  The socket is closed before other
 * code of the target can see its number, and nothing of libc is used: in a forked child
 * of a threaded program only raw system calls are safe.
 */
#include "tracer/preload/segment/meeting.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tracer/preload/base/sys.h"
#include "tracer/wire/wire.h"

#define PATIENCE_SECONDS 5
#define CALLS_AGAIN 5                   /* at most */

static int set_patience(int fd)
{
	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	long r = sys_call6(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, (long)&patience,
			   sizeof(patience), 0);

	if (!sys_failed(r))
		r = sys_call6(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, (long)&patience,
			      sizeof(patience), 0);
	return (int)r;
}

/* Only our own user (or root) may hand us memory to write to.  *pid: whose socket it
 * is, as we see memtop; 0: not to be seen. */
static int check_peer(int fd, int32_t *pid)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	long r = sys_call6(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, (long)&peer,
			   (long)&length, 0);

	if (sys_failed(r))
		return (int)r;
	if (peer.uid != 0 && peer.uid != (uid_t)sys_call3(SYS_geteuid, 0, 0, 0))
		return -EPERM;
	*pid = peer.pid;
	return 0;
}

/* With kernel.yama.ptrace_scope 1 only ancestors may look at the heap, and memtop is not
 * one.  So the new image allows memtop alone to do so (PR_SET_PTRACER).  Without Yama the
 * kernel does not know that call. */
static void name_tracer(int32_t pid)
{
	if (pid > 0)
		sys_call6(SYS_prctl, PR_SET_PTRACER, pid, 0, 0, 0, 0);
}

static int meeting_reach(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	long r;

	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length + 1);
	do
		r = sys_call3(SYS_connect, fd, (long)&address, sizeof(address));
	while (r == -EINTR);
	return r == -EISCONN ? 0 : (int)r;
}

static int greet(int fd, struct meet_hello *hello)
{
	long r;

	hello->magic = WIRE_MAGIC;
	hello->version = WIRE_VERSION;
	hello->pid = (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
	hello->ppid = (int32_t)sys_call3(SYS_getppid, 0, 0, 0);
	do
		r = sys_call6(SYS_sendto, fd, (long)hello, sizeof(*hello), MSG_NOSIGNAL, 0, 0);
	while (r == -EINTR);
	return r == (long)sizeof(*hello) ? 0 : sys_failed(r) ? (int)r : -EPROTO;
}

/* The first fd of a control message, -ENOMSG if there is none. */
static int take_fd(struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len < CMSG_LEN(sizeof(fd)))
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* Receives one packet.  Returns the fd that came with it, or -errno. */
static int hear(int socket, uint32_t *answer)
{
	struct meet_welcome welcome = {0};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = {.iov_base = &welcome, .iov_len = sizeof(welcome)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	long r;
	int fd;

	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	do
		r = sys_call3(SYS_recvmsg, socket, (long)&message, MSG_CMSG_CLOEXEC);
	while (r == -EINTR);
	if (sys_failed(r))
		return (int)r;
	fd = take_fd(&message);
	*answer = welcome.answer;
	if (r == (long)sizeof(welcome) && welcome.magic == WIRE_MAGIC &&
	    welcome.answer != MEET_DECLINE)
		return fd;
	if (fd >= 0)
		sys_call3(SYS_close, fd, 0, 0);
	return -ECONNREFUSED;
}

static int listen_for_answer(int socket, int (*roll)(int fd))
{
	uint32_t answer;
	int fd = hear(socket, &answer), r;

	if (fd < 0 || answer != MEET_ROLL)
		return fd;
	r = roll(fd);
	sys_call3(SYS_close, fd, 0, 0);
	return r < 0 ? r : hear(socket, &answer);
}

static int meet_once(const char *path, struct meet_hello *hello, int (*roll)(int fd),
		     bool *greeted)
{
	long fd = sys_call3(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int32_t pid = 0;
	int r;

	*greeted = false;
	if (sys_failed(fd))
		return (int)fd;
	r = set_patience((int)fd);
	if (r == 0)
		r = meeting_reach((int)fd, path);
	if (r == 0)
		r = check_peer((int)fd, &pid);
	if (r == 0)
		r = greet((int)fd, hello);
	*greeted = r == 0;
	if (r == 0)
		r = listen_for_answer((int)fd, roll);
	if (r >= 0 && hello->kind == MEET_EXEC)
		name_tracer(pid);
	sys_call3(SYS_close, fd, 0, 0);
	return r;
}

/* memtop waits half a second for what a caller has to say, and then hangs up without having
 * read it: on a busy machine a thread may be off its processor for longer than that.  Then
 * the kernel answers with one of these, and the hello is said once more. */
static bool is_unheard(int r) { return r == -EPIPE || r == -ECONNRESET; }

int meeting_join(const char *path, struct meet_hello *hello, int (*roll)(int fd), bool *greeted)
{
	int r = meet_once(path, hello, roll, greeted);

	for (int again = 0; is_unheard(r) && again < CALLS_AGAIN; again++)
		r = meet_once(path, hello, roll, greeted);
	return r;
}
