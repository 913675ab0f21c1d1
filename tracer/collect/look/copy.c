/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the copy the pieces follow one another without gaps, so that one call reads
 * hundreds. */
#include "tracer/collect/look/copy.h"
#include "tracer/ground/shared/older.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include "tracer/ground/shared/page.h"

#define PIECES 512u                     /* most pieces for one call */
#define AT_ONCE ((size_t)1 << 30)       /* most bytes for one call: the kernel does not do
					 * 2 GiB */
#define SPARE ((uint64_t)4 << 20)       /* bytes that a process may get while it is being
					 * stopped */

int copy_prepare(struct copy *copy, uint64_t bytes)
{
	size_t room = (size_t)page_end(bytes + bytes / 8 + SPARE);
	void *memory = mmap(NULL, room, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -ENOMEM;
	madvise(memory, room, MADV_HUGEPAGE);
	/* Older kernels can't do this; then pages come when they are written to. */
	if (madvise(memory, (size_t)page_begin(bytes), MADV_POPULATE_WRITE) != 0 &&
	    errno == ENOMEM) {
		munmap(memory, room);
		return -ENOMEM;
	}
	*copy = (struct copy){ memory, room };
	return 0;
}

static int copy_widen(struct copy *copy, uint64_t bytes)
{
	if (bytes <= copy->room)
		return 0;
	void *memory = mremap(copy->memory, copy->room, bytes, MREMAP_MAYMOVE);

	if (memory == MAP_FAILED)
		return -ENOMEM;
	*copy = (struct copy){ memory, bytes };
	return 0;
}

/* Lists the remote side of one call, from byte `at` of piece `first` up to the first
 * piece of the other kind.  Returns how many pieces. */
static size_t list_pieces(const struct layout *layout, size_t first, size_t at,
			  struct iovec *pieces, size_t *bytes)
{
	size_t n = 0;

	*bytes = 0;
	for (size_t p = first; p < layout->pieces_length && n < PIECES && *bytes < AT_ONCE;
	     p++, n++) {
		const struct piece *piece = &layout->pieces[p];
		size_t skip = n == 0 ? at - piece->at : 0;

		if (piece->left != layout->pieces[first].left)
			break;
		pieces[n] = (struct iovec){ (void *)(uintptr_t)(piece->address + skip),
					    piece->bytes - skip };
		*bytes += piece->bytes - skip;
	}
	return n;
}

/* Reads memory that nobody may read now: a tracer may, by this file. */
static bool read_hidden(int32_t tid, uint64_t address, void *to, size_t bytes)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	bool read = file >= 0 && pread(file, to, bytes, (off_t)address) == (ssize_t)bytes;

	if (file >= 0)
		close(file);
	return read;
}

/* Reads the rest of the page that byte `at` of the copy is of, which readv can't.  Returns how
 * many bytes could not be read. */
static size_t read_rest(struct copy *copy, const struct piece *piece, size_t at,
			int32_t tid)
{
	size_t bytes = PAGE - at % PAGE;

	if (piece->hidden &&
	    read_hidden(tid, piece->address + (at - piece->at), copy->memory + at, bytes))
		return 0;
	memset(copy->memory + at, 0, bytes);
	return bytes;
}

int copy_take(struct copy *copy, const struct layout *layout, int32_t tid, bool left,
	      uint64_t *unread)
{
	struct iovec pieces[PIECES], local;
	size_t at = 0, first = 0;
	int error = copy_widen(copy, layout->bytes);

	while (!error && first < layout->pieces_length) {
		const struct piece *piece = &layout->pieces[first];

		at = at > piece->at ? at : piece->at;
		if (piece->left != left || at >= piece->at + piece->bytes) {
			first++;
			continue;
		}
		size_t bytes, n = list_pieces(layout, first, at, pieces, &bytes);

		local = (struct iovec){ copy->memory + at, bytes };
		ssize_t got = process_vm_readv(tid, &local, 1, pieces, n, 0);

		if (got < 0 && errno != EFAULT)
			return -errno;
		if (got > 0) {
			at += (size_t)got;
			continue;
		}
		*unread += read_rest(copy, piece, at, tid);
		at += PAGE - at % PAGE;
	}
	return error;
}

int copy_window(struct copy *copy, int32_t tid, struct piece piece, uint64_t *unread)
{
	const struct layout layout = { .pieces = &piece, .pieces_length = 1, .bytes = piece.bytes };

	return copy_take(copy, &layout, tid, false, unread);
}

void copy_free(struct copy *copy)
{
	if (copy->memory)
		munmap(copy->memory, copy->room);
	*copy = (struct copy){ 0 };
}
