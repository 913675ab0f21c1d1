/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_MESSAGE_MESSAGE_H
#define TUI_MESSAGE_MESSAGE_H
/* How memtop says on standard error what failed. */
#include "tracer/collect/error.h"

/* What a command exits with when memtop itself failed (memtop(1), EXIT STATUS). */
#define STATUS_USAGE 2
#define STATUS_FAILED 125

/* Prints "memtop: <text>" on standard error, made safe for a terminal; returns
 * error->status. */
int message_fail(const struct error *error);

#endif
