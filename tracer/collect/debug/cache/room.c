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

void room_make(int folder, uint64_t bytes, unsigned files)
{
	struct listing listing = { 0 };

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
