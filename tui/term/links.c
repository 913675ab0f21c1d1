/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * curses has no cells that are links, so it is not told about them: what it has put on
 * the screen is written again, as links, and it still knows what is there.
 */
#include "tui/term/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

bool links_known(void)
{
	static const char *const programs[] = {"iTerm.app", "WezTerm", "vscode", "ghostty",
					       "mintty", "Tabby", "rio", NULL};
	static const char *const types[] = {"xterm-kitty", "xterm-ghostty", "foot",
					    "foot-extra", "alacritty", "wezterm", "contour",
					    NULL};
	const char *forced = variable("FORCE_HYPERLINK"), *type = variable("TERM");
	const char *program = variable("TERM_PROGRAM");
	if (*forced)
		return strcmp(forced, "0") != 0;
	/* tmux, which is in between, decides, and not the terminal whose variables were
	 * inherited. */
	if (*variable("TMUX"))
		return !strcmp(program, "tmux") &&
		       strtod(variable("TERM_PROGRAM_VERSION"), NULL) >= 3.4;
	if (*variable("STY") || starts(type, "screen"))
		return false;
	return is_one_of(program, programs) || is_one_of(type, types) ||
	       atoi(variable("VTE_VERSION")) >= 5000 ||
	       atoi(variable("KONSOLE_VERSION")) >= 201200 || *variable("KITTY_WINDOW_ID") ||
	       *variable("WT_SESSION");
}

/* Whether the terminal accepts a line in the URI.  Others take the number for a part of
 * the name, or refuse such a URI. */
static bool opens_lines(void)
{
	static const char *const programs[] = {"iTerm.app", NULL};
	return *variable("KITTY_WINDOW_ID") || is_one_of(variable("TERM_PROGRAM"), programs);
}

void links_uri(const char *file, unsigned line, char *uri, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";
	char host[65] = "";
	if (gethostname(host, sizeof host - 1) || host[strspn(host, plain)])
		host[0] = 0;
	size_t n = (size_t)snprintf(uri, size, "file://%s", host);
	for (; *file && n + 4 < size; file++)
		n += (size_t)snprintf(uri + n, size - n, strchr(plain, *file) ? "%c" : "%%%02X",
				      (unsigned char)*file);
	if (*file)
		uri[0] = 0;
	else if (line && opens_lines() && n + 12 < size)
		snprintf(uri + n, size - n, "#%u", line);
}

static void links_text(canvas_write write, void *user, const char *text)
{
	write(user, text, strlen(text));
}

static void put_cells(const struct canvas *canvas, const struct canvas_link *link, bool color,
		      canvas_write write, void *user)
{
	char text[80];
	for (unsigned i = 0; i < link->width; i++) {
		const struct cell *cell = canvas_cell(canvas, link->x + i, link->y);
		if (!cell || !cell->width)
			continue;
		canvas_sgr(palette_look(color ? canvas->theme : THEME_MONO, cell->style), text);
		links_text(write, user, text);
		links_text(write, user, cell->text);
	}
}

void links_put(const struct canvas *canvas, const bool *changed, bool color, canvas_write write,
	       void *user)
{
	char uri[4096], text[40];
	for (size_t i = 0; i < canvas->links_length; i++) {
		const struct canvas_link *link = &canvas->links[i];
		if (link->y >= canvas->height || !changed[link->y])
			continue;
		links_uri(link->file, link->line, uri, sizeof uri);
		if (!uri[0])
			continue;
		/* DECSC and DECRC keep the cursor and its look. */
		snprintf(text, sizeof text, "\0337\033[%u;%uH\033]8;;", link->y + 1,
			 link->x + 1);
		links_text(write, user, text);
		links_text(write, user, uri);
		links_text(write, user, "\033\\");
		put_cells(canvas, link, color, write, user);
		links_text(write, user, "\033]8;;\033\\\0338");
	}
}
