/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_SETTINGS_H
#define TUI_DESK_PARTS_SETTINGS_H
/* The user's folders for memtop (XDG Base Directory Specification 0.8). */
#include <stdbool.h>
#include <stdio.h>

/* The folder for what was typed and shown last, and the one for what the user wrote; they
 * may not exist.  False: neither the XDG variable nor HOME is an absolute path. */
bool settings_state_path(char path[4096]);
bool settings_config_path(char path[4096]);
/*
 * Opens a file in them for reading.  NULL with errno.  EPERM means that others can change
 * the file, and `problem` says so ("" otherwise): as ssh demands of its own files
 * (readconf.c: "Bad owner or permissions"), it must belong to this user or to root, and
 * must not be writable by everybody.
 */
FILE *settings_open(const char *path, char problem[256]);
/* The first of these folders, which is made if missing.  Returns `path`, or NULL if there
 * is none. */
const char *settings_state_folder(char path[4096]);

#endif
