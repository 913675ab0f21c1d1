/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator that asks for its memory as others do, by sbrk, mmap, mremap and
 * munmap, from its very first block on: preloaded behind memtop, which is then
 * still looking for those.  Small blocks are never given back.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE 65536ul
#define HEAD 16

void *malloc(size_t size);
void *malloc(size_t size)
{
	size_t bytes = (size + HEAD + 15) / 16 * 16;
	char *chunk = bytes < LARGE ? sbrk((intptr_t)bytes) :
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (chunk == MAP_FAILED)
		return NULL;
	memcpy(chunk, &size, sizeof(size));
	return chunk + HEAD;
}

void *calloc(size_t count, size_t size);
void *calloc(size_t count, size_t size) { return malloc(count * size); }

static size_t size_of(const void *block)
{
	size_t size;

	memcpy(&size, (const char *)block - HEAD, sizeof(size));
	return size;
}

void free(void *block);
void free(void *block)
{
	if (block && (size_of(block) + HEAD + 15) / 16 * 16 >= LARGE)
		munmap((char *)block - HEAD, size_of(block) + HEAD);
}

void *realloc(void *old, size_t size);
void *realloc(void *old, size_t size)
{
	size_t before = old ? size_of(old) : 0;
	void *block;

	if (before > 2 * LARGE && size > 2 * LARGE) {
		block = mremap((char *)old - HEAD, before + HEAD, size + HEAD, MREMAP_MAYMOVE);
		if (block == MAP_FAILED)
			return NULL;
		memcpy(block, &size, sizeof(size));
		return (char *)block + HEAD;
	}
	block = malloc(size);
	if (block && old)
		memcpy(block, old, before < size ? before : size);
	free(block ? old : NULL);
	return block;
}
