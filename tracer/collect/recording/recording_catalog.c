/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The catalog of a recording.  The file's ids may have gaps; they are replaced by dense
 * ones in the same order.  A reference to something that is not there, or to a trace that
 * does not come before, means that the file is damaged.
 */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/wire/wire.h"

#define INLINES_MAX 4096u

struct names {
	uint32_t site;                  /* in the file; the frames are those gathered so
					 * far */
	uint32_t position;
	unsigned length;
	struct frame_id frames[INLINES_MAX];
};

/* Maps a reference.  0 means "none" in the file too; anything else must exist. */
static uint32_t refer(struct recording_row *row, int column,
		      const struct recording_ids *ids)
{
	uint32_t id = row_u32(row, column, UINT32_MAX);
	uint32_t found = id ? ids_find(ids, id) : 0;

	if (id && !found)
		row->bad = true;
	return found;
}

static struct str_id recording_catalog_text(struct recording *recording,
					    struct recording_row *row, int column)
{
	size_t length;
	const char *bytes = row_text(row, column, &length);

	return catalog_intern(recording->catalog, bytes, length);
}

static int fold_thread(struct recording *recording, struct recording_row *row, void *user)
{
	int error = ids_add(&recording->threads, row_u32(row, 0, CATALOG_THREADS - 1));

	(void)user;
	if (error)
		return error;
	/* The writer kept the bits of the signed number. */
	int32_t tid = (int32_t)row_u32(row, 1, UINT32_MAX);
	struct thread_id id = catalog_add_thread(
		recording->catalog, tid, recording_catalog_text(recording, row, 2));

	return id.v ? 0 : -ENOMEM;
}

static int fold_module(struct recording *recording, struct recording_row *row, void *user)
{
	int error = ids_add(&recording->modules, row_u32(row, 0, UINT32_MAX));
	struct module module = {
		.path = recording_catalog_text(recording, row, 1),
		.name = recording_catalog_text(recording, row, 2),
		.reason = recording_catalog_text(recording, row, 4),
	};
	const void *build_id = sqlite3_column_blob(row->statement, 3);
	int length = sqlite3_column_bytes(row->statement, 3);

	(void)user;
	if (error)
		return error;
	if (length > (int)sizeof(module.build_id))
		return -EINVAL;
	if (build_id && length > 0) {
		memcpy(module.build_id, build_id, (size_t)length);
		module.build_id_length = (uint8_t)length;
	}
	return catalog_add_module(recording->catalog, &module).v ? 0 : -ENOMEM;
}

/* Adds a frame.  Equal frames of a file that memtop did not write become one; so the list
 * holds catalog ids here, and frames are looked up through it. */
static int fold_frame(struct recording *recording, struct recording_row *row, void *user)
{
	struct recording_ids *catalog_ids = user;
	struct frame frame = {
		.function = recording_catalog_text(recording, row, 1),
		.file = recording_catalog_text(recording, row, 2),
		.line = row_u32(row, 3, INT32_MAX),
		.module = { refer(row, 4, &recording->modules) },
		.lang = (uint8_t)row_u32(row, 5, LANG_PYTHON),
		.inlined = row_u64(row, 6),
		.wrapper = row_u64(row, 7),
		.unresolved = row_u64(row, 8),
	};
	int error = ids_add(&recording->frames, row_u32(row, 0, UINT32_MAX));

	if (error)
		return error;
	struct frame_id id = catalog_add_frame(recording->catalog, &frame);

	if (!id.v || recording_room(&catalog_ids->ids, catalog_ids->length,
				    sizeof(*catalog_ids->ids)))
		return -ENOMEM;
	catalog_ids->ids[catalog_ids->length++] = id.v;
	return 0;
}

static int fold_site(struct recording *recording, struct recording_row *row, void *user)
{
	struct recording_ids *sites = &recording->sites;
	struct site site = {
		.module = { refer(row, 1, &recording->modules) },
		.offset = row_u64(row, 2),
	};
	int error = ids_add(sites, row_u32(row, 0, UINT32_MAX));

	(void)user;
	if (error)
		return error;
	struct site_id id = { (uint32_t)(sites->length - 1) + sites->first };

	return catalog_put_site(recording->catalog, id, &site);
}

static int finish_names(struct recording *recording, struct names *names)
{
	uint32_t site = names->length ? ids_find(&recording->sites, names->site) : 0;
	int error = 0;

	if (names->length && !site)
		return -EINVAL;
	if (site)
		error = catalog_name_site(recording->catalog, (struct site_id){ site },
					  names->frames, names->length);
	names->length = 0;
	return error;
}

struct naming {
	struct names *names;
	const struct recording_ids *frames;     /* catalog ids, in the order of the file's
						 * ids */
};

static int fold_site_frame(struct recording *recording, struct recording_row *row,
			   void *user)
{
	const struct naming *naming = user;
	struct names *names = naming->names;
	uint32_t site = row_u32(row, 0, UINT32_MAX), position = row_u32(row, 1, INT32_MAX);
	uint32_t frame = refer(row, 2, &recording->frames);

	if (!frame || row->bad)
		return -EINVAL;
	if (names->length && (site < names->site ||
	    (site == names->site && position <= names->position)))
		return -EINVAL;
	if (names->length && site != names->site) {
		int error = finish_names(recording, names);

		if (error)
			return error;
	}
	if (names->length == INLINES_MAX)
		return -EINVAL;
	names->site = site;
	names->position = position;
	names->frames[names->length++].v = naming->frames->ids[frame - recording->frames.first];
	return 0;
}

static int load_names(struct recording *recording, const struct recording_ids *frames,
		      struct error *error)
{
	struct names *names = calloc(1, sizeof(*names));
	struct naming naming = { names, frames };
	int result = -1;

	if (!names)
		return recording_failed(recording, error, "out of memory");
	if (!recording_query(recording, "SELECT site, position, frame FROM site_frame"
			     " ORDER BY site, position", 0, fold_site_frame, &naming, error)) {
		result = finish_names(recording, names);
		if (result)
			result = recording_failed(recording, error, "the file is damaged");
	}
	free(names);
	return result;
}

int recording_load_catalog(struct recording *recording, struct error *error)
{
	struct recording_ids frames = { 0 };
	int result = -1;

	recording->threads.first = recording->modules.first = recording->frames.first = 1;
	recording->sites.first = WIRE_SITE_FIRST;
	if (!recording_query(recording, "SELECT id, tid, name FROM thread ORDER BY id", 0,
			     fold_thread, NULL, error) &&
	    !recording_query(recording, "SELECT id, path, name, build_id, reason FROM module"
			     " ORDER BY id", 0, fold_module, NULL, error) &&
	    !recording_query(recording, "SELECT id, function, file, line, module, lang, inlined,"
			     " wrapper, unresolved FROM frame ORDER BY id", 0, fold_frame,
			     &frames, error) &&
	    !recording_query(recording, "SELECT id, module, offset FROM site ORDER BY id", 0,
			     fold_site, NULL, error) &&
	    !load_names(recording, &frames, error))
		result = recording_load_traces(recording, error);
	free(frames.ids);
	return result;
}
