/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording while it is written: what is noted of the run, the transactions, the copy on
 * demand, the end.  Everything between two commits is one transaction.
 */
#include "tracer/collect/recording/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/recording/store/store_file.h"
#include "tracer/collect/recording/store/store_held.h"
#include "tracer/collect/recording/store/store_parts.h"
#include "tracer/ground/same_file.h"

/* Whether another run's file has this one's name by now (--force): then the log beside it is
 * that run's. */
static bool is_replaced(const struct store *store)
{
	int moved = 0;

	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved && !access(store->path, F_OK);
}

/* To be called before the log is ended, which removes whatever has its name. */
static void spare_log(const struct store *store)
{
	int spare = 1;

	if (store->db && is_replaced(store))
		sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &spare);
}

static void store_destroy(struct store *store)
{
	spare_log(store);
	for (unsigned i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	store_forget(store);
	free(store->path);
	free(store);
}

static int refuse_open(const struct store *store, struct error *error)
{
	char *whole = realpath(store->path, NULL);
	bool too_long = whole && store_file_is_long(whole, store->path, error);

	free(whole);
	return too_long ? -1 : store_failed(store, error);
}

int store_create(struct store **out, const char *path, bool force, struct error *error)
{
	struct store *store = calloc(1, sizeof(*store));
	struct store_file file;

	if (!store)
		return store_refuse(error, path, "out of memory");
	/* We never ask how much SQLite has allocated.  The call is refused once SQLite
	 * runs; then it goes on counting. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (store_file_make(path, force, &file, error) || store_file_place(&file, path, error)) {
		free(store);
		return -1;
	}
	store->path = file.path;
	file.path = NULL;
	store_file_forget(&file);
	if (store_file_open(store->path, &store->db) != SQLITE_OK) {
		refuse_open(store, error);
		unlink(store->path);
		store_destroy(store);
		return -1;
	}
	*out = store;
	return 0;
}

static int meta(struct store *store, const char *key, uint64_t value, struct error *error)
{
	store_bind_text(store, STORE_META, 1, key);
	store_bind(store, STORE_META, 2, value);
	return store_step(store, STORE_META, error);
}

static int meta_real(struct store *store, const char *key, double value,
		     struct error *error)
{
	store_bind_text(store, STORE_META, 1, key);
	store_bind_real(store, STORE_META, 2, value);
	return store_step(store, STORE_META, error);
}

static int meta_text(struct store *store, const char *key, const char *text,
		     struct error *error)
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
	store_bind(store, STORE_PROCESS, 8,
		   process->vacant ? 0 : process->others + UINT64_C(1));
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

int store_finished(struct store *store, bool finished, struct error *error)
{
	int result = store_begin(store, error) || meta(store, "finished", finished, error) ? -1 : 0;

	if (result && !finished && store->open) {
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		store->open = false;
	}
	return result;
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

/* Whether readers can share memory with us beside the file, as they must for a log: SQLite
 * itself tries it, with the length that it takes for that. */
static bool can_share(const struct store *store)
{
	sqlite3_file *file = NULL;
	void volatile *memory = NULL;

	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (!file || !file->pMethods || file->pMethods->iVersion < 2)
		return false;
	int result = file->pMethods->xShmMap(file, 0, 32768, true, &memory);

	file->pMethods->xShmUnmap(file, true);
	return result == SQLITE_OK && memory;
}

/* Says what the file is, now that it has a whole state, which is on the disk if later ones
 * are to be; before anything can follow it there is a log, or a journal.  With a journal the
 * file stays locked, so that no reader can keep us from writing; what is not committed stays
 * in memory, and the journal is void until it is on the disk, so that who is killed leaves a
 * file to read. */
static int say_whole(struct store *store, bool goes_on, bool wait, struct error *error)
{
	bool logs = goes_on && !is_replaced(store);
	char sql[240];

	if (store->whole)
		return 0;
	store->unshared = logs && !can_share(store);
	snprintf(sql, sizeof(sql), "%s%sPRAGMA user_version=%d",
		 wait ? "PRAGMA synchronous=NORMAL; PRAGMA user_version=0;" : "",
		 store->unshared ? "PRAGMA synchronous=NORMAL; PRAGMA cache_spill=OFF;"
				   "PRAGMA journal_mode=TRUNCATE;" :
		 logs ? "PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL;" : "",
		 STORE_VERSION);
	if (store_execute(store, sql, error))
		return -1;
	store->whole = true;
	return 0;
}

int store_commit(struct store *store, bool wait, struct error *error)
{
	bool open = store->open;

	if (store_commit_log(store, error))
		return -1;
	if (!open)
		return 0;
	if (say_whole(store, true, wait, error))
		return -1;
	/* Copies the log into the file itself, as far as no reader needs the old
	 * pages. */
	if (wait)
		sqlite3_exec(store->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return 0;
}

int store_commit_last(struct store *store, struct error *error)
{
	if (store->whole)
		return store_commit(store, false, error);
	if (store_commit_log(store, error))
		return -1;
	return say_whole(store, false, false, error);
}

static int copy_to(const struct store *store, const char *path, sqlite3 **db)
{
	int result = store_file_open(path, db);

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

int store_copy(struct store *store, const char *path, bool force, struct error *error)
{
	struct store_file file;
	sqlite3 *db = NULL;

	if (force && same_file(path, store->path))
		return store_refuse(error, path, "it is this recording; choose another name");
	if (store_commit(store, true, error) || store_file_make(path, force, &file, error))
		return -1;
	int result = store_file_is_long(file.made, path, error) ? -1 :
		     copy_to(store, file.made, &db) == SQLITE_OK ? 0 :
		     store_refuse(error, path, sqlite3_errmsg(db));

	sqlite3_close(db);
	if (result)
		store_file_drop(&file);
	else
		result = store_file_place(&file, path, error);
	if (!result)
		store_file_forget(&file);
	return result;
}

int store_finish(struct store *store, struct error *error)
{
	int result = store_prepare(store, error) || store_commit_last(store, error) ? -1 : 0;

	if (result && store->open)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	spare_log(store);
	/* Refused while another process reads the file, which then keeps its log and can
	 * still be opened.  OFF, because a single write of one page needs no journal.  One
	 * that is there goes only with the lock, and may be that of who replaced the file. */
	if (!store->unshared)
		sqlite3_exec(store->db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", NULL,
			     NULL, NULL);
	else if (!is_replaced(store))
		sqlite3_exec(store->db, "PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=OFF",
			     NULL, NULL, NULL);
	store_destroy(store);
	return result;
}

void store_leave(struct store *store)
{
	struct error ignored;

	if (store->whole)
		store_finish(store, &ignored);
	else
		store_destroy(store);
}
