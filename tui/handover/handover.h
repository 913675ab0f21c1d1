/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_HANDOVER_HANDOVER_H
#define TUI_HANDOVER_HANDOVER_H
/*
 * What other programs get from a screen: a place in source and a stack as text, and the
 * escape sequence that puts text into the clipboard of the user's terminal.  The
 * functions have no side effects.
 */
#include <stddef.h>
#include "views/table/table.h"

/* "FILE:LINE", or "MODULE!FUNCTION" where no line is known; safe for a terminal, cut at
 * size - 1 bytes. */
void handover_place(const struct row_frame *frame, char *text, size_t size);
/* Writes a line for each frame, newest first: "FUNCTION (FILE:LINE)".  The frames that do
 * not fit are counted in a last line.  Returns how many frames were written. */
size_t handover_stack(const struct row_frame *frames, size_t length, char *text, size_t size);

/* Makes OSC 52 ; c ; BASE64 BEL: xterm's "Manipulate Selection Data" (ctlseqs), with
 * base64 as in RFC 4648.  The caller frees it; NULL: out of memory. */
char *handover_osc52(const char *text);

#endif
