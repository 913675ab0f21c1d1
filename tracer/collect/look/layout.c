/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading memory that was never touched would allocate it in the target, so pagemap
 * is asked first: bit 63 of a page's entry says that it is in memory, bit 62 that it is
 * swapped.  (Admin guide of the kernel, "Examining Process Page Tables".)
 */
#include "tracer/collect/look/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "tracer/ground/array.h"
#include "tracer/ground/libc_file.h"
#include "tracer/ground/shared/page.h"
#include "tracer/wire/standby.h"

#define ENTRIES 512u                    /* of pagemap, read at a time */
#define THERE (UINT64_C(3) << 62)
#define OF_FILE (UINT64_C(1) << 61)
#define PIECE (UINT64_C(1) << 28)       /* most bytes of one piece */
#define REGIONS 128u
#define HIDDEN_MOST (UINT64_C(1) << 30) /* most bytes of a map that nobody may read, if it has
					 * to be gone through page by page */

/* PAGEMAP_SCAN of linux/fs.h, from Linux 6.7 on: finds the pages that are there without
 * looking at each that is not.  A program may have terabytes of these. */
struct scan {
	uint64_t size, flags, start, end, walk_end, regions, regions_length, max_pages;
	uint64_t inverted, all_of, any_of, return_mask;
};
struct scan_region {
	uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan)
#define SCAN_THERE (UINT64_C(1) << 3 | UINT64_C(1) << 4)        /* present, swapped */
#define SCAN_FILE (UINT64_C(1) << 2)

static bool is_libc(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && libc_file_is_libc(slash + 1);
}

/* Mapped devices: reading their registers may change their state. */
static bool is_device(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm/", 9) != 0 &&
	       strncmp(path, "/dev/zero", 9) != 0 && strncmp(path, "/dev/hugepages", 14) != 0;
}

/* Memory that processes share: what a program may only read there is still written by it,
 * through another mapping. */
static bool is_shared_memory(const char *path, const char *rights)
{
	return rights[3] == 's' &&
	       (strncmp(path, "/memfd:", 7) == 0 || strncmp(path, "/dev/shm/", 9) == 0 ||
		strncmp(path, "/SYSV", 5) == 0 || strncmp(path, "/dev/zero", 9) == 0);
}

/* Whether the mapping is memtop's in the target: its library's data, a segment, or a
 * standby page. */
static bool is_own(const char *path)
{
	static const char library[] = "/libmemtop.so\n";
	const char *slash = strrchr(path, '/');

	return strncmp(path, "/memfd:memtop", 13) == 0 ||
	       strncmp(path, "/memfd:libmemtop.so", 19) == 0 ||
	       (slash && (strcmp(slash, library) == 0 ||
			  strncmp(slash + 1, STANDBY_PREFIX,
				  strlen(STANDBY_PREFIX)) == 0));
}

static int add_map(struct layout *layout, const struct map *map)
{
	if (!array_grow(&layout->of, &layout->room, layout->length + 1, sizeof(*map)))
		return -ENOMEM;
	layout->of[layout->length++] = *map;
	return 0;
}

static int add_constant(struct layout *layout, const struct map *map, uint64_t offset,
			const char *path, enum constant_kind kind)
{
	if (!array_grow(&layout->constants, &layout->constants_room, layout->constants_length + 1,
			sizeof(*layout->constants)))
		return -ENOMEM;
	char *copy = strndup(path, strcspn(path, "\n"));

	if (!copy)
		return -ENOMEM;
	layout->constants[layout->constants_length++] = (struct constant){
		map->start, map->end, offset, kind, copy };
	return 0;
}

/* Whether the file at `path`, of a private mapping that can be written to, is a module: code of
 * it was listed before its data.  Other files are shared memory or documents, which no module
 * goes on behind. */
static bool has_code(const struct layout *layout, const char *path, bool executable)
{
	size_t length = strcspn(path, "\n"), i = layout->constants_length;

	while (i-- > 0) {
		const struct constant *constant = &layout->constants[i];

		if (strncmp(constant->path, path, length) != 0 || constant->path[length])
			return executable;
		if (constant->kind != CONSTANT_DATA)
			return true;
	}
	return executable;
}

/* "55d0c0a00000-55d0c0a21000 rw-p 00000000 00:00 0    [heap]". */
static int parse_map(struct layout *layout, const char *line)
{
	struct map map = { 0 };
	char rights[8];
	uint64_t inode, offset;
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %" SCNu64 " %n", &map.start,
		   &map.end, rights, &offset, &inode, &at) < 5 || map.start >= map.end || !at)
		return 0;
	/* The kernel looks for the next mapping where the last one ended, so if that has
	 * grown, it comes once more. */
	if (map.start < layout->end) {
		offset += layout->end - map.start;
		map.start = layout->end;
	}
	if (map.start >= map.end)
		return 0;
	layout->end = map.end;
	const char *path = line + at;

	map.hidden = strcmp(rights, "---p") == 0 && !inode && *path <= ' ';
	if ((rights[0] != 'r' && !map.hidden) || is_device(path) || strncmp(path, "[v", 2) == 0)
		return 0;
	/* Its code is still noted, because stacks lead through it. */
	if (is_own(path))
		return inode && rights[2] == 'x' ?
			add_constant(layout, &map, offset, path, CONSTANT_OWN_CODE) : 0;
	map.writable = rights[1] == 'w';
	map.heap = strncmp(path, "[heap]", 6) == 0;
	/* The zeroed end of a module's data (.bss) has no name and follows right after
	 * it. */
	const struct map *last = layout->length ? &layout->of[layout->length - 1] : NULL;

	/* Code and constants contain no blocks and no pointers to any, but data may have
	 * become read-only. */
	if (inode && !map.writable && !is_shared_memory(path, rights)) {
		map.sealed = rights[3] == 'p' && rights[2] != 'x';
		int error = add_constant(layout, &map, offset, path,
					 rights[2] == 'x' ? CONSTANT_CODE : CONSTANT_DATA);

		if (error || !map.sealed)
			return error;
	}
	map.file = inode ? rights[3] == 'p' && has_code(layout, path, rights[2] == 'x') :
			   last && last->file && !last->sealed && last->end == map.start &&
				   *path <= ' ' && !map.hidden;
	map.libc = inode ? map.file && is_libc(path) : map.file && last->libc;
	map.offset = inode ? offset : UINT64_MAX;
	if (*path > ' ' || (map.file && last))
		map.path = *path > ' ' ? strndup(path, strcspn(path, "\n")) :
			   last->path  ? strdup(last->path) : NULL;
	int error = add_map(layout, &map);

	if (error)
		free(map.path);
	return error;
}

int layout_list(struct layout *layout, FILE *maps)
{
	char *line = NULL;
	size_t room = 0;
	int error = 0;

	while (!error && getline(&line, &room, maps) > 0)
		error = parse_map(layout, line);
	if (!error && ferror(maps))     /* the thread ended meanwhile: ESRCH */
		error = errno ? -errno : -EIO;
	free(line);
	return error;
}

/* What a thread's files in /proc answer, as of the thread. */
static int thread_error(int error)
{
	return error == -ENOENT ? -ESRCH : error == -EACCES ? -EPERM : error;
}

static int list_maps(struct layout *layout, int32_t pid, int32_t tid)
{
	char path[64];

	/* The thread's file, because that of the process is empty once its first thread
	 * has ended. */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", (int)pid, (int)tid);
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	int error = layout_list(layout, file);

	fclose(file);
	return error;
}

/* Adds pages [address, end) of a map, which are there. */
static int add_pages(struct layout *layout, const struct map *map, uint64_t address,
		     uint64_t end)
{
	while (address < end) {
		struct piece *last = layout->pieces_length ? &layout->pieces[layout->pieces_length - 1] :
							   NULL;

		if (!last || last->address + last->bytes != address || address == map->start ||
		    last->bytes >= PIECE) {
			if (!array_grow(&layout->pieces, &layout->pieces_room, layout->pieces_length + 1,
					sizeof(*layout->pieces)))
				return -ENOMEM;
			last = &layout->pieces[layout->pieces_length++];
			*last = (struct piece){ address, 0, layout->bytes, false, map->hidden };
		}
		uint64_t more = end - address < PIECE - last->bytes ? end - address :
								      PIECE - last->bytes;

		last->bytes += more;
		layout->bytes += more;
		address += more;
	}
	return 0;
}

/* Goes page by page, for older kernels. */
static int read_entries(struct layout *layout, int pagemap, const struct map *map)
{
	uint64_t entries[ENTRIES];
	int error = 0;

	for (uint64_t page = map->start; !error && page < map->end;) {
		uint64_t count = (map->end - page) / PAGE;
		ssize_t got = pread(pagemap, entries,
				    (count < ENTRIES ? count : ENTRIES) * sizeof(*entries),
				    (off_t)(page / PAGE * sizeof(*entries)));

		if (got < (ssize_t)sizeof(*entries))
			return got < 0 ? -errno : 0;
		for (size_t i = 0; !error && i < (size_t)got / sizeof(*entries); i++, page += PAGE)
			if (entries[i] & THERE && !(map->sealed && entries[i] & OF_FILE))
				error = add_pages(layout, map, page, page + PAGE);
	}
	return error;
}

/* Has the kernel scan a map; -ENOTTY: it can't. */
static int scan_map(struct layout *layout, int pagemap, const struct map *map)
{
	struct scan_region regions[REGIONS];
	struct scan scan = {
		.size = sizeof(scan), .start = map->start, .end = map->end,
		.regions = (uintptr_t)regions, .regions_length = REGIONS,
		.any_of = SCAN_THERE, .return_mask = SCAN_THERE,
		.inverted = map->sealed ? SCAN_FILE : 0, .all_of = map->sealed ? SCAN_FILE : 0,
	};
	int error = 0;

	while (!error && scan.start < map->end) {
		int found = ioctl(pagemap, SCAN, &scan);

		if (found < 0)
			return -errno;
		for (int i = 0; !error && i < found; i++)
			error = add_pages(layout, map, regions[i].start, regions[i].end);
		if (scan.walk_end <= scan.start)
			break;
		scan.start = scan.walk_end;
	}
	return error;
}

static int find_pieces(struct layout *layout, int pagemap, const struct map *map)
{
	int error = layout->no_scan ? -ENOTTY : scan_map(layout, pagemap, map);

	if (error != -ENOTTY && error != -EINVAL)
		return error;
	layout->no_scan = true;
	/* Terabytes may be set aside so. */
	if (map->hidden && map->end - map->start > HIDDEN_MOST)
		return 0;
	return read_entries(layout, pagemap, map);
}

/* Of most files that can't be written to nothing was, and most hidden mappings have no pages:
 * such maps are left out again. */
static int find_all_pieces(struct layout *layout, int pagemap)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < layout->length; i++) {
		struct map map = layout->of[i];
		size_t before = layout->pieces_length;

		if (!error)
			error = find_pieces(layout, pagemap, &map);
		if ((map.sealed || map.hidden) && layout->pieces_length == before)
			free(map.path);
		else
			layout->of[kept++] = map;
	}
	layout->length = kept;
	return error;
}

int layout_read(struct layout *layout, int32_t pid, int32_t tid)
{
	char path[64];
	int error = list_maps(layout, pid, tid);

	if (error)
		return thread_error(error);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/pagemap", (int)pid, (int)tid);
	int pagemap = open(path, O_RDONLY | O_CLOEXEC);

	if (pagemap < 0)
		return thread_error(-errno);
	error = find_all_pieces(layout, pagemap);
	close(pagemap);
	return thread_error(error);
}

static int add_cut(struct layout *to, struct piece part)
{
	struct piece *last = to->pieces_length ? &to->pieces[to->pieces_length - 1] : NULL;

	if (!part.bytes)
		return 0;
	if (last && last->left == part.left && last->hidden == part.hidden &&
	    last->address + last->bytes == part.address &&
	    last->at + last->bytes == part.at && last->bytes + part.bytes <= PIECE) {
		last->bytes += part.bytes;
		return 0;
	}
	if (!array_grow(&to->pieces, &to->pieces_room, to->pieces_length + 1,
			sizeof(*to->pieces)))
		return -ENOMEM;
	to->pieces[to->pieces_length++] = part;
	return 0;
}

/* Cuts the first `bytes` off what is left of a piece. */
static int cut_part(struct layout *to, struct piece *piece, uint64_t bytes, bool left)
{
	struct piece part = *piece;

	part.bytes = bytes;
	part.left = left;
	piece->address += bytes;
	piece->at += bytes;
	piece->bytes -= bytes;
	return add_cut(to, part);
}

/* Cuts one piece.  *there: the first piece of the clone that may overlap this one. */
static int cut_piece(struct layout *to, struct piece piece, const struct layout *clone,
		     size_t *there)
{
	int error = 0;

	while (!error && piece.bytes) {
		while (*there < clone->pieces_length &&
		       clone->pieces[*there].address + clone->pieces[*there].bytes <= piece.address)
			++*there;
		const struct piece *at = *there < clone->pieces_length ? &clone->pieces[*there] : NULL;
		uint64_t end = piece.address + piece.bytes;

		if (!at || at->address >= end) {
			error = cut_part(to, &piece, piece.bytes, true);
			break;
		}
		if (at->address > piece.address)
			error = cut_part(to, &piece, at->address - piece.address, true);
		if (!error && at->address + at->bytes < end)
			end = at->address + at->bytes;
		if (!error)
			error = cut_part(to, &piece, end - piece.address, false);
	}
	return error;
}

int layout_of_clone(struct layout *layout, int32_t clone)
{
	struct layout is = { .no_scan = layout->no_scan }, cut = { 0 };
	size_t there = 0;
	int error = layout_read(&is, clone, clone);

	for (size_t i = 0; !error && i < layout->pieces_length; i++)
		error = cut_piece(&cut, layout->pieces[i], &is, &there);
	if (!error) {
		free(layout->pieces);
		layout->pieces = cut.pieces;
		layout->pieces_length = cut.pieces_length;
		layout->pieces_room = cut.pieces_room;
		cut.pieces = NULL;
	}
	layout_free(&cut);
	layout_free(&is);
	return error;
}

bool layout_is_own_code(const struct layout *layout, uint64_t address)
{
	bool own = false;

	for (size_t i = 0; i < layout->constants_length && !own; i++) {
		const struct constant *code = &layout->constants[i];

		own = code->kind == CONSTANT_OWN_CODE && address >= code->start && address < code->end;
	}
	return own;
}

void layout_free(struct layout *layout)
{
	for (size_t i = 0; i < layout->constants_length; i++)
		free(layout->constants[i].path);
	free(layout->constants);
	for (size_t i = 0; i < layout->length; i++)
		free(layout->of[i].path);
	free(layout->of);
	free(layout->pieces);
	*layout = (struct layout){ 0 };
}
