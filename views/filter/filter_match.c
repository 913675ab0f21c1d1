/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests whether filters keep traces (filter_run.h).
 *
 * Each leaf has a memo: yes or no for each frame of the legend, and for leaves that look
 * at any frame the distance from a trace's newest frame to the first that matches.  It is
 * a distance and not just a yes, because only the newest nframe frames count, and how far
 * they reach depends on the frame from which one starts.
 */
#include "views/filter/filter_run.h"
#include "tracer/ground/array.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/filter/glob.h"

enum { NO = 1, YES = 2 };
/* Distances are kept plus NEAR; NEVER: no frame matches. */
enum { NEVER = 1, NEAR = 2 };

struct memo {
	uint8_t *frames;                /* by frame: 0 (not known yet), NO or YES */
	size_t length;
	struct sparse *near[2];         /* by side and trace (or thread) */
	uint8_t *rows;                  /* by row of the snapshot: NO or YES; NULL: not asked */
};

/* A stretch whose distance is to be remembered, and how many frames of the stack come
 * before it. */
struct near_step {
	uint32_t *place;
	uint32_t offset;
};

struct filter_run {
	const struct filter_list *list;
	struct legend *legend;
	const struct snapshot *snapshot;        /* which has the types; NULL: none */
	bool raw, any;                  /* any: the newest frame of any code counts */
	struct near_step *path;         /* stretches that a search has passed */
	size_t path_room;
	size_t memos_length;
	struct memo memos[];            /* of the leaves of all filters, in order */
};

/* The trace that is being tested. */
struct subject {
	struct filter_run *run;
	struct memo *memos;             /* of the filter that is being tested */
	struct legend_side *side;
	size_t nframe;
	const struct snapshot_row *row;
	uint32_t newest;
	bool has_newest;
};

struct filter_run *filter_run_new(const struct filter_list *list, struct legend *legend,
				  const struct view *view)
{
	struct filter_run *run;
	size_t memos = 0;

	for (size_t i = 0; list && i < list->length; i++)
		memos += list->filters[i]->memos;
	run = calloc(1, sizeof(*run) + memos * sizeof(run->memos[0]));
	if (!run)
		return NULL;
	run->list = list;
	run->legend = legend;
	run->raw = view->raw;
	run->any = view->any_filters;
	run->memos_length = memos;
	return run;
}

void filter_run_free(struct filter_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->memos_length; i++) {
		for (unsigned side = 0; side < 2; side++) {
			if (run->memos[i].near[side])
				sparse_free(run->memos[i].near[side]);
			free(run->memos[i].near[side]);
		}
		free(run->memos[i].frames);
		free(run->memos[i].rows);
	}
	free(run->path);
	free(run);
}

void filter_run_of(struct filter_run *run, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < run->memos_length && snapshot != run->snapshot; i++) {
		free(run->memos[i].rows);
		run->memos[i].rows = NULL;
	}
	run->snapshot = snapshot;
}

const char *filter_domain_name(unsigned domain, char text[16])
{
	static const char *const names[] = {"malloc", "python", "mmap"};

	if (domain < sizeof(names) / sizeof(names[0]))
		return names[domain];
	snprintf(text, 16, "%u", domain);
	return text;
}

const char *filter_lang_name(enum lang lang)
{
	static const char *const names[] = {"", "c", "c++", "rust", "python"};

	return (unsigned)lang < sizeof(names) / sizeof(names[0]) ? names[lang] : "";
}

static bool text_matches(const struct filter_node *leaf, const char *text)
{
	if (leaf->expression)
		return !regexec(leaf->expression, text, 0, NULL, 0);
	return glob_match_bytes(leaf->text, leaf->length, text, strlen(text));
}

static bool filter_match_contains(const struct filter_node *leaf, const char *text)
{
	char *folded;
	bool has;

	if (leaf->fold) {
		folded = strdup(text);
		if (!folded)
			return false;
		for (char *c = folded; *c; c++)
			*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
		text = folded;
	}
	has = leaf->wild ? text_matches(leaf, text) : strstr(text, leaf->text) != NULL;
	if (leaf->fold)
		free((char *)text);
	return has;
}

static bool rule_matches(const struct filter_node *rule, const char *file, unsigned line)
{
	size_t length = strlen(file);

	if (rule->has_number && rule->number != line)
		return false;
	if (length >= 4 && !memcmp(file + length - 4, ".pyc", 4))
		length--;
	return glob_match_bytes(rule->text, rule->length, file, length);
}

static bool file_matches(const struct filter_node *leaf, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (leaf->path || leaf->expression || !slash)
		return text_matches(leaf, file);
	return text_matches(leaf, slash + 1);
}

/* Answers a test as if its operator were not negated; for "!=" and "!~" the caller
 * inverts the answer. */
static bool frame_matches(const struct legend *legend, const struct filter_node *leaf,
			  uint32_t number)
{
	const struct legend_frame *frame = &legend->frames[number];
	const char *file = legend->strings[frame->file];
	const char *function = legend->strings[frame->function];

	if (leaf->kind == FILTER_RULE)
		return rule_matches(leaf, file, frame->line);
	switch (leaf->field) {
	case FIELD_FILE:
		return file_matches(leaf, file);
	case FIELD_LINE:
		return filter_compare(leaf->op == OP_UNEQUAL ? OP_EQUAL : leaf->op,
				      frame->line, leaf->number);
	case FIELD_FUNCTION:
		return text_matches(leaf, function);
	case FIELD_MODULE:
		return text_matches(leaf, legend->strings[leaf->path ? frame->path
								     : frame->module]);
	case FIELD_LANG:
		return text_matches(leaf, filter_lang_name((enum lang)frame->lang));
	default:
		return filter_match_contains(leaf, file) ||
		       filter_match_contains(leaf, function);
	}
}

static bool frame_answer(struct subject *subject, const struct filter_node *leaf, uint32_t frame)
{
	struct memo *memo = &subject->memos[leaf->memo];
	struct legend *legend = subject->run->legend;

	if (frame >= memo->length) {
		size_t more = legend->frames_length + legend->frames_length / 2 + 64;
		uint8_t *moved = realloc(memo->frames, more);

		if (!moved) {
			legend->failed = true;
			return false;
		}
		memset(moved + memo->length, 0, more - memo->length);
		memo->frames = moved;
		memo->length = more;
	}
	if (!memo->frames[frame])
		memo->frames[frame] = frame_matches(legend, leaf, frame) ? YES : NO;
	return memo->frames[frame] == YES;
}

static struct sparse *memo_near(struct subject *subject, const struct filter_node *leaf)
{
	struct sparse **near = &subject->memos[leaf->memo]
					.near[subject->side != subject->run->legend->sides];

	if (!*near)
		*near = calloc(1, sizeof(**near));
	if (!*near)
		subject->run->legend->failed = true;
	return *near;
}

/* Returns how many frames after the newest one the first match is, plus NEAR; or NEVER.
 * The answer is remembered for each stretch of the stack that was walked. */
static uint32_t look_near(struct subject *subject, const struct filter_node *leaf,
			  struct sparse *near)
{
	struct filter_run *run = subject->run;
	struct trace_id at = subject->row->trace;
	uint32_t offset = 0, found = 0;
	size_t length, steps = 0;

	while (!found) {
		uint32_t *place = sparse_at(near, at.v);
		const uint32_t *list;

		if (!place || !array_grow(&run->path, &run->path_room, steps + 1,
					  sizeof(*run->path))) {
			run->legend->failed = true;
			return NEVER;
		}
		if (*place) {
			found = *place == NEVER ? NEVER : *place + offset;
			break;
		}
		list = legend_step(subject->side, &at, &length);
		if (!list) {
			/* An empty stack is one frame "<unknown>". */
			found = offset == 0 && frame_answer(subject, leaf, 0) ? NEAR : NEVER;
			break;
		}
		run->path[steps++] = (struct near_step){place, offset};
		for (size_t i = 0; i < length && !found; i++) {
			if (frame_answer(subject, leaf, list[i]))
				found = NEAR + offset + (uint32_t)i;
		}
		offset += (uint32_t)length;
	}
	while (steps--)
		*run->path[steps].place = found == NEVER ? NEVER
							 : found - run->path[steps].offset;
	return found;
}

static bool any_frame(struct subject *subject, const struct filter_node *leaf)
{
	struct sparse *near = memo_near(subject, leaf);
	uint32_t found = near ? look_near(subject, leaf, near) : NEVER;

	return found != NEVER && found - NEAR < subject->nframe;
}

static bool newest_frame(struct subject *subject, const struct filter_node *leaf)
{
	if (!subject->has_newest) {
		const struct filter_run *run = subject->run;
		struct trace_id trace = subject->row->trace;

		subject->newest =
			run->any ? legend_newest_any(subject->side, trace, run->raw, subject->nframe)
				 : legend_newest(subject->side, trace, run->raw, subject->nframe);
		subject->has_newest = true;
	}
	return frame_answer(subject, leaf, subject->newest);
}

static bool thread_matches(struct subject *subject, const struct filter_node *leaf)
{
	struct thread_id id = {subject->row->thread};
	struct thread thread;
	char tid[16];

	thread = catalog_thread(subject->side->catalog, id);
	snprintf(tid, sizeof(tid), "%d", thread.tid);
	return text_matches(leaf, catalog_text(subject->side->catalog, thread.name)) ||
	       text_matches(leaf, tid);
}

static bool thread_answer(struct subject *subject, const struct filter_node *leaf)
{
	struct sparse *near = memo_near(subject, leaf);
	uint32_t *known = near ? sparse_at(near, subject->row->thread) : NULL;

	if (!known) {
		subject->run->legend->failed = true;
		return false;
	}
	if (!*known)
		*known = thread_matches(subject, leaf) ? YES : NO;
	return *known == YES;
}

static bool domain_matches(struct subject *subject, const struct filter_node *leaf)
{
	char text[16], number[16];

	snprintf(number, sizeof(number), "%u", subject->row->domain);
	return text_matches(leaf, number) ||
	       text_matches(leaf, filter_domain_name(subject->row->domain, text));
}

/* Finds the rows that have the type, all at once.  For `any.type`, where rows were split
 * to have a single type each, a row matches if any of the rows that it was split with has
 * the type. */
static uint8_t *typed_rows(const struct snapshot *snapshot, const struct filter_node *leaf)
{
	const struct snapshot_look *look = snapshot->look;
	const struct look_types *types = look->types;
	bool split = look->type_of_row;
	size_t length = split ? snapshot->rows_length : types->parts_length;
	uint8_t *rows = malloc(snapshot->rows_length + 1);
	uint8_t *wholes = calloc((split ? look->wholes_length : snapshot->rows_length) + 1, 1);
	uint8_t *names = calloc(types->names_length + 1, 1);

	for (size_t i = 0; names && i < types->names_length; i++)
		names[i] = text_matches(leaf, types->names[i]);
	for (size_t i = 0; names && wholes && i < length; i++)
		if (names[split ? look->type_of_row[i] : types->parts[i].type])
			wholes[split ? look->whole_of_row[i] : types->parts[i].row] = 1;
	for (size_t i = 0; names && wholes && rows && i < snapshot->rows_length; i++) {
		bool has = split && !leaf->any ? names[look->type_of_row[i]] :
			   wholes[split ? look->whole_of_row[i] : i];

		rows[i] = has ? YES : NO;
	}
	if (!names || !wholes) {
		free(rows);
		rows = NULL;
	}
	free(names);
	free(wholes);
	return rows;
}

static bool type_answer(struct subject *subject, const struct filter_node *leaf)
{
	const struct snapshot *snapshot = subject->run->snapshot;
	struct memo *memo = &subject->memos[leaf->memo];

	if (!snapshot || !snapshot->look || !snapshot->look->types || snapshot->look->sizes_alone)
		return false;
	if (!memo->rows)
		memo->rows = typed_rows(snapshot, leaf);
	if (!memo->rows) {
		subject->run->legend->failed = true;
		return false;
	}
	return memo->rows[subject->row - snapshot->rows] == YES;
}

static bool leaf_matches(struct subject *subject, const struct filter_node *leaf)
{
	if (leaf->field == FIELD_TYPE && leaf->kind == FILTER_TEST)
		return type_answer(subject, leaf);
	if (leaf->field == FIELD_THREAD && leaf->kind == FILTER_TEST)
		return thread_answer(subject, leaf);
	if (leaf->field == FIELD_DOMAIN && leaf->kind == FILTER_TEST)
		return domain_matches(subject, leaf);
	return leaf->any ? any_frame(subject, leaf) : newest_frame(subject, leaf);
}

/* What the rules that were tested so far have decided. */
struct verdict {
	bool has_inclusive, included, excluded;
};

static void apply_rules(struct subject *subject, const struct filter_node *rules,
			struct verdict *verdict)
{
	for (const struct filter_node *rule = rules->child; rule; rule = rule->next) {
		bool matches = leaf_matches(subject, rule);

		if (rule->inclusive) {
			verdict->has_inclusive = true;
			verdict->included = verdict->included || matches;
		} else {
			verdict->excluded = verdict->excluded || matches;
		}
	}
}

static bool verdict_keeps(const struct verdict *verdict)
{
	return (verdict->included || !verdict->has_inclusive) && !verdict->excluded;
}

static bool filter_match_tree_keeps(struct subject *subject,
				    const struct filter_node *node);

static bool list_keeps(struct subject *subject, const struct filter_node *node)
{
	const struct filter_node *child;

	if (node->kind == FILTER_AND) {
		for (child = node->child;
		     child && filter_match_tree_keeps(subject, child);)
			child = child->next;
		return !child;
	}
	for (child = node->child; child && !filter_match_tree_keeps(subject, child);)
		child = child->next;
	return child;
}

static bool filter_match_tree_keeps(struct subject *subject,
				    const struct filter_node *node)
{
	struct verdict verdict = {0};

	if (node->class == CLASS_ROW)
		return true;
	switch (node->kind) {
	case FILTER_AND:
	case FILTER_OR:
		return list_keeps(subject, node);
	case FILTER_NOT:
		return !filter_match_tree_keeps(subject, node->child);
	case FILTER_RULES:
		apply_rules(subject, node, &verdict);
		return verdict_keeps(&verdict);
	default:
		return leaf_matches(subject, node) !=
		       (node->op == OP_UNEQUAL || node->op == OP_UNLIKE);
	}
}

bool filter_run_keeps(struct filter_run *run, struct legend_side *side, size_t nframe,
		      const struct snapshot_row *row)
{
	struct subject subject = {.run = run, .memos = run->memos, .side = side,
				  .nframe = nframe, .row = row};
	struct verdict verdict = {0};

	for (size_t i = 0; run->list && i < run->list->length; i++) {
		const struct filter *filter = run->list->filters[i];

		if (filter->rules_only)
			apply_rules(&subject, filter->root, &verdict);
		else if (filter->root && !filter_match_tree_keeps(&subject, filter->root))
			return false;
		subject.memos += filter->memos;
	}
	return verdict_keeps(&verdict);
}
