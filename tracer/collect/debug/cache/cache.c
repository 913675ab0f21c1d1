/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file's name is made of the module's build-id and a hash of its key: everything that
 * names depend on and that is known before debug info is looked for: the file itself,
 * this memtop, its libdw, the debuginfod servers.  Files at places where debug info may
 * be are compared with what was there when the names were read (places).
 *
 * Files are read whole and never mapped, and written under another name and then renamed,
 * so that runs at the same time see one or the other; the last to rename may drop names
 * that another has just added, which the next run finds again.
 */
#include "tracer/collect/debug/cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tracer/collect/debug/cache/places.h"
#include "tracer/collect/debug/cache/room.h"
#include "tracer/ground/finder.h"
#include "tracer/ground/folder.h"
#include "tracer/ground/whole.h"

/* A file that changed less than this ago may change again within one tick of its
 * clock. */
#define SETTLED_NS INT64_C(100000000)
#define TOUCH_SECONDS 3600      /* the time of a used file is renewed, but not more often
				 * than this */
enum { KEY_MAX = 3 * PATH_MAX };

struct cache {
	int folder;
	bool full;                      /* room has to be made */
	struct content_mark self;       /* the mark of memtop's own file */
};

struct cache_module {
	struct cache *cache;
	struct content *content;        /* NULL: given up */
	bool begun, added;              /* the places are known; names were added */
	char name[96];                  /* the name of its file */
	uint8_t build_id[20];
	size_t build_id_length;
	char key[];                     /* lines, of which the first is the module's
					 * path */
};

static struct content_mark mark_of(const struct stat *status)
{
	return (struct content_mark){ {
		status->st_dev, status->st_ino, (uint64_t)status->st_size,
		(uint64_t)status->st_mtim.tv_sec * 1000000000u + (uint64_t)status->st_mtim.tv_nsec,
		(uint64_t)status->st_ctim.tv_sec * 1000000000u + (uint64_t)status->st_ctim.tv_nsec,
	} };
}

static struct content_mark mark_at(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? mark_of(&status) : (struct content_mark){ 0 };
}

/* Whether the file changed so recently that it could change again within the same tick of
 * the file system's clock, and keep its mark. */
static bool cache_is_fresh(const struct content_mark *mark)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return true;
	int64_t time = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
	return time - (int64_t)mark->v[3] < SETTLED_NS || time - (int64_t)mark->v[4] < SETTLED_NS;
}

static bool cache_is_own(const struct stat *status)
{
	return status->st_uid == geteuid() && (status->st_mode & 022) == 0;
}

/* --- the folder --- */

/* Sets `path` to the folder's name; false: there is none.  Under sudo the folder above
 * may be another user's, where we must not write. */
static bool folder_path(char *path, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	bool xdg = cache && cache[0] == '/';
	const char *base = xdg ? cache : home;
	struct stat status;

	if (!base || base[0] != '/' || (stat(base, &status) == 0 && status.st_uid != geteuid()))
		return false;
	int length = snprintf(path, size, xdg ? "%s/memtop/" : "%s/.cache/memtop/", base);
	return length > 0 && (size_t)length < size;
}

static int folder_open(void)
{
	char path[PATH_MAX];
	struct stat status;

	if (!folder_path(path, sizeof(path)))
		return -1;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && folder_make(path))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fstat(fd, &status) == 0 && cache_is_own(&status)))
		return fd;
	close(fd);
	return -1;
}

struct cache *cache_open(void)
{
	const char *off = getenv("MEMTOP_NO_CACHE");
	struct cache *cache = off && *off ? NULL : calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->folder = folder_open();
	cache->self = mark_at("/proc/self/exe");
	if (cache->folder >= 0)
		return cache;
	free(cache);
	return NULL;
}

void cache_close(struct cache *cache)
{
	if (!cache)
		return;
	if (cache->full)
		room_make(cache->folder, CACHE_BYTES - ROOM_PUT_BYTES,
			  CACHE_FILES - ROOM_PUT_FILES);
	close(cache->folder);
	free(cache);
}

/* --- one module's file --- */

/* Reads a file that nobody else can have written, or NULL. */
static void *cache_read_own(int folder, const char *name, size_t *length)
{
	struct stat status;
	void *bytes = NULL;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && cache_is_own(&status) &&
	    status.st_size > 0 && status.st_size <= CONTENT_MAX)
		bytes = malloc((size_t)status.st_size);
	*length = (size_t)status.st_size;
	if (bytes && whole_read(fd, bytes, *length) != (ssize_t)*length) {
		free(bytes);
		bytes = NULL;
	}
	if (bytes && time(NULL) - status.st_mtim.tv_sec > TOUCH_SECONDS)
		futimens(fd, NULL);
	close(fd);
	return bytes;
}

/* Whether each place of debug info is as it was when the names were read. */
static bool places_hold(const struct content *content)
{
	struct content_mark then;
	const char *path;

	for (size_t i = 0; (path = content_place(content, i, &then)) != NULL; i++) {
		struct content_mark now = mark_at(path);
		if (memcmp(&now, &then, sizeof(now)) != 0)
			return false;
	}
	return true;
}

static struct content *cache_load(const struct cache_module *module)
{
	size_t length;
	void *bytes = cache_read_own(module->cache->folder, module->name, &length);
	struct content *content = bytes ? content_parse(bytes, length, module->key) : NULL;

	free(bytes);
	if (!content || places_hold(content))
		return content;
	content_free(content);
	return NULL;
}

static int put_mark(char *at, size_t size, const char *what,
		    const struct content_mark *mark)
{
	return snprintf(at, size, "%s %" PRIx64 ":%" PRIx64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu64
			"\n", what, mark->v[0], mark->v[1], mark->v[2], mark->v[3], mark->v[4]);
}

/* Makes the key: lines, of which the first is the module's path.  Returns its bytes with
 * the NUL; 0: none. */
static size_t cache_make_key(const struct cache *cache, const struct cache_wish *wish,
			     char *key, size_t size)
{
	const char *urls = getenv("DEBUGINFOD_URLS"), *store = getenv("DEBUGINFOD_CACHE_PATH");
	const struct content_mark file = mark_of(wish->status);
	char real[PATH_MAX];

	if (cache_is_fresh(&file))
		return 0;
	int length = snprintf(key, size, "%s\n%s\n%s %s %d\n%s\n%s\n", wish->path,
			      realpath(wish->path, real) ? real : wish->path, MEMTOP_VERSION,
			      wish->backend, CONTENT_CHAIN, urls ? urls : "", store ? store : "");

	if (length < 0 || (size_t)length + 256 > size)
		return 0;
	length += put_mark(key + length, size - (size_t)length, "memtop", &cache->self);
	length += put_mark(key + length, size - (size_t)length, "file", &file);
	return (size_t)length + 1;
}

static void make_name(struct cache_module *module)
{
	size_t at = 0, length = strlen(module->key);

	for (size_t i = 0; i < module->build_id_length; i++)
		at += (size_t)snprintf(module->name + at, 3, "%02x", module->build_id[i]);
	snprintf(module->name + at, sizeof(module->name) - at, "-%08x%08x",
		 hash_bytes(module->key, length), hash_bytes(module->key, length / 2));
}

struct cache_module *cache_module_open(struct cache *cache, const struct cache_wish *wish)
{
	char key[KEY_MAX];
	size_t length = 0;

	if (cache && wish->build_id_length > 0 && wish->path[0] == '/' && !strchr(wish->path, '\n'))
		length = cache_make_key(cache, wish, key, sizeof(key));
	struct cache_module *module = length ? calloc(1, sizeof(*module) + length) : NULL;
	if (!module)
		return NULL;
	module->cache = cache;
	memcpy(module->key, key, length);
	module->build_id_length = wish->build_id_length < 20 ? wish->build_id_length : 20;
	memcpy(module->build_id, wish->build_id, module->build_id_length);
	make_name(module);
	module->content = cache_load(module);
	if (!module->content)
		module->content = content_new(module->key);
	else
		module->begun = true;
	return module;
}

/* Writes under a temporary name and renames, so that nobody ever sees half a file. */
static bool cache_write_file(int folder, const char *name, const void *bytes,
			     size_t length)
{
	char temporary[64];

	snprintf(temporary, sizeof(temporary), ROOM_TEMPORARY "%d", (int)getpid());
	int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (fd < 0)
		return false;
	bool good = whole_write(fd, bytes, length);
	good = close(fd) == 0 && good;
	good = good && renameat(folder, temporary, folder, name) == 0;
	if (!good)
		unlinkat(folder, temporary, 0);
	return good;
}

static void cache_save(struct cache_module *module)
{
	/* Names that other processes have added meanwhile. */
	struct content *other = cache_load(module);
	size_t length;

	if (other)
		content_merge(module->content, other);
	content_free(other);
	void *bytes = content_bytes(module->content, &length);
	if (bytes && cache_write_file(module->cache->folder, module->name, bytes, length))
		module->cache->full |= room_note(module->cache->folder, length);
	free(bytes);
}

void cache_module_close(struct cache_module *module)
{
	if (!module)
		return;
	if (module->content && module->begun && module->added)
		cache_save(module);
	content_free(module->content);
	free(module);
}

/* --- names --- */

size_t cache_find(const struct cache_module *module, uint64_t offset,
		  struct content_frame frames[CONTENT_CHAIN])
{
	return module && module->content ? content_find(module->content, offset, frames) : 0;
}

const char *cache_reason(const struct cache_module *module)
{
	return module && module->content ? content_reason(module->content) : "";
}

void cache_give_up(struct cache_module *module)
{
	if (!module)
		return;
	content_free(module->content);
	module->content = NULL;
}

/* Whether the file is already one of the places; *mark is then its state at that time. */
static bool has_place(const struct content *content, const char *path,
		      struct content_mark *mark)
{
	const char *place;

	for (size_t i = 0; (place = content_place(content, i, mark)) != NULL; i++)
		if (strcmp(place, path) == 0)
			return true;
	return false;
}

void cache_place(struct cache_module *module, const char *path)
{
	struct content_mark then;

	if (!module || !module->content)
		return;
	struct content_mark mark = mark_at(path);
	if (has_place(module->content, path, &then)) {
		if (memcmp(&then, &mark, sizeof(mark)) != 0)    /* it has changed
								 * meanwhile */
			cache_give_up(module);
		return;
	}
	if (cache_is_fresh(&mark) || !content_add_place(module->content, path, &mark))
		cache_give_up(module);
}

static bool add_place(void *user, const char *path)
{
	cache_place(user, path);
	return ((struct cache_module *)user)->content;
}

void cache_before(struct cache_module *module, const char *link)
{
	char path[PATH_MAX], real[PATH_MAX];

	if (!module || !module->content || module->begun)
		return;
	module->begun = true;
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(module->key, "\n"), module->key);
	const struct places_wish wish = {
		.path = path,
		.real = realpath(path, real),
		.build_id = module->build_id,
		.build_id_length = module->build_id_length,
		.link = link,
	};
	if (!places_list(&wish, add_place, module))
		cache_give_up(module);
}

void cache_set_reason(struct cache_module *module, const char *reason)
{
	if (module && module->content && !content_set_reason(module->content, reason ? reason : ""))
		cache_give_up(module);
}

void cache_add(struct cache_module *module, uint64_t offset, const struct content_frame *frames,
	       size_t length)
{
	if (!module || !module->content)
		return;
	if (content_add(module->content, offset, frames, length))
		module->added = true;
	else
		cache_give_up(module);
}
