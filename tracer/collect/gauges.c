/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RSS and its parts from /proc/PID/status, which the kernel keeps as counters:
 * the cost does not grow with the process, as smaps and smaps_rollup do (they
 * walk every page table under the target's mmap lock).  memtop's own share is
 * the segment: its mappings are named in /proc/PID/maps, and the pagemap says
 * which of their pages the target has mapped; only those are walked, and only if
 * the process has shared memory at all.
 */
#include "tracer/collect/gauges.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)
#define SEGMENT "/memfd:memtop"

static int open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The start of a small file as a string: its length or -errno. */
static ssize_t read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	int fd = open_proc(pid, name, O_RDONLY);
	size_t length = 0;
	ssize_t n = 0;

	if (fd < 0)
		return fd;
	while (length + 1 < size && (n = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	int number = errno;
	close(fd);
	if (n < 0)
		return -number;
	text[length] = '\0';
	return (ssize_t)length;
}

/* "Name:   123 kB" of a status file, in bytes; 0 if it is not there. */
static uint64_t status_value(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

/* How many pages of [start, end) the process has mapped. */
static uint64_t pages_present(int pagemap, uint64_t start, uint64_t end)
{
	uint64_t entry[1024], pages = 0, page = start / PAGE, last = end / PAGE;

	while (page < last) {
		uint64_t want = last - page;
		if (want > sizeof(entry) / sizeof(*entry))
			want = sizeof(entry) / sizeof(*entry);
		ssize_t n = pread(pagemap, entry, want * 8, (off_t)(page * 8));
		if (n < 8)
			break;
		for (ssize_t i = 0; i < n / 8; i++)
			pages += entry[i] >> 63;
		page += (uint64_t)n / 8;
	}
	return pages;
}

/* The segment's pages; 0 also if the process may not be looked at. */
static uint64_t segment_bytes(pid_t pid)
{
	int pagemap = open_proc(pid, "pagemap", O_RDONLY);
	int fd = open_proc(pid, "maps", O_RDONLY);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "re");
	unsigned long long start, end;
	uint64_t pages = 0;
	char *line = NULL;
	size_t size = 0;

	if (fd >= 0 && !maps)
		close(fd);
	while (pagemap >= 0 && maps && getline(&line, &size, maps) > 0) {
		const char *name = strchr(line, '/');
		if (name && strncmp(name, SEGMENT, sizeof(SEGMENT) - 1) == 0 &&
		    sscanf(line, "%llx-%llx", &start, &end) == 2)
			pages += pages_present(pagemap, start, end);
	}
	free(line);
	if (maps)
		fclose(maps);
	if (pagemap >= 0)
		close(pagemap);
	return pages * PAGE;
}

int gauges_read(pid_t pid, struct gauges *gauges)
{
	char text[8192];
	ssize_t n = read_proc(pid, "status", text, sizeof(text));
	uint64_t shared, stack;

	*gauges = (struct gauges){ 0 };
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	shared = status_value(text, "\nRssShmem:");
	stack = status_value(text, "\nVmStk:");
	gauges->anon = status_value(text, "\nRssAnon:");
	gauges->file = status_value(text, "\nRssFile:");
	if (gauges->anon + gauges->file + shared == 0)
		return -ESRCH;          /* a zombie, which has given all back */
	if (shared)
		gauges->own = segment_bytes(pid);
	/* The counters are summed up lazily and may lag behind the pagemap. */
	if (gauges->own > shared)
		gauges->own = shared;
	gauges->rss = gauges->anon + gauges->file + shared - gauges->own;
	/* What the main thread's stack has grown to; it grows by touching, so
	 * this is what is resident but for what was swapped out.  Other
	 * threads' stacks are maps like any other. */
	gauges->stack = stack < gauges->anon ? stack : gauges->anon;
	gauges->anon -= gauges->stack;
	return 0;
}

int gauges_thread_name(pid_t pid, pid_t tid, char name[17])
{
	char path[40];

	snprintf(path, sizeof(path), "task/%d/comm", (int)tid);
	ssize_t n = read_proc(pid, path, name, 17);
	if (n < 0) {
		name[0] = '\0';
		return (int)n;
	}
	name[strcspn(name, "\n")] = '\0';
	return 0;
}
