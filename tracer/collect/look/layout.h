/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_LAYOUT_H
#define TRACER_COLLECT_LOOK_LAYOUT_H
/* The memory of a process that is worth reading (proc_pid_maps(5),
 * proc_pid_pagemap(5)). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct map {
	uint64_t start, end;            /* addresses [start, end), whole pages */
	bool writable;
	bool file;                      /* data of a module, or the rest of them (.bss) that
					 * follows it */
	bool libc;                      /* of glibc's own data, where malloc's main arena
					 * is */
	bool heap;                      /* the kernel calls it [heap] */
	bool sealed;                    /* a file's, read-only; its pieces are what was
					 * written before it was */
	bool hidden;                    /* nobody may read it now */
	uint64_t offset;                /* of `path`; UINT64_MAX: it follows a module's
					 * data */
	char *path;                     /* as the process names it, or as the kernel does:
					 * "[stack]"; or NULL */
};

/* A piece of memory that is there: `bytes` of it, at `at` in the copy. */
struct piece {
	uint64_t address, bytes;
	size_t at;
	bool left;                      /* the process's clone does not have it */
	bool hidden;                    /* as its map */
};

enum constant_kind { CONSTANT_DATA, CONSTANT_CODE, CONSTANT_OWN_CODE /* libmemtop.so's */ };

/* A module's code or constants: the file at `path`, as the process names it, from byte
 * `offset` on. */
struct constant {
	uint64_t start, end, offset;
	enum constant_kind kind;
	char *path;
};

struct layout {
	struct map *of;                 /* by address */
	size_t length, room;
	struct piece *pieces;           /* by address; none crosses the end of a map */
	size_t pieces_length, pieces_room;
	struct constant *constants;     /* by address; pieces of sealed maps overlap them */
	size_t constants_length, constants_room;
	uint64_t bytes;                 /* of all pieces */
	uint64_t end;                   /* of the last mapping that was listed */
	bool no_scan;                   /* pagemap is read page by page, see layout.c */
};

/* On a zeroed struct; call layout_free in the end.  Reads the mappings that thread `tid`
 * of the process sees: memory, but no devices, not [vvar] and [vdso], and
 * nothing of libmemtop.so's; code and constants of files are listed separately.  Pieces
 * are what is in memory or swapped.  0, -ENOMEM, -ESRCH: the thread has ended, -EPERM: the
 * kernel refuses, or another -errno of the files of /proc. */
int layout_read(struct layout *layout, int32_t pid, int32_t tid);
/* The first step of that: lists the mappings that a file names in the form of
 * proc_pid_maps(5).  Those of a process that runs change meanwhile: of one that has grown
 * since a part of it was listed, the rest follows. */
int layout_list(struct layout *layout, FILE *maps);
void layout_free(struct layout *layout);
/* Whether libmemtop.so's code is at an address. */
bool layout_is_own_code(const struct layout *layout, uint64_t address);
/* For a clone of the process, made when it was as `layout` says: cuts the pieces so that
 * each is either whole in the clone or `left`.  Left are shared mappings, and what
 * madvise(2) keeps from children.  0, -ENOMEM or -errno of the files of /proc. */
int layout_of_clone(struct layout *layout, int32_t clone);

#endif
