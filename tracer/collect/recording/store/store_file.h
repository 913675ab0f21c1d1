/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_FILE_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_FILE_H
/* The file itself, before there is anything in it. */
#include <sqlite3.h>
#include <stdbool.h>
#include "tracer/collect/error.h"

struct store;

/* Makes an empty file that belongs to the user, following links to an old one.  *real:
 * its path, which the caller frees.  0, or -1 with *error, as below. */
int store_file_make(const char *path, bool force, char **real, struct error *error);
/* Opens it.  SQLite's code; *db is to be closed in any case. */
int store_file_open(const char *path, sqlite3 **db);
/* "cannot write PATH: why" for *error; -1. */
int store_refuse(struct error *error, const char *path, const char *why);
/* Reserves room for the empty tables, where the file system can, and asks it for locks. */
int store_file_reserve(const struct store *store, struct error *error);

#endif
