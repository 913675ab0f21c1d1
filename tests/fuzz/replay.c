/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stands in for libFuzzer's main: runs the fuzz target once on each file that
 * is named, and on every prefix of the short ones, so that the corpus is a
 * test in every build.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIXES_MAX 4096               /* bytes of a file that is cut everywhere */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of its own size, so that ASan sees a read beyond the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int replay(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, sizeof data, file);
	fclose(file);
	run(data, size);
	for (size_t cut = 0; size <= PREFIXES_MAX && cut < size; cut++)
		run(data, cut);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]))
			return 1;
	run((const uint8_t *)"", 0);
	printf("%d files\n", argc - 1);
	return 0;
}
