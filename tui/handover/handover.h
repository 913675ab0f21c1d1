/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_HANDOVER_HANDOVER_H
#define TUI_HANDOVER_HANDOVER_H
/*
 * What other programs get of a screen: a place in source and a stack as text, and the
 * escape sequence that puts text into the clipboard of whoever sits at the terminal.
 * Pure.
 */
#include <stddef.h>
#include "views/table/table.h"

/* "FILE:LINE", or "MODULE!FUNCTION" where no line is known; safe for a terminal, cut at
 * size - 1 bytes. */
void handover_place(const struct row_frame *frame, char *text, size_t size);
/* A line a frame, newest first: "FUNCTION (FILE:LINE)".  Frames for which there is no
 * room are counted in a last line; returns how many were written. */
size_t handover_stack(const struct row_frame *frames, size_t length, char *text, size_t size);

/* OSC 52 ; c ; BASE64 BEL: xterm's "Manipulate Selection Data" (ctlseqs), with base64
 * as of RFC 4648.  Allocated; NULL: out of memory. */
char *handover_osc52(const char *text);

#endif
