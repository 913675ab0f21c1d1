/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only file that knows curses.  What is on the terminal is remembered as a
 * canvas; curses gets the cells that differ from it and sends what changed.
 */
#define _XOPEN_SOURCE_EXTENDED 1
#include "tui/term/term.h"

#include <curses.h>
#include <term.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "tui/base/palette.h"
#include "tui/base/utf8.h"
#include "tui/term/rescue.h"

struct terminal {
	FILE *in, *out;
	SCREEN *screen;
	WINDOW *keys;                   /* a pad: reading it draws nothing */
	struct canvas *shown;
	bool color, mouse, utf8, left, stale;
	struct termios first;           /* as the terminal was */
};

static void arm_rescue(struct terminal *term)
{
	static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
	const char *bytes[6];
	size_t n = 0;
	bytes[n++] = term->mouse ? "\033[?1006l\033[?1000l" : "";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *capability = tigetstr(names[i]);
		if (capability && capability != (char *)-1)
			bytes[n++] = capability;
	}
	bytes[n++] = "\r\n";
	rescue_arm(fileno(term->out), &term->first, bytes, n);
}

bool term_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

bool term_color(const struct terminal *term)
{
	return term->color;
}

static void set_modes(struct terminal *term)
{
	raw();
	noecho();
	nonl();
	curs_set(0);
	if (term->mouse) {
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
		mouseinterval(0);
	}
}

static bool start_curses(struct terminal *term, char problem[256])
{
	const char *name = getenv("TERM");
	set_escdelay(25);
	term->screen = newterm(NULL, term->out, term->in);
	if (!term->screen) {
		snprintf(problem, 256,
			 "the terminal type \"%.60s\" is not known: set TERM",
			 name ? name : "");
		return false;
	}
	if (!tigetstr("cup") || tigetstr("cup") == (char *)-1) {
		endwin();
		delscreen(term->screen);
		snprintf(problem, 256, "the terminal \"%.60s\" can't move its cursor: "
			 "use `memtop record`", name ? name : "");
		return false;
	}
	if (has_colors() && term->color) {
		start_color();
		use_default_colors();
	} else {
		term->color = false;
	}
	term->keys = newpad(1, 1);
	keypad(term->keys, TRUE);
	nodelay(term->keys, TRUE);
	set_modes(term);
	return true;
}

struct terminal *term_open(const struct term_options *options, char problem[256])
{
	struct terminal *term = calloc(1, sizeof *term);
	if (!term)
		return NULL;
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
		return term;
	}
	if (term->in)
		fclose(term->in);
	if (term->out)
		fclose(term->out);
	canvas_free(term->shown);
	free(term);
	return NULL;
}

void term_close(struct terminal *term)
{
	if (!term)
		return;
	term_leave(term);
	rescue_disarm();
	delwin(term->keys);
	delscreen(term->screen);
	fclose(term->in);
	fclose(term->out);
	canvas_free(term->shown);
	free(term);
}

int term_fd(const struct terminal *term)
{
	return fileno(term->in);
}

void term_size(struct terminal *term, unsigned *width, unsigned *height)
{
	struct winsize size = {0};
	if (!ioctl(fileno(term->out), TIOCGWINSZ, &size) && size.ws_col && size.ws_row &&
	    (size.ws_col != COLS || size.ws_row != LINES)) {
		resizeterm(size.ws_row, size.ws_col);
		term->stale = true;
	}
	*width = (unsigned)COLS;
	*height = (unsigned)LINES;
}

/* What curses calls a key, and what we do. */
static uint32_t key_of_curses(wint_t code)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} table[] = {
		{KEY_UP, KEY_GO_UP},	   {KEY_DOWN, KEY_GO_DOWN},
		{KEY_LEFT, KEY_GO_LEFT},   {KEY_RIGHT, KEY_GO_RIGHT},
		{KEY_PPAGE, KEY_PGUP},	   {KEY_NPAGE, KEY_PGDN},
		{KEY_HOME, KEY_HOME_},	   {KEY_END, KEY_END_},
		{KEY_IC, KEY_INSERT},	   {KEY_DC, KEY_DELETE},
		{KEY_BTAB, KEY_SHIFT_TAB}, {KEY_BACKSPACE, KEY_BACK},
		{KEY_ENTER, KEY_ENTER_},   {KEY_RESIZE, KEY_RESIZED},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].curses == code)
			return table[i].key;
	if (code > KEY_F0 && code <= KEY_F(12))
		return KEY_FN + (uint32_t)(code - KEY_F0);
	return KEY_NONE;
}

static bool mouse_key(struct key_event *event)
{
	MEVENT mouse;
	if (getmouse(&mouse) != OK)
		return false;
	event->x = (unsigned)mouse.x;
	event->y = (unsigned)mouse.y;
	event->key = mouse.bstate & BUTTON4_PRESSED   ? KEY_WHEEL_UP
		     : mouse.bstate & BUTTON5_PRESSED ? KEY_WHEEL_DOWN
		     : mouse.bstate & BUTTON1_PRESSED ? KEY_CLICK
						      : KEY_NONE;
	return event->key != KEY_NONE;
}

/* The rest of a sequence that curses does not know (ESC [ ... final byte): its
 * bytes must not be taken for keys. */
static void swallow_sequence(struct terminal *term)
{
	wint_t code;
	for (unsigned i = 0; i < 64 && wget_wch(term->keys, &code) == OK; i++)
		if (code >= 0x40 && code <= 0x7e)
			return;
}

/* After ESC: a character that is there already makes it M-x. */
static uint32_t after_escape(struct terminal *term)
{
	wint_t code;
	int kind = wget_wch(term->keys, &code);
	if (kind == OK && (code == '[' || code == 'O')) {
		swallow_sequence(term);
		return KEY_NONE;
	}
	if (kind == OK && code >= 32 && code != 127)
		return KEY_META + (uint32_t)code;
	if (kind == OK)
		unget_wch((wchar_t)code);
	else if (kind == KEY_CODE_YES)
		ungetch((int)code);
	return KEY_ESC;
}

bool term_key(struct terminal *term, struct key_event *event, bool *gone)
{
	wint_t code;
	*event = (struct key_event){0};
	*gone = false;
	if (term->left)
		return false;
	for (;;) {
		int kind = wget_wch(term->keys, &code);
		if (kind == ERR) {
			*gone = feof(term->in) || tcgetpgrp(fileno(term->in)) < 0;
			return false;
		}
		if (kind == KEY_CODE_YES && code == KEY_MOUSE) {
			if (mouse_key(event))
				return true;
			continue;
		}
		event->key = kind == KEY_CODE_YES ? key_of_curses(code) : (uint32_t)code;
		if (kind == OK && code == KEY_ESC)
			event->key = after_escape(term);
		if (kind == OK && code == 8)
			event->key = KEY_BACK;
		if (kind == OK && code == '\n')
			event->key = KEY_ENTER_;
		if (event->key)
			return true;
	}
}

static void attributes_of(const struct terminal *term, enum theme theme, uint32_t style,
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

static void put_cell(const struct terminal *term, enum theme theme, unsigned x, unsigned y,
		     const struct cell *cell)
{
	wchar_t text[CCHARW_MAX + 1];
	size_t n = 0, left = strlen(cell->text), used;
	for (const char *at = cell->text; left && n < CCHARW_MAX;
	     at += used, left -= used) {
		uint32_t code = utf8_decode(at, left, &used);
		text[n++] = (wchar_t)(code >= 0x80 && !term->utf8 ? '?' : code);
		if (!term->utf8)
			break;
	}
	text[n] = 0;
	attr_t attributes;
	int pair;
	cchar_t wide;
	attributes_of(term, theme, cell->style, &attributes, &pair);
	/* The pair goes by pointer: 256 colours need more pairs than a short holds. */
	if (setcchar(&wide, text, attributes, 0, &pair) == OK)
		mvadd_wch((int)y, (int)x, &wide);
}

void term_show(struct terminal *term, const struct canvas *canvas, bool whole)
{
	if (term->left)
		return;
	whole = whole || term->stale || term->shown->width != canvas->width ||
		term->shown->height != canvas->height;
	if (whole) {
		if (canvas_resize(term->shown, canvas->width, canvas->height))
			return;
		clear();
		clearok(stdscr, TRUE);
		term->stale = false;
	}
	for (unsigned y = 0; y < canvas->height; y++)
		for (unsigned x = 0; x < canvas->width; x++) {
			const struct cell *cell = canvas_cell(canvas, x, y);
			struct cell *old =
				&term->shown->cells[(size_t)y * canvas->width + x];
			bool same = cell->style == old->style &&
				    cell->width == old->width &&
				    !strcmp(cell->text, old->text);
			if (cell->width && (whole || !same))
				put_cell(term, canvas->theme, x, y, cell);
			*old = *cell;
		}
	curs_set(canvas->cursor);
	if (canvas->cursor)
		move((int)canvas->cursor_y, (int)canvas->cursor_x);
	refresh();
}

void term_leave(struct terminal *term)
{
	if (term->left)
		return;
	term->left = true;
	rescue_disarm();
	mousemask(0, NULL);
	curs_set(1);
	endwin();
	tcsetattr(fileno(term->in), TCSADRAIN, &term->first);
}

void term_enter(struct terminal *term)
{
	if (!term->left)
		return;
	term->left = false;
	tcgetattr(fileno(term->in), &term->first);
	def_shell_mode();
	refresh();                      /* ends what endwin began */
	set_modes(term);
	arm_rescue(term);
	term->stale = true;
}
