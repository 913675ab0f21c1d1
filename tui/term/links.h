/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_LINKS_H
#define TUI_TERM_LINKS_H
/*
 * Places in source as hyperlinks: OSC 8 ; ; URI ST ("Hyperlinks in terminal emulators",
 * Egmont Koblinger), with file URIs (RFC 8089) that name this host.  Pure but for the
 * environment.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tui/base/canvas.h"

/*
 * No terminal can be asked whether it has such links, and some print what they do not
 * know. So FORCE_HYPERLINK decides where it is set (0: none), and else those variables by
 * which terminals that have them are known: TERM, TERM_PROGRAM and those of VTE, Konsole,
 * kitty, Windows Terminal.  tmux has them from 3.4 on, and screen has not.
 */
bool links_known(void);

/* "file://HOST/PATH", and where the terminal opens files at lines by it (kitty, iTerm2)
 * "#LINE", in at most size - 1 bytes; "" if it has no room. */
void links_uri(const char *file, unsigned line, char *uri, size_t size);

/* Writes the canvas's links of rows that are `changed` over what is on the screen:
 * the same characters in the same look.  The cursor stays where it is. */
void links_put(const struct canvas *canvas, const bool *changed, bool color, canvas_write write,
	       void *user);

#endif
