/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file: made with mode 0600, written in WAL mode so that readers and the writer never
 * wait for each other, and turned into one plain file at the end.  Everything between two
 * commits is one transaction.
 *
 * We wait for the disk (fdatasync) only when the log is copied into the file, where a
 * loss of power could otherwise mix old and new pages of what was kept before.  We do not
 * wait while the file is made, nor when it is closed, nor for a run that ends before its
 * first checkpoint: if the process dies, no page that was written is lost, and waiting
 * would be most of the time of a short run.
 */
#include "tracer/collect/recording/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/recording/store/store_held.h"
#include "tracer/collect/recording/store/store_parts.h"
#include "tracer/collect/recording/store/store_schema.h"

static const char *const statements[STORE_STATEMENTS] = {
	[STORE_META] = "INSERT OR REPLACE INTO meta VALUES(?, ?)",
	[STORE_PROCESS] = "INSERT INTO process VALUES(?, ?, ?, ?, ?, ?, ?)",
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

static int store_refuse(struct error *error, const char *path, const char *why)
{
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text), "cannot write %.300s: %s", path, why);
	return -1;
}

/* Removes logs that an earlier run left beside the path, which would be taken for this
 * one's. */
static void remove_logs(const char *path)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	char name[4200];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, suffixes[i]) < (int)sizeof(name))
			unlink(name);
}

/* Makes an empty file that belongs to the user, following links to an old one.  *real:
 * its path, which the caller frees. */
static int make_file(const char *path, bool force, char **real, struct error *error)
{
	char why[160];
	struct stat st;
	int fd;

	*real = NULL;
	if (!stat(path, &st)) {
		if (!force)
			return store_refuse(error, path,
					    "it exists; choose another name, or --force");
		if (!S_ISREG(st.st_mode))
			return store_refuse(
				error, path,
				"it is not a regular file; choose another name");
		*real = realpath(path, NULL);
		if (!*real || unlink(*real))
			goto failed;
	} else {
		*real = strdup(path);
	}
	fd = *real ? open(*real, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		goto failed;
	fchmod(fd, 0600);               /* whatever the shell's umask removes */
	close(fd);
	remove_logs(*real);
	return 0;
failed:
	snprintf(why, sizeof(why), "%s; name another place",
		 errno == EEXIST ? "it is a symbolic link to nowhere" : strerror(errno));
	store_refuse(error, path, why);
	free(*real);
	*real = NULL;
	return -1;
}

static int open_database(const char *path, sqlite3 **db)
{
	/* SQLite must not read a special meaning into the name: a file may be called
	 * ":memory:" or "file:x". */
	char *plain = path[0] == '/' ? strdup(path) : NULL;

	if (!plain && asprintf(&plain, "./%s", path) < 0)
		return SQLITE_NOMEM;
	int result = sqlite3_open_v2(plain, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	free(plain);
	if (result == SQLITE_OK)
		sqlite3_busy_timeout(*db, 2000);
	return result;
}

/* Room for the empty tables, without which no run should begin.  If a file system can't
 * reserve it, that shows at the first write. */
#define EMPTY_BYTES (160 << 10)

static int reserve(const struct store *store, struct error *error)
{
	int fd = open(store->path, O_RDWR | O_CLOEXEC);
	int result = fd < 0 ? -1 : fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, EMPTY_BYTES);
	int number = result ? errno : 0;

	if (fd >= 0)
		close(fd);
	if (number == ENOSPC)
		return store_refuse(error, store->path, "the disk is full; free some space, "
				    "or record elsewhere with -o");
	if (number == EDQUOT || number == EFBIG)
		return store_refuse(error, store->path, strerror(number));
	return 0;
}

int store_prepare(struct store *store, struct error *error)
{
	char sql[160];

	if (store->prepared)
		return 0;
	store->prepared = true;
	snprintf(sql, sizeof(sql), "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; BEGIN;"
		 "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		 STORE_APPLICATION_ID, STORE_VERSION);
	if (store_execute(store, sql, error) ||
	    store_execute(store, STORE_SCHEMA STORE_HELD_SCHEMA STORE_ARENA_SCHEMA
				 "COMMIT; PRAGMA journal_mode=WAL;", error))
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

static void store_destroy(struct store *store)
{
	for (unsigned i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	store_forget(store);
	free(store->path);
	free(store);
}

static int refuse_open(const struct store *store, struct error *error)
{
	const sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	char why[96], *whole = realpath(store->path, NULL);
	bool too_long = whole && vfs && strlen(whole) >= (size_t)vfs->mxPathname;

	free(whole);
	if (!too_long)
		return store_failed(store, error);
	snprintf(why, sizeof(why), "SQLite takes paths of less than %d bytes; name a shorter one",
		 vfs->mxPathname);
	return store_refuse(error, store->path, why);
}

int store_create(struct store **out, const char *path, bool force, struct error *error)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return store_refuse(error, path, "out of memory");
	/* We never ask how much SQLite has allocated.  The call is refused once SQLite
	 * runs; then it goes on counting. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (make_file(path, force, &store->path, error)) {
		free(store);
		return -1;
	}
	if (open_database(store->path, &store->db) != SQLITE_OK) {
		refuse_open(store, error);
		goto failed;
	}
	if (reserve(store, error))
		goto failed;
	*out = store;
	return 0;
failed:
	unlink(store->path);
	store_destroy(store);
	return -1;
}

static int meta(struct store *store, const char *key, uint64_t value, struct error *error)
{
	store_bind_text(store, STORE_META, 1, key);
	store_bind(store, STORE_META, 2, value);
	return store_step(store, STORE_META, error);
}

static int meta_real(struct store *store, const char *key, double value, struct error *error)
{
	store_bind_text(store, STORE_META, 1, key);
	store_bind_real(store, STORE_META, 2, value);
	return store_step(store, STORE_META, error);
}

static int meta_text(struct store *store, const char *key, const char *text, struct error *error)
{
	store_bind_text(store, STORE_META, 1, key);
	store_bind_text(store, STORE_META, 2, text);
	return store_step(store, STORE_META, error);
}

static int write_arguments(struct store *store, uint64_t process, char *const *argv, int argc,
			   struct error *error)
{
	for (int i = 0; argv && i < argc; i++) {
		store_bind(store, STORE_ARGUMENT, 1, process);
		store_bind(store, STORE_ARGUMENT, 2, (uint64_t)i);
		store_bind_text(store, STORE_ARGUMENT, 3, argv[i]);
		if (store_step(store, STORE_ARGUMENT, error))
			return -1;
	}
	return 0;
}

static int write_process(struct store *store, uint64_t id, const struct process *process,
			 struct error *error)
{
	store_bind(store, STORE_PROCESS, 1, id);
	store_bind(store, STORE_PROCESS, 2, (uint64_t)process->pid);
	store_bind(store, STORE_PROCESS, 3, (uint64_t)process->ppid);
	store_bind(store, STORE_PROCESS, 4, process->traced);
	store_bind_real(store, STORE_PROCESS, 5, process->began);
	store_bind_real(store, STORE_PROCESS, 6, process->ended);
	store_bind_text(store, STORE_PROCESS, 7, process->reason ? process->reason : "");
	if (store_step(store, STORE_PROCESS, error))
		return -1;
	return write_arguments(store, id, process->argv, process->argc, error);
}

static int write_ceilings(struct store *store, const struct ceilings *ceilings,
			  struct error *error)
{
	for (size_t i = 0; i < ceilings->length; i++) {
		const struct ceiling *ceiling = &ceilings->of[i];

		store_bind(store, STORE_CEILING, 1, i + 1);
		store_bind(store, STORE_CEILING, 2, ceiling->kind);
		store_bind_text(store, STORE_CEILING, 3, ceiling_name(ceiling->kind));
		store_bind(store, STORE_CEILING, 4, (uint64_t)ceiling->pid);
		store_bind(store, STORE_CEILING, 5, ceiling->bytes);
		store_bind(store, STORE_CEILING, 6, ceiling->used);
		store_bind(store, STORE_CEILING, 7, ceiling->most);
		sqlite3_bind_null(store->statements[STORE_CEILING], 8);
		sqlite3_bind_null(store->statements[STORE_CEILING], 9);
		if (ceiling->latest > 0) {
			store_bind_real(store, STORE_CEILING, 8, ceiling->earliest);
			store_bind_real(store, STORE_CEILING, 9, ceiling->latest);
		}
		if (store_step(store, STORE_CEILING, error))
			return -1;
	}
	if (*ceilings->inside && meta_text(store, "inside", ceilings->inside, error))
		return -1;
	return meta_real(store, "looked", ceilings->time, error);
}

int store_program(struct store *store, const struct program *program, struct error *error)
{
	if (store_begin(store, error) ||
	    store_execute(store, "DELETE FROM process; DELETE FROM argument; DELETE FROM ceiling;", error) ||
	    meta_text(store, "memtop", MEMTOP_VERSION, error) ||
	    meta_text(store, "kind", program->kind, error) ||
	    meta(store, "pid", (uint64_t)program->pid, error) ||
	    meta_real(store, "started", program->started, error) ||
	    meta_real(store, "seconds", program->seconds, error) ||
	    meta(store, "ended", program->ended, error) || meta(store, "finished", 0, error) ||
	    meta(store, "exit_status", (uint64_t)program->exit_status, error) ||
	    meta(store, "status_unknown", program->status_unknown, error) ||
	    meta(store, "signal", (uint64_t)program->signal, error) ||
	    (*program->unseen && meta_text(store, "unseen", program->unseen, error)) ||
	    (program->sample && meta(store, "sample", program->sample, error)) ||
	    (program->attached && (meta(store, "attached", 1, error) ||
				   meta(store, "before", program->before, error))) ||
	    (program->oom_kills && meta(store, "oom_kills", program->oom_kills, error)) ||
	    write_ceilings(store, &program->ceilings, error) ||
	    (program->filtered && meta(store, "filtered", program->filtered, error)))
		return -1;
	/* Process 0 has the program as the user gave it. */
	if (write_arguments(store, 0, program->argv, program->argc, error))
		return -1;
	for (size_t i = 0; i < program->processes_length; i++)
		if (write_process(store, i + 1, &program->processes[i], error))
			return -1;
	return 0;
}

int store_finished(struct store *store, struct error *error)
{
	return store_begin(store, error) || meta(store, "finished", 1, error) ? -1 : 0;
}

int store_point(struct store *store, const struct point *point, struct error *error)
{
	if (store_begin(store, error))
		return -1;
	store_bind_real(store, STORE_POINT, 1, point->time);
	store_bind(store, STORE_POINT, 2, point->current);
	store_bind(store, STORE_POINT, 3, point->peak);
	store_bind(store, STORE_POINT, 4, point->rss);
	store_bind(store, STORE_POINT, 5, point->blocks);
	store_bind(store, STORE_POINT, 6, point->allocations);
	return store_step(store, STORE_POINT, error);
}

int store_mark(struct store *store, const struct mark *mark, struct error *error)
{
	if (store_begin(store, error))
		return -1;
	store_bind_real(store, STORE_MARK, 1, mark->time);
	store_bind_text(store, STORE_MARK, 2, mark->text);
	return store_step(store, STORE_MARK, error);
}

int store_commit_log(struct store *store, struct error *error)
{
	if (store->catalog && store_refresh(store, error))
		return -1;
	if (!store->open)
		return 0;
	if (store_execute(store, "COMMIT", error))
		return -1;
	store->open = false;
	return 0;
}

int store_commit(struct store *store, bool wait, struct error *error)
{
	bool open = store->open;

	if (store_commit_log(store, error))
		return -1;
	if (!open)
		return 0;
	/* Copies the log into the file itself, as far as no reader needs the old
	 * pages. */
	if (wait)
		sqlite3_exec(store->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return 0;
}

static int copy_to(const struct store *store, const char *path, sqlite3 **db)
{
	int result = open_database(path, db);

	if (result != SQLITE_OK)
		return result;
	sqlite3_backup *backup = sqlite3_backup_init(*db, "main", store->db, "main");

	if (!backup)
		return SQLITE_ERROR;
	sqlite3_backup_step(backup, -1);
	result = sqlite3_backup_finish(backup);
	if (result != SQLITE_OK)
		return result;
	return sqlite3_exec(*db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return !stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

int store_copy(struct store *store, const char *path, bool force, struct error *error)
{
	sqlite3 *db = NULL;
	char *real;
	int result = 0;

	if (force && is_same_file(path, store->path))
		return store_refuse(error, path, "it is this recording; choose another name");
	if (store_commit(store, true, error) || make_file(path, force, &real, error))
		return -1;
	if (copy_to(store, real, &db) != SQLITE_OK) {
		result = store_refuse(error, path, sqlite3_errmsg(db));
		unlink(real);
	}
	sqlite3_close(db);
	free(real);
	return result;
}

int store_finish(struct store *store, struct error *error)
{
	int result = store_prepare(store, error) || store_commit(store, false, error) ? -1 : 0;

	if (result && store->open)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	/* Refused while another process reads the file, which then keeps its log and can
	 * still be opened.  OFF, because a single write of one page needs no journal. */
	sqlite3_exec(store->db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", NULL, NULL,
		     NULL);
	store_destroy(store);
	return result;
}
