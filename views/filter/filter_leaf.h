/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_LEAF_H
#define VIEWS_FILTER_FILTER_LEAF_H
/* The leaves of the filter's tree: rules, tests of a field, words. */
#include "views/filter/filter_lex.h"

struct parser {
	struct lexer lexer;
	unsigned depth, memos;
	bool rules_only;                /* no "or", "not" or parenthesis so far */
};

/* Parses a rule or test.  NULL with the lexer's error set. */
struct filter_node *filter_leaf(struct parser *parser);

#endif
