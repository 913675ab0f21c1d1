/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_LAYER_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_LAYER_H
/* Writes the rows of one moment of one process, for store_rows.c alone. */
#include "tracer/collect/recording/store/store_parts.h"

/* Writes n rows in order, or what of them differs from the base, unless it is NULL.  *id: their
 * layer, or 0 if nothing differs.  0, or -1 with *error. */
int store_layer_write(struct store *store, const struct snapshot_row *rows, size_t n,
		      const struct store_base *base, uint32_t *id, struct error *error);

#endif
