/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_EDIT_H
#define TRACER_COLLECT_RECORDING_RECORDING_EDIT_H
/*
 * Gives a recording's sites better names.  Everything is written to a copy beside the
 * file, which replaces it when it is complete: whoever reads the file meanwhile keeps the
 * old one, and whatever goes wrong leaves the file as it was.
 */
#include "tracer/collect/recording/recording.h"

struct recording_edit;

/* Completes a file that still has a log beside it, because its memtop was killed.  0, or
 * -1 with *error: a memtop is still writing it, or it can't be written.  Call it before
 * recording_open. */
int recording_settle(const char *path, struct error *error);

/* Begins a copy of an open recording, which still belongs to the caller.  0 with *out, or
 * -1. */
int recording_edit_begin(struct recording_edit **out, struct recording *recording,
			 struct error *error);
/* Gives the site the frames that `names` has for the same id; their modules must have the
 * recording's ids, too.  0 or -1 with *error. */
int recording_edit_site(struct recording_edit *edit, struct site_id id,
			const struct catalog *names, struct error *error);
/* Sets why names of a module are missing; "": they are not. */
int recording_edit_reason(struct recording_edit *edit, struct module_id id, const char *reason,
			  struct error *error);
/* Replaces the file by the copy.  0, or -1 with *error; call recording_edit_free in
 * either case. */
int recording_edit_finish(struct recording_edit *edit, struct error *error);
/* Frees the edit, and removes a copy that is not finished.  NULL is allowed. */
void recording_edit_free(struct recording_edit *edit);

#endif
