/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sites named per second: random addresses of a file's text, the whole way
 * through the names thread into a catalog.
 *	names_bench [SITES [FILE...]]           default: 100000, this program, gdb, python3
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/heap_bytes.h"
#include "tests/bench/seconds.h"
#include "tracer/collect/names/symbolize.h"

/* The first executable segment, in the file's addresses. */
static int text_of(const char *path, uint64_t *start, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status = -1;
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (fd < 0)
		return -1;
	if (pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header))
		for (unsigned i = 0; i < header.e_phnum && status != 0; i++) {
			off_t at = (off_t)(header.e_phoff + i * sizeof(segment));
			if (pread(fd, &segment, sizeof(segment), at) != (ssize_t)sizeof(segment))
				break;
			if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X)) {
				*start = segment.p_vaddr;
				*size = segment.p_filesz;
				status = 0;
			}
		}
	close(fd);
	return status;
}

static void bench(const char *path, uint32_t sites)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct symbolizer_options options = { .catalog = catalog_new(), .lock = &lock };
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbolizer_space *space =
		symbolizer ? symbolizer_join(symbolizer, getpid(), NULL, NULL) : NULL;
	struct module module = { 0 };
	uint64_t start, size, random = 1;

	if (!space || text_of(path, &start, &size) != 0) {
		printf("%s: not readable\n", path);
		return;
	}
	module.path = module.name = catalog_intern(options.catalog, path, strlen(path));
	struct module_id id = catalog_add_module(options.catalog, &module);
	double begin = bench_seconds(CLOCK_MONOTONIC), first = 0;
	symbolizer_module(space, id, 0, 0, 0);
	for (uint32_t i = 0; i < sites; i++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		struct site site = { id, start + (random >> 20) % size };
		pthread_mutex_lock(&lock);
		catalog_put_site(options.catalog, (struct site_id){ WIRE_SITE_FIRST + i }, &site);
		symbolizer_site(symbolizer, (struct site_id){ WIRE_SITE_FIRST + i });
		pthread_mutex_unlock(&lock);
		if (i == 0) {
			symbolizer_flush(symbolizer, 600);
			first = bench_seconds(CLOCK_MONOTONIC);
		}
	}
	symbolizer_flush(symbolizer, 600);
	double end = bench_seconds(CLOCK_MONOTONIC);
	printf("%-40s first %7.1f ms, then %8.0f sites/s, %5.1f %% without a function, "
	       "%" PRIu64 " KiB of names\n",
	       basename(path), (first - begin) * 1e3, sites / (end - first),
	       100.0 * (double)symbolizer_unresolved(symbolizer) / sites,
	       catalog_bytes(options.catalog) / 1024);
	symbolizer_leave(space);
	symbolizer_free(symbolizer);
	catalog_release(options.catalog);
}

int main(int argc, char **argv)
{
	static char own[4096];
	uint32_t sites = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	if (argc > 2) {
		for (int i = 2; i < argc; i++)
			bench(argv[i], sites);
		return 0;
	}
	if (length > 0)
		bench(own, sites);
	bench("/usr/bin/gdb", sites);
	bench("/usr/bin/python3.11", sites);
	return 0;
}
