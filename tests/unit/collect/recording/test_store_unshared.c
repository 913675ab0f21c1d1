/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording at a place whose file system can't do what a log needs: memory that is shared
 * beside the file, names for the log, locks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tests/older.h"

static int (*true_open)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static sqlite3_io_methods unshared;

static int map_nothing(sqlite3_file *file, int region, int size, int extend,
		       void volatile **memory)
{
	(void)file;
	(void)region;
	(void)size;
	(void)extend;
	*memory = NULL;
	return SQLITE_IOERR_SHMMAP;
}

static int open_unshared(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
			 int *out)
{
	int result = true_open(vfs, name, file, flags, out);

	if (result == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB)) {
		unshared = *file->pMethods;
		unshared.xShmMap = map_nothing;
		file->pMethods = &unshared;
	}
	return result;
}

static int mount_unshared(void **state)
{
	static sqlite3_vfs disk;

	(void)state;
	disk = *sqlite3_vfs_find(NULL);
	true_open = disk.xOpen;
	disk.zName = "a disk without shared memory";
	disk.xOpen = open_unshared;
	return sqlite3_vfs_register(&disk, 1);
}

/* Not cmocka's, which in a child would go on with the next test. */
static void must(int result, const struct error *error)
{
	if (!result)
		return;
	fprintf(stderr, "%s\n", error->text);
	exit(1);
}

static struct store *begin(const struct run *run)
{
	struct store *store;
	struct error error;

	must(store_create(&store, run->path, false, &error), &error);
	return store;
}

static void mark(struct store *store, double time)
{
	struct error error;

	must(store_mark(store, &(struct mark){ time, (char *)"mark" }, &error), &error);
}

static void commit(struct store *store)
{
	struct error error;

	must(store_commit(store, false, &error), &error);
}

/* How many marks the file has; -1 with *error if it can't be read. */
static int marks_of(const struct run *run, struct error *error)
{
	struct recording *r;
	size_t n;

	if (recording_open(&r, run->path, error))
		return -1;
	recording_marks(r, &n);
	recording_close(r);
	return (int)n;
}

static bool is_beside(const struct run *run, const char *suffix)
{
	char name[200];

	snprintf(name, sizeof(name), "%s%s", run->path, suffix);
	return access(name, F_OK) == 0;
}

static void a_run_is_written_to_its_end(void **state)
{
	struct error error;
	struct run run;

	(void)state;
	run_begin(&run);
	struct store *store = begin(&run);

	for (int i = 0; i < 3; i++) {
		mark(store, i);
		commit(store);
	}
	assert_true(is_beside(&run, "-journal"));
	mark(store, 3);
	assert_int_equal(store_finish(store, &error), 0);
	assert_false(is_beside(&run, "-journal") || is_beside(&run, "-wal") ||
		     is_beside(&run, "-shm"));
	assert_int_equal(marks_of(&run, &error), 4);
	run_end(&run);
}

/* Does it in a process of its own, which ends without any care for the file. */
static void in_a_child(void (*act)(const struct run *run), const struct run *run)
{
	pid_t child = fork();
	int status;

	if (!child) {
		act(run);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void write_and_die(const struct run *run)
{
	struct store *store = begin(run);

	mark(store, 1);
	commit(store);
	mark(store, 2);
	commit(store);
	for (int i = 0; i < 50000; i++)         /* more than SQLite keeps in memory */
		mark(store, 3 + i);
}

static void who_is_killed_leaves_what_was_committed(void **state)
{
	struct error error;
	struct run run;

	(void)state;
	run_begin(&run);
	in_a_child(write_and_die, &run);
	assert_int_equal(marks_of(&run, &error), 2);
	run_end(&run);
}

static void read_locked(const struct run *run)
{
	struct error error;

	if (marks_of(run, &error) != -1 || !strstr(error.text, "keeps it locked"))
		_exit(1);
}

static void a_reader_is_told_that_it_is_locked(void **state)
{
	struct error error;
	struct run run;

	(void)state;
	run_begin(&run);
	struct store *store = begin(&run);

	mark(store, 1);
	commit(store);
	in_a_child(read_locked, &run);
	mark(store, 2);
	assert_int_equal(store_finish(store, &error), 0);
	assert_int_equal(marks_of(&run, &error), 2);
	run_end(&run);
}

/* An old recording is there still when a new one is refused at its place. */
static void refuse_at(const char *path, const char *why)
{
	struct store *store;
	struct error error;
	int old = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(old >= 0);
	close(old);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_create(&store, path, !i, &error), -1);
		assert_non_null(strstr(error.text, why));
		assert_int_equal(access(path, F_OK), i ? -1 : 0);
		unlink(path);
	}
}

static void a_log_that_could_have_no_name_is_refused_at_once(void **state)
{
	char path[400], folder[500], name[251];
	struct run run;

	(void)state;
	run_begin(&run);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/%s", run.folder, name);
	refuse_at(path, "that of its log, is too long");
	snprintf(folder, sizeof(folder), "%s-shm", run.path);
	assert_int_equal(mkdir(folder, 0700), 0);
	refuse_at(run.path, "a folder has the name of its log");
	run_end(&run);
}

/* fcntl(F_SETLK) fails from now on, as on a file system whose server keeps no locks. */
static void lose_locks(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETLK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program))
		_exit(77);
}

static void create_without_locks(const struct run *run)
{
	struct store *store;
	struct error error;

	lose_locks();
	if (store_create(&store, run->path, false, &error) != -1 ||
	    !strstr(error.text, "no locks for files") || access(run->path, F_OK) == 0)
		_exit(1);
}

static void a_place_without_locks_is_refused_at_once(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run);
	in_a_child(create_without_locks, &run);
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_written_to_its_end),
		cmocka_unit_test(who_is_killed_leaves_what_was_committed),
		cmocka_unit_test(a_reader_is_told_that_it_is_locked),
		cmocka_unit_test(a_log_that_could_have_no_name_is_refused_at_once),
		cmocka_unit_test(a_place_without_locks_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, mount_unshared, NULL);
}
