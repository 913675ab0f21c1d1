/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_CONSOLE_H
#define TUI_DESK_PARTS_CONSOLE_H
/* The target's terminal: its emulator, and its input and output. */
#include "tracer/collect/run/session.h"
#include "tui/base/screen.h"
#include "tui/shown/shown.h"
#include "tui/term/emulator.h"

struct console {
	struct session *session;        /* the session of the target */
	struct output *output;          /* where screens see what the target printed */
	struct foot *foot;              /* says that keys were lost */
	struct emulator *emulator;
	char *printed;                  /* buffer for output that is read at a time */
	uint64_t position;              /* how much of the output was read */
	unsigned width, height;         /* as told to the target */
	char *typed;                    /* what waits for the target to read */
	size_t typed_length;
	bool question;                  /* unseen output ends in mid-line */
	bool seen;                      /* looked at since the target began to wait for
					 * input */
};

/* Opens a zeroed console.  0, or -ENOMEM; console_close must be called even then. */
int console_open(struct console *console, struct session *session, struct output *output,
		 struct foot *foot);
void console_close(struct console *console);
void console_resize(struct console *console, unsigned width, unsigned height);
/* Reads what the target printed, and updates the output if it is `shown`.  `live`: the
 * target runs; `awaited`: it waits for input.  True if the screen must be drawn. */
bool console_read(struct console *console, bool live, bool shown, bool awaited);
/* Handles a key while the target has the focus.  Returns reaction bits. */
unsigned console_key(struct console *console, uint32_t key);
/* Handles the mouse meanwhile, in cells of the target's screen.  False: the target does
 * not use the mouse. */
bool console_mouse(struct console *console, const struct key_event *inside);

#endif
