/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_TABLE_H
#define TRACER_PRELOAD_SEGMENT_TABLE_H
/*
 * The segment as the target maps it: in pieces that never move.  A piece is mapped when
 * its first entry is needed: from the fd while that is open (table_open), later by
 * mremap(last page, 0, ...), which maps that page and what follows again (mremap(2):
 * old_size 0 of a shared mapping).
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/wire/wire.h"

/* What one mapping of a table region covers; rings: one ring a piece. */
#define WIRE_PIECE_BYTES (UINT64_C(256) << 10)

/* Maps the control page and the first piece of each region from `fd`.
 * 0, or -errno and nothing mapped.  All mappings get MADV_DONTFORK and
 * MADV_DONTDUMP.  The caller closes fd. */
int table_open(int fd);

/* Unmaps the segment once nobody uses it; then table_open may be called again.  In place
 * of the control page there is then a private page, which says that nothing is wanted,
 * until the next one comes. */
void table_close(void);

/* To be called in a forked child, which has lost all that table_open mapped: after this
 * it may be called again. */
void table_forget(void);
/* For a forked child, which may still be inside a hook: replaces the control page by a
 * private one that says that nothing is wanted, and with `whole` also the pieces by
 * private ones, to which nothing can be added. */
void table_stand_in(bool whole);

/* The control page; NULL before table_open. */
struct wire_control *table_control(void);

/* The address of `bytes` bytes at `offset` of a region, mapped and allocated
 * by memtop; they may not straddle WIRE_PIECE_BYTES (rings: WIRE_RING_BYTES).
 * NULL if memtop has not allocated that far or mapping failed.  Thread- and
 * signal-safe: no lock; a racing second mapping of a piece is unmapped. */
void *table_at(enum wire_region region, uint64_t offset, uint64_t bytes);

/* The same, but NULL where the piece has not been mapped yet: no system call. */
void *table_mapped(enum wire_region region, uint64_t offset, uint64_t bytes);

/* Maps a region's pieces up to `end` or its limit, whether memtop has allocated what they
 * hold or not. */
void table_map_ahead(enum wire_region region, uint64_t end);

/* The addresses of a region's pieces of WIRE_PIECE_BYTES, for callers that know that what
 * they read has been mapped.  They stay until table_forget. */
_Atomic(char *) *table_pieces(enum wire_region region);

/* Waits until ready[region] >= end: at most 2 s without progress of memtop,
 * then -ETIMEDOUT; -EOWNERDEAD if memtop died; -ENOSPC beyond limit[]. */
int table_wait(enum wire_region region, uint64_t end);

/* The same, for as many rounds of memtop's reader at most. */
int table_wait_rounds(enum wire_region region, uint64_t end, int most);
/* The same, or until enough() is true: then 0 too.  Nobody wakes for that, so it is asked
 * after naps that begin short. */
int table_wait_or(enum wire_region region, uint64_t end, bool (*enough)(void));

/* Zeroed private memory for ever, counted in control->private_bytes; not for
 * core dumps.  NULL if the system gives none, or can't be asked.  Thread- and
 * signal-safe. */
void *table_private(uint64_t bytes);

/* Has the pages of such memory found by one call, in place of a fault for each.  A wish. */
void table_private_find(void *memory, uint64_t bytes);

/* Fills the memory with zeroes again. */
void table_private_wipe(void *memory, uint64_t bytes);

/* Gives back what table_private gave, for the loser of a race. */
void table_private_free(void *memory, uint64_t bytes);

#endif
