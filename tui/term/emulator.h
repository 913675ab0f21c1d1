/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_EMULATOR_H
#define TUI_TERM_EMULATOR_H
/* The target's terminal, kept as a canvas (libvterm, which does no I/O). */
#include <stddef.h>
#include "tui/base/canvas.h"
#include "tui/base/key.h"

struct emulator;

/* NULL: out of memory.  `answer` gets what the terminal sends to the target:
 * keys, and replies to its queries. */
struct emulator *
emulator_new(unsigned width, unsigned height,
	     void (*answer)(void *user, const char *bytes, size_t length), void *user);
void emulator_free(struct emulator *emulator);
void emulator_resize(struct emulator *emulator, unsigned width, unsigned height);
/* What the target has printed since the last call. */
void emulator_feed(struct emulator *emulator, const char *bytes, size_t length);
/* Some output was let go: what is fed next may begin in the midst of anything. */
void emulator_skip(struct emulator *emulator);
/* Sends a key as the target wants it now (application cursor keys, bracketed
 * paste for KEY_PASTE and KEY_PASTED). */
void emulator_key(struct emulator *emulator, uint32_t key);
/* Sends a click or the wheel at a cell of the canvas; false: the target asked
 * for no mouse.  The wheel is arrow keys to who has the whole screen. */
bool emulator_mouse(struct emulator *emulator, const struct key_event *event);
/* The screen, `scroll` lines back (at most emulator_above); until the next call. */
const struct canvas *emulator_canvas(struct emulator *emulator, unsigned scroll);
/* Lines that have scrolled out above and are kept, and all that ever have. */
unsigned emulator_above(const struct emulator *emulator);
uint64_t emulator_passed(const struct emulator *emulator);

#endif
