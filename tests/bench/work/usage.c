/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into each run, traced or not: at its end every process appends
 *
 *	NAME PID HWM_KB CPU_US WALL_US
 *
 * to $BENCH_USAGE, so that the target is measured by itself, without memtop or
 * heaptrack beside it.  It allocates nothing, and HWM is of this program only:
 * ru_maxrss would remember what was there before exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct timespec began;

static long long microseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

__attribute__((constructor)) static void begin(void)
{
	clock_gettime(CLOCK_MONOTONIC, &began);
}

static long high_water(void)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *line;

	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return 0;
	text[length] = 0;
	line = strstr(text, "VmHWM:");
	return line ? atol(line + 6) : 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("BENCH_USAGE");
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	char text[256];
	int length = snprintf(text, sizeof(text), "%s %d %ld %lld %lld\n",
			      program_invocation_short_name, (int)getpid(), high_water(),
			      microseconds(CLOCK_PROCESS_CPUTIME_ID),
			      microseconds(CLOCK_MONOTONIC) - began.tv_sec * 1000000ll -
				      began.tv_nsec / 1000);

	if (fd < 0)
		return;
	if (write(fd, text, (size_t)length) < 0)
		_exit(125);
	close(fd);
}
