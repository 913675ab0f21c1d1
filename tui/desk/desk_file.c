/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of the screen, the clipboard, and the user's editor. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer/collect/run/errands.h"
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_table.h"
#include "tui/desk/parts/editor.h"
#include "tui/handover/handover.h"
#include "views/format/format.h"

static int desk_file_write_file(void *user, const char *bytes, size_t length)
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
	bool force;
	const char *name = errand_write_path(path, &force);
	if (!name[0] || (desk->term && !strcmp(name, "-"))) {
		desk_fail(desk, ":save-screen needs a file");
		return;
	}
	FILE *file = desk_open_output(desk, &path);
	if (!file)
		return;
	desk_refresh(desk, false);
	desk_draw(desk);
	int (*dump)(const struct canvas *, canvas_write, void *) =
		ends_with(path, ".svg")   ? canvas_dump_svg
		: ends_with(path, ".ans") ? canvas_dump_ansi
					  : canvas_dump_text;
	int error = dump(desk->canvas, desk_file_write_file, file);
	if (desk_close_output(file) || error)
		desk_fail(desk, "%.150s: it could not be written", path);
	else if (desk->term)
		desk_say(desk, "saved: %.200s", path);
}

void desk_copy(struct terminal *term, struct foot *foot, const char *text, unsigned frames)
{
	char *sequence = handover_osc52(text);
	bool sent = sequence && (!term || term_send(term, sequence));
	free(sequence);
	if (!sent)
		foot_fail(foot, "this terminal cannot set the clipboard");
	else if (frames)
		foot_say(foot, false, "copied: a stack of %u frame%s", frames, format_s(frames));
	else
		foot_say(foot, false, "copied: %.200s", text);
}

/* Runs in the child: gives the editor the terminal and default signals, and executes it. */
static void run_editor(const struct editor *editor)
{
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
	execvp(editor->argv[0], editor->argv);
	_exit(127);
}

static const char *editor_of_user(void)
{
	const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");
	if (visual && visual[0])
		return visual;
	return editor && editor[0] ? editor : "vi";
}

/* Runs the editor and waits for it.  Returns its wait status; -1: it could not be started. */
static int wait_for_editor(const struct editor *editor)
{
	int status = 0;
	pid_t pid = fork();
	if (!pid)
		run_editor(editor);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127) ? -1 : status;
}

void desk_edit(struct desk *desk, const char *path, unsigned line)
{
	struct editor editor;
	if (!desk->term) {
		desk_fail(desk, "there is no terminal for an editor");
		return;
	}
	if (access(path, R_OK)) {
		desk_fail(desk, "%.150s: %s", path, strerror(errno));
		return;
	}
	int failed = editor_prepare(&editor, editor_of_user(), path, line);
	if (!failed) {
		term_leave(desk->term);
		failed = wait_for_editor(&editor) < 0;
		term_enter(desk->term);
		state_repaint(&desk->state);
	}
	if (failed)
		desk_fail(desk, "the editor can't be started: set EDITOR");
	editor_free(&editor);
}
