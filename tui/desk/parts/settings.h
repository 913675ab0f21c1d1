/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_SETTINGS_H
#define TUI_DESK_PARTS_SETTINGS_H
/* memtop's folders of the user's (XDG Base Directory Specification 0.8). */
#include <stdbool.h>
#include <stdio.h>

/* The folder of what was typed and shown last, and that of what the user wrote: they
 * may be missing.  False: neither the XDG variable nor HOME is an absolute path. */
bool settings_state_path(char path[4096]);
bool settings_config_path(char path[4096]);
/*
 * Opens a file of theirs to be read.  NULL with errno; EPERM stands for a file that
 * others can decide about, and `problem` says so in a sentence ("" else): as ssh has it
 * with its own (readconf.c: "Bad owner or permissions"), it must belong to this user or
 * to root, and not be writable by everybody.
 */
FILE *settings_open(const char *path, char problem[256]);
/* The first of them, made if it is missing; returns `path`, or NULL if there is none. */
const char *settings_state_folder(char path[4096]);

#endif
