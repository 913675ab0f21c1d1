/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of the copy are found by a search that begins where the last one ended, because
 * questions mostly come in the order of addresses. */
#include "tracer/collect/look/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include "tracer/collect/debug/vtables.h"
#include "tracer/ground/shared/page.h"

#define PAGES_MOST 16384u               /* most pages of constants that are kept: 64
					 * MiB */
#define THERE (UINT64_C(3) << 62)       /* pagemap: in memory or swapped */

struct memory {
	const struct layout *layout;
	unsigned char *copy;
	int32_t pid, tid;
	int pagemap;                    /* -1: it can't be opened */
	size_t piece;                   /* the last one that was found */
	struct kept {
		uint64_t address;       /* 0: free */
		unsigned char *bytes;   /* NULL: it can't be read */
	} *kept;                        /* by address; room: 2 * PAGES_MOST */
	size_t kept_length;
	struct vtables *vtables;        /* NULL: not needed so far */
};

struct memory *memory_new(const struct layout *layout, unsigned char *copy,
			  int32_t pid, int32_t tid)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	char path[64];

	if (!memory)
		return NULL;
	memory->kept = calloc(2 * PAGES_MOST, sizeof(*memory->kept));
	if (!memory->kept) {
		free(memory);
		return NULL;
	}
	snprintf(path, sizeof(path), "/proc/%d/task/%d/pagemap", (int)pid, (int)tid);
	memory->layout = layout;
	memory->copy = copy;
	memory->pid = pid;
	memory->tid = tid;
	memory->pagemap = open(path, O_RDONLY | O_CLOEXEC);
	return memory;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	/* Reading the table of one that kept nothing would cost more than all else here. */
	for (size_t i = 0; memory->kept_length && i < 2 * PAGES_MOST; i++)
		free(memory->kept[i].bytes);
	free(memory->kept);
	vtables_free(memory->vtables);
	if (memory->pagemap >= 0)
		close(memory->pagemap);
	free(memory);
}

/* The index of the first of `length` ranges at `of`, each `size` bytes long, that begins
 * above `address`. */
static size_t first_above(const void *of, size_t size, size_t length, uint64_t address)
{
	size_t low = 0, high = length;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t begin;

		memcpy(&begin, (const char *)of + middle * size, sizeof(begin));
		if (begin <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct piece *piece_of(struct memory *memory, uint64_t address)
{
	const struct layout *layout = memory->layout;

	for (int again = 0; again < 2; again++) {
		if (memory->piece < layout->pieces_length) {
			const struct piece *piece = &layout->pieces[memory->piece];

			if (address - piece->address < piece->bytes)
				return piece;
		}
		if (!again)
			memory->piece =
				first_above(layout->pieces, sizeof(*layout->pieces),
					    layout->pieces_length, address) -
				1;
	}
	return NULL;
}

static const struct constant *constant_of(const struct layout *layout, uint64_t address)
{
	size_t above = first_above(layout->constants, sizeof(*layout->constants),
				   layout->constants_length, address);
	const struct constant *constant = above ? &layout->constants[above - 1] : NULL;

	return constant && address < constant->end ? constant : NULL;
}

static bool is_there(const struct memory *memory, uint64_t page)
{
	uint64_t entry;

	return memory->pagemap >= 0 &&
	       pread(memory->pagemap, &entry, sizeof(entry),
		     (off_t)(page / PAGE * sizeof(entry))) == sizeof(entry) &&
	       entry & THERE;
}

static bool read_file_page(const struct memory *memory, const struct constant *constant,
		      uint64_t page, unsigned char *to)
{
	char path[4200];

	/* Through the root of the process, which may be another than ours. */
	if ((size_t)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)memory->pid,
			     constant->path) >= sizeof(path))
		return false;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = file < 0 ?
			      -1 :
			      pread(file, to, PAGE,
				    (off_t)(constant->offset + (page - constant->start)));

	if (file >= 0)
		close(file);
	if (got > 0)
		memset(to + got, 0, PAGE - (size_t)got);
	return got > 0;
}

static unsigned char *read_page(const struct memory *memory,
				const struct constant *constant, uint64_t page)
{
	unsigned char *bytes = malloc(PAGE);
	struct iovec local = { bytes, PAGE }, remote = { (void *)(uintptr_t)page, PAGE };

	if (bytes && is_there(memory, page) &&
	    process_vm_readv(memory->tid, &local, 1, &remote, 1, 0) == (ssize_t)PAGE)
		return bytes;
	if (bytes && read_file_page(memory, constant, page, bytes))
		return bytes;
	free(bytes);
	return NULL;
}

/* A page of a module's constants; NULL: it can't be read. */
static const unsigned char *page_of(struct memory *memory, uint64_t address)
{
	uint64_t page = page_begin(address);
	size_t i = (size_t)(page / PAGE * UINT64_C(0x9e3779b97f4a7c15) >> 32) %
		   (2 * PAGES_MOST);

	while (memory->kept[i].address && memory->kept[i].address != page)
		i = (i + 1) % (2 * PAGES_MOST);
	if (memory->kept[i].address)
		return memory->kept[i].bytes;
	const struct constant *constant = constant_of(memory->layout, address);

	if (!constant || memory->kept_length == PAGES_MOST)
		return NULL;
	memory->kept_length++;
	memory->kept[i] = (struct kept){ page, read_page(memory, constant, page) };
	return memory->kept[i].bytes;
}

/* Copies from a piece, or from the process itself if there is no copy. */
static bool take_piece(const struct memory *memory, const struct piece *piece, uint64_t address,
		       void *to, size_t length)
{
	struct iovec local = { to, length }, remote = { (void *)(uintptr_t)address, length };

	if (!memory->copy)
		return process_vm_readv(memory->tid, &local, 1, &remote, 1,
					0) == (ssize_t)length;
	memcpy(to, memory->copy + piece->at + (address - piece->address), length);
	return true;
}

bool memory_read(void *user, uint64_t address, void *to, size_t length)
{
	struct memory *memory = user;

	while (length) {
		const struct piece *piece = piece_of(memory, address);
		const unsigned char *page = piece ? NULL : page_of(memory, address);
		size_t here;

		if (!piece && !page)
			return false;
		here = piece ? (size_t)(piece->address + piece->bytes - address) :
			       (size_t)(PAGE - address % PAGE);
		here = here < length ? here : length;
		if (piece && !take_piece(memory, piece, address, to, here))
			return false;
		if (!piece)
			memcpy(to, page + address % PAGE, here);
		to = (char *)to + here;
		address += here;
		length -= here;
	}
	return true;
}

void memory_clear(struct memory *memory, uint64_t address)
{
	const struct piece *piece = piece_of(memory, address);

	if (piece && piece->address + piece->bytes - address >= 8)
		memset(memory->copy + piece->at + (address - piece->address), 0, 8);
}

bool memory_in_module(void *user, uint64_t address)
{
	struct memory *memory = user;
	const struct layout *layout = memory->layout;

	if (constant_of(layout, address))
		return true;
	size_t above =
		first_above(layout->of, sizeof(*layout->of), layout->length, address);

	return above && address < layout->of[above - 1].end && layout->of[above - 1].file;
}

/* Where the file begins of the module that has this address; NULL: no module has. */
static const struct constant *module_begin(const struct layout *layout, uint64_t address)
{
	const struct constant *constant = constant_of(layout, address);
	size_t above = first_above(layout->of, sizeof(*layout->of), layout->length,
				   address);
	const struct map *map = above ? &layout->of[above - 1] : NULL;
	const char *path = constant ? constant->path :
			   map && address < map->end && map->file ? map->path : NULL;
	size_t i = first_above(layout->constants, sizeof(*layout->constants),
			       layout->constants_length, address);

	while (path && i-- > 0)
		if (!layout->constants[i].offset && strcmp(layout->constants[i].path, path) == 0)
			return &layout->constants[i];
	return NULL;
}

bool memory_vtable(void *user, uint64_t address, char *name, size_t size)
{
	struct memory *memory = user;
	const struct constant *begin = module_begin(memory->layout, address);

	if (begin && !memory->vtables)
		memory->vtables = vtables_new(memory->pid);
	if (!begin || !memory->vtables)
		return false;
	const struct vtables_map map = { begin->path, begin->start, begin->end };

	return vtables_class(memory->vtables, &map, address, name, size);
}

bool memory_data(void *user, const char *name, uint64_t *from, uint64_t *end)
{
	const struct layout *layout = ((const struct memory *)user)->layout;

	for (size_t i = 0; i < layout->length; i++) {
		const struct map *map = &layout->of[i];
		const char *slash = map->file && map->path ? strrchr(map->path, '/') : NULL;

		if (map->end <= *from || !map->writable || !slash ||
		    strncmp(slash + 1, name, strlen(name)) != 0)
			continue;
		*from = map->start > *from ? map->start : *from;
		*end = map->end;
		return true;
	}
	return false;
}
