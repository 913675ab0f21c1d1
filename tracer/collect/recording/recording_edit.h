/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_EDIT_H
#define TRACER_COLLECT_RECORDING_RECORDING_EDIT_H
/*
 * A recording whose sites get better names.  All goes to a copy beside the file, which takes
 * its place when it is whole: whoever reads the file meanwhile keeps the one he opened, and
 * whatever goes wrong leaves it as it was.
 */
#include "tracer/collect/recording/recording.h"

struct recording_edit;

/* Completes a file beside which a log still stands, since its memtop was killed.  0, or
 * -1 with *error: a memtop writes it still, or it can't be written.  Before
 * recording_open. */
int recording_settle(const char *path, struct error *error);

/* Begins the copy of an open recording, which stays the caller's.  0 with *out, or -1. */
int recording_edit_begin(struct recording_edit **out, struct recording *recording,
			 struct error *error);
/* The site's frames are from now on those that `names` has for the same id; their modules
 * have the recording's ids too.  0 or -1 with *error. */
int recording_edit_site(struct recording_edit *edit, struct site_id id,
			const struct catalog *names, struct error *error);
/* Why names of a module are missing; "": they are not. */
int recording_edit_reason(struct recording_edit *edit, struct module_id id, const char *reason,
			  struct error *error);
/* The copy replaces the file.  0, or -1 with *error; recording_edit_free is due either
 * way. */
int recording_edit_finish(struct recording_edit *edit, struct error *error);
/* Removes a copy that is not finished.  NULL is fine. */
void recording_edit_free(struct recording_edit *edit);

#endif
