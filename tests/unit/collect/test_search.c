/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where files of modules are looked for: in which order, and what is refused there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/debug/binary.h"
#include "tracer/collect/debug/search.h"

static struct scratch scratch;
static const uint8_t id[16] = { 0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static int setup(void **state)
{
	(void)state;
	return scratch_new(&scratch) &&
	       scratch_run(&scratch, "echo 'int f(void) { return 1; }' >m.c; mkdir -p here root"
			   " found links/.build-id/ab; for i in 0x%s 0x%s none; do ${CC:-gcc} -shared"
			   " -fPIC -Wl,--build-id=$i -o $i.so m.c || exit 1; done",
			   "ab0102030405060708090a0b0c0d0e0f", "cd0102030405060708090a0b0c0d0e0f") ?
	       0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	search_set(&(struct search_places){ 0 });
	scratch_free(&scratch);
	return 0;
}

/* The file that is opened for SCRATCH/here/m.so of that build-id: its inode; 0: none. */
static ino_t opened(size_t build_id_length, const char **reason)
{
	const struct binary_wish wish = {
		.path = scratch_path(&scratch, "here/m.so"),
		.build_id = id,
		.build_id_length = build_id_length,
	};
	struct stat status;
	int fd = binary_open(&wish, reason);

	if (fd < 0)
		return 0;
	assert_int_equal(fstat(fd, &status), 0);
	close(fd);
	return status.st_ino;
}

static ino_t inode(const char *name)
{
	struct stat status;

	assert_int_equal(stat(scratch_path(&scratch, name), &status), 0);
	return status.st_ino;
}

static void the_sysroot_comes_first_and_folders_last(void **state)
{
	char found[256], root[256], below[256];
	const char *folders[] = { found, NULL };
	const char *reason;

	(void)state;
	assert_true(scratch_run(&scratch, "for d in here root/$PWD/here found; do mkdir -p ./$d;"
				" cp 0xab*.so ./$d/m.so || exit 1; done"));
	snprintf(found, sizeof(found), "%s/found", scratch.folder);
	snprintf(root, sizeof(root), "%s/root", scratch.folder);
	snprintf(below, sizeof(below), "root/%s/here/m.so", scratch.folder);
	search_set(&(struct search_places){ .sysroot = root, .folders = folders });
	assert_false(search_is_usual());
	assert_int_equal(opened(16, &reason), inode(below));
	assert_true(scratch_run(&scratch, "cp 0xcd*.so ./root/$PWD/here/m.so"));
	assert_int_equal(opened(16, &reason), inode("here/m.so"));
	assert_true(scratch_run(&scratch, "cp 0xcd*.so here/m.so"));
	assert_int_equal(opened(16, &reason), inode("found/m.so"));
	assert_true(scratch_run(&scratch, "cp 0xcd*.so found/m.so"));
	assert_int_equal(opened(16, &reason), 0);
	assert_string_equal(reason, "build-id differs from the loaded one");
}

static void links_by_build_id(void **state)
{
	char links[256];
	const char *folders[] = { links, NULL };
	const char *link = "links/.build-id/ab/0102030405060708090a0b0c0d0e0f";
	const char *reason;

	(void)state;
	snprintf(links, sizeof(links), "%s/links", scratch.folder);
	search_set(&(struct search_places){ .folders = folders });
	assert_true(scratch_run(&scratch, "rm -f here/m.so; cp 0xab*.so %s.debug", link));
	/* Debug info alone is no file to unwind by. */
	assert_int_equal(opened(16, &reason), 0);
	assert_string_equal(reason, "file vanished");
	search_set(&(struct search_places){ .folders = folders, .foreign = true });
	assert_int_not_equal(opened(16, &reason), 0);
	assert_true(scratch_run(&scratch, "cp 0xab*.so %s; rm %s.debug", link, link));
	assert_int_equal(opened(16, &reason), inode(link));
	assert_true(scratch_run(&scratch, "cp 0xcd*.so %s", link));
	assert_int_equal(opened(16, &reason), 0);
	assert_true(scratch_run(&scratch, "rm %s; mkfifo %s", link, link));
	assert_int_equal(opened(16, &reason), 0);
	assert_int_equal(search_build_id(id, 1, ""), -1);
	assert_int_equal(search_build_id(id, 65, ""), -1);
}

static void without_a_build_id(void **state)
{
	const char *reason;

	(void)state;
	assert_true(scratch_run(&scratch, "cp none.so here/m.so"));
	search_set(&(struct search_places){ .foreign = true });
	assert_int_equal(opened(0, &reason), 0);
	assert_string_equal(reason, "it has no build-id, so no file can be known to be the same");
	search_set(&(struct search_places){ 0 });
	assert_true(search_is_usual());
	assert_int_equal(opened(0, &reason), inode("here/m.so"));
}

static void the_path_for_libdwfl(void **state)
{
	const char *folders[] = { "/a", "/b c", NULL };

	(void)state;
	search_set(&(struct search_places){ 0 });
	char *path = search_path();
	assert_string_equal(path, ":.debug:/usr/lib/debug");
	free(path);
	search_set(&(struct search_places){ .sysroot = "/r", .folders = folders });
	path = search_path();
	assert_string_equal(path, ":.debug:/a:/b c:/r/usr/lib/debug:/usr/lib/debug");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sysroot_comes_first_and_folders_last),
		cmocka_unit_test(links_by_build_id),
		cmocka_unit_test(without_a_build_id),
		cmocka_unit_test(the_path_for_libdwfl),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
