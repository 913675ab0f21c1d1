/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output is fed in as it comes.  Its newest bytes are also kept: when the size changes, a
 * new screen is made and fed with them again.  Lines that scroll out are kept in a ring.
 */
#include "tui/term/emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>
#include "tracer/ground/utf8.h"

#define ABOVE_MOST 2000u
#define PAST_MOST (256u * 1024)         /* bytes fed again at another size */
#define ASKED_MOST 63u
#define LEAST 2u                        /* columns and lines of the screen, at least */

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
	uint64_t passed;                /* lines that have ever scrolled out */
	char *past;                     /* the newest bytes fed, at most twice PAST_MOST */
	size_t past_length;
	bool again;                     /* old output is fed again; its queries were
					 * answered before */
	char *asked;                    /* where answers are collected instead of being
					 * sent */
	size_t asked_length;
	VTermPos cursor;
	bool cursor_visible, whole_screen;
	int mouse;                      /* VTERM_PROP_MOUSE_* */
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
	/* The nearest colour of the 6x6x6 cube. */
	unsigned red = (color->rgb.red + 25u) / 51, green = (color->rgb.green + 25u) / 51;
	return 17 + red * 36 + green * 6 + (color->rgb.blue + 25u) / 51;
}

static struct cell cell_of(struct emulator *emulator, const VTermScreenCell *from)
{
	VTermScreenCell copy = *from;
	struct cell cell = {.text = " ", .width = 1};
	size_t n = 0;
	for (unsigned i = 0; i < VTERM_MAX_CHARS_PER_CELL && copy.chars[i]; i++)
		if (copy.chars[i] != UINT32_MAX && !utf8_steers(copy.chars[i]) &&
		    n + 5 < sizeof cell.text)
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
	emulator->passed++;
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
	if (property == VTERM_PROP_ALTSCREEN)
		emulator->whole_screen = value->boolean;
	if (property == VTERM_PROP_MOUSE)
		emulator->mouse = value->number;
	return 1;
}

static void reply(const char *bytes, size_t length, void *user)
{
	struct emulator *emulator = user;
	if (emulator->asked) {
		for (size_t i = 0; i < length && emulator->asked_length < ASKED_MOST; i++)
			emulator->asked[emulator->asked_length++] = bytes[i];
		emulator->asked[emulator->asked_length] = 0;
	} else if (!emulator->again && emulator->answer) {
		emulator->answer(emulator->user, bytes, length);
	}
}

static const VTermScreenCallbacks callbacks = {
	.movecursor = move_cursor,
	.settermprop = set_property,
	.sb_pushline = push_line,
};

static bool emulator_start(struct emulator *emulator, unsigned width, unsigned height)
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
	emulator->whole_screen = false;
	emulator->mouse = VTERM_PROP_MOUSE_NONE;
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
	emulator->past = malloc(2 * PAST_MOST);
	if (!emulator->canvas || !emulator->past ||
	    !emulator_start(emulator, emulator->canvas->width,
			    emulator->canvas->height)) {
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
	free(emulator->past);
	free(emulator);
}

/*
 * The modes that change what keys send.  libvterm reports only few of them, so a key is
 * sent into a buffer, and what comes out shows the mode.
 */
struct modes {
	bool cursor_keys, keypad, paste, visible, whole_screen, far_mouse;
	int mouse;
};

static bool sends(struct emulator *emulator, void (*press)(VTerm *vterm), const char *bytes)
{
	char text[ASKED_MOST + 1] = "";
	emulator->asked = text;
	emulator->asked_length = 0;
	press(emulator->vterm);
	emulator->asked = NULL;
	return !strncmp(text, bytes, strlen(bytes));
}

static void press_up(VTerm *vterm)
{
	vterm_keyboard_key(vterm, VTERM_KEY_UP, VTERM_MOD_NONE);
}

static void press_keypad(VTerm *vterm)
{
	vterm_keyboard_key(vterm, VTERM_KEY_KP_0, VTERM_MOD_NONE);
}

static void press_wheel(VTerm *vterm)
{
	vterm_mouse_move(vterm, 0, 0, VTERM_MOD_NONE);
	vterm_mouse_button(vterm, 4, true, VTERM_MOD_NONE);
}

static struct modes modes_of(struct emulator *emulator)
{
	return (struct modes){
		.cursor_keys = sends(emulator, press_up, "\033OA"),
		.keypad = sends(emulator, press_keypad, "\033Op"),
		.paste = sends(emulator, vterm_keyboard_start_paste, "\033[200~"),
		.far_mouse = sends(emulator, press_wheel, "\033[<"),
		.visible = emulator->cursor_visible,
		.whole_screen = emulator->whole_screen,
		.mouse = emulator->mouse,
	};
}

static void set_mode(struct emulator *emulator, const char *number, bool on)
{
	char text[32];
	int n = snprintf(text, sizeof text, "\033[?%s%c", number, on ? 'h' : 'l');
	vterm_input_write(emulator->vterm, text, (size_t)n);
}

/* Sets the modes that were set before the oldest output that is kept. */
static void emulator_set_modes(struct emulator *emulator, const struct modes *modes)
{
	static const char *const mice[] = {
		[VTERM_PROP_MOUSE_CLICK] = "1000",
		[VTERM_PROP_MOUSE_DRAG] = "1002",
		[VTERM_PROP_MOUSE_MOVE] = "1003",
	};
	/* This also ends a sequence of which the first byte fed is a part. */
	vterm_input_write(emulator->vterm, modes->keypad ? "\030\033=" : "\030\033>", 3);
	if (modes->whole_screen != emulator->whole_screen)
		set_mode(emulator, "1049", modes->whole_screen);
	set_mode(emulator, "1", modes->cursor_keys);
	set_mode(emulator, "2004", modes->paste);
	set_mode(emulator, "25", modes->visible);
	set_mode(emulator, "1006", modes->far_mouse);
	if (modes->mouse > 0 && modes->mouse < (int)(sizeof mice / sizeof *mice))
		set_mode(emulator, mice[modes->mouse], true);
}

/* libvterm 0.1.4 can be made to crash by some output after vterm_set_size, and on a
 * screen one column wide, and the target's output cannot be trusted.  So for a new size a
 * new terminal is made, of at least two cells in either direction. */
void emulator_resize(struct emulator *emulator, unsigned width, unsigned height)
{
	struct modes modes = {.visible = true};
	width = width < LEAST ? LEAST : width;
	height = height < LEAST ? LEAST : height;
	if (emulator->canvas->width == width && emulator->canvas->height == height)
		return;
	if (canvas_resize(emulator->canvas, width, height))
		return;
	if (emulator->vterm) {
		modes = modes_of(emulator);
		vterm_free(emulator->vterm);
	}
	forget_lines(emulator);
	if (!emulator_start(emulator, emulator->canvas->width, emulator->canvas->height))
		return;
	emulator->again = true;
	vterm_input_write(emulator->vterm, emulator->past, emulator->past_length);
	emulator_set_modes(emulator, &modes);
	emulator->again = false;
}

static void emulator_remember(struct emulator *emulator, const char *bytes, size_t length)
{
	if (length > PAST_MOST) {
		bytes += length - PAST_MOST;
		length = PAST_MOST;
	}
	if (emulator->past_length + length > 2 * PAST_MOST) {
		size_t kept = PAST_MOST - length;
		memmove(emulator->past, emulator->past + emulator->past_length - kept, kept);
		emulator->past_length = kept;
	}
	memcpy(emulator->past + emulator->past_length, bytes, length);
	emulator->past_length += length;
}

void emulator_feed(struct emulator *emulator, const char *bytes, size_t length)
{
	if (!length)
		return;
	emulator_remember(emulator, bytes, length);
	if (emulator->vterm)
		vterm_input_write(emulator->vterm, bytes, length);
}

void emulator_skip(struct emulator *emulator)
{
	/* CAN ends any sequence. */
	emulator_feed(emulator, "\030\033[0m\r\n", 7);
}

static VTermModifier modifiers_of(uint32_t key)
{
	return (key & KEY_META ? VTERM_MOD_ALT : 0) |
	       (key & KEY_SHIFTED ? VTERM_MOD_SHIFT : 0) |
	       (key & KEY_CONTROLLED ? VTERM_MOD_CTRL : 0);
}

static VTermKey named_key(uint32_t key)
{
	static const VTermKey keys[] = {
		[KEY_GO_UP - KEY_NAMED] = VTERM_KEY_UP,
		[KEY_GO_DOWN - KEY_NAMED] = VTERM_KEY_DOWN,
		[KEY_GO_LEFT - KEY_NAMED] = VTERM_KEY_LEFT,
		[KEY_GO_RIGHT - KEY_NAMED] = VTERM_KEY_RIGHT,
		[KEY_PGUP - KEY_NAMED] = VTERM_KEY_PAGEUP,
		[KEY_PGDN - KEY_NAMED] = VTERM_KEY_PAGEDOWN,
		[KEY_HOME_ - KEY_NAMED] = VTERM_KEY_HOME,
		[KEY_END_ - KEY_NAMED] = VTERM_KEY_END,
		[KEY_INSERT - KEY_NAMED] = VTERM_KEY_INS,
		[KEY_DELETE - KEY_NAMED] = VTERM_KEY_DEL,
	};
	if (key > KEY_FN && key <= KEY_FN_LAST)
		return (VTermKey)VTERM_KEY_FUNCTION(key - KEY_FN);
	return key >= KEY_NAMED && key - KEY_NAMED < sizeof keys / sizeof *keys
		       ? keys[key - KEY_NAMED]
		       : VTERM_KEY_NONE;
}

void emulator_key(struct emulator *emulator, uint32_t key)
{
	char bytes[16];
	VTermKey named = named_key(key & ~(uint32_t)KEY_MODIFIERS);
	if (!emulator->vterm)
		return;
	if (key == KEY_PASTE)
		vterm_keyboard_start_paste(emulator->vterm);
	else if (key == KEY_PASTED)
		vterm_keyboard_end_paste(emulator->vterm);
	else if (named)
		vterm_keyboard_key(emulator->vterm, named, modifiers_of(key));
	else
		reply(bytes, key_bytes(key, bytes), emulator);
}

bool emulator_mouse(struct emulator *emulator, const struct key_event *event)
{
	bool wheel = event->key == KEY_WHEEL_UP || event->key == KEY_WHEEL_DOWN;
	int button = event->key == KEY_WHEEL_UP ? 4 : event->key == KEY_WHEEL_DOWN ? 5 : 1;
	if (!emulator->vterm)
		return false;
	if (emulator->mouse == VTERM_PROP_MOUSE_NONE) {
		for (unsigned i = 0; wheel && emulator->whole_screen && i < 3; i++)
			emulator_key(emulator, button == 4 ? KEY_GO_UP : KEY_GO_DOWN);
		return wheel && emulator->whole_screen;
	}
	vterm_mouse_move(emulator->vterm, (int)event->y, (int)event->x, VTERM_MOD_NONE);
	vterm_mouse_button(emulator->vterm, button, true, VTERM_MOD_NONE);
	vterm_mouse_button(emulator->vterm, button, false, VTERM_MOD_NONE);
	return true;
}

unsigned emulator_above(const struct emulator *emulator)
{
	return emulator->above_length;
}

uint64_t emulator_passed(const struct emulator *emulator)
{
	return emulator->passed;
}

static void emulator_draw_line(struct emulator *emulator, unsigned y, int from)
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
		emulator_draw_line(emulator, y, (int)y - (int)scroll);
	canvas->cursor = emulator->cursor_visible && !scroll;
	canvas->cursor_x = (unsigned)emulator->cursor.col;
	canvas->cursor_y = (unsigned)emulator->cursor.row;
	return canvas;
}
