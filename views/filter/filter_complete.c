/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion at the prompt.  The text before the cursor decides what may come next: the
 * start of a test, an operator, or a value; values are the names that are in the heap
 * now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/filter/filter_lex.h"
#include "tracer/ground/array.h"
#include "views/filter/filter_run.h"

#define CANDIDATES_MAX 500

enum wanted { WANT_TEST, WANT_OPERATOR, WANT_VALUE, WANT_FILE };

struct place {
	enum wanted wanted;
	size_t start;                   /* byte where the word to replace begins */
	enum filter_field field;
	bool quoted;                    /* the word began with a quote */
};

struct candidates {
	struct place place;
	char *prefix;                   /* the part of it that is typed, without its
					 * quote */
	char **texts;
	size_t length, room;
};

static const struct filter_word *word_at(const char *text, size_t length)
{
	for (size_t i = 0; i < filter_words_length; i++) {
		if (strlen(filter_words[i].name) == length &&
		    !memcmp(filter_words[i].name, text, length))
			return &filter_words[i];
	}
	return NULL;
}

/* Reads one value.  True if the text ends within it. */
static bool value_ends(struct lexer *lexer, struct place *place)
{
	bool quoted = false;

	place->start = lexer->at;
	place->quoted = lexer->text[lexer->at] == '"';
	free(lex_value(lexer, &quoted));
	return lexer->failed || !lexer->text[lexer->at];
}

/* Reads what follows the sign of a rule.  True if the text ends within it. */
static bool rule_ends(struct lexer *lexer, struct place *place)
{
	lexer->at++;
	if (!strncmp(lexer->text + lexer->at, "any:", 4))
		lexer->at += 4;
	place->wanted = WANT_FILE;
	return value_ends(lexer, place);
}

/* Reads a word, and an operator with its value if they follow.  True if the text ends
 * within. */
static bool test_ends(struct lexer *lexer, struct place *place)
{
	size_t length = lex_word(lexer);
	const struct filter_word *word = word_at(lexer->text + lexer->at, length);
	enum filter_op op;

	place->start = lexer->at;
	lexer->at += length;
	if (!lexer->text[lexer->at])
		return true;
	lex_space(lexer);
	place->start = lexer->at;
	place->wanted = WANT_OPERATOR;
	if (word && !lexer->text[lexer->at])
		return true;
	if (!lex_operator(lexer, &op))
		return false;
	lex_space(lexer);
	place->wanted = WANT_VALUE;
	place->field = word ? word->field : FIELD_FIGURE;
	return value_ends(lexer, place);
}

/* Reads `text` to its end and finds out what kind of word it ends with. */
static struct place find_place(const char *text)
{
	struct filter_error error;
	struct lexer lexer = {.text = text, .error = &error};
	struct place place = {0};
	char c;

	for (;;) {
		place = (struct place){.wanted = WANT_TEST};
		lex_space(&lexer);
		place.start = lexer.at;
		c = text[lexer.at];
		if (!c)
			return place;
		if (c == '+' || c == '-') {
			if (rule_ends(&lexer, &place))
				return place;
		} else if (c == '"') {
			if (value_ends(&lexer, &place))
				return place;
		} else if (lex_word(&lexer)) {
			if (test_ends(&lexer, &place))
				return place;
		} else {
			lexer.at++;
		}
	}
}

static int filter_complete_by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A value with spaces, parentheses or quotes must be quoted. */
static char *quote(const char *text, bool always)
{
	char *quoted, *at;

	if (!always && *text && !text[strcspn(text, " \t\n\v\f\r()\"\\")])
		return strdup(text);
	quoted = malloc(2 * strlen(text) + 3);
	if (!quoted)
		return NULL;
	at = quoted;
	*at++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = *text;
	}
	memcpy(at, "\"", 2);
	return quoted;
}

/* Whether a text can stand as a word without quotes, which allows fewer characters than a
 * value. */
static bool is_word(const char *text)
{
	struct lexer lexer = {.text = text};

	return *text && !text[lex_word(&lexer)];
}

static void filter_complete_offer(struct candidates *candidates, const char *text,
				  bool quotes)
{
	const struct place *place = &candidates->place;
	char *copy;

	if (strncmp(text, candidates->prefix, strlen(candidates->prefix)) || !*text)
		return;
	copy = quotes ? quote(text, place->quoted ||
					    (place->wanted == WANT_TEST && !is_word(text)))
		      : strdup(text);
	if (!copy)
		return;
	if (array_grow(&candidates->texts, &candidates->room, candidates->length + 1,
		       sizeof(*candidates->texts)))
		candidates->texts[candidates->length++] = copy;
	else
		free(copy);
}

static void offer_language(struct candidates *candidates)
{
	static const char *const words[] = {"and", "or", "not", "python", "native"};

	if (candidates->place.quoted)
		return;
	for (size_t i = 0; i < filter_words_length; i++)
		filter_complete_offer(candidates, filter_words[i].name, false);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		filter_complete_offer(candidates, words[i], false);
}

static void offer_operators(struct candidates *candidates)
{
	for (unsigned i = 0; i < FILTER_OPS; i++)
		filter_complete_offer(candidates, filter_ops[i], false);
}

/* The last component of a path, or all of it if more than one component has been typed or
 * a rule needs the whole path. */
static const char *file_text(const struct candidates *candidates, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (candidates->place.wanted == WANT_FILE || !slash || strchr(candidates->prefix, '/'))
		return file;
	return slash + 1;
}

static void offer_frame(struct candidates *candidates, const struct legend *legend,
			const struct legend_frame *frame)
{
	const char *file = legend->strings[frame->file];
	bool test = candidates->place.wanted == WANT_TEST;
	enum filter_field field = candidates->place.field;

	if (candidates->place.wanted == WANT_FILE || test || field == FIELD_FILE)
		filter_complete_offer(candidates, file_text(candidates, file), true);
	if (candidates->place.wanted == WANT_FILE)
		return;
	if (test || field == FIELD_FUNCTION)
		filter_complete_offer(candidates, legend->strings[frame->function], true);
	if (!test && field == FIELD_MODULE)
		filter_complete_offer(candidates, legend->strings[frame->module], true);
}

/* Offers the names in the frames of all stacks that hold a block now. */
static void offer_heap(struct candidates *candidates, const struct snapshot *snapshot)
{
	struct legend *legend = legend_new();
	struct legend_side *side = legend ? legend_side(legend, snapshot->catalog) : NULL;

	for (size_t i = 0; side && i < snapshot->rows_length && !legend->failed; i++) {
		struct trace_id trace = snapshot->rows[i].trace;
		size_t length;

		if (!snapshot->rows[i].figures->now.count)
			continue;
		/* The rest of this stack belongs to another one too, whose names have
		 * been offered already. */
		while (legend_mark(side, trace) &&
		       legend_step(side, &trace, &length))
			;
	}
	for (size_t i = 1; legend && i < legend->frames_length; i++)
		offer_frame(candidates, legend, &legend->frames[i]);
	legend_release(legend);
}

static void offer_values(struct candidates *candidates, const struct snapshot *snapshot)
{
	const struct catalog *catalog = snapshot->catalog;

	switch (candidates->place.field) {
	case FIELD_LANG:
		for (int lang = LANG_C; lang <= LANG_PYTHON; lang++)
			filter_complete_offer(candidates,
					      filter_lang_name((enum lang)lang), true);
		break;
	case FIELD_DOMAIN:
		for (unsigned domain = 0; domain < 3; domain++)
			filter_complete_offer(candidates,
					      filter_domain_name(domain, (char[16]){ 0 }),
					      true);
		break;
	case FIELD_THREAD:
		for (uint32_t i = 0; i < catalog_threads(catalog); i++)
			filter_complete_offer(
				candidates,
				catalog_text(
					catalog,
					catalog_thread(catalog, (struct thread_id){ i })
						.name),
				true);
		break;
	case FIELD_TYPE:
		for (size_t i = 1; snapshot->look && snapshot->look->types &&
				   i < snapshot->look->types->names_length; i++)
			filter_complete_offer(candidates, snapshot->look->types->names[i], true);
		break;
	case FIELD_FILE:
	case FIELD_FUNCTION:
	case FIELD_MODULE:
		offer_heap(candidates, snapshot);
		break;
	default:
		break;
	}
}

/* Reports the candidates in order, each once, up to a limit. */
static void filter_complete_tell(struct candidates *candidates,
				 void (*found)(void *user, const char *candidate),
				 void *user)
{
	size_t told = 0;

	if (candidates->length)
		qsort(candidates->texts, candidates->length, sizeof(*candidates->texts),
		      filter_complete_by_text);
	for (size_t i = 0; i < candidates->length && told < CANDIDATES_MAX; i++) {
		if (i && !strcmp(candidates->texts[i], candidates->texts[i - 1]))
			continue;
		found(user, candidates->texts[i]);
		told++;
	}
	for (size_t i = 0; i < candidates->length; i++)
		free(candidates->texts[i]);
	free(candidates->texts);
}

size_t filter_complete(const char *text, size_t cursor, const struct snapshot *snapshot,
		       void (*found)(void *user, const char *candidate), void *user)
{
	char *before = strndup(text, cursor);
	struct candidates candidates = {0};
	size_t start;

	if (!before)
		return cursor;
	candidates.place = find_place(before);
	start = candidates.place.start;
	candidates.prefix = before + start + candidates.place.quoted;
	switch (candidates.place.wanted) {
	case WANT_TEST:
		offer_language(&candidates);
		if (*candidates.prefix)
			offer_heap(&candidates, snapshot);
		break;
	case WANT_OPERATOR:
		offer_operators(&candidates);
		break;
	case WANT_VALUE:
		offer_values(&candidates, snapshot);
		break;
	case WANT_FILE:
		offer_heap(&candidates, snapshot);
		break;
	}
	filter_complete_tell(&candidates, found, user);
	free(before);
	return start;
}
