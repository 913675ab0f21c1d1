/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen that only asks a question: the quit dialog. */
#include <stdio.h>
#include <string.h>
#include "tui/screens/screens.h"

static bool notice_is_attached(const struct program *program)
{
	return program && program->attached;
}

/* Those that the first process left behind: how many, and the oldest one. */
static size_t survivors(const struct run_facts *run, int32_t *pid)
{
	*pid = 0;
	return run->program ? program_survivors(run->program, pid) : 0;
}

/* Who is asked about: the first process as long as it lives, then who goes on. */
static void question_text(const struct run_facts *run, unsigned room, char *text, size_t size)
{
	int32_t pid;
	size_t left = survivors(run, &pid);
	const char *go = left == 1 ? "goes" : "go";
	char others[48] = "";

	if (left > 1)
		snprintf(others, sizeof others, " and %zu more", left - 1);
	if (!left && run_clock(run))
		snprintf(text, size, "The program is running (pid %d).",
			 run->program ? (int)run->program->pid : 0);
	else if (!left)
		snprintf(text, size, "The program is running.");
	else if (!run_clock(run))
		snprintf(text, size, "The first process has ended; %zu that it left %s on.", left, go);
	else
		snprintf(text, size, "The first process has ended; pid %d%s %s on.", (int)pid, others,
			 go);
	if (left && run_clock(run) && strlen(text) > room)
		snprintf(text, size, "pid %d%s %s on.", (int)pid, others, go);
}

/* A key, and what it does, from the longest text to the shortest; the first that fits is
 * used. */
struct choice {
	const char *key, *does[3];
};

static void choice_draw(struct canvas *canvas, unsigned x, unsigned y, unsigned width,
			const struct choice *choice)
{
	unsigned text = 0;
	while (text < 2 && strlen(choice->does[text]) > width - 5)
		text++;
	canvas_put(canvas, x, y, 4, STYLE_KEY, choice->key);
	canvas_put(canvas, x + 5, y, width - 5, STYLE_TEXT, choice->does[text]);
}

#define CHOICES 3u

static const struct choice *choices_of(const struct run_facts *run)
{
	static const struct choice launched[CHOICES] = {
		{"k", {"kill it: SIGTERM to its process group, SIGKILL after 2 s",
		       "kill it: SIGTERM, SIGKILL after 2 s", "kill it"}},
		{"l", {"leave it running, without a screen", "leave it running", "leave it"}},
		{"Esc", {"stay", "stay", "stay"}},
	};
	static const struct choice surviving[CHOICES] = {
		{"k", {"kill what goes on: SIGTERM to each process, SIGKILL after 2 s",
		       "kill: SIGTERM to each, SIGKILL after 2 s", "kill"}},
		{"l", {"leave what goes on, without a screen", "leave what goes on", "leave"}},
		{"Esc", {"stay", "stay", "stay"}},
	};
	static const struct choice attached[CHOICES] = {
		{"d", {"detach: it continues as before (Enter too)", "detach: it continues",
		       "detach"}},
		{"k", {"kill it: SIGTERM, SIGKILL after 2 s", "kill it: SIGTERM, SIGKILL after 2 s",
		       "kill it"}},
		{"Esc", {"stay", "stay", "stay"}},
	};
	int32_t pid;

	if (notice_is_attached(run->program))
		return attached;
	return survivors(run, &pid) ? surviving : launched;
}

static void quit_draw(struct screen *screen, const struct context *context,
		      struct canvas *canvas, struct area area)
{
	const struct run_facts *run = context->run;
	const struct choice *choices = choices_of(run);
	unsigned y = area.y + (area.height > 6), x = area.x + 2;
	char text[160];
	int32_t pid;

	(void)screen;
	question_text(run, area.width - 2, text, sizeof text);
	canvas_put(canvas, x, y++, area.width - 2, STYLE_WARNING, text);
	y += area.height > 6;
	for (unsigned i = 0; i < CHOICES; i++)
		choice_draw(canvas, x, y++, area.width - 2, &choices[i]);
	if (area.height <= 8 || !run_clock(run) || !survivors(run, &pid))
		return;
	canvas_printf(canvas, x, y + 1, area.width - 2, STYLE_DIM, area.width < 70
		      ? "memtop ctl %d reaches what was left"
		      : "memtop list shows what was left; memtop ctl %d reaches it", (int)pid);
}

static unsigned quit_act(struct screen *screen, struct context *context,
			 enum action action, const char *text)
{
	enum action let_go = notice_is_attached(context->run->program) ? ACTION_QUIT_DETACH
							 : ACTION_QUIT_LEAVE;

	(void)screen;
	(void)text;
	if (action == ACTION_QUIT_KILL || action == let_go)
		return context_ask(context, action == ACTION_QUIT_KILL ? ASK_KILL : ASK_LEAVE, 0,
				   "");
	if (action == ACTION_BACK)
		return REACT_HANDLED | REACT_BACK;
	/* Quit goes to the desk, which knows whether there is still something to ask. */
	return action == ACTION_REDRAW || action == ACTION_SUSPEND ||
			       action == ACTION_SAVE_SCREEN || action == ACTION_QUIT
		       ? REACT_IGNORED
		       : REACT_HANDLED;
}

const struct screen_ops quit_screen = {
	.title = "Quit",
	.place = IN_QUIT,
	.draw = quit_draw,
	.act = quit_act,
};
