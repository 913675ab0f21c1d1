/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of names: what goes in comes out, damaged files do not, the folder stays
 * small and nobody else's file is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/debug/cache/cache.h"
#include "tracer/collect/debug/cache/places.h"
#include "tracer/collect/debug/cache/room.h"

enum { SITES = 40 };

static struct scratch scratch;
static const uint8_t build_id[20] = { 0xab, 0xcd, 0xef };

/* Frame `at` of a site, which depends on both. */
static struct content_frame frame_at(uint64_t offset, size_t at)
{
	static char file[64], function[64];

	snprintf(file, sizeof(file), "/src/file%u.c", (unsigned)(offset % 7));
	snprintf(function, sizeof(function), "function_%u_%u", (unsigned)offset, (unsigned)at);
	return (struct content_frame){ file, function, (uint32_t)offset + 1, LANG_CXX,
				       at == 0, offset % 5 == 0 };
}

static void add_site(struct content *content, uint64_t offset)
{
	struct content_frame frames[3];
	char texts[3][2][64];
	size_t length = offset % 3 + 1;

	for (size_t i = 0; i < length; i++) {
		frames[i] = frame_at(offset, i);
		strcpy(texts[i][0], frames[i].file);
		strcpy(texts[i][1], frames[i].function);
		frames[i].file = texts[i][0];
		frames[i].function = texts[i][1];
	}
	assert_true(content_add(content, offset, frames, length));
}

static void assert_site(const struct content *content, uint64_t offset)
{
	struct content_frame frames[CONTENT_CHAIN];

	assert_int_equal(content_find(content, offset, frames), offset % 3 + 1);
	for (size_t i = 0; i < offset % 3 + 1; i++) {
		struct content_frame wanted = frame_at(offset, i);
		assert_string_equal(frames[i].file, wanted.file);
		assert_string_equal(frames[i].function, wanted.function);
		assert_int_equal(frames[i].line, wanted.line);
		assert_int_equal(frames[i].lang, wanted.lang);
		assert_int_equal(frames[i].inlined, wanted.inlined);
		assert_int_equal(frames[i].unresolved, wanted.unresolved);
	}
}

static struct content *filled(void)
{
	const struct content_mark mark = { { 1, 2, 3, 4, 5 } };
	struct content *content = content_new("a key");

	assert_non_null(content);
	assert_true(content_set_reason(content, "no debug info"));
	assert_true(content_add_place(content, "/usr/lib/debug/x", &mark));
	for (uint64_t i = 0; i < SITES; i++)
		add_site(content, i);
	return content;
}

static void gives_what_it_got(void **state)
{
	struct content *content = filled();
	struct content_frame frames[CONTENT_CHAIN];
	struct content_mark mark;
	size_t length, again;
	void *bytes = content_bytes(content, &length);

	(void)state;
	content_free(content);
	assert_null(content_parse(bytes, length, "another key"));
	content = content_parse(bytes, length, "a key");
	assert_non_null(content);
	assert_string_equal(content_reason(content), "no debug info");
	assert_string_equal(content_place(content, 0, &mark), "/usr/lib/debug/x");
	assert_int_equal(mark.v[4], 5);
	assert_null(content_place(content, 1, &mark));
	for (uint64_t i = 0; i < SITES; i++)
		assert_site(content, i);
	assert_int_equal(content_find(content, SITES, frames), 0);
	/* Texts that the file has are found again: one more site costs its own. */
	add_site(content, SITES);
	assert_site(content, SITES);
	void *more = content_bytes(content, &again);
	assert_true(again - length < 200);
	content_free(content);
	free(bytes);
	free(more);
}

/* Each byte changed, each length cut: refused, and nothing outside is read (ASan). */
static void refuses_what_is_damaged(void **state)
{
	struct content *content = filled();
	size_t length;
	unsigned char *bytes = content_bytes(content, &length);

	(void)state;
	content_free(content);
	for (size_t i = 0; i < length; i++) {
		unsigned char *copy = malloc(length);
		memcpy(copy, bytes, length);
		copy[i] ^= (unsigned char)(1u << i % 8);
		assert_null(content_parse(copy, length, "a key"));
		free(copy);
		copy = malloc(i + 1);
		memcpy(copy, bytes, i);
		assert_null(content_parse(copy, i, "a key"));
		free(copy);
	}
	free(bytes);
}

/* The sum of a forged file is right: what it refers to is looked at. */
static uint64_t sum(uint64_t so_far, const unsigned char *at, size_t length)
{
	so_far ^= length * UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = 0;
		memcpy(&word, at + i, length - i < 8 ? length - i : 8);
		so_far = (so_far ^ word) * UINT64_C(0xff51afd7ed558ccd);
		so_far ^= so_far >> 32;
	}
	return so_far;
}

static void survives_what_is_forged(void **state)
{
	struct content *content = filled();
	struct content_frame frames[CONTENT_CHAIN];
	size_t length, taken = 0;
	unsigned char *bytes = content_bytes(content, &length);
	unsigned seed = 1;

	(void)state;
	content_free(content);
	for (unsigned round = 0; round < 4000; round++) {
		unsigned char *copy = malloc(length);
		memcpy(copy, bytes, length);
		for (unsigned n = 0; n <= round % 3; n++)
			copy[8 + (unsigned)rand_r(&seed) % (length - 8)] = (unsigned char)rand_r(&seed);
		uint64_t right = sum(sum(1, copy + 16, 24), copy + 40, length - 40);
		memcpy(copy + 8, &right, 8);
		content = content_parse(copy, length, "a key");
		free(copy);
		if (!content)
			continue;
		taken++;
		struct content_mark mark;
		for (size_t i = 0; content_place(content, i, &mark); i++)
			assert_true(strlen(content_place(content, i, &mark)) < length);
		for (uint64_t i = 0; i < SITES; i++)
			for (size_t k = content_find(content, i, frames); k-- > 0;)
				assert_true(strlen(frames[k].file) + strlen(frames[k].function) <
					    2 * length);
		struct content *other = filled();
		content_merge(other, content);
		add_site(content, UINT64_MAX);
		content_free(other);
		content_free(content);
	}
	assert_true(taken > 100 && taken < 4000);
	free(bytes);
}

/* --- the folder --- */

static struct cache_module *open_module(struct cache *cache)
{
	static struct stat status;
	const char *path = scratch_path(&scratch, "module");
	const struct cache_wish wish = { path, build_id, sizeof(build_id), &status, "0" };

	assert_true(scratch_run(&scratch, "[ -e module ] || touch module"));
	assert_int_equal(stat(path, &status), 0);
	status.st_mtim.tv_sec = status.st_ctim.tv_sec = 1000;   /* long settled */
	return cache_module_open(cache, &wish);
}

/* One run that names sites [from, to). */
static void run(uint64_t from, uint64_t to)
{
	struct cache *cache = cache_open();
	struct cache_module *module = cache ? open_module(cache) : NULL;
	struct content_frame frames[CONTENT_CHAIN];

	for (uint64_t i = from; i < to; i++) {
		if (cache_find(module, i, frames))
			continue;
		cache_before(module, NULL);
		struct content_frame frame = frame_at(i, 0);
		cache_add(module, i, &frame, 1);
	}
	cache_module_close(module);
	cache_close(cache);
}

/* How many of the first 100 sites are known. */
static unsigned known(void)
{
	struct cache *cache = cache_open();
	struct cache_module *module = cache ? open_module(cache) : NULL;
	struct content_frame frames[CONTENT_CHAIN];
	unsigned count = 0;

	for (uint64_t i = 0; i < 100; i++)
		if (cache_find(module, i, frames)) {
			assert_string_equal(frames[0].function, frame_at(i, 0).function);
			count++;
		}
	cache_module_close(module);
	cache_close(cache);
	return count;
}

static int fresh_folder(void **state)
{
	(void)state;
	unsetenv("MEMTOP_NO_CACHE");
	setenv("XDG_CACHE_HOME", scratch.folder, 1);
	return scratch_run(&scratch, "chmod -Rf u+w memtop; rm -rf memtop") ? 0 : -1;
}

static void remembers(void **state)
{
	(void)state;
	assert_int_equal(known(), 0);
	run(0, 10);
	assert_int_equal(known(), 10);
	run(5, 20);
	assert_int_equal(known(), 20);
	assert_true(scratch_run(&scratch, "[ $(ls memtop | wc -l) = 1 ] && "
					  "[ $(stat -c %%a memtop/*) = 600 ]"));
	setenv("MEMTOP_NO_CACHE", "1", 1);
	assert_int_equal(known(), 0);
}

static void looks_at_what_it_depends_on(void **state)
{
	(void)state;
	run(0, 10);
	/* Debug info that comes to lie where it is looked for. */
	assert_true(scratch_run(&scratch, "mkdir -p .debug && touch .debug/module.debug"));
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "rm -r .debug"));
	assert_int_equal(known(), 10);
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1/", 1);
	assert_int_equal(known(), 0);
	unsetenv("DEBUGINFOD_URLS");
	assert_int_equal(known(), 10);
	assert_true(scratch_run(&scratch, "rm module; echo >module"));
	assert_int_equal(known(), 0);
}

/* A place that is told twice does no harm; one that changed in between speaks against all. */
static void minds_what_changes_meanwhile(void **state)
{
	const char *path = scratch_path(&scratch, "place");

	(void)state;
	assert_true(scratch_run(&scratch, "rm -f place"));
	for (unsigned round = 0; round < 3; round++) {
		struct cache *cache = cache_open();
		struct cache_module *module = open_module(cache);
		cache_before(module, NULL);
		cache_place(module, path);
		if (round == 2)
			assert_true(scratch_run(&scratch, "echo >place"));
		cache_place(module, path);
		struct content_frame frame = frame_at(round, 0);
		cache_add(module, round, &frame, 1);
		cache_module_close(module);
		cache_close(cache);
	}
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "rm place"));
	assert_int_equal(known(), 2);
}

static void believes_only_its_own(void **state)
{
	(void)state;
	run(0, 10);
	assert_true(scratch_run(&scratch, "chmod g+w memtop/*"));
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "chmod g-w memtop/*"));
	assert_int_equal(known(), 10);
	assert_true(scratch_run(&scratch, "chmod o+w memtop"));
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "chmod o-w memtop && cd memtop && f=$(ls) && "
					  "mv $f ../stolen && ln -s ../stolen $f"));
	assert_int_equal(known(), 0);
	if (geteuid() != 0)
		return;
	assert_true(scratch_run(&scratch, "rm -r memtop; rm stolen"));
	run(0, 10);
	assert_true(scratch_run(&scratch, "chown 1234 memtop/*"));
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "chown 0 memtop/* && chown 1234 memtop"));
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "chown 0 memtop && chown 1234 ."));
	assert_int_equal(known(), 0);
	assert_true(scratch_run(&scratch, "chown 0 ."));
	assert_int_equal(known(), 10);
}

static void goes_without_a_folder(void **state)
{
	const char *home = getenv("HOME");
	char *kept = home ? strdup(home) : NULL;

	(void)state;
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	run(0, 10);
	assert_int_equal(known(), 0);
	setenv("HOME", "relative", 1);
	run(0, 10);
	assert_int_equal(known(), 0);
	setenv("HOME", scratch.folder, 1);
	run(0, 10);
	assert_int_equal(known(), 10);
	assert_true(scratch_run(&scratch, "[ -d .cache/memtop ] && rm -r .cache"));
	setenv("XDG_CACHE_HOME", scratch_path(&scratch, "module"), 1);  /* a file */
	run(0, 10);
	assert_int_equal(known(), 0);
	if (kept)
		setenv("HOME", kept, 1);
	free(kept);
}

static void goes_with_damaged_files(void **state)
{
	(void)state;
	run(0, 10);
	assert_true(scratch_run(&scratch, "truncate -s -1 memtop/*"));
	assert_int_equal(known(), 0);
	run(0, 10);
	assert_int_equal(known(), 10);
	assert_true(scratch_run(&scratch, "f=$(ls memtop) && rm memtop/$f && mkfifo memtop/$f"));
	assert_int_equal(known(), 0);
	run(0, 10);                     /* a rename replaces it */
	assert_int_equal(known(), 10);
	assert_true(scratch_run(&scratch, "f=$(ls memtop) && rm memtop/$f && mkdir memtop/$f"));
	run(0, 10);
	assert_int_equal(known(), 0);
}

/* Writers side by side: each reader sees a whole file, and nothing else is left. */
static void many_write_at_once(void **state)
{
	pid_t pids[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i])
			continue;
		for (unsigned round = 0; round < 20; round++)
			run(i * 10, i * 10 + 1 + round % 10);
		_exit(0);
	}
	for (unsigned i = 0; i < 8; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_true(known() >= 10);
	assert_true(scratch_run(&scratch, "[ $(ls memtop | wc -l) = 1 ]"));
}

static void stays_small(void **state)
{
	(void)state;
	assert_true(scratch_run(&scratch, "mkdir memtop && cd memtop && for i in $(seq 20); do "
					  "head -c 10000 /dev/zero >f$i && "
					  "touch -d @$((1000000 + i)) f$i; done; touch new.1; "
					  "touch -d @1 new.2"));
	int folder = open(scratch_path(&scratch, "memtop"), O_RDONLY | O_DIRECTORY);
	assert_true(folder >= 0);
	room_make(folder, UINT64_C(1) << 20, 100);
	assert_true(scratch_run(&scratch, "[ $(ls memtop | wc -l) = 21 ] && [ -e memtop/new.1 ]"));
	room_make(folder, UINT64_C(1) << 20, 12);
	assert_true(scratch_run(&scratch, "[ $(ls memtop | wc -l) = 10 ] && [ -e memtop/f20 ] && "
					  "[ ! -e memtop/f11 ]"));
	room_make(folder, 40000, 12);
	assert_true(scratch_run(&scratch, "[ $(ls memtop | wc -l) -le 4 ] && [ -e memtop/f20 ]"));
	close(folder);
}

/* How many files of so many bytes are put there until room is to be made. */
static unsigned put_until_due(int folder, uint64_t bytes)
{
	unsigned files = 1;

	while (!room_note(folder, bytes))
		files++;
	return files;
}

static void is_listed_seldom(void **state)
{
	(void)state;
	assert_true(scratch_run(&scratch, "mkdir memtop"));
	int folder = open(scratch_path(&scratch, "memtop"), O_RDONLY | O_DIRECTORY);

	assert_int_equal(put_until_due(folder, 1), ROOM_PUT_FILES);
	assert_int_equal(put_until_due(folder, 1), 1);  /* until it was made */
	room_make(folder, CACHE_BYTES, CACHE_FILES);
	assert_true(scratch_run(&scratch, "[ -z \"$(ls -A memtop)\" ]"));
	assert_int_equal(put_until_due(folder, 10000), (ROOM_PUT_FILES + 2) / 3);
	room_make(folder, CACHE_BYTES, CACHE_FILES);
	assert_int_equal(put_until_due(folder, ROOM_PUT_BYTES), 1);
	room_make(folder, CACHE_BYTES, CACHE_FILES);
	assert_true(scratch_run(&scratch, "mkfifo memtop/.put"));
	assert_int_equal(put_until_due(folder, 1), 1);
	room_make(folder, CACHE_BYTES, CACHE_FILES);
	assert_true(scratch_run(&scratch, "ln -s /etc/nothing memtop/.put"));
	assert_int_equal(put_until_due(folder, 1), 1);
	close(folder);
}

static bool collect(void *user, const char *path)
{
	char *all = user;

	strcat(strcat(all, path), "\n");
	return true;
}

static void lists_places(void **state)
{
	struct places_wish wish = { "/opt/a/prog", NULL, build_id, 3, "prog.dbg" };
	char all[8192] = "";

	(void)state;
	assert_true(places_list(&wish, collect, all));
	assert_string_equal(all, "/usr/lib/debug/.build-id/ab/cdef.debug\n"
				 "/opt/a/prog.dbg\n/opt/a/.debug/prog.dbg\n"
				 "/usr/lib/debug/opt/a/prog.dbg\n/usr/lib/debug/a/prog.dbg\n"
				 "/usr/lib/debug/prog.dbg\n");
	wish.link = NULL;
	wish.build_id_length = 0;
	wish.path = "/p";
	all[0] = '\0';
	assert_true(places_list(&wish, collect, all));
	assert_non_null(strstr(all, "/usr/lib/debug/p.debug\n"));
	assert_non_null(strstr(all, "/usr/lib/debug/p\n"));
}

static int set_up(void **state)
{
	(void)state;
	unsetenv("DEBUGINFOD_URLS");
	return scratch_new(&scratch) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(&scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_it_got),
		cmocka_unit_test(refuses_what_is_damaged),
		cmocka_unit_test(survives_what_is_forged),
		cmocka_unit_test(lists_places),
		cmocka_unit_test_setup(remembers, fresh_folder),
		cmocka_unit_test_setup(looks_at_what_it_depends_on, fresh_folder),
		cmocka_unit_test_setup(minds_what_changes_meanwhile, fresh_folder),
		cmocka_unit_test_setup(believes_only_its_own, fresh_folder),
		cmocka_unit_test_setup(goes_without_a_folder, fresh_folder),
		cmocka_unit_test_setup(goes_with_damaged_files, fresh_folder),
		cmocka_unit_test_setup(many_write_at_once, fresh_folder),
		cmocka_unit_test_setup(stays_small, fresh_folder),
		cmocka_unit_test_setup(is_listed_seldom, fresh_folder),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
