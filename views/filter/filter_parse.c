/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One function for each line of the grammar (share/doc/FILTER.md):
 *
 * expr = and { "or" and }     and = not { ["and"] not }
 * not  = "not" not | "(" expr ")" | leaf
 *
 * A list under construction is a chain of nodes; its rules are collected in one RULES
 * node. Leaves are made in filter_leaf.c.
 */
#include "views/filter/filter_leaf.h"
#include <stdlib.h>
#include <string.h>

/* How deep parentheses and "not" may be nested, which bounds the stack. */
#define DEPTH_MAX 100

static struct filter_node *filter_parse_new_node(struct parser *parser,
						 enum filter_kind kind, size_t offset)
{
	struct filter_node *node = filter_node_new(kind, offset);

	if (!node)
		lex_fail(&parser->lexer, offset, "out of memory");
	return node;
}

static const char *class_name(int class)
{
	return class == CLASS_ROW ? "rows (size, count, ...)" : "traces (file, function, ...)";
}

/* `or` and `not` can only join parts that are all about traces, or all about rows. */
static bool check_class(struct parser *parser, const struct filter_node *node, const char *word)
{
	int class = node->child->class;

	for (const struct filter_node *child = node->child; child; child = child->next) {
		if (child->class == (CLASS_TRACE | CLASS_ROW))
			return lex_fail(&parser->lexer, child->offset,
					"'%s' cannot hold tests of traces (file, ...) and of rows "
					"(size, ...) together: expected one kind", word);
		if (child->class != class)
			return lex_fail(&parser->lexer, child->offset,
					"'%s' joins a test of %s with one of %s: "
					"expected one kind", word, class_name(class),
					class_name(child->class));
	}
	return true;
}

/* Makes one node of a list; a list with one element becomes that element. */
static struct filter_node *
filter_parse_join(struct parser *parser, struct filter_node *list, enum filter_kind kind)
{
	struct filter_node *node;

	if (!list || parser->lexer.failed) {
		filter_node_free(list);
		return NULL;
	}
	if (!list->next)
		return list;
	node = filter_parse_new_node(parser, kind, list->offset);
	if (!node) {
		filter_node_free(list);
		return NULL;
	}
	node->child = list;
	for (; list; list = list->next)
		node->class |= list->class;
	return node;
}

/* Turns a single rule into a list of rules of its own. */
static struct filter_node *wrap_rule(struct parser *parser, struct filter_node *node)
{
	struct filter_node *rules;

	if (!node || node->kind != FILTER_RULE)
		return node;
	rules = filter_parse_new_node(parser, FILTER_RULES, node->offset);
	if (!rules) {
		filter_node_free(node);
		return NULL;
	}
	rules->class = CLASS_TRACE;
	rules->child = node;
	return rules;
}

/* Appends a part to an and-list; a rule is added to the list's other rules. */
static bool filter_parse_add_part(struct parser *parser, struct filter_node **list,
				  struct filter_node *part)
{
	struct filter_node **end = list;

	while (*end && !(part->kind == FILTER_RULE && (*end)->kind == FILTER_RULES &&
			 !(*end)->closed))
		end = &(*end)->next;
	if (*end) {
		end = &(*end)->child;
		while (*end)
			end = &(*end)->next;
		*end = part;
		return true;
	}
	part = wrap_rule(parser, part);
	if (part)
		*end = part;
	return part != NULL;
}

/* Whether the next word ends an and-list. */
static bool list_ends(struct parser *parser)
{
	struct lexer look;

	lex_space(&parser->lexer);
	look = parser->lexer;
	return !look.text[look.at] || look.text[look.at] == ')' || lex_keyword(&look, "or");
}

/* Parses an expression, the first line of the grammar. */
static struct filter_node *parse_expr(struct parser *parser);
static struct filter_node *parse_and(struct parser *parser);
static struct filter_node *parse_not(struct parser *parser);
static struct filter_node *parse_negated(struct parser *parser, size_t offset);
static struct filter_node *parse_group(struct parser *parser);

static struct filter_node *parse_expr(struct parser *parser)
{
	struct filter_node *list = NULL, **end = &list, *node;

	do {
		*end = parse_and(parser);
		if (!*end)
			break;
		end = &(*end)->next;
		lex_space(&parser->lexer);
	} while (lex_keyword(&parser->lexer, "or"));
	node = filter_parse_join(parser, list, FILTER_OR);
	if (node && node->kind == FILTER_OR) {
		parser->rules_only = false;
		check_class(parser, node, "or");
	}
	if (node && parser->lexer.failed) {
		filter_node_free(node);
		return NULL;
	}
	return node;
}

static struct filter_node *parse_and(struct parser *parser)
{
	struct filter_node *list = NULL, *part;

	do {
		part = parse_not(parser);
		/* Rules of a list in parentheses do not join the rules outside of it. */
		if (part && part->kind == FILTER_RULES)
			part->closed = true;
		if (!part || !filter_parse_add_part(parser, &list, part))
			break;
		if (list_ends(parser))
			return filter_parse_join(parser, list, FILTER_AND);
		lex_keyword(&parser->lexer, "and");
	} while (!parser->lexer.failed);
	filter_node_free(list);
	return NULL;
}

static struct filter_node *parse_not(struct parser *parser)
{
	struct filter_node *node;
	size_t offset;

	lex_space(&parser->lexer);
	offset = parser->lexer.at;
	if (parser->depth >= DEPTH_MAX) {
		lex_fail(&parser->lexer, offset, "too deep: expected at most %d parentheses and "
			 "'not' within each other", DEPTH_MAX);
		return NULL;
	}
	parser->depth++;
	if (parser->lexer.text[offset] == '(')
		node = parse_group(parser);
	else if (lex_keyword(&parser->lexer, "not"))
		node = parse_negated(parser, offset);
	else
		node = filter_leaf(parser);
	parser->depth--;
	return node;
}

/* Reads what follows the word "not". */
static struct filter_node *parse_negated(struct parser *parser, size_t offset)
{
	struct filter_node *node, *child;

	parser->rules_only = false;
	lex_space(&parser->lexer);
	if (!parser->lexer.text[parser->lexer.at])
		lex_fail(&parser->lexer, parser->lexer.at, "expected a test after 'not'; "
			 "to look for the word write \"not\"");
	child = wrap_rule(parser, parse_not(parser));
	node = child ? filter_parse_new_node(parser, FILTER_NOT, offset) : NULL;
	if (!node) {
		filter_node_free(child);
		return NULL;
	}
	node->child = child;
	node->class = child->class;
	check_class(parser, node, "not");
	return node;
}

static struct filter_node *parse_group(struct parser *parser)
{
	size_t open = parser->lexer.at++;
	struct filter_node *inner = parse_expr(parser);

	parser->rules_only = false;
	if (!inner)
		return NULL;
	if (parser->lexer.text[parser->lexer.at] == ')') {
		parser->lexer.at++;
		return inner;
	}
	lex_fail(&parser->lexer, open, "this '(' is not closed: expected ')'");
	filter_node_free(inner);
	return NULL;
}

static bool parse_all(struct parser *parser, struct filter *filter)
{
	struct lexer *lexer = &parser->lexer;

	lex_space(lexer);
	if (!lexer->text[lexer->at])
		return true;
	filter->root = parse_expr(parser);
	if (filter->root && lexer->text[lexer->at] == ')')
		lex_fail(lexer, lexer->at, "this ')' closes nothing: expected 'and', 'or' or the end");
	if (lexer->failed || !filter->root)
		return false;
	filter->class = filter->root->class;
	filter->rules_only = parser->rules_only && filter->root->kind == FILTER_RULES;
	filter->memos = parser->memos;
	return true;
}

struct filter *filter_parse(const char *text, struct filter_error *error)
{
	struct parser parser = {.lexer = {.text = text, .error = error}, .rules_only = true};
	struct filter *filter = calloc(1, sizeof(*filter));

	*error = (struct filter_error){0};
	if (filter)
		filter->text = strdup(text);
	if (!filter || !filter->text)
		lex_fail(&parser.lexer, 0, "out of memory");
	else if (parse_all(&parser, filter))
		return filter;
	filter_free(filter);
	return NULL;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	filter_node_free(filter->root);
	free(filter->text);
	free(filter);
}

const char *filter_text(const struct filter *filter)
{
	return filter->text;
}
