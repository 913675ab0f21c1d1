/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Execs itself through every function of the family, half of them with an
 * environment that does not know memtop: each image must be traced all the
 * same, and find the rest of its environment as it was given.
 */
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"
#include "tests/older.h"

static struct tally image = {.name = "image_block"};
static char *const bare[] = {"GIVEN=1", "LD_PRELOAD=", NULL};

OWN static void image_block(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *p = malloc(1000);

		KEEP(p);
		tally_add(&image, 1000);
	}
}

static void spawn(const char *self, int search)
{
	char *const argv[] = {"exec", "child", NULL};
	int (*how)(pid_t *, const char *, const posix_spawn_file_actions_t *,
		   const posix_spawnattr_t *, char *const *, char *const *) =
		search ? posix_spawnp : posix_spawn;
	pid_t pid;
	int status;

	MUST(how(&pid, self, NULL, NULL, argv, bare) == 0);
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

static void vfork_child(const char *self)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execle(self, "exec", "child", (char *)NULL, bare);
		_exit(9);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

/* What a child was given, and nothing but memtop's own beside it. */
static int child(void)
{
	if (!getenv("MEMTOP_MEETING"))
		return getenv("GIVEN") ? 0 : 1;
	if (!getenv("LD_PRELOAD") || !strstr(getenv("LD_PRELOAD"), "libmemtop.so"))
		return 2;
	return getenv("GIVEN") ? 0 : 3;
}

static void next_image(const char *self, int step)
{
	char number[2] = {(char)('1' + step), 0};
	char *const argv[] = {"exec", number, NULL};
	extern char **environ;

	setenv("GIVEN", "1", 1);
	switch (step) {
	case 0:
		execve(self, argv, bare);
		break;
	case 1:
		execv(self, argv);
		break;
	case 2:
		execl(self, "exec", number, (char *)NULL);
		break;
	case 3:
		execle(self, "exec", number, (char *)NULL, bare);
		break;
	case 4:
		execlp(self, "exec", number, (char *)NULL);
		break;
	case 5:
		execvpe(self, argv, bare);
		break;
	case 6:
		fexecve(open(self, O_RDONLY | O_CLOEXEC), argv, bare);
		break;
	case 7:
		execveat(AT_FDCWD, self, argv, bare, 0);
		break;
	}
	MUST(!"exec");
}

int main(int argc, char **argv)
{
	char self[4096] = {0};
	int step = argc > 1 ? argv[1][0] - '0' : 0;

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return child();
	MUST(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	MUST(step == 0 || getenv("GIVEN"));
	image_block((size_t)step + 1);
	if (step == 0) {
		spawn(self, 0);
		spawn(self, 1);
		vfork_child(self);
		vfork_child(self);
		/* An exec that fails leaves things as they were. */
		MUST(execl("/nonexistent", "x", (char *)NULL) == -1);
	}
	tally_print(&image);
	if (step < 8)
		next_image(self, step);
	return 0;
}
