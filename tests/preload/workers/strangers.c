/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes away all pages that it does not know, as a sandbox or a checkpoint does, and
 * goes on:
 *
 *	strangers unmap|protect|sweep|forked
 *
 * It knows its own program, the libraries by their paths, what the kernel names, and the
 * neighbourhood of what the loader has for it: thread, link maps, thread vectors.  `sweep`
 * takes as many pages by one call as it can.  `forked` begins with a child that unmaps what
 * it mapped where its parent had something that was not forked: that must truly go. */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)
#define NEAR (4 * PAGE)

static char maps[1 << 18];
static uintptr_t loaders[64];
static size_t loaders_length;
static void *volatile kept[64];

static void read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t length = 0;
	ssize_t more = 1;
	for (; more > 0 && length < sizeof maps - 1; length += (size_t)more)
		more = read(fd, maps + length, sizeof maps - 1 - length);
	close(fd);
}

static void know_loaders(void)
{
	uintptr_t *self = (uintptr_t *)pthread_self();
	loaders[loaders_length++] = (uintptr_t)self;
	loaders[loaders_length++] = self[1];     /* the thread vector */
	loaders[loaders_length++] = (uintptr_t)&errno;
	for (struct link_map *map = _r_debug.r_map; map && loaders_length < 64; map = map->l_next)
		loaders[loaders_length++] = (uintptr_t)map;
}

static int is_known_page(uintptr_t page)
{
	for (size_t i = 0; i < loaders_length; i++)
		if (page + NEAR >= loaders[i] && page <= loaders[i] + NEAR)
			return 1;
	return 0;
}

static int is_known(const char *line, uintptr_t start, uintptr_t end)
{
	static uintptr_t behind;
	const char *path = strchr(line, '/'), *name = strchr(line, '[');
	/* Its own file may lie below a folder that is called memtop. */
	int own = path && strstr(path, "/workers/strangers");
	int known = name || own || (path && !strstr(path, "memtop")) || start == behind;
	behind = path && known ? end : 0;
	return known;
}

static long take(uintptr_t start, uintptr_t end, const char *how)
{
	int result = *how == 'p' ? mprotect((void *)start, end - start, PROT_NONE)
				 : munmap((void *)start, end - start);
	if (result) {
		perror("strangers");
		exit(3);
	}
	return (long)((end - start) / PAGE);
}

static long take_pages(uintptr_t start, uintptr_t end, const char *how)
{
	long taken = 0;
	for (uintptr_t from = start, to; from < end; from = to) {
		to = from + PAGE;
		if (is_known_page(from))
			continue;
		while (*how == 's' && to < end && !is_known_page(to))
			to += PAGE;
		taken += take(from, to, how);
	}
	return taken;
}

static long take_away(const char *how)
{
	long taken = 0;
	for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long start, end;
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && !is_known(line, start, end))
			taken += take_pages(start, end, how);
	}
	return taken;
}

/* No event until then: the child has not told anybody of itself. */
static int is_gone(void)
{
	enum { MAPPINGS = 8192 };       /* pages, so that they fit into each gap */
	static char *mapping[MAPPINGS];
	unsigned char resident;
	int status;
	pid_t child = fork();
	if (child)
		return child > 0 && waitpid(child, &status, 0) == child && status == 0;
	for (int i = 0; i < MAPPINGS; i++)
		mapping[i] = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < MAPPINGS; i++)
		if (munmap(mapping[i], PAGE))
			_exit(1);
	for (int i = 0; i < MAPPINGS; i++)
		if (!mincore(mapping[i], PAGE, &resident) || errno != ENOMEM)
			_exit(2);
	_exit(0);
}

static void *in_thread(void *unused)
{
	(void)unused;
	return realloc(malloc(3000), 5000);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *last;
	for (int i = 0; i < 32; i++)
		kept[i] = malloc(1000);
	if (argc > 1 && !strcmp(argv[1], "forked") && !is_gone())
		return 6;
	know_loaders();
	read_maps();
	long taken = take_away(argc > 1 ? argv[1] : "unmap");
	for (int i = 0; i < 100000; i++)
		free(kept[0]), kept[0] = malloc(1000);
	for (int i = 32; i < 64; i++)
		kept[i] = malloc(2000);
	if (pthread_create(&thread, NULL, in_thread, NULL) || pthread_join(thread, &last))
		return 4;
	fprintf(stderr, "taken %ld\n", taken);
	return last ? 0 : 5;
}
