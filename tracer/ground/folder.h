/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_FOLDER_H
#define TRACER_GROUND_FOLDER_H
/* Makes folders that belong to the user: settings, history, state. */
#include <stdbool.h>

/* Makes each missing folder that leads to the file `path`, for the user alone (mode
 * 0700); the last component of the path is not made.  The path is written to, and
 * restored before the return.  False, with errno, if a folder can't be made. */
bool folder_make(char *path);

#endif
