/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The session gives the newest bytes of the target's output as one piece, so
 * what was fed already is found by comparing beginnings.  Lines that scroll
 * out are kept in a ring.
 */
#include "tui/term/emulator.h"

#include <stdlib.h>
#include <string.h>
#include <vterm.h>
#include "tui/base/utf8.h"

#define ABOVE_MOST 2000u
#define LEAST 2u                        /* columns and lines of the screen */

struct line {
	unsigned length;
	struct cell *cells;
};

struct emulator {
	VTerm *vterm;
	VTermScreen *screen;
	struct canvas *canvas;
	struct line above[ABOVE_MOST];
	unsigned above_first, above_length;
	char *fed;                      /* a copy of what was fed */
	size_t fed_length;
	bool again;                     /* old output: its queries were answered then */
	VTermPos cursor;
	bool cursor_visible;
	void (*answer)(void *user, const char *bytes, size_t length);
	void *user;
};

static unsigned color_of(VTermScreen *screen, VTermColor *color)
{
	if (VTERM_COLOR_IS_DEFAULT_FG(color) || VTERM_COLOR_IS_DEFAULT_BG(color))
		return 0;
	if (VTERM_COLOR_IS_INDEXED(color))
		return color->indexed.idx + 1u;
	vterm_screen_convert_color_to_rgb(screen, color);
	/* The nearest of the 6x6x6 cube. */
	unsigned red = (color->rgb.red + 25u) / 51, green = (color->rgb.green + 25u) / 51;
	return 17 + red * 36 + green * 6 + (color->rgb.blue + 25u) / 51;
}

static struct cell cell_of(struct emulator *emulator, const VTermScreenCell *from)
{
	VTermScreenCell copy = *from;
	struct cell cell = {.text = " ", .width = 1};
	size_t n = 0;
	for (unsigned i = 0; i < VTERM_MAX_CHARS_PER_CELL && copy.chars[i]; i++)
		if (copy.chars[i] != UINT32_MAX && n + 5 < sizeof cell.text)
			n += utf8_encode(copy.chars[i], cell.text + n);
	if (n)
		cell.text[n] = 0;
	if (copy.width == 2)
		cell.width = 2;
	uint32_t attributes = (copy.attrs.bold ? STYLE_RAW_BOLD : 0) |
			      (copy.attrs.underline ? STYLE_RAW_UNDERLINE : 0) |
			      (copy.attrs.reverse ? STYLE_RAW_REVERSE : 0);
	cell.style = style_raw(color_of(emulator->screen, &copy.fg),
			       color_of(emulator->screen, &copy.bg), attributes);
	return cell;
}

static int push_line(int columns, const VTermScreenCell *cells, void *user)
{
	struct emulator *emulator = user;
	unsigned at = (emulator->above_first + emulator->above_length) % ABOVE_MOST;
	struct line *line = &emulator->above[at];
	if (emulator->above_length == ABOVE_MOST)
		emulator->above_first = (emulator->above_first + 1) % ABOVE_MOST;
	else
		emulator->above_length++;
	free(line->cells);
	line->length = 0;
	line->cells = calloc((size_t)columns, sizeof *line->cells);
	for (int i = 0; line->cells && i < columns; i++)
		line->cells[line->length++] = cell_of(emulator, &cells[i]);
	return 1;
}

static int move_cursor(VTermPos position, VTermPos old, int visible, void *user)
{
	struct emulator *emulator = user;
	(void)old;
	(void)visible;
	emulator->cursor = position;
	return 1;
}

static int set_property(VTermProp property, VTermValue *value, void *user)
{
	struct emulator *emulator = user;
	if (property == VTERM_PROP_CURSORVISIBLE)
		emulator->cursor_visible = value->boolean;
	return 1;
}

static void reply(const char *bytes, size_t length, void *user)
{
	struct emulator *emulator = user;
	if (!emulator->again && emulator->answer)
		emulator->answer(emulator->user, bytes, length);
}

static const VTermScreenCallbacks callbacks = {
	.movecursor = move_cursor,
	.settermprop = set_property,
	.sb_pushline = push_line,
};

static bool start(struct emulator *emulator, unsigned width, unsigned height)
{
	emulator->vterm = vterm_new((int)height, (int)width);
	if (!emulator->vterm)
		return false;
	vterm_set_utf8(emulator->vterm, 1);
	vterm_output_set_callback(emulator->vterm, reply, emulator);
	emulator->screen = vterm_obtain_screen(emulator->vterm);
	vterm_screen_set_callbacks(emulator->screen, &callbacks, emulator);
	vterm_screen_enable_altscreen(emulator->screen, 1);
	vterm_screen_reset(emulator->screen, 1);
	emulator->cursor = (VTermPos){0};
	emulator->cursor_visible = true;
	return true;
}

static void forget_lines(struct emulator *emulator)
{
	for (unsigned i = 0; i < ABOVE_MOST; i++)
		free(emulator->above[i].cells);
	memset(emulator->above, 0, sizeof emulator->above);
	emulator->above_first = emulator->above_length = 0;
}

struct emulator *
emulator_new(unsigned width, unsigned height,
	     void (*answer)(void *user, const char *bytes, size_t length), void *user)
{
	struct emulator *emulator = calloc(1, sizeof *emulator);
	if (!emulator)
		return NULL;
	emulator->answer = answer;
	emulator->user = user;
	emulator->canvas = canvas_new(width < LEAST ? LEAST : width,
				      height < LEAST ? LEAST : height);
	if (!emulator->canvas ||
	    !start(emulator, emulator->canvas->width, emulator->canvas->height)) {
		emulator_free(emulator);
		return NULL;
	}
	return emulator;
}

void emulator_free(struct emulator *emulator)
{
	if (!emulator)
		return;
	if (emulator->vterm)
		vterm_free(emulator->vterm);
	forget_lines(emulator);
	canvas_free(emulator->canvas);
	free(emulator->fed);
	free(emulator);
}

/* A fresh screen of the canvas's size, fed with old output. */
static bool again(struct emulator *emulator, const char *bytes, size_t length)
{
	if (emulator->vterm)
		vterm_free(emulator->vterm);
	forget_lines(emulator);
	if (!start(emulator, emulator->canvas->width, emulator->canvas->height))
		return false;
	emulator->again = true;
	vterm_input_write(emulator->vterm, bytes, length);
	emulator->again = false;
	return true;
}

/* libvterm 0.1.4 can be brought to crash by some output after vterm_set_size
 * and on a screen one column wide; the target's output is not to be trusted:
 * a new size is a new start, of at least two cells either way. */
void emulator_resize(struct emulator *emulator, unsigned width, unsigned height)
{
	width = width < LEAST ? LEAST : width;
	height = height < LEAST ? LEAST : height;
	if (emulator->canvas->width == width && emulator->canvas->height == height)
		return;
	if (!canvas_resize(emulator->canvas, width, height))
		again(emulator, emulator->fed ? emulator->fed : "", emulator->fed_length);
}

void emulator_feed(struct emulator *emulator, const char *bytes, size_t length)
{
	size_t known = emulator->fed_length;
	if (!emulator->vterm || length < known ||
	    (known && memcmp(bytes, emulator->fed, known))) {
		if (!again(emulator, bytes, length))
			return;
	} else if (length > known) {
		vterm_input_write(emulator->vterm, bytes + known, length - known);
	} else {
		return;
	}
	char *copy = realloc(emulator->fed, length + 1);
	if (copy) {
		memcpy(copy, bytes, length);
		emulator->fed = copy;
	}
	emulator->fed_length = copy ? length : 0;
}

unsigned emulator_above(const struct emulator *emulator)
{
	return emulator->above_length;
}

static void draw_line(struct emulator *emulator, unsigned y, int from)
{
	struct canvas *canvas = emulator->canvas;
	if (from < 0) {
		unsigned back = (unsigned)-from;
		unsigned at = emulator->above_first + emulator->above_length - back;
		const struct line *line = &emulator->above[at % ABOVE_MOST];
		for (unsigned x = 0; x < line->length;
		     x += line->cells[x].width == 2 ? 2 : 1)
			canvas_set(canvas, x, y, &line->cells[x]);
		return;
	}
	for (unsigned x = 0; emulator->vterm && x < canvas->width;) {
		VTermScreenCell cell;
		if (!vterm_screen_get_cell(emulator->screen, (VTermPos){from, (int)x},
					   &cell))
			break;
		struct cell own = cell_of(emulator, &cell);
		canvas_set(canvas, x, y, &own);
		x += own.width;
	}
}

const struct canvas *emulator_canvas(struct emulator *emulator, unsigned scroll)
{
	struct canvas *canvas = emulator->canvas;
	if (scroll > emulator->above_length)
		scroll = emulator->above_length;
	canvas_clear(canvas);
	for (unsigned y = 0; y < canvas->height; y++)
		draw_line(emulator, y, (int)y - (int)scroll);
	canvas->cursor = emulator->cursor_visible && !scroll;
	canvas->cursor_x = (unsigned)emulator->cursor.col;
	canvas->cursor_y = (unsigned)emulator->cursor.row;
	return canvas;
}
