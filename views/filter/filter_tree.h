/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_TREE_H
#define VIEWS_FILTER_FILTER_TREE_H
/*
 * A filter as the parser leaves it and the matcher walks it: and-lists, or,
 * not, and at the leaves tests of one field.  The rules of one and-list stand
 * together under one RULES node, because they combine as tracemalloc's
 * filter_traces does and not by "and".
 */
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "views/row/column.h"
#include "views/filter/filter.h"

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_RULES, FILTER_RULE, FILTER_TEST };

/* Whether a node is answered for a trace or for a row; an and-list may hold nodes of both
 * kinds. */
enum { CLASS_TRACE = 1, CLASS_ROW = 2 };

enum filter_op { OP_EQUAL, OP_UNEQUAL, OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL,
		 OP_LIKE, OP_UNLIKE, FILTER_OPS };

enum filter_field {
	FIELD_FILE, FIELD_LINE, FIELD_FUNCTION, FIELD_MODULE, FIELD_THREAD, FIELD_DOMAIN,
	FIELD_LANG, FIELD_WORD,
	FIELD_TYPE,                     /* of a block; any: of any block of the row */
	FIELD_FIGURE,                   /* of the row: which, the column says */
};

/* How a field's value is written; THREAD and DOMAIN: a text or a number. */
enum filter_value { VALUE_TEXT, VALUE_COUNT, VALUE_BYTES, VALUE_SPAN };

struct filter_word {
	const char *name;               /* as typed; aliases have lines of their own */
	enum filter_field field;
	bool any;                       /* of any stored frame */
	enum filter_value value;
	enum column_id column;          /* FIELD_FIGURE */
};
extern const struct filter_word filter_words[];
extern const size_t filter_words_length;
/* By enum filter_op. */
extern const char *const filter_ops[FILTER_OPS];

static inline int filter_field_class(enum filter_field field)
{
	return field == FIELD_FIGURE ? CLASS_ROW : CLASS_TRACE;
}

struct filter_node {
	enum filter_kind kind;
	int class;
	size_t offset;                  /* byte in the text where it begins */
	struct filter_node *child, *next;
	unsigned memo;                  /* number of the leaf in its filter */
	/* FILTER_RULE and FILTER_TEST */
	enum filter_field field;
	enum column_id column;          /* FIELD_FIGURE */
	enum filter_op op;
	/* Path: the glob has a '/', and is matched against whole paths. */
	bool any, inclusive, path;
	bool fold;                      /* FIELD_WORD: ignore case; text is in lower case */
	bool wild;                      /* FIELD_WORD: text is a glob */
	bool has_number;                /* of a rule: its line */
	/* RULES from within parentheses, to which no more rules are added. */
	bool closed;
	char *text;                     /* glob, word or expression */
	size_t length;
	long double number;
	regex_t *expression;
};

/* Makes a node of a kind, without children.  NULL: out of memory. */
struct filter_node *filter_node_new(enum filter_kind kind, size_t offset);
/* Frees the node, its children, and the nodes that follow it with theirs. */
void filter_node_free(struct filter_node *node);

/* Whether `value` OP `with` holds; only for operators of numbers. */
bool filter_compare(enum filter_op op, long double value, long double with);

struct filter {
	char *text;
	struct filter_node *root;       /* NULL: keeps everything */
	/* One and-list of rules, which is joined with others of that kind. */
	bool rules_only;
	int class;
	unsigned memos;
};

#endif
