/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RSS and its parts come from /proc/PID/status, where the kernel keeps them as counters,
 * so reading them costs the same for any process.  Reading smaps or smaps_rollup does
 * not: they walk every page table under the target's mmap lock.  Only two mappings are
 * read page by page, through the pagemap: memtop's own share, the segment; and the main
 * thread's stack, whose size (VmStk) does not tell how much of it is resident.  Other
 * threads' stacks count as ordinary mappings.
 */
#include "tracer/collect/target/gauges.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/ground/shared/page.h"
#include "tracer/ground/small_file.h"
#include "tracer/ground/threads/worker.h"

#define SEGMENT "/memfd:memtop"
#define STACK "[stack]\n"

static int open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The value of "Name: 123 kB" in a status file, in bytes; 0 if there is no such line. */
static uint64_t status_value(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

/* How many pages of [start, end) are present. */
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

/*
 * Reads the resident bytes of the segment and of the main thread's stack; they are 0 also
 * if the process may not be inspected.
 */
static void read_mapped(pid_t pid, struct gauges *gauges)
{
	int pagemap = open_proc(pid, "pagemap");
	int fd = open_proc(pid, "maps");
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "re");
	unsigned long long start, end;
	char *line = NULL;
	size_t size = 0;

	if (fd >= 0 && !maps)
		close(fd);
	while (pagemap >= 0 && maps && getline(&line, &size, maps) > 0) {
		const char *name = line + strcspn(line, "/[");
		uint64_t *sum = strncmp(name, SEGMENT, strlen(SEGMENT)) == 0 ? &gauges->own
				: strcmp(name, STACK) == 0                   ? &gauges->stack
									     : NULL;
		if (sum && sscanf(line, "%llx-%llx", &start, &end) == 2)
			*sum += PAGE * pages_present(pagemap, start, end);
	}
	free(line);
	if (maps)
		fclose(maps);
	if (pagemap >= 0)
		close(pagemap);
}

static uint64_t gauges_least(uint64_t a, uint64_t b) { return a < b ? a : b; }

int gauges_read(pid_t pid, struct gauges *gauges)
{
	char text[8192];
	double began = worker_core_seconds();
	ssize_t n = small_file_read(text, sizeof(text), "/proc/%d/status", (int)pid);

	*gauges = (struct gauges){ 0 };
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	uint64_t anon = status_value(text, "\nRssAnon:");
	uint64_t shared = status_value(text, "\nRssShmem:");
	gauges->file = status_value(text, "\nRssFile:");
	if (anon + gauges->file + shared == 0)
		return -ESRCH;          /* a zombie, which has no memory any more */
	read_mapped(pid, gauges);
	/* The kernel sums its counters up lazily, so they may lag behind the pagemap. */
	gauges->own = gauges_least(gauges->own, shared);
	gauges->stack = gauges_least(gauges->stack, anon);
	gauges->anon = anon - gauges->stack;
	gauges->rss = anon + gauges->file + shared - gauges->own;
	gauges->cost = worker_core_seconds() - began;
	return 0;
}

/* The state of a process, its parent's pid, and when it was started.  0: there is no such
 * process. */
static char state_of(pid_t pid, pid_t *parent, uint64_t *began)
{
	char text[512], state = 0;
	const char *const form = " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
				 " %*s %*s %*s %*s %" SCNu64;

	if (small_file_read(text, sizeof(text), "/proc/%d/stat", (int)pid) < 0)
		return 0;
	/* The name in parentheses may contain anything, even ')'. */
	const char *after = strrchr(text, ')');
	return after && sscanf(after + 1, form, &state, parent, began) == 3 ? state : 0;
}

bool gauges_is_alive(pid_t pid)
{
	pid_t ignored;
	uint64_t began;
	char state = pid ? state_of(pid, &ignored, &began) : 0;

	return state && state != 'Z' && state != 'X';
}

uint64_t gauges_began(pid_t pid)
{
	pid_t ignored;
	uint64_t began;

	return state_of(pid, &ignored, &began) ? began : 0;
}

pid_t gauges_parent(pid_t pid)
{
	pid_t parent;
	uint64_t began;

	return state_of(pid, &parent, &began) ? parent : 0;
}

unsigned gauges_threads(pid_t pid)
{
	static const char name[] = "\nThreads:";
	char text[8192];
	ssize_t n = small_file_read(text, sizeof(text), "/proc/%d/status", (int)pid);
	const char *line = n < 0 ? NULL : strstr(text, name);

	return line ? (unsigned)strtoul(line + sizeof(name) - 1, NULL, 10) : 0;
}

int gauges_thread_name(pid_t pid, pid_t tid, char name[17])
{
	ssize_t n = small_file_read(name, 17, "/proc/%d/task/%d/comm", (int)pid, (int)tid);

	if (n < 0) {
		name[0] = '\0';
		return (int)n;
	}
	name[strcspn(name, "\n")] = '\0';
	return 0;
}
