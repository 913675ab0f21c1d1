/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_DESK_TABLE_H
#define TUI_DESK_DESK_TABLE_H
/* Tables of snapshots that the desk asks for (parts/tables.h), and files that it writes. */
#include <stdio.h>
#include "tui/desk/desk.h"

/* Asks for the table of the screen on top; the one that was asked for before is given up. */
void desk_table_ask(struct desk *desk);
/* Waits a moment for that table: if it comes soon, the old one isn't drawn once more. */
void desk_table_await(struct desk *desk);
/* Takes over what the workers have finished: tables, exports, source lines and curves. */
void desk_tables_take(struct desk *desk);

/* desk_export.c: lets a worker write the table of the screen on top to a file.  The text is
 * "FORMAT [--force ]FILE".  The foot says if it can't be begun. */
void desk_export(struct desk *desk, const char *text);
/* If an export has ended, shows at the foot how, and frees it. */
void desk_export_take(struct desk *desk);
/* Opens a file for writing: *text is "[--force ]FILE", "-" for standard output, and becomes
 * FILE.  The caller closes it with desk_close_output.  NULL after a message, also if the file
 * exists and --force was not given, or is the recording. */
FILE *desk_open_output(struct desk *desk, const char **text);
/* Flushes the file and, unless it is standard output, closes it.  0, or -EIO if not everything
 * was written. */
int desk_close_output(FILE *file);

#endif
