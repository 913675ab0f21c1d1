/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_TREE_H
#define VIEWS_FILTER_FILTER_TREE_H
/*
 * A filter as the parser builds it and the matcher walks it: and-lists, or, not, and
 * tests of one field at the leaves.  The rules of one and-list are collected under one
 * RULES node, because they combine as tracemalloc's filter_traces does and not by "and".
 */
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "views/row/column.h"
#include "views/filter/filter.h"

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_RULES, FILTER_RULE, FILTER_TEST };

/* Whether a node tests traces or rows; an and-list may hold nodes of both kinds. */
enum { CLASS_TRACE = 1, CLASS_ROW = 2 };

enum filter_op { OP_EQUAL, OP_UNEQUAL, OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL,
		 OP_LIKE, OP_UNLIKE, FILTER_OPS };

enum filter_field {
	FIELD_FILE, FIELD_LINE, FIELD_FUNCTION, FIELD_MODULE, FIELD_THREAD, FIELD_DOMAIN,
	FIELD_LANG, FIELD_WORD,
	FIELD_TYPE,                     /* of a block; any: of any block of the row */
	FIELD_FIGURE,                   /* of the row: given by the column */
};

/* How a field's value is written.  Threads and domains can be given as a text or as a
 * number. */
enum filter_value { VALUE_TEXT, VALUE_COUNT, VALUE_BYTES, VALUE_SPAN };

struct filter_word {
	const char *name;               /* as typed; aliases have their own entries */
	enum filter_field field;
	bool any;                       /* of any stored frame */
	enum filter_value value;
	enum column_id column;          /* FIELD_FIGURE */
};
extern const struct filter_word filter_words[];
extern const size_t filter_words_length;
/* The operators as they are written, by enum filter_op. */
extern const char *const filter_ops[FILTER_OPS];

static inline int filter_field_class(enum filter_field field)
{
	return field == FIELD_FIGURE ? CLASS_ROW : CLASS_TRACE;
}

struct filter_node {
	enum filter_kind kind;
	int class;
	size_t offset;                  /* byte of the text where it begins */
	struct filter_node *child, *next;
	unsigned memo;                  /* number of the leaf in its filter */
	/* FILTER_RULE and FILTER_TEST */
	enum filter_field field;
	enum column_id column;          /* FIELD_FIGURE */
	enum filter_op op;
	/* path: the glob has a '/', and is matched against whole paths. */
	bool any, inclusive, path;
	bool fold;                      /* FIELD_WORD: ignore case; text is in lower case */
	bool wild;                      /* FIELD_WORD: text is a glob */
	bool has_number;                /* of a rule: it has a line */
	/* The rules were in parentheses, so no more are added to them. */
	bool closed;
	char *text;                     /* glob, word or expression */
	size_t length;
	long double number;
	regex_t *expression;
};

/* Makes a node without children.  NULL: out of memory. */
struct filter_node *filter_node_new(enum filter_kind kind, size_t offset);
/* Frees the node, its children, and the nodes that follow it with theirs. */
void filter_node_free(struct filter_node *node);

/* Whether `value` OP `with` holds; only for operators that compare numbers. */
bool filter_compare(enum filter_op op, long double value, long double with);

struct filter {
	char *text;
	struct filter_node *root;       /* NULL: keeps everything */
	/* It consists of one and-list of rules, which is joined with other such lists. */
	bool rules_only;
	int class;
	unsigned memos;
};

#endif
