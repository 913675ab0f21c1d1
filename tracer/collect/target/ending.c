/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way without pidfd (ending.h): one thread for all processes that are waited for.  A
 * pid may be used again, so a process is identified by the time of its start as well.
 */
#include "tracer/collect/target/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "tracer/ground/array.h"

#define LOOK_NANOSECONDS 20000000L
#define EXITING 4u                      /* PF_EXITING of Linux's sched.h */

struct awaited {
	int32_t pid;
	int fd;                         /* the pipe's end that is closed when the process
					 * has ended */
	uint64_t since;                 /* the process's start, in the kernel's ticks */
};

static struct {
	pthread_mutex_t lock;
	struct awaited *of;
	size_t length, room;
	bool looking;                   /* the thread is running */
} ending = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What /proc says of a process, from behind its name (proc_pid_stat(5)); NULL: nothing. */
static const char *stat_of(int32_t pid, char text[1024])
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, 1023);

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	return strrchr(text, ')');
}

/* When the process started; 0: it has ended.  A process whose first thread has ended looks
 * like a zombie while other threads run. */
static uint64_t started_at(int32_t pid)
{
	char text[1024], state;
	const char *rest = stat_of(pid, text);
	unsigned long long since;
	long threads;

	if (!rest || sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			    "%*d %*d %ld %*d %llu", &state, &threads, &since) != 3)
		return 0;
	return (state == 'Z' || state == 'X') && threads <= 1 ? 0 : since;
}

static void *ending_look(void *unused)
{
	const struct timespec pause = { .tv_nsec = LOOK_NANOSECONDS };

	(void)unused;
	for (;;) {
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&ending.lock);
		for (size_t i = ending.length; i--;)
			if (started_at(ending.of[i].pid) != ending.of[i].since) {
				close(ending.of[i].fd);
				ending.of[i] = ending.of[--ending.length];
			}
		pthread_mutex_unlock(&ending.lock);
	}
	return NULL;
}

static bool begin_to_look(void)
{
	pthread_t thread;

	if (!ending.looking && pthread_create(&thread, NULL, ending_look, NULL) == 0) {
		pthread_setname_np(thread, "ending");
		pthread_detach(thread);
		ending.looking = true;
	}
	return ending.looking;
}

/* Starts to wait for a process, with the lock held.  0 or an errno. */
static int await(int32_t pid, int ends[2])
{
	uint64_t since = started_at(pid);

	if (!since)
		return ESRCH;
	if (!array_grow(&ending.of, &ending.room, ending.length + 1, sizeof(*ending.of)))
		return ENOMEM;
	if (!begin_to_look())
		return EAGAIN;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	ending.of[ending.length++] = (struct awaited){ pid, ends[1], since };
	return 0;
}

int ending_open(int32_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), ends[2];

	if (fd >= 0 || errno != ENOSYS)
		return fd;
	pthread_mutex_lock(&ending.lock);
	int error = await(pid, ends);

	pthread_mutex_unlock(&ending.lock);
	errno = error;
	return error ? -1 : ends[0];
}

bool ending_has_begun(int32_t pid)
{
	char text[1024];
	const char *rest = stat_of(pid, text);
	unsigned flags = 0;

	return rest && sscanf(rest, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       (flags & EXITING);
}

bool ending_owns(int fd)
{
	bool owns = false;

	pthread_mutex_lock(&ending.lock);
	for (size_t i = 0; i < ending.length && !owns; i++)
		owns = ending.of[i].fd == fd;
	pthread_mutex_unlock(&ending.lock);
	return owns;
}
