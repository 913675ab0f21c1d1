/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PANE_H
#define TUI_DESK_PANE_H
/* The target's terminal: its emulator, and what goes in and out. */
#include "tui/base/key.h"
#include "tui/term/emulator.h"

struct desk;

struct pane {
	struct emulator *emulator;
	char *output;                   /* room for what is read at once */
	uint64_t position;              /* how much of the output was read */
	unsigned width, height;         /* told to the target */
	char *typed;                    /* what waits for the target to read */
	size_t typed_length;
};

/* 0, or -ENOMEM: then pane_close too. */
int pane_open(struct desk *desk);
void pane_close(struct desk *desk);
void pane_resize(struct desk *desk, unsigned width, unsigned height);
/* Reads what the target printed: true if it is on the screen. */
bool pane_read(struct desk *desk);
/* A key while the target has the focus. */
void pane_key(struct desk *desk, uint32_t key);
/* False: not for the target's terminal. */
bool pane_mouse(struct desk *desk, const struct key_event *event);

#endif
