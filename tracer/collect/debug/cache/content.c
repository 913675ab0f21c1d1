/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A head and four tables that follow one another without a gap: places, sites, frames,
 * texts.  In memory the same tables grow; one finder leads from an offset to its site,
 * another from a text to where it is in the table.
 *
 * The file is only for the machine that wrote it: its integers are as they are in memory.
 */
#include "tracer/collect/debug/cache/content.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"

static const char magic[8] = "mtnames1";

enum { INLINED = 1, UNRESOLVED = 2 };

struct head {
	char magic[8];
	uint64_t checksum;              /* of all that follows it */
	uint32_t key, reason;           /* texts */
	uint32_t places, sites, frames, text_bytes;
};

struct place {
	uint32_t path, unused;
	struct content_mark mark;
};

struct site {
	uint64_t offset;
	uint32_t first, count;          /* frames */
};

struct frame {
	uint32_t file, function, line;  /* a text is given by the place of its first
					 * byte */
	uint8_t lang, flags;
	uint16_t unused;
};

struct content {
	struct head head;               /* has the lengths of the tables below */
	struct place *places;
	struct site *sites;
	struct frame *frames;
	char *text;
	size_t places_room, sites_room, frames_room, text_room;
	struct finder by_offset, by_text;
	bool texts_known;               /* by_text has the texts of the file that was
					 * parsed */
};

/* For a given word each step can be undone, so a change of one word always changes the
 * sum. */
static uint64_t checksum_of(uint64_t sum, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	sum ^= length * UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = 0;

		memcpy(&word, at + i, length - i < 8 ? length - i : 8);
		sum = (sum ^ word) * UINT64_C(0xff51afd7ed558ccd);
		sum ^= sum >> 32;
	}
	return sum;
}

/* The checksum of the rest of the head, after the sum itself, and of all that follows
 * it. */
static uint64_t content_sum_up(const struct head *head, const void *rest, size_t length)
{
	const size_t from = offsetof(struct head, key);
	uint64_t sum = checksum_of(1, (const char *)head + from, sizeof(*head) - from);

	return checksum_of(sum, rest, length);
}

static uint32_t offset_hash(uint64_t offset) { return hash_mix(offset, 1); }

static bool same_offset(const void *context, uint32_t value, const void *key)
{
	const struct content *content = context;
	return content->sites[value - 1].offset == *(const uint64_t *)key;
}

static bool content_same_text(const void *context, uint32_t value, const void *key)
{
	const struct content *content = context;
	return strcmp(content->text + value - 1, key) == 0;
}

static bool know_text(struct content *content, uint32_t at)
{
	const char *text = content->text + at;
	return finder_put(&content->by_text, hash_bytes(text, strlen(text)), at + 1);
}

/* Texts of a parsed file are indexed only when one is added, which is rare. */
static bool know_texts(struct content *content)
{
	uint32_t at = 0;

	if (content->texts_known)
		return true;
	for (; at < content->head.text_bytes; at += (uint32_t)strlen(content->text + at) + 1)
		if (!know_text(content, at))
			return false;
	content->texts_known = true;
	return true;
}

/* The place of a text, which is added if it is new; UINT32_MAX: no memory. */
static uint32_t content_intern(struct content *content, const char *text)
{
	size_t length = strlen(text) + 1, used = content->head.text_bytes;

	if (!know_texts(content))
		return UINT32_MAX;
	uint32_t known = finder_find(&content->by_text, hash_bytes(text, length - 1),
				     content_same_text, content, text);
	if (known)
		return known - 1;
	if (length > UINT32_MAX / 2 - used ||
	    !array_grow(&content->text, &content->text_room, used + length, 1))
		return UINT32_MAX;
	memcpy(content->text + used, text, length);
	content->head.text_bytes += (uint32_t)length;
	return know_text(content, (uint32_t)used) ? (uint32_t)used : UINT32_MAX;
}

struct content *content_new(const char *key)
{
	struct content *content = calloc(1, sizeof(*content));

	if (!content)
		return NULL;
	memcpy(content->head.magic, magic, sizeof(magic));
	content->head.key = content_intern(content, key);
	content->head.reason = content_intern(content, "");
	if (content->head.key != UINT32_MAX && content->head.reason != UINT32_MAX)
		return content;
	content_free(content);
	return NULL;
}

void content_free(struct content *content)
{
	if (!content)
		return;
	finder_free(&content->by_offset);
	finder_free(&content->by_text);
	free(content->places);
	free(content->sites);
	free(content->frames);
	free(content->text);
	free(content);
}

/* Bytes of the four tables. */
static size_t tables_size(const struct head *head)
{
	return head->places * sizeof(struct place) + head->sites * sizeof(struct site) +
	       head->frames * sizeof(struct frame) + head->text_bytes;
}

/* Copies a table from the bytes, of which there are enough; false: out of memory. */
static bool content_take(const char **bytes, void *table, size_t *room, size_t count,
			 size_t item)
{
	void *items;

	if (!array_grow(table, room, count, item))
		return false;
	memcpy(&items, table, sizeof(items));
	if (count)
		memcpy(items, *bytes, count * item);
	*bytes += count * item;
	return true;
}

static bool take_tables(struct content *content, const char *bytes)
{
	const struct head *head = &content->head;

	return content_take(&bytes, &content->places, &content->places_room, head->places,
			    sizeof(struct place)) &&
	       content_take(&bytes, &content->sites, &content->sites_room, head->sites,
			    sizeof(struct site)) &&
	       content_take(&bytes, &content->frames, &content->frames_room, head->frames,
			    sizeof(struct frame)) &&
	       content_take(&bytes, &content->text, &content->text_room, head->text_bytes,
			    1);
}

/* Checks all that later reads rely on: texts are terminated, and each reference is inside
 * its table. */
static bool content_is_sound(const struct content *content)
{
	const struct head *head = &content->head;
	const uint32_t bytes = head->text_bytes;

	if (bytes == 0 || content->text[bytes - 1] || head->key >= bytes || head->reason >= bytes)
		return false;
	for (uint32_t i = 0; i < head->places; i++)
		if (content->places[i].path >= bytes)
			return false;
	for (uint32_t i = 0; i < head->frames; i++) {
		const struct frame *frame = &content->frames[i];
		if (frame->file >= bytes || frame->function >= bytes || frame->lang > LANG_PYTHON)
			return false;
	}
	for (uint32_t i = 0; i < head->sites; i++) {
		const struct site *site = &content->sites[i];
		if (site->count == 0 || site->count > CONTENT_CHAIN ||
		    site->first > head->frames || head->frames - site->first < site->count)
			return false;
	}
	return true;
}

static bool know_sites(struct content *content)
{
	if (!finder_reserve(&content->by_offset, content->head.sites + 1u))
		return false;
	for (uint32_t i = 0; i < content->head.sites; i++)
		finder_put(&content->by_offset, offset_hash(content->sites[i].offset),
			   i + 1);
	return true;
}

struct content *content_parse(const void *bytes, size_t length, const char *key)
{
	struct content *content = calloc(1, sizeof(*content));
	const char *tables = (const char *)bytes + sizeof(struct head);
	struct head *head = content ? &content->head : NULL;

	if (!content || length < sizeof(*head) || length > CONTENT_MAX)
		goto refuse;
	memcpy(head, bytes, sizeof(*head));
	length -= sizeof(*head);
	if (memcmp(head->magic, magic, sizeof(magic)) != 0 ||
	    tables_size(head) != length ||
	    head->checksum != content_sum_up(head, tables, length) ||
	    !take_tables(content, tables) || !content_is_sound(content) ||
	    strcmp(content->text + head->key, key) != 0 || !know_sites(content))
		goto refuse;
	return content;
refuse:
	content_free(content);
	return NULL;
}

static char *content_put(char *at, const void *table, size_t bytes)
{
	if (bytes)
		memcpy(at, table, bytes);
	return at + bytes;
}

void *content_bytes(const struct content *content, size_t *length)
{
	struct head head = content->head;
	size_t tables = tables_size(&head);

	*length = sizeof(head) + tables;
	char *bytes = *length <= CONTENT_MAX ? malloc(*length) : NULL;
	if (!bytes)
		return NULL;
	char *at = bytes + sizeof(head);
	at = content_put(at, content->places, head.places * sizeof(struct place));
	at = content_put(at, content->sites, head.sites * sizeof(struct site));
	at = content_put(at, content->frames, head.frames * sizeof(struct frame));
	content_put(at, content->text, head.text_bytes);
	head.checksum = content_sum_up(&head, bytes + sizeof(head), tables);
	memcpy(bytes, &head, sizeof(head));
	return bytes;
}

bool content_set_reason(struct content *content, const char *reason)
{
	uint32_t at = content_intern(content, reason);

	if (at != UINT32_MAX)
		content->head.reason = at;
	return at != UINT32_MAX;
}

const char *content_reason(const struct content *content)
{
	return content->text + content->head.reason;
}

bool content_add_place(struct content *content, const char *path,
		       const struct content_mark *mark)
{
	uint32_t at = content_intern(content, path);

	if (at == UINT32_MAX ||
	    !array_grow(&content->places, &content->places_room, content->head.places + 1u,
			sizeof(struct place)))
		return false;
	content->places[content->head.places++] = (struct place){ .path = at, .mark = *mark };
	return true;
}

const char *content_place(const struct content *content, size_t i,
			  struct content_mark *mark)
{
	if (i >= content->head.places)
		return NULL;
	*mark = content->places[i].mark;
	return content->text + content->places[i].path;
}

static bool add_frames(struct content *content, const struct content_frame *frames, size_t length)
{
	if (!array_grow(&content->frames, &content->frames_room, content->head.frames + length,
			sizeof(struct frame)))
		return false;
	for (size_t i = 0; i < length; i++) {
		struct frame *frame = &content->frames[content->head.frames + i];
		*frame = (struct frame){
			.file = content_intern(content, frames[i].file),
			.function = content_intern(content, frames[i].function),
			.line = frames[i].line,
			.lang = (uint8_t)frames[i].lang,
			.flags = (uint8_t)((frames[i].inlined ? INLINED : 0) |
					   (frames[i].unresolved ? UNRESOLVED : 0)),
		};
		if (frame->file == UINT32_MAX || frame->function == UINT32_MAX)
			return false;
	}
	return true;
}

bool content_add(struct content *content, uint64_t offset, const struct content_frame *frames,
		 size_t length)
{
	struct head *head = &content->head;

	if (length == 0 || length > CONTENT_CHAIN || head->frames > UINT32_MAX / 2 ||
	    !finder_room(&content->by_offset) ||
	    !array_grow(&content->sites, &content->sites_room, head->sites + 1u,
			sizeof(struct site)) ||
	    !add_frames(content, frames, length))
		return false;
	content->sites[head->sites++] = (struct site){ offset, head->frames, (uint32_t)length };
	head->frames += (uint32_t)length;
	return finder_put(&content->by_offset, offset_hash(offset), head->sites);
}

size_t content_find(const struct content *content, uint64_t offset,
		    struct content_frame frames[CONTENT_CHAIN])
{
	uint32_t found = finder_find(&content->by_offset, offset_hash(offset), same_offset,
				     content, &offset);

	if (!found)
		return 0;
	const struct site *site = &content->sites[found - 1];
	for (uint32_t i = 0; i < site->count; i++) {
		const struct frame *frame = &content->frames[site->first + i];
		frames[i] = (struct content_frame){
			.file = content->text + frame->file,
			.function = content->text + frame->function,
			.line = frame->line,
			.lang = (enum lang)frame->lang,
			.inlined = frame->flags & INLINED,
			.unresolved = frame->flags & UNRESOLVED,
		};
	}
	return site->count;
}

void content_merge(struct content *content, const struct content *other)
{
	struct content_frame frames[CONTENT_CHAIN];

	for (uint32_t i = 0; i < other->head.sites; i++) {
		uint64_t offset = other->sites[i].offset;
		if (finder_find(&content->by_offset, offset_hash(offset), same_offset, content,
				&offset))
			continue;
		if (!content_add(content, offset, frames, content_find(other, offset, frames)))
			return;
	}
}
