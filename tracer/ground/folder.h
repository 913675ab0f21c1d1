/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_FOLDER_H
#define TRACER_GROUND_FOLDER_H
/* Folders of the user's own: settings, history, state. */
#include <stdbool.h>

/* Makes each folder that leads to the file `path`, as far as they are missing, for the
 * user alone (mode 0700); what stands behind the last slash is not made.  The path is
 * written to and restored.  False, with errno, where one can't be made. */
bool folder_make(char *path);

#endif
