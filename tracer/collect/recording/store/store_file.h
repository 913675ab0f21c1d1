/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_FILE_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_FILE_H
/* The file itself, before there is anything in it. */
#include <sqlite3.h>
#include <stdbool.h>
#include "tracer/collect/error.h"

struct store;

struct store_file {
	char *path;                     /* its own, absolute where a file is replaced */
	char *made;                     /* where it is until it takes the old file's place; the
					 * same where there is none */
};

/* Makes an empty file that belongs to the user, following links to an old one, which stays
 * until the new one is placed.  Reserves room for the empty tables, where the file system
 * can, and asks it for locks.  0, or -1 with *error, as below; then there is nothing to be
 * dropped. */
int store_file_make(const char *path, bool force, struct store_file *file, struct error *error);
/* The file takes its place, and what logs were beside the old one are gone.  0, or -1 with
 * *error; then it is dropped, and the old one has its logs still. */
int store_file_place(struct store_file *file, const char *path, struct error *error);
/* The file goes, and what an old one left in its place stays. */
void store_file_drop(struct store_file *file);
/* Frees the names alone. */
void store_file_forget(struct store_file *file);
/* Whether the path is too long for SQLite; then *error says so of the one that the user
 * `named`. */
bool store_file_is_long(const char *path, const char *named, struct error *error);
/* Opens it.  SQLite's code; *db is to be closed in any case. */
int store_file_open(const char *path, sqlite3 **db);
/* "cannot write PATH: why" for *error; -1. */
int store_refuse(struct error *error, const char *path, const char *why);

#endif
