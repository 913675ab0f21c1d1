/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_LINKS_H
#define TUI_TERM_LINKS_H
/*
 * Places in source as hyperlinks: OSC 8 ; ; URI ST ("Hyperlinks in terminal emulators",
 * Egmont Koblinger), with file URIs (RFC 8089) that name this host.  Depends only on the
 * environment.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tui/base/canvas.h"

/*
 * Whether the terminal has hyperlinks.  No terminal can be asked, and some print
 * sequences that they do not know.  So FORCE_HYPERLINK decides if it is set (0: no), and
 * otherwise the variables by which terminals with links are recognised: TERM,
 * TERM_PROGRAM and those of VTE, Konsole, kitty, Windows Terminal.  tmux has them from
 * 3.4 on, and screen does not.
 */
bool links_known(void);

/* "file://HOST/PATH", and where the terminal opens files at lines by it (kitty, iTerm2)
 * "#LINE", in at most size - 1 bytes; "" if it has no room. */
void links_uri(const char *file, unsigned line, char *uri, size_t size);

/* Writes the links of the rows that are `changed` over what is on the screen: the same
 * characters in the same style.  The cursor stays where it is. */
void links_put(const struct canvas *canvas, const bool *changed, bool color, canvas_write write,
	       void *user);

#endif
