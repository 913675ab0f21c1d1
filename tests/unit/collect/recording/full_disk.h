/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_RECORDING_FULL_DISK_H
#define TESTS_UNIT_COLLECT_RECORDING_FULL_DISK_H
/*
 * A disk that is full where `full_at` says: a file system of SQLite's own interface
 * (sqlite3_vfs) stands over the true one, and refuses to write to files whose path the test
 * names.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include "tests/older.h"

static const char *_Atomic full_at;     /* part of a path; NULL: nowhere */
static int (*true_open)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static int (*true_write)(sqlite3_file *, const void *, int, sqlite3_int64);
#define KINDS 4
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;     /* around what is below */
static struct {
	const sqlite3_io_methods *real;
	sqlite3_io_methods full;
} kinds[2 * KINDS];                     /* of files, by what SQLite does with them: the
					 * recording's own, then those that are full at once */

static inline int write_full(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at)
{
	(void)file;
	(void)bytes;
	(void)length;
	(void)at;
	return SQLITE_FULL;
}

/* The path is known as a file is opened, and a disk may be full later: a file on it that
 * `full_at` could name asks each time. */
static char watched[128];

static inline int write_or_not(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at)
{
	const char *full = atomic_load(&full_at);

	if (full && strstr(watched, full))
		return write_full(file, bytes, length, at);
	return true_write(file, bytes, length, at);
}

/* The file from now on writes to a disk that may be full (`own`) or is. */
static inline bool watch_file(sqlite3_file *file, bool own)
{
	size_t i = own ? 0 : KINDS;

	while (kinds[i].real && kinds[i].real != file->pMethods)
		if (++i % KINDS == 0)
			return false;
	if (!kinds[i].real) {
		kinds[i].real = file->pMethods;
		kinds[i].full = *file->pMethods;
		true_write = kinds[i].full.xWrite;
		kinds[i].full.xWrite = own ? write_or_not : write_full;
	}
	file->pMethods = &kinds[i].full;
	return true;
}

static inline int open_watched(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
			int *out)
{
	int result = true_open(vfs, name, file, flags, out);
	const char *full = atomic_load(&full_at);
	bool own = name && strstr(name, watched);

	if (result != SQLITE_OK || (!own && !(full && name && strstr(name, full))))
		return result;
	pthread_mutex_lock(&opening);
	bool good = watch_file(file, own);
	pthread_mutex_unlock(&opening);
	return good ? SQLITE_OK : SQLITE_ERROR;
}

static inline int mount_disk(void **state)
{
	static sqlite3_vfs disk;

	(void)state;
	disk = *sqlite3_vfs_find(NULL);
	true_open = disk.xOpen;
	disk.zName = "a disk that may be full";
	disk.xOpen = open_watched;
	return sqlite3_vfs_register(&disk, 1);
}

#endif
