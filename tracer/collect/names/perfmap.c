/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file is written by the target, which may write what it likes: it is trusted only if
 * it is a regular file of the target's own user, and what is kept of it is bounded.  It
 * is in the target's /tmp, which need not be ours (containers), and its name has the pid
 * that the target itself knows.
 *
 * Entries are kept in the order of the file.  The first `indexed` of them are in an
 * index: all their starts and ends, sorted, cut the addresses into pieces, and each piece
 * belongs to the newest entry that covers it.  Later entries are searched from the end,
 * until there are so many of them that a new index is made.
 */
#include "tracer/collect/names/perfmap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"

#define TEXT_MAX (UINT32_C(128) << 20)  /* most bytes of names */
enum {
	ENTRIES_MAX = 1 << 20,
	NAME_MAX_BYTES = 4096,
	TAIL_MIN = 1024,                /* entries after the index that are searched
					 * before a new one is made */
	CHUNK = 64 << 10,
};

#define NOT_ITS_OWN "its perf map is not a regular file of its own user"

struct perfmap_entry {
	uint64_t start, end;
	uint32_t name, length;          /* in text */
};

struct perfmap {
	char *path;                     /* NULL: the process had ended already */
	uid_t owner;
	dev_t device;                   /* device and inode of the file that was read, */
	ino_t inode;
	off_t read;                     /* how many bytes of it were read */
	const char *reason;
	struct perfmap_entry *entries;
	size_t length, room, indexed;
	char *text;
	size_t text_length, text_room;
	uint64_t *points;               /* the index: piece i is [points[i], points[i + 1]) */
	uint32_t *owners;               /* by piece: entry + 1; 0: no entry's */
	size_t pieces;
};

#define NO_MAP \
	"made at run time, and no perf map: node --perf-basic-prof " \
	"--interpreted-frames-native-stack, python -X perf, java -XX:+DumpPerfMapAtExit write one"

/* The pid that the process has in its own namespace: the last one of NSpid in its status;
 * memtop's own where that can't be read. */
static int32_t inner_pid(int32_t pid)
{
	char path[64], line[256];
	int32_t inner = pid;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/status", pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		const char *last = strrchr(line, '\t');
		inner = last ? (int32_t)strtol(last, NULL, 10) : pid;
	}
	if (file)
		fclose(file);
	return inner > 0 ? inner : pid;
}

int perfmap_set_place(struct perfmap *map, const char *path, uid_t owner)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(map->path);
	map->path = copy;
	map->owner = owner;
	return 0;
}

struct perfmap *perfmap_new(int32_t pid)
{
	char process[64], root[96], path[192], link[2];
	struct perfmap *map = calloc(1, sizeof(*map));
	struct stat status;

	snprintf(process, sizeof(process), "/proc/%" PRId32, pid);
	if (!map || stat(process, &status) != 0)        /* the map's owner must be the
							 * process's user */
		return map;
	snprintf(root, sizeof(root), "%s/root", process);
	bool ours = readlink(root, link, sizeof(link)) == 1;
	int32_t inner = inner_pid(pid);
	/* Through the process's root if that is another; else by our own path, which
	 * stays valid when the process ends. */
	snprintf(path, sizeof(path), "%s/tmp/perf-%" PRId32 ".map",
		 ours && inner == pid ? "" : root, inner);
	if (perfmap_set_place(map, path, status.st_uid) == 0)
		return map;
	free(map);
	return NULL;
}

void perfmap_free(struct perfmap *map)
{
	if (!map)
		return;
	free(map->path);
	free(map->entries);
	free(map->text);
	free(map->points);
	free(map->owners);
	free(map);
}

static bool keep_text(struct perfmap *map, const char *name, size_t length)
{
	return map->text_length + length <= TEXT_MAX &&
	       array_grow(&map->text, &map->text_room, map->text_length + length, 1) &&
	       memcpy(map->text + map->text_length, name, length);
}

/* Adds one line, without its newline; a line that makes no sense is skipped. */
static void perfmap_add_line(struct perfmap *map, const char *line, size_t length)
{
	char numbers[64];
	char *end, *name;

	snprintf(numbers, sizeof(numbers), "%.*s",
		 (int)(length < sizeof(numbers) ? length : sizeof(numbers) - 1), line);
	uint64_t start = strtoull(numbers, &end, 16);
	uint64_t size = *end == ' ' ? strtoull(end, &name, 16) : 0;
	if (size == 0 || *name != ' ' || start + size < start)
		return;
	size_t at = (size_t)(name + 1 - numbers);
	size_t bytes = length > at ? length - at : 0;
	if (bytes > NAME_MAX_BYTES)
		bytes = NAME_MAX_BYTES;
	if (bytes == 0)
		return;
	if (map->length == ENTRIES_MAX || !keep_text(map, line + at, bytes) ||
	    !array_grow(&map->entries, &map->room, map->length + 1,
			sizeof(*map->entries))) {
		map->reason = "its perf map is too large";
		return;
	}
	map->entries[map->length++] = (struct perfmap_entry){
		start, start + size, (uint32_t)map->text_length, (uint32_t)bytes
	};
	map->text_length += bytes;
}

/* Adds the whole lines of a chunk.  Returns how many bytes they are. */
static size_t perfmap_add_lines(struct perfmap *map, const char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		const char *end = memchr(bytes + done, '\n', length - done);
		if (!end)
			break;
		perfmap_add_line(map, bytes + done, (size_t)(end - bytes) - done);
		done = (size_t)(end - bytes) + 1;
	}
	/* No line is that long, so this is no map: all of it is skipped. */
	return done || length < CHUNK ? done : length;
}

/* Opens the map: a descriptor, or -1.  It never blocks and follows no link. */
static int open_map(struct perfmap *map, struct stat *status)
{
	int fd = open(map->path,
		      O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);

	if (fd < 0) {
		map->reason = map->length ? map->reason : errno == ELOOP ? NOT_ITS_OWN : NO_MAP;
		return -1;
	}
	if (fstat(fd, status) == 0 && S_ISREG(status->st_mode) &&
	    status->st_uid == map->owner)
		return fd;
	map->reason = NOT_ITS_OWN;
	close(fd);
	return -1;
}

static void read_map(struct perfmap *map, int fd)
{
	char *chunk = malloc(CHUNK);
	ssize_t got;

	while (chunk && (got = pread(fd, chunk, CHUNK, map->read)) > 0) {
		size_t done = perfmap_add_lines(map, chunk, (size_t)got);
		map->read += (off_t)done;
		if (done == 0)
			break;
	}
	free(chunk);
}

/* Reads what is new.  A file that was replaced is read from its beginning; what the old
 * one said stays, as older entries. */
static void read_news(struct perfmap *map)
{
	struct stat status;

	int fd = map->path ? open_map(map, &status) : -1;
	if (fd < 0)
		return;
	if (status.st_dev != map->device || status.st_ino != map->inode ||
	    status.st_size < map->read)
		map->read = 0;
	map->device = status.st_dev;
	map->inode = status.st_ino;
	map->reason = map->length == ENTRIES_MAX ? map->reason : NULL;
	if (status.st_size > map->read)
		read_map(map, fd);
	close(fd);
}

static int compare_points(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

/* The piece that the address is in; `pieces`: in none. */
static size_t perfmap_piece(const uint64_t *points, size_t pieces, uint64_t address)
{
	size_t beyond;

	BISECT(beyond, pieces + 1, points[beyond] <= address);
	return beyond == 0 || beyond > pieces ? pieces : beyond - 1;
}

/* The next piece at or after `at` that has no owner yet; shortens the paths on the
 * way. */
static size_t next_free(uint32_t *next, size_t at)
{
	while (next[at] != at) {
		next[at] = next[next[at]];
		at = next[at];
	}
	return at;
}

/* Gives each piece to the newest entry that covers it: from the newest to the oldest,
 * each entry takes the pieces that are left.  Each piece is taken once. */
static void share_out(const struct perfmap *map, const uint64_t *points, size_t pieces,
		      uint32_t *owners, uint32_t *next)
{
	for (size_t i = 0; i <= pieces; i++)
		next[i] = (uint32_t)i;
	for (size_t entry = map->length; entry-- > 0;) {
		const struct perfmap_entry *e = &map->entries[entry];
		size_t at = next_free(next, perfmap_piece(points, pieces, e->start));
		while (at < pieces && points[at] < e->end) {
			owners[at] = (uint32_t)entry + 1;
			next[at] = (uint32_t)at + 1;
			at = next_free(next, at);
		}
	}
}

/* Makes the index anew.  If there is no memory for it, the old one stays. */
static void make_index(struct perfmap *map)
{
	size_t count = 2 * map->length, length = 1;
	uint64_t *points = malloc(count * sizeof(*points));
	uint32_t *owners = calloc(count, sizeof(*owners));
	uint32_t *next = malloc(count * sizeof(*next));

	if (!points || !owners || !next) {
		free(points);
		free(owners);
		free(next);
		return;
	}
	for (size_t i = 0; i < map->length; i++) {
		points[2 * i] = map->entries[i].start;
		points[2 * i + 1] = map->entries[i].end;
	}
	qsort(points, count, sizeof(*points), compare_points);
	for (size_t i = 1; i < count; i++)
		if (points[i] != points[length - 1])
			points[length++] = points[i];
	share_out(map, points, length - 1, owners, next);
	free(next);
	free(map->points);
	free(map->owners);
	map->points = points;
	map->owners = owners;
	map->pieces = length - 1;
	map->indexed = map->length;
}

static const struct perfmap_entry *find_entry(const struct perfmap *map, uint64_t address)
{
	for (size_t i = map->length; i-- > map->indexed;)
		if (address >= map->entries[i].start && address < map->entries[i].end)
			return &map->entries[i];
	size_t piece = map->indexed ? perfmap_piece(map->points, map->pieces, address) : 0;
	if (!map->indexed || piece == map->pieces || !map->owners[piece])
		return NULL;
	return &map->entries[map->owners[piece] - 1];
}

const char *perfmap_find(struct perfmap *map, uint64_t address, size_t *length)
{
	read_news(map);
	size_t tail = map->length - map->indexed;
	if (tail > TAIL_MIN && tail > map->indexed / 8)
		make_index(map);
	const struct perfmap_entry *entry = find_entry(map, address);
	if (!entry)
		return NULL;
	*length = entry->length;
	return map->text + entry->name;
}

const char *perfmap_reason(const struct perfmap *map) { return map->reason; }

void perfmap_tidy(const char *name, size_t length, char *out, size_t size)
{
	static const char *const tags[] = { "JS:", "LazyCompile:", "Function:", "Script:",
					    "Eval:" };
	const char *end = name + length;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		size_t tag = strlen(tags[i]);
		if (length <= tag || memcmp(name, tags[i], tag) != 0 ||
		    !memchr("~^+*", name[tag], 4))
			continue;
		name += tag;
		while (name < end && memchr("~^+*'", *name, 5))
			name++;
		bool nameless = name < end && *name == ' ';
		snprintf(out, size, "%s%.*s", nameless ? "(anonymous)" : "", (int)(end - name),
			 name);
		return;
	}
	snprintf(out, size, "%.*s", (int)length, name);
}
