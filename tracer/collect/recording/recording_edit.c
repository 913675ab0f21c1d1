/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/recording_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/recording/recording_parts.h"
#include "tracer/collect/recording/source.h"

enum statement { DROP_FRAMES, ADD_FRAME, ADD_SITE_FRAME, SET_REASON, ADD_SOURCE, STATEMENTS };

static const char *const texts[STATEMENTS] = {
	[DROP_FRAMES] = "DELETE FROM site_frame WHERE site = ?",
	[ADD_FRAME] = "INSERT INTO frame VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_SITE_FRAME] = "INSERT INTO site_frame(site, position, frame) VALUES(?, ?, ?)",
	[SET_REASON] = "UPDATE module SET reason = ?2 WHERE id = ?1",
	[ADD_SOURCE] = "INSERT OR IGNORE INTO source(file, line, text) VALUES(?, ?, ?)",
};

struct recording_edit {
	struct recording *recording;
	char *path, *copy;              /* the file, links followed; and the copy that
					 * will replace it */
	sqlite3 *db;                    /* opened on the copy */
	sqlite3_stmt *statements[STATEMENTS];
	uint32_t next_frame;            /* the first id that the file does not use */
	uint32_t *frames;               /* by the id in `names`: the id in the file; 0:
					 * not written */
	size_t frames_length;
	struct sources *sources;
	bool made;                      /* the copy was created */
};

static int fail_edit(const struct recording_edit *edit, const char *why,
		     struct error *error)
{
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text), "cannot write %.300s: %.160s; it is as it was",
		 edit->path ? edit->path : "the recording", why);
	recording_make_safe(error);
	return -1;
}

static int fail_sqlite(const struct recording_edit *edit, struct error *error)
{
	return fail_edit(edit, edit->db ? sqlite3_errmsg(edit->db) : "out of memory", error);
}

/* Switches the log off.  Returns whether that worked: SQLite does it only if no other
 * connection has the file open. */
static bool leave_log(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	bool left = false;

	if (sqlite3_prepare_v2(db, "PRAGMA journal_mode=DELETE", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		const unsigned char *mode = sqlite3_column_text(statement, 0);
		left = mode && strcmp((const char *)mode, "delete") == 0;
	}
	sqlite3_finalize(statement);
	return left;
}

int recording_settle(const char *path, struct error *error)
{
	char log[PATH_MAX + 8];
	char *real = realpath(path, NULL);
	sqlite3 *db = NULL;
	bool settled = true;

	snprintf(log, sizeof(log), "%s-wal", real ? real : path);
	if (real && access(log, F_OK) == 0)
		settled = sqlite3_open_v2(real, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
			  leave_log(db);
	sqlite3_close(db);
	free(real);
	if (settled)
		return 0;
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text), "cannot write %.300s: a memtop writes it still, or "
		 "it is not yours to write; resolve it when the run has ended", path);
	recording_make_safe(error);
	return -1;
}

/* Makes an empty file beside the recording, with its mode and, if that is allowed, its
 * owner. */
static int make_copy(struct recording_edit *edit, struct error *error)
{
	struct stat status;

	if (stat(edit->path, &status) != 0 || access(edit->path, W_OK) != 0)
		return fail_edit(edit, strerror(errno), error);
	int fd = open(edit->copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (fd < 0)
		return fail_edit(edit, strerror(errno), error);
	edit->made = true;
	bool owned = fchown(fd, status.st_uid, status.st_gid) == 0 || status.st_uid == geteuid();
	bool same = owned && fchmod(fd, status.st_mode & 07777) == 0;
	close(fd);
	return same ? 0 : fail_edit(edit, "its owner can't be kept", error);
}

/* Opens the copy, which needs no journal, because it is deleted unless it is
 * completed. */
static int open_copy(struct recording_edit *edit, struct error *error)
{
	if (sqlite3_open_v2(edit->copy, &edit->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW,
			    NULL) != SQLITE_OK)
		return fail_sqlite(edit, error);
	sqlite3_backup *backup = sqlite3_backup_init(edit->db, "main", edit->recording->db, "main");
	if (!backup)
		return fail_sqlite(edit, error);
	sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) != SQLITE_OK)
		return fail_sqlite(edit, error);
	sqlite3_db_config(edit->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(edit->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (sqlite3_exec(edit->db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN", NULL,
			 NULL, NULL) != SQLITE_OK)
		return fail_sqlite(edit, error);
	for (unsigned i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v2(edit->db, texts[i], -1, &edit->statements[i], NULL) !=
		    SQLITE_OK)
			return fail_sqlite(edit, error);
	return 0;
}

int recording_edit_begin(struct recording_edit **out, struct recording *recording,
			 struct error *error)
{
	struct recording_edit *edit = calloc(1, sizeof(*edit));
	const struct recording_ids *frames = &recording->frames;

	*error = (struct error){ .status = 125, .text = "cannot resolve: out of memory" };
	if (!edit)
		return -1;
	edit->recording = recording;
	edit->path = realpath(recording->path, NULL);
	edit->sources = sources_new();
	edit->next_frame = frames->length ? frames->ids[frames->length - 1] + 1 : 1;
	if (!edit->path || !edit->sources ||
	    asprintf(&edit->copy, "%s.resolve-%d", edit->path, (int)getpid()) < 0) {
		edit->copy = NULL;
		recording_edit_free(edit);
		return -1;
	}
	if (make_copy(edit, error) || open_copy(edit, error)) {
		recording_edit_free(edit);
		return -1;
	}
	*out = edit;
	return 0;
}

/* Runs a statement whose values are bound already. */
static int edit_step(struct recording_edit *edit, enum statement which, struct error *error)
{
	sqlite3_stmt *statement = edit->statements[which];
	int result = sqlite3_step(statement) == SQLITE_DONE ? 0 : fail_sqlite(edit, error);

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

static void edit_bind(struct recording_edit *edit, enum statement which, int place, int64_t value)
{
	sqlite3_bind_int64(edit->statements[which], place, value);
}

static void edit_bind_text(struct recording_edit *edit, enum statement which, int place,
			   const char *text)
{
	sqlite3_bind_text(edit->statements[which], place, text, -1, SQLITE_TRANSIENT);
}

/* The file's id for one that the catalog counts from ids->first. */
static uint32_t file_id(const struct recording_ids *ids, uint32_t id)
{
	return id >= ids->first && id - ids->first < ids->length ? ids->ids[id - ids->first] : 0;
}

static int add_source(struct recording_edit *edit, const char *file, uint32_t line,
		      struct error *error)
{
	char text[4096];

	if (!line || sources_line(edit->sources, file, line, text, sizeof(text)) < 0)
		return 0;
	edit_bind_text(edit, ADD_SOURCE, 1, file);
	edit_bind(edit, ADD_SOURCE, 2, line);
	edit_bind_text(edit, ADD_SOURCE, 3, text);
	return edit_step(edit, ADD_SOURCE, error);
}

static int edit_add_frame(struct recording_edit *edit, const struct catalog *names,
		     const struct frame *frame, struct error *error)
{
	const char *file = catalog_text(names, frame->file);

	if (edit->next_frame == UINT32_MAX)
		return fail_edit(edit, "it has no room for more frames", error);
	edit_bind(edit, ADD_FRAME, 1, edit->next_frame++);
	edit_bind_text(edit, ADD_FRAME, 2, catalog_text(names, frame->function));
	edit_bind_text(edit, ADD_FRAME, 3, file);
	edit_bind(edit, ADD_FRAME, 4, frame->line);
	edit_bind(edit, ADD_FRAME, 5,
		  file_id(&edit->recording->modules, frame->module.v));
	edit_bind(edit, ADD_FRAME, 6, frame->lang);
	edit_bind(edit, ADD_FRAME, 7, frame->inlined);
	edit_bind(edit, ADD_FRAME, 8, frame->wrapper);
	edit_bind(edit, ADD_FRAME, 9, frame->unresolved);
	return edit_step(edit, ADD_FRAME,
			 error) ? -1 : add_source(edit, file, frame->line, error);
}

/* *written: the file's id of a frame of `names`, which is written at its first use. */
static int edit_frame(struct recording_edit *edit, const struct catalog *names,
		       struct frame_id id, uint32_t *written, struct error *error)
{
	if (id.v >= edit->frames_length) {
		size_t length = (size_t)id.v * 2 + 64;
		uint32_t *frames = realloc(edit->frames, length * sizeof(*frames));
		if (!frames)
			return fail_edit(edit, "out of memory", error);
		memset(frames + edit->frames_length, 0,
		       (length - edit->frames_length) * sizeof(*frames));
		edit->frames = frames;
		edit->frames_length = length;
	}
	if (!edit->frames[id.v]) {
		struct frame frame = catalog_frame(names, id);
		if (edit_add_frame(edit, names, &frame, error))
			return -1;
		edit->frames[id.v] = edit->next_frame - 1;
	}
	*written = edit->frames[id.v];
	return 0;
}

int recording_edit_site(struct recording_edit *edit, struct site_id id,
			const struct catalog *names, struct error *error)
{
	uint32_t site = file_id(&edit->recording->sites, id.v), frame;
	unsigned length;
	const struct frame_id *frames = catalog_site_frames(names, id, &length);

	edit_bind(edit, DROP_FRAMES, 1, site);
	if (edit_step(edit, DROP_FRAMES, error))
		return -1;
	for (unsigned i = 0; i < length; i++) {
		if (edit_frame(edit, names, frames[i], &frame, error))
			return -1;
		edit_bind(edit, ADD_SITE_FRAME, 1, site);
		edit_bind(edit, ADD_SITE_FRAME, 2, i);
		edit_bind(edit, ADD_SITE_FRAME, 3, frame);
		if (edit_step(edit, ADD_SITE_FRAME, error))
			return -1;
	}
	return 0;
}

int recording_edit_reason(struct recording_edit *edit, struct module_id id, const char *reason,
			  struct error *error)
{
	edit_bind(edit, SET_REASON, 1, file_id(&edit->recording->modules, id.v));
	edit_bind_text(edit, SET_REASON, 2, reason);
	return edit_step(edit, SET_REASON, error);
}

static int sync_copy(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 || fsync(fd) != 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return result;
}

int recording_edit_finish(struct recording_edit *edit, struct error *error)
{
	if (sqlite3_exec(edit->db, "DELETE FROM frame WHERE id NOT IN (SELECT frame FROM"
			 " site_frame); COMMIT; PRAGMA journal_mode=DELETE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return fail_sqlite(edit, error);
	for (unsigned i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(edit->statements[i]);
		edit->statements[i] = NULL;
	}
	if (sqlite3_close(edit->db) != SQLITE_OK)
		return fail_sqlite(edit, error);
	edit->db = NULL;
	int result = sync_copy(edit->copy);
	if (result == 0 && rename(edit->copy, edit->path) != 0)
		result = -errno;
	if (result)
		return fail_edit(edit, strerror(-result), error);
	edit->made = false;
	return 0;
}

void recording_edit_free(struct recording_edit *edit)
{
	if (!edit)
		return;
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(edit->statements[i]);
	sqlite3_close(edit->db);
	if (edit->made)
		unlink(edit->copy);
	sources_free(edit->sources);
	free(edit->frames);
	free(edit->copy);
	free(edit->path);
	free(edit);
}
