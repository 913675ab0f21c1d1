/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the desk does with files and other programs: pictures of the screen
 * and the editor at a line. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tui/desk.h"

static int write_file(void *user, const char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, user) == length ? 0 : -EIO;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && !strcmp(text + n - m, end);
}

void desk_save_screen(struct desk *desk, const char *path)
{
	if (!path[0] || (desk->term && !strcmp(path, "-"))) {
		desk_fail(desk, ":save-screen needs a file");
		return;
	}
	FILE *file = desk_open_output(path);
	if (!file) {
		desk_fail(desk, "%.150s: %s", path, strerror(errno));
		return;
	}
	desk_refresh(desk, false);
	desk_draw(desk);
	int (*dump)(const struct canvas *, canvas_write, void *) =
		ends_with(path, ".svg")   ? canvas_dump_svg
		: ends_with(path, ".ans") ? canvas_dump_ansi
					  : canvas_dump_text;
	int error = dump(desk->canvas, write_file, file);
	if (desk_close_output(file) || error)
		desk_fail(desk, "%.150s: it could not be written", path);
	else if (desk->term)
		context_say(&desk->context, false, "saved: %.200s", path);
}

/* In the child: the editor on the terminal, with signals as a program expects. */
static void run_editor(const char *path, unsigned line)
{
	char at[16];
	sigset_t none;
	int tty = open("/dev/tty", O_RDWR);
	static const int restored[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP,
				       SIGXFSZ, SIGCHLD, SIGCONT, SIGWINCH};
	for (size_t i = 0; i < sizeof restored / sizeof *restored; i++)
		signal(restored[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd < 3 && tty >= 0; fd++)
		dup2(tty, fd);
	snprintf(at, sizeof at, "+%u", line);
	execl("/bin/sh", "sh", "-c", "exec ${VISUAL:-${EDITOR:-vi}} \"$1\" \"$2\"", "sh",
	      at, path, (char *)NULL);
	_exit(127);
}

void desk_edit(struct desk *desk, const char *path, unsigned line)
{
	int status = 0;
	if (!desk->term) {
		desk_fail(desk, "there is no terminal for an editor");
		return;
	}
	if (access(path, R_OK)) {
		desk_fail(desk, "%.150s: %s", path, strerror(errno));
		return;
	}
	term_leave(desk->term);
	pid_t pid = fork();
	if (!pid)
		run_editor(path, line);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	term_enter(desk->term);
	desk->whole = desk->dirty = true;
	if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
		desk_fail(desk, "the editor can't be started: set EDITOR");
}
