/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/debug/cache/room.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "tracer/ground/array.h"

#define FORSAKEN_SECONDS 3600
#define NOTES ".put"            /* its length is what was noted: see room_note */
#define NOTE_BYTES (ROOM_PUT_BYTES / ROOM_PUT_FILES)

struct file {
	char *name;
	struct timespec time;
	uint64_t bytes;
};

struct listing {
	struct file *v;
	size_t length, room;
	uint64_t bytes;
};

static int by_age(const void *left, const void *right)
{
	const struct timespec *a = &((const struct file *)left)->time;
	const struct timespec *b = &((const struct file *)right)->time;

	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}

static void room_add(struct listing *listing, int folder, const char *name)
{
	struct stat status;

	if (name[0] == '.' || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    S_ISDIR(status.st_mode))
		return;
	if (strncmp(name, ROOM_TEMPORARY, strlen(ROOM_TEMPORARY)) == 0) {
		if (time(NULL) - status.st_mtim.tv_sec > FORSAKEN_SECONDS)
			unlinkat(folder, name, 0);
		return;
	}
	char *copy = strdup(name);
	if (!copy || !array_grow(&listing->v, &listing->room, listing->length + 1,
				 sizeof(*listing->v))) {
		free(copy);
		return;
	}
	uint64_t bytes = (uint64_t)status.st_blocks * 512;
	listing->v[listing->length++] = (struct file){ copy, status.st_mtim, bytes };
	listing->bytes += bytes;
}

static void list(struct listing *listing, int folder)
{
	/* A second descriptor, because closedir closes it. */
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir && fd >= 0)
		close(fd);
	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
		room_add(listing, folder, entry->d_name);
	if (dir)
		closedir(dir);
}

/* A listing of 4,096 files takes 15 ms, which each run of a new build would pay.  So a run adds a
 * byte to a file for each NOTE_BYTES that it has put into the folder, and only when there are
 * enough of them the folder is listed.  Appending needs no lock. */
bool room_note(int folder, uint64_t bytes)
{
	static const char notes[ROOM_PUT_FILES];
	uint64_t length = bytes / NOTE_BYTES + 1;
	struct stat status;
	int fd = openat(folder, NOTES, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
			O_CLOEXEC, 0600);

	if (fd < 0)
		return true;
	length = length < sizeof(notes) ? length : sizeof(notes);
	bool noted = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		     write(fd, notes, length) == (ssize_t)length;

	close(fd);
	return !noted || (uint64_t)status.st_size + length >= ROOM_PUT_FILES;
}

void room_make(int folder, uint64_t bytes, unsigned files)
{
	struct listing listing = { 0 };

	unlinkat(folder, NOTES, 0);
	list(&listing, folder);
	bool full = listing.bytes > bytes || listing.length > files;
	uint64_t left = listing.bytes;
	if (full)
		qsort(listing.v, listing.length, sizeof(*listing.v), by_age);
	for (size_t i = 0; i < listing.length; i++) {
		if (full && (left > bytes / 4 * 3 || listing.length - i > files / 4 * 3)) {
			unlinkat(folder, listing.v[i].name, 0);
			left -= listing.v[i].bytes;
		}
		free(listing.v[i].name);
	}
	free(listing.v);
}
