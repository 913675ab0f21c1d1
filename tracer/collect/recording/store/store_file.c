/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file: made with mode 0600, written in WAL mode so that readers and the writer never
 * wait for each other, and turned into one plain file at the end.  Its tables and the
 * statements that fill them are made when something is written for the first time.
 *
 * Until it has a first whole state there is nothing worth to be read or kept, so it is
 * written without a log till then, locked, and with 0 as its version, which memtop
 * refuses; a run that ends within a second has no log at all.  Where the log's readers
 * can't share memory, as on 9p or vboxsf, the file has a journal instead of a log, and stays
 * locked to its end.
 *
 * We wait for the disk (fdatasync) only when the log is copied into the file, where a
 * loss of power could otherwise mix old and new pages of what was kept before.  We do not
 * wait while the file is made, nor when it is closed, nor for a run that ends before its
 * first checkpoint: if the process dies, no page that was written is lost, and waiting
 * would be most of the time of a short run.
 */
#include "tracer/collect/recording/store/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/recording/store/store.h"
#include "tracer/collect/recording/store/store_held.h"
#include "tracer/collect/recording/store/store_parts.h"
#include "tracer/collect/recording/store/store_schema.h"

static const char *const statements[STORE_STATEMENTS] = {
	[STORE_META] = "INSERT OR REPLACE INTO meta VALUES(?, ?)",
	[STORE_PROCESS] = "INSERT INTO process VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_ARGUMENT] = "INSERT INTO argument VALUES(?, ?, ?)",
	[STORE_POINT] = "INSERT INTO point VALUES(NULL, ?, ?, ?, ?, ?, ?)",
	[STORE_MARK] = "INSERT INTO mark VALUES(NULL, ?, ?)",
	[STORE_THREAD] = "INSERT OR REPLACE INTO thread VALUES(?, ?, ?)",
	[STORE_MODULE] = "INSERT OR REPLACE INTO module VALUES(?, ?, ?, ?, ?)",
	[STORE_FRAME] = "INSERT OR IGNORE INTO frame VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_SITE] = "INSERT OR IGNORE INTO site VALUES(?, ?, ?)",
	[STORE_SITE_FRAME] = "INSERT OR IGNORE INTO site_frame VALUES(?, ?, ?)",
	[STORE_TRACES] = "INSERT INTO trace_chunk VALUES(?, ?, ?)",
	[STORE_MOMENT] = "INSERT INTO moment VALUES(?, ?, ?, ?, ?, ?, ?"
			 STORE_TOTALS(STORE_TOTAL_MARK) STORE_CUTS(STORE_CUT_MARK) ", ?, ?, ?)",
	[STORE_STATS] = "INSERT INTO stat_chunk VALUES(?, ?, ?, ?, ?)",
	[STORE_FIGURE] = "INSERT INTO figure VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_SOURCE] = "INSERT OR IGNORE INTO source VALUES(?, ?, ?)",
	[STORE_FORGET_MOMENT] = "DELETE FROM moment WHERE id = ?",
	[STORE_FORGET_STATS] = "DELETE FROM stat_chunk WHERE layer = ?",
	[STORE_FORGET_FIGURES] = ("DELETE FROM figure WHERE id >= ?1 << 32"
				  " AND id < (?1 + 1) << 32"),
	[STORE_UNKNOWN] = ("INSERT INTO unknown_free VALUES(?, ?, ?) ON CONFLICT(moment, module)"
			   " DO UPDATE SET count = count + excluded.count"),
	[STORE_HISTORY] = "INSERT OR REPLACE INTO history VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_FORGET_HISTORY] = "DELETE FROM history WHERE id = ?",
	[STORE_FORGET_PAST] = "DELETE FROM history WHERE id BETWEEN ? AND ?",
	[STORE_CEILING] = "INSERT INTO ceiling VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_GROWTH_AXIS] = "INSERT INTO growth_axis VALUES(?, ?)",
	[STORE_GROWTH] = "INSERT OR REPLACE INTO growth VALUES(?, ?, ?, ?, ?)",
	[STORE_FORGET_GROWTH_AXIS] = "DELETE FROM growth_axis WHERE moment = ?",
	[STORE_FORGET_GROWTH] = "DELETE FROM growth WHERE moment = ?",
	[STORE_LOOK] = "INSERT INTO look VALUES(?, ?, ?, ?)",
	[STORE_LOOK_STAT] = "INSERT OR REPLACE INTO look_stat"
			    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_LOOK_TYPE] = "INSERT OR REPLACE INTO look_type VALUES(?, ?, ?)",
	[STORE_LOOK_PART] = "INSERT OR REPLACE INTO look_part"
			    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_LOOK_ROOT] = "INSERT OR REPLACE INTO look_root VALUES(?, ?, ?)",
	[STORE_LOOK_NODE] = "INSERT OR REPLACE INTO look_node VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_LOOK_NAME] = "INSERT OR REPLACE INTO look_name VALUES(?, ?, ?, ?)",
	[STORE_LOOK_EXAMPLE] = "INSERT OR REPLACE INTO look_example VALUES(?, ?, ?, ?, ?)",
	[STORE_ARENA] = "INSERT OR REPLACE INTO look_arena"
			     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STORE_ARENA_PART] = "INSERT OR REPLACE INTO look_arena_part"
				  " VALUES(?, ?, ?, ?, ?, ?, ?)",
	[STORE_FORGET_ARENAS] = "DELETE FROM look_arena WHERE moment = ?",
	[STORE_FORGET_ARENA_PARTS] = "DELETE FROM look_arena_part WHERE moment = ?",
	[STORE_FORGET_LOOK_ROOTS] = "DELETE FROM look_root WHERE moment = ?",
	[STORE_FORGET_LOOK_NODES] = "DELETE FROM look_node WHERE moment = ?",
	[STORE_FORGET_LOOK_NAMES] = "DELETE FROM look_name WHERE moment = ?",
	[STORE_MAPPER] = "INSERT OR REPLACE INTO look_mapper VALUES(?, ?, ?)",
	[STORE_FORGET_MAPPERS] = "DELETE FROM look_mapper WHERE moment = ?",
	[STORE_FORGET_LOOK_EXAMPLES] = "DELETE FROM look_example WHERE moment = ?",
	[STORE_FORGET_LOOK_TYPES] = "DELETE FROM look_type WHERE moment = ?",
	[STORE_FORGET_LOOK_PARTS] = "DELETE FROM look_part WHERE moment = ?",
	[STORE_FORGET_LOOK] = "DELETE FROM look WHERE moment = ?",
	[STORE_FORGET_LOOK_STATS] = "DELETE FROM look_stat WHERE moment = ?",
	[STORE_FORGET_UNKNOWN] = "DELETE FROM unknown_free WHERE moment = ?",
};

static const char *const log_suffixes[] = { "-wal", "-shm", "-journal" };
#define LOG_SUFFIXES (sizeof(log_suffixes) / sizeof(log_suffixes[0]))

/* Whether the path can have logs beside it.  0, or -1 with errno. */
static int check_logs(const char *path)
{
	char name[PATH_MAX + 16];
	struct stat st;

	for (size_t i = 0; i < LOG_SUFFIXES; i++) {
		snprintf(name, sizeof(name), "%s%s", path, log_suffixes[i]);
		int number = lstat(name, &st) ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;

		errno = number;
		if (number && number != ENOENT)
			return -1;
	}
	return 0;
}

/* Removes the logs beside the path, which would be taken for those of a file that comes there
 * now.  0, or -1 with errno. */
static int remove_logs(const char *path)
{
	char name[PATH_MAX + 16];

	for (size_t i = 0; i < LOG_SUFFIXES; i++) {
		snprintf(name, sizeof(name), "%s%s", path, log_suffixes[i]);
		if (unlink(name) && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* The logs beside one path, of which there may be none, come beside the other.  0, or -1 with
 * errno. */
static int move_logs(const char *from, const char *to)
{
	char old[PATH_MAX + 16], new[PATH_MAX + 32];

	for (size_t i = 0; i < LOG_SUFFIXES; i++) {
		snprintf(old, sizeof(old), "%s%s", from, log_suffixes[i]);
		snprintf(new, sizeof(new), "%s%s", to, log_suffixes[i]);
		if (rename(old, new) && errno != ENOENT)
			return -1;
	}
	return 0;
}

int store_refuse(struct error *error, const char *path, const char *why)
{
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text), "cannot write %.300s: %s", path, why);
	return -1;
}

static int refuse_make(const char *path, struct error *error)
{
	int number = errno;
	char why[160];

	if (number == ENAMETOOLONG)
		snprintf(why, sizeof(why), "its name, or that of its log, is too long; name a "
			 "shorter one");
	else
		snprintf(why, sizeof(why), "%s; name another place",
			 number == EEXIST ? "it is a symbolic link to nowhere" :
			 number == EISDIR ? "a folder has the name of its log" :
			 strerror(number));
	return store_refuse(error, path, why);
}

/* Whether SQLite takes a path of that length. */
static bool is_long(const char *path, size_t *most)
{
	const sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	*most = vfs ? (size_t)vfs->mxPathname : SIZE_MAX;
	return strlen(path) >= *most;
}

bool store_file_is_long(const char *path, const char *named, struct error *error)
{
	char why[96];
	size_t most;

	if (!is_long(path, &most))
		return false;
	snprintf(why, sizeof(why), "SQLite takes paths of less than %zu bytes; name a shorter one",
		 most);
	store_refuse(error, named, why);
	return true;
}

/* Room for the empty tables, and locks, without which no run should begin.  If a file system
 * can't reserve room, that shows at the first write. */
#define EMPTY_BYTES (160 << 10)

/* `old`: the file whose room it has once that is gone; all zero: none. */
static int reserve(int fd, const struct stat *old, const char *path, struct error *error)
{
	struct flock whole = { .l_type = F_WRLCK };
	bool given = old->st_nlink == 1 && old->st_blocks * 512 >= EMPTY_BYTES;
	int number = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, EMPTY_BYTES) ? errno : 0;

	if (fcntl(fd, F_SETLK, &whole) && errno != EAGAIN && errno != EACCES)
		return store_refuse(error, path, "its file system has no locks for files; "
				    "record elsewhere with -o");
	if (number == ENOSPC && !given)
		return store_refuse(error, path, "the disk is full; free some space, "
				    "or record elsewhere with -o");
	if ((number == EDQUOT && !given) || number == EFBIG)
		return store_refuse(error, path, strerror(number));
	return 0;
}

/* Makes it, with the mode whatever the shell's umask removes: at its own path, or, if an old
 * file has that, beside it.  Its descriptor, or -1 with errno. */
static int make_new(struct store_file *file, bool old)
{
	const char *name = strrchr(file->path, '/');
	int folder = name ? (int)(name - file->path) + 1 : 0;

	if (old && asprintf(&file->made, "%.*s.memtop-XXXXXX", folder, file->path) < 0)
		file->made = NULL;
	else if (!old)
		file->made = strdup(file->path);
	if (!file->made)
		return -1;
	int fd = old ? mkostemp(file->made, O_CLOEXEC) :
		       open(file->made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		fchmod(fd, 0600);
	return fd;
}

int store_file_make(const char *path, bool force, struct store_file *file, struct error *error)
{
	struct stat st;
	bool old = !stat(path, &st);

	*file = (struct store_file){ 0 };
	if (old && !force)
		return store_refuse(error, path, "it exists; choose another name, or --force");
	if (old && !S_ISREG(st.st_mode))
		return store_refuse(error, path, "it is not a regular file; choose another name");
	if (!old)
		st = (struct stat){ 0 };
	file->path = old ? realpath(path, NULL) : strdup(path);
	int fd = file->path && !check_logs(file->path) ? make_new(file, old) : -1;

	if (fd < 0) {
		refuse_make(path, error);
		store_file_forget(file);
		return -1;
	}
	int result = reserve(fd, &st, path, error);

	close(fd);
	if (!result && !(old && store_file_is_long(file->path, path, error)))
		return 0;
	store_file_drop(file);
	return -1;
}

/* Puts the file in the old one's place.  Without its logs that may lack what was in them, so
 * they go last, and until then they step aside.  0, or -1 with errno; then it has them again. */
static int replace_old(const struct store_file *file)
{
	if (!move_logs(file->path, file->made) && !rename(file->made, file->path)) {
		remove_logs(file->made);
		return 0;
	}
	int number = errno;

	move_logs(file->made, file->path);
	errno = number;
	return -1;
}

int store_file_place(struct store_file *file, const char *path, struct error *error)
{
	bool old = strcmp(file->made, file->path) != 0;

	if (!(old ? replace_old(file) : remove_logs(file->path)))
		return 0;
	refuse_make(path, error);
	store_file_drop(file);
	return -1;
}

void store_file_drop(struct store_file *file)
{
	unlink(file->made);
	store_file_forget(file);
}

void store_file_forget(struct store_file *file)
{
	free(file->made);
	free(file->path);
	*file = (struct store_file){ 0 };
}

int store_file_open(const char *path, sqlite3 **db)
{
	/* SQLite must not read a special meaning into the name: a file may be called
	 * ":memory:" or "file:x". */
	char *plain = path[0] == '/' ? strdup(path) : NULL;

	if (!plain && asprintf(&plain, "./%s", path) < 0)
		return SQLITE_NOMEM;
	int result = sqlite3_open_v2(plain, db,
				     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	free(plain);
	if (result == SQLITE_OK)
		sqlite3_busy_timeout(*db, 2000);
	return result;
}

int store_prepare(struct store *store, struct error *error)
{
	char sql[160];

	if (store->prepared)
		return 0;
	store->prepared = true;
	snprintf(sql, sizeof(sql), "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;"
		 "PRAGMA locking_mode=EXCLUSIVE; BEGIN; PRAGMA application_id=%d;",
		 STORE_APPLICATION_ID);
	if (store_execute(store, sql, error) ||
	    store_execute(store, STORE_SCHEMA STORE_HELD_SCHEMA STORE_ARENA_SCHEMA "COMMIT;", error))
		goto failed;
	for (unsigned i = 0; i < STORE_STATEMENTS; i++)
		if (sqlite3_prepare_v3(store->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &store->statements[i], NULL) != SQLITE_OK) {
			store_failed(store, error);
			goto failed;
		}
	return 0;
failed:
	unlink(store->path);
	remove_logs(store->path);
	return -1;
}

int store_begin(struct store *store, struct error *error)
{
	if (store->open)
		return 0;
	if (store_prepare(store, error) || store_execute(store, "BEGIN IMMEDIATE", error))
		return -1;
	store->open = true;
	return 0;
}
