/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_EMULATOR_H
#define TUI_TERM_EMULATOR_H
/* The target's terminal, kept as a canvas (libvterm, which does no I/O). */
#include <stddef.h>
#include "tui/base/canvas.h"

struct emulator;

/* NULL: out of memory.  `answer` gets what the terminal replies to queries. */
struct emulator *
emulator_new(unsigned width, unsigned height,
	     void (*answer)(void *user, const char *bytes, size_t length), void *user);
void emulator_free(struct emulator *emulator);
void emulator_resize(struct emulator *emulator, unsigned width, unsigned height);
/* All of the output that is known: what is new since the last call is fed;
 * if it is no longer the same beginning, all is fed to a fresh screen. */
void emulator_feed(struct emulator *emulator, const char *bytes, size_t length);
/* The screen, `scroll` lines back (at most emulator_above); until the next call. */
const struct canvas *emulator_canvas(struct emulator *emulator, unsigned scroll);
/* Lines that have scrolled out above. */
unsigned emulator_above(const struct emulator *emulator);

#endif
