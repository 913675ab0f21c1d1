/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The terminal, by means of curses.  What it shows is remembered as a canvas; curses gets
 * the cells that differ from it, and sends what changed.
 */
#define _XOPEN_SOURCE_EXTENDED 1
#include "tui/term/term_ops.h"

#include <curses.h>
#include <errno.h>
#include <term.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "tui/base/palette.h"
#include "tracer/ground/utf8.h"
#include "tui/term/links.h"
#include "tui/term/rescue.h"
#include "tui/term/term_input.h"

/* DEC private modes: a frame is shown as a whole; pasted text has brackets. */
#define SYNC_BEGIN "\033[?2026h"
#define SYNC_END "\033[?2026l"
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
/* The mouse is also reported while a button is held, not only when it goes down or up. */
#define DRAG_ON "\033[?1002h"
#define DRAG_OFF "\033[?1002l"

struct curses {
	struct terminal base;
	FILE *in, *out;
	SCREEN *screen;
	struct term_input input;
	struct canvas *shown;
	bool color, mouse, utf8, left, stale;
	bool modern;                    /* has xterm's private modes: paste, synchronised output */
	bool cursor;                    /* it is shown now */
	bool *rows;                     /* of shown: which have changed */
	struct termios first;           /* as the terminal was */
};

static void arm_rescue(struct curses *term)
{
	static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
	const char *bytes[8];
	size_t n = 0;
	bytes[n++] = term->mouse ? DRAG_OFF "\033[?1006l\033[?1000l" : "";
	bytes[n++] = term->modern ? SYNC_END PASTE_OFF : "";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *capability = tigetstr(names[i]);
		if (capability && capability != (char *)-1)
			bytes[n++] = capability;
	}
	bytes[n++] = "\r\n";
	rescue_arm(fileno(term->out), &term->first, bytes, n);
}

bool term_known(const char *type)
{
	int found = 0;
	if (setupterm(type, STDOUT_FILENO, &found) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

bool term_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static bool curses_color(const struct terminal *base)
{
	return ((const struct curses *)base)->color;
}

/* Sends bytes that curses knows nothing of, between what it has sent and what it will
 * send. */
static void term_curses_send(const struct curses *term, const char *bytes)
{
	if (!term->modern)
		return;
	fputs(bytes, term->out);
	fflush(term->out);
}

static bool curses_send(struct terminal *base, const char *sequence)
{
	const struct curses *term = (const struct curses *)base;
	term_curses_send(term, sequence);
	return term->modern;
}

/* Unknown private modes have no effect, except on terminals that are not even ANSI. */
static bool is_modern(const char *name)
{
	const char *paste = tigetstr("BE");
	return tigetflag("XT") == 1 || (paste && paste != (char *)-1) ||
	       !strncmp(name, "screen", 6) || !strncmp(name, "tmux", 4);
}

static void term_curses_set_modes(struct curses *term)
{
	raw();
	noecho();
	nonl();
	curs_set(0);
	term->cursor = false;
	term_curses_send(term, PASTE_ON);
	if (term->mouse) {
		mousemask(BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED |
				  REPORT_MOUSE_POSITION,
			  NULL);
		mouseinterval(0);
		term_curses_send(term, DRAG_ON);
	}
}

/* Where the system knows no types of terminals, those that came with memtop (make
 * dist-bin) are looked at.  A program that is started may not see this: true if it would. */
static bool know_types(void)
{
	char folders[PATH_MAX] = ":";   /* an empty name: the system's own */
	ssize_t length = readlink("/proc/self/exe", folders + 1, sizeof(folders) - 64);
	char *slash = length > 0 ? memrchr(folders, '/', (size_t)length + 1) : NULL;

	if (!slash || getenv("TERMINFO_DIRS"))
		return false;
	strcpy(slash, "/../share/memtop/terminfo");
	return access(folders + 1, R_OK) == 0 && setenv("TERMINFO_DIRS", folders, 1) == 0;
}

bool term_usable(char problem[256])
{
	const char *name = getenv("TERM"), *moves = NULL;
	bool lent = know_types();
	int found = 0;
	bool known = setupterm(name, STDOUT_FILENO, &found) == OK;

	if (known) {
		moves = tigetstr("cup");
		moves = moves == (char *)-1 ? NULL : moves;
		del_curterm(cur_term);
	}
	if (lent)
		unsetenv("TERMINFO_DIRS");
	if (!known)
		snprintf(problem, 256, "the terminal type \"%.60s\" is not known: set TERM",
			 name ? name : "");
	else if (!moves)
		snprintf(problem, 256, "the terminal \"%.60s\" can't move its cursor", name);
	return moves;
}

static bool start_curses(struct curses *term, char problem[256])
{
	const char *name = getenv("TERM");
	know_types();
	set_escdelay(25);
	term->screen = newterm(NULL, term->out, term->in);
	if (!term->screen) {
		snprintf(problem, 256,
			 "the terminal type \"%.60s\" is not known: set TERM",
			 name ? name : "");
		return false;
	}
	term->modern = is_modern(name ? name : "");
	if (has_colors() && term->color) {
		start_color();
		use_default_colors();
	} else {
		term->color = false;
	}
	term->input.keys = newpad(1, 1);
	keypad(term->input.keys, TRUE);
	nodelay(term->input.keys, TRUE);
	term_curses_set_modes(term);
	return true;
}

static void curses_leave(struct terminal *base)
{
	struct curses *term = (struct curses *)base;
	if (term->left)
		return;
	term->left = true;
	rescue_disarm();
	if (term->mouse)
		term_curses_send(term, DRAG_OFF);
	mousemask(0, NULL);
	term_curses_send(term, PASTE_OFF);
	curs_set(1);
	const char *restores = tigetstr("smcup");
	endwin();
	/* Where the screen stays, what is written next would stand over its last line. */
	if (!restores || restores == (char *)-1) {
		fputs("\r\n", term->out);
		fflush(term->out);
	}
	tcsetattr(fileno(term->in), TCSADRAIN, &term->first);
}

static void curses_close(struct terminal *base)
{
	struct curses *term = (struct curses *)base;
	curses_leave(base);
	rescue_disarm();
	delwin(term->input.keys);
	delscreen(term->screen);
	fclose(term->in);
	fclose(term->out);
	canvas_free(term->shown);
	free(term->rows);
	free(term);
}

static int curses_fd(const struct terminal *base)
{
	return fileno(((const struct curses *)base)->in);
}

static void curses_size(struct terminal *base, unsigned *width, unsigned *height)
{
	struct curses *term = (struct curses *)base;
	struct winsize size = {0};
	if (!ioctl(fileno(term->out), TIOCGWINSZ, &size) && size.ws_col && size.ws_row &&
	    (size.ws_col != COLS || size.ws_row != LINES)) {
		resizeterm(size.ws_row, size.ws_col);
		term->stale = true;
	}
	*width = (unsigned)COLS;
	*height = (unsigned)LINES;
}

static bool curses_key(struct terminal *base, struct key_event *event, bool *gone)
{
	struct curses *term = (struct curses *)base;
	*gone = false;
	if (term->left)
		return false;
	if (term_input_key(&term->input, event))
		return true;
	*gone = feof(term->in) || tcgetpgrp(fileno(term->in)) < 0;
	return false;
}

static void attributes_of(const struct curses *term, enum theme theme, uint32_t style,
			  attr_t *attributes, int *pair)
{
	struct look look = palette_look(term->color ? theme : THEME_MONO, style);
	*attributes = (look.bold ? A_BOLD : 0) | (look.reverse ? A_REVERSE : 0) |
		      (look.underline ? A_UNDERLINE : 0);
	*pair = 0;
	if (!term->color)
		return;
	bool rich = COLORS >= 256;
	int foreground = rich ? look.foreground : look.foreground8;
	int background = rich ? look.background : look.background8;
	if (foreground >= 0 || background >= 0)
		*pair = alloc_pair(foreground, background);
	if (*pair < 0)
		*pair = 0;
}

static void term_curses_put_cell(const struct curses *term, enum theme theme, unsigned x,
				 unsigned y, const struct cell *cell)
{
	wchar_t text[CCHARW_MAX + 1];
	size_t n = 0, left = strlen(cell->text), used;
	for (const char *at = cell->text; left && n < CCHARW_MAX;
	     at += used, left -= used) {
		uint32_t code;
		used = utf8_decode(at, left, &code);
		text[n++] = (wchar_t)(code >= 0x80 && !term->utf8 ? '?' : code);
		if (!term->utf8)
			break;
	}
	text[n] = 0;
	attr_t attributes;
	int pair;
	cchar_t wide;
	attributes_of(term, theme, cell->style, &attributes, &pair);
	/* The pair is passed by pointer, since 256 colours need more pairs than a short
	 * can number. */
	if (setcchar(&wide, text, attributes, 0, &pair) == OK)
		mvadd_wch((int)y, (int)x, &wide);
}

/* Gives curses the cells that differ; how many. */
static size_t put_changes(struct curses *term, const struct canvas *canvas, bool whole)
{
	size_t changes = 0;
	for (unsigned y = 0; y < canvas->height; y++)
		for (unsigned x = 0; x < canvas->width; x++) {
			const struct cell *cell = canvas_cell(canvas, x, y);
			struct cell *old =
				&term->shown->cells[(size_t)y * canvas->width + x];
			bool same = cell->style == old->style &&
				    cell->width == old->width &&
				    !strcmp(cell->text, old->text);
			if (same && !whole)
				continue;
			if (cell->width)
				term_curses_put_cell(term, canvas->theme, x, y, cell);
			*old = *cell;
			term->rows[y] = true;
			changes++;
		}
	return changes;
}

static void put_cursor(struct curses *term, const struct canvas *canvas)
{
	if (term->cursor != canvas->cursor)
		curs_set(canvas->cursor);
	term->cursor = canvas->cursor;
	if (canvas->cursor)
		move((int)canvas->cursor_y, (int)canvas->cursor_x);
}

static int write_out(void *user, const char *bytes, size_t length)
{
	struct curses *term = user;
	return fwrite(bytes, 1, length, term->out) == length ? 0 : -EIO;
}

static void curses_show(struct terminal *base, const struct canvas *canvas, bool whole)
{
	struct curses *term = (struct curses *)base;
	if (term->left)
		return;
	whole = whole || term->stale || term->shown->width != canvas->width ||
		term->shown->height != canvas->height;
	if (whole) {
		bool *rows = realloc(term->rows, canvas->height * sizeof *rows);
		if (rows)
			term->rows = rows;
		if (!rows || canvas_resize(term->shown, canvas->width, canvas->height))
			return;
		clear();
		clearok(stdscr, TRUE);
		term->stale = false;
	}
	memset(term->rows, 0, canvas->height * sizeof *term->rows);
	bool changed = put_changes(term, canvas, whole) > 0;
	if (changed)
		term_curses_send(term, SYNC_BEGIN);
	put_cursor(term, canvas);
	refresh();
	if (canvas->linked) {
		links_put(canvas, term->rows, term->color, write_out, term);
		fflush(term->out);      /* curses does not write to the stream */
	}
	if (changed)
		term_curses_send(term, SYNC_END);
}

static void curses_enter(struct terminal *base)
{
	struct curses *term = (struct curses *)base;
	if (!term->left)
		return;
	term->left = false;
	tcgetattr(fileno(term->in), &term->first);
	def_shell_mode();
	refresh();                      /* ends what endwin began */
	term_curses_set_modes(term);
	arm_rescue(term);
	term->stale = true;
}

static const struct term_ops curses_ops = {
	.close = curses_close,
	.fd = curses_fd,
	.size = curses_size,
	.key = curses_key,
	.show = curses_show,
	.send = curses_send,
	.leave = curses_leave,
	.enter = curses_enter,
	.color = curses_color,
};

struct terminal *term_open(const struct term_options *options, char problem[256])
{
	struct curses *term = calloc(1, sizeof *term);
	if (!term)
		return NULL;
	term->base.ops = &curses_ops;
	term->color = options->color;
	term->mouse = options->mouse;
	term->utf8 = term_utf8();
	term->in = fopen("/dev/tty", "re");
	term->out = fopen("/dev/tty", "we");
	term->shown = canvas_new(1, 1);
	if (!term->in || !term->out || !term->shown)
		snprintf(problem, 256, "/dev/tty can't be opened: use `memtop record`");
	else if (!tcgetattr(fileno(term->in), &term->first) &&
		 start_curses(term, problem)) {
		arm_rescue(term);
		return &term->base;
	}
	if (term->in)
		fclose(term->in);
	if (term->out)
		fclose(term->out);
	canvas_free(term->shown);
	free(term);
	return NULL;
}
