/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_TABLE_H
#define TUI_DESK_DESK_TABLE_H
/* What the desk asks of a snapshot (parts/tables.h), and files that it writes. */
#include <stdio.h>
#include "tui/desk/desk.h"

/* Asks for the table of the screen on top, in place of what was asked before. */
void desk_table_ask(struct desk *desk);
/* Waits a moment for what was asked: what is soon there needs no frame before it. */
void desk_table_await(struct desk *desk);
/* Does what follows from what the workers have done. */
void desk_tables_take(struct desk *desk);

/* desk_export.c: writes the table of the screen on top, "FORMAT [--force ]FILE"; a worker
 * does it. */
void desk_export(struct desk *desk, const char *text);
/* Says what became of an export that is done. */
void desk_export_take(struct desk *desk);
/* A file to write: "[--force ]FILE" ("-": standard output), of which *text becomes FILE.
 * NULL after a message, also where there is such a file and it is not forced. */
FILE *desk_open_output(struct desk *desk, const char **text);
/* Closes it, standard output excepted: 0, or -EIO if not all was written. */
int desk_close_output(FILE *file);

#endif
