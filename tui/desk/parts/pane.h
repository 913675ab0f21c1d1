/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_PANE_H
#define TUI_DESK_PARTS_PANE_H
/* The target's terminal: its emulator, and what goes in and out. */
#include "tracer/collect/run/session.h"
#include "tui/base/screen.h"
#include "tui/shown/shown.h"
#include "tui/term/emulator.h"

struct pane {
	struct session *session;        /* the target's, */
	struct output *output;          /* where screens see what it printed, */
	struct foot *foot;              /* and that keys were lost */
	struct emulator *emulator;
	char *printed;                  /* room for what is read at once */
	uint64_t position;              /* how much of the output was read */
	unsigned width, height;         /* told to the target */
	char *typed;                    /* what waits for the target to read */
	size_t typed_length;
	bool question;                  /* what was printed last, unseen, ends in mid-line */
	bool seen;                      /* the target waits for input, and was looked at since */
};

/* Of a zeroed pane: 0, or -ENOMEM; then pane_close too. */
int pane_open(struct pane *pane, struct session *session, struct output *output,
	      struct foot *foot);
void pane_close(struct pane *pane);
void pane_resize(struct pane *pane, unsigned width, unsigned height);
/* Reads what the target, which is `live`, printed, into the output too if it is `shown`;
 * `awaited`: it waits for input.  True if that changed what is to be drawn. */
bool pane_read(struct pane *pane, bool live, bool shown, bool awaited);
/* A key while the target has the focus: enum reaction bits. */
unsigned pane_key(struct pane *pane, uint32_t key);
/* The mouse while it has the focus, in cells of its screen; false: it did not want
 * that. */
bool pane_mouse(struct pane *pane, const struct key_event *inside);

#endif
