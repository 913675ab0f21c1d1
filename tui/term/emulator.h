/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_EMULATOR_H
#define TUI_TERM_EMULATOR_H
/* The target's terminal, kept as a canvas (libvterm, which does no I/O). */
#include <stddef.h>
#include "tui/base/canvas.h"
#include "tui/base/key.h"

struct emulator;

/* `answer` gets what the terminal sends to the target: keys, and replies to its queries.
 * NULL: out of memory. */
struct emulator *
emulator_new(unsigned width, unsigned height,
	     void (*answer)(void *user, const char *bytes, size_t length), void *user);
void emulator_free(struct emulator *emulator);
void emulator_resize(struct emulator *emulator, unsigned width, unsigned height);
/* Feeds in what the target has printed since the last call. */
void emulator_feed(struct emulator *emulator, const char *bytes, size_t length);
/* Tells that some output was skipped, so the next may begin in the middle of a
 * sequence. */
void emulator_skip(struct emulator *emulator);
/* Sends a key in the form that the target expects now (application cursor keys, bracketed
 * paste for KEY_PASTE and KEY_PASTED). */
void emulator_key(struct emulator *emulator, uint32_t key);
/* Sends a click or the wheel at a cell of the canvas.  False: the target does not use the
 * mouse.  On the alternate screen the wheel sends arrow keys. */
bool emulator_mouse(struct emulator *emulator, const struct key_event *event);
/* The screen, scrolled back by `scroll` lines (at most emulator_above).  Valid until the
 * next call. */
const struct canvas *emulator_canvas(struct emulator *emulator, unsigned scroll);
/* How many lines have scrolled out and are kept, and how many ever have. */
unsigned emulator_above(const struct emulator *emulator);
uint64_t emulator_passed(const struct emulator *emulator);

#endif
