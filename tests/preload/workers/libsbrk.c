/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator that asks for its memory as others do, by sbrk, mmap, mremap and
 * munmap, from its very first block on: preloaded behind memtop, which is then
 * still looking for those.  Small blocks are never given back.  memtop itself has
 * it too, with its threads.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE 65536ul
#define HEAD 16

/* glibc's own has no lock: its malloc calls it under one. */
static void *locked_sbrk(size_t bytes)
{
	static atomic_flag busy = ATOMIC_FLAG_INIT;

	while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
		;
	void *chunk = sbrk((intptr_t)bytes);
	atomic_flag_clear_explicit(&busy, memory_order_release);
	return chunk;
}

void *malloc(size_t size);
void *malloc(size_t size)
{
	size_t bytes = (size + HEAD + 15) / 16 * 16;
	char *chunk = bytes < LARGE ? locked_sbrk(bytes) :
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (chunk == MAP_FAILED)
		return NULL;
	memcpy(chunk, &size, sizeof(size));
	return chunk + HEAD;
}

void *calloc(size_t count, size_t size);
void *calloc(size_t count, size_t size) { return malloc(count * size); }

/* One that is never given back: what stands before it says that it is small. */
void *aligned_alloc(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size)
{
	char *chunk = malloc(size + alignment + HEAD);
	char *block = chunk ? chunk + HEAD : NULL;

	if (block) {
		block += -(uintptr_t)block % alignment;
		memcpy(block - HEAD, &(size_t){0}, sizeof(size_t));
	}
	return block;
}

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
