/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_PANE_H
#define TUI_DESK_PARTS_PANE_H
/* The target's terminal: its emulator, and its input and output. */
#include "tracer/collect/run/session.h"
#include "tui/base/screen.h"
#include "tui/shown/shown.h"
#include "tui/term/emulator.h"

struct pane {
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

/* Opens a zeroed pane.  0, or -ENOMEM; pane_close must be called even then. */
int pane_open(struct pane *pane, struct session *session, struct output *output,
	      struct foot *foot);
void pane_close(struct pane *pane);
void pane_resize(struct pane *pane, unsigned width, unsigned height);
/* Reads what the target printed, and updates the output if it is `shown`.  `live`: the
 * target runs; `awaited`: it waits for input.  True if the screen must be drawn. */
bool pane_read(struct pane *pane, bool live, bool shown, bool awaited);
/* Handles a key while the target has the focus.  Returns reaction bits. */
unsigned pane_key(struct pane *pane, uint32_t key);
/* Handles the mouse meanwhile, in cells of the target's screen.  False: the target does
 * not use the mouse. */
bool pane_mouse(struct pane *pane, const struct key_event *inside);

#endif
