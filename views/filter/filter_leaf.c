/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The leaves of the filter's tree (filter_leaf.h).  Everything that takes time is
 * prepared here, once for each filter: expressions are compiled, words are folded to
 * lower case, and `.pyc` becomes `.py`.
 */
#include "views/filter/filter_leaf.h"
#include <stdlib.h>
#include <string.h>
#include "views/filter/expression.h"

/* Splits ":LINE" off the end of a bare pattern. */
static bool split_line(struct parser *parser, struct filter_node *node, char *pattern)
{
	char *colon = strrchr(pattern, ':');

	if (!colon || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")])
		return true;
	if (!lex_number(colon + 1, VALUE_COUNT, &node->number) || node->number > UINT32_MAX)
		return lex_fail(&parser->lexer, node->offset,
				"this line number is too large: expected at most %u", UINT32_MAX);
	node->has_number = true;
	*colon = '\0';
	return true;
}

/* Takes ":LINE" after a quoted pattern. */
static bool take_line(struct parser *parser, struct filter_node *node)
{
	struct lexer *lexer = &parser->lexer;
	size_t digits, at = lexer->at;
	char line[16] = "";             /* ':', the digits, NUL */

	if (lexer->text[at] == ':') {
		digits = strspn(lexer->text + at + 1, "0123456789");
		if (!digits || digits + 2 > sizeof(line))
			return lex_fail(lexer, at + 1, "expected a line number after ':'");
		memcpy(line, lexer->text + at, digits + 1);
		lexer->at += digits + 1;
		if (!split_line(parser, node, line))
			return false;
	}
	if (!lex_at_stop(lexer))
		return lex_fail(lexer, lexer->at,
				"expected ':' and a line number, a space or the end after the string");
	return true;
}

/* Turns a final ".pyc" into ".py", as tracemalloc's filename filters do. */
static void normalise(struct filter_node *node)
{
	node->length = strlen(node->text);
	if (node->length >= 4 && !memcmp(node->text + node->length - 4, ".pyc", 4))
		node->text[--node->length] = '\0';
}

static bool parse_rule(struct parser *parser, struct filter_node *node)
{
	struct lexer *lexer = &parser->lexer;
	char sign = lexer->text[lexer->at++];
	bool quoted;

	node->class = CLASS_TRACE;
	node->inclusive = sign == '+';
	node->any = !strncmp(lexer->text + lexer->at, "any:", 4);
	if (node->any)
		lexer->at += 4;
	node->text = lex_value(lexer, &quoted);
	if (!node->text)
		return lex_fail(lexer, lexer->at, "expected a file pattern after '%c%s'", sign,
				node->any ? "any:" : "");
	if (quoted ? !take_line(parser, node) : !split_line(parser, node, node->text))
		return false;
	if (!quoted && !*node->text)
		return lex_fail(lexer, node->offset + 1, "expected a file pattern before ':'");
	normalise(node);
	return true;
}

static void filter_leaf_fold(char *text)
{
	for (; *text; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
	}
}

/* A word keeps traces where a file or function contains it. */
static bool make_word(struct filter_node *node, bool wild)
{
	char *glob;

	node->class = CLASS_TRACE;
	node->field = FIELD_WORD;
	node->any = true;
	node->fold = !node->text[strcspn(node->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
	if (wild && strpbrk(node->text, "*?")) {
		size_t length = strlen(node->text);

		glob = malloc(length + 3);
		if (!glob)
			return false;
		glob[0] = '*';
		memcpy(glob + 1, node->text, length);
		memcpy(glob + 1 + length, "*", 2);
		free(node->text);
		node->text = glob;
		node->wild = true;
	}
	if (node->fold)
		filter_leaf_fold(node->text);
	node->length = strlen(node->text);
	return true;
}

static bool make_expression(struct parser *parser, struct filter_node *node, size_t offset)
{
	char why[100];
	int error;

	if (!expression_is_small(node->text))
		return lex_fail(&parser->lexer, offset, "this expression is too large: expected "
				"at most %d bytes, and %d parts with its repeats written out",
				EXPRESSION_BYTES, EXPRESSION_PARTS);
	node->expression = calloc(1, sizeof(*node->expression));
	if (!node->expression)
		return lex_fail(&parser->lexer, offset, "out of memory");
	error = regcomp(node->expression, node->text, REG_EXTENDED | REG_NOSUB);
	if (!error)
		return true;
	regerror(error, node->expression, why, sizeof(why));
	free(node->expression);
	node->expression = NULL;
	return lex_fail(&parser->lexer, offset, "expected an extended regular expression: %s",
			why);
}

static bool check_operator(struct parser *parser, const struct filter_node *node,
			   const struct filter_word *word, size_t offset)
{
	bool text = word->value == VALUE_TEXT;
	bool pattern = node->op == OP_LIKE || node->op == OP_UNLIKE;

	if (text && node->op >= OP_LESS && !pattern)
		return lex_fail(&parser->lexer, offset, "'%s' is a text: expected =, !=, ~ or !~",
				word->name);
	if (!text && pattern)
		return lex_fail(&parser->lexer, offset,
				"'%s' is a number: expected =, !=, <, <=, > or >=", word->name);
	return true;
}

static bool parse_value(struct parser *parser, struct filter_node *node,
			const struct filter_word *word)
{
	struct lexer *lexer = &parser->lexer;
	size_t offset = lexer->at;
	bool quoted;

	node->text = lex_value(lexer, &quoted);
	if (!node->text)
		return lex_fail(lexer, offset, "expected a value after '%s'",
				filter_ops[node->op]);
	if (!lex_at_stop(lexer))
		return lex_fail(lexer, lexer->at, "expected a space or the end after the string");
	node->length = strlen(node->text);
	node->path = strchr(node->text, '/');
	if (node->op == OP_LIKE || node->op == OP_UNLIKE)
		return make_expression(parser, node, offset);
	if (word->value == VALUE_TEXT)
		return true;
	if (lex_number(node->text, word->value, &node->number))
		return true;
	if (word->value == VALUE_SPAN)
		return lex_fail(lexer, offset, "expected a time such as 90s, 10m or 1h30m");
	return lex_fail(lexer, offset, "expected a number such as %s",
			word->value == VALUE_BYTES ? "512, 64K or 1.5M" : "12, 5K or 1M");
}

static const struct filter_word *find_word(const char *text, size_t length)
{
	for (size_t i = 0; i < filter_words_length; i++) {
		if (strlen(filter_words[i].name) == length &&
		    !memcmp(filter_words[i].name, text, length))
			return &filter_words[i];
	}
	return NULL;
}

/* Makes the words "python" and "native", which test the frame that names the trace. */
static bool make_lang(struct filter_node *node, bool python)
{
	node->class = CLASS_TRACE;
	node->field = FIELD_LANG;
	node->op = python ? OP_EQUAL : OP_UNEQUAL;
	free(node->text);
	node->text = strdup("python");
	node->length = 6;
	return node->text;
}

/* Parses a word without an operator after it. */
static bool parse_bare(struct parser *parser, struct filter_node *node, size_t length)
{
	struct lexer *lexer = &parser->lexer;
	const char *word = lexer->text + node->offset;
	bool keyword = (length == 3 && (!memcmp(word, "and", 3) || !memcmp(word, "not", 3))) ||
		       (length == 2 && !memcmp(word, "or", 2));
	char found[16];

	if (keyword)
		return lex_fail(lexer, node->offset, "expected a test before '%.*s'; to look for "
				"the word write \"%.*s\"", (int)length, word, (int)length, word);
	if (find_word(word, length))
		return lex_fail(lexer, node->offset + length, "expected =, <, > or the like after "
				"the field '%.*s'; to look for the word write \"%.*s\"",
				(int)length, word, (int)length, word);
	if (!lex_at_stop(lexer) && lexer->text[lexer->at] != '(')
		return lex_fail(lexer, lexer->at, "expected a space, not %s; put text with such "
				"characters in quotes", lex_found(lexer, lexer->at, found));
	if (length == 6 && (!memcmp(word, "python", 6) || !memcmp(word, "native", 6)))
		return make_lang(node, *word == 'p');
	node->text = strndup(word, length);
	return node->text && make_word(node, true);
}

static bool filter_leaf_parse_test(struct parser *parser, struct filter_node *node)
{
	struct lexer *lexer = &parser->lexer;
	size_t length = lex_word(lexer), operator;
	const struct filter_word *word = find_word(lexer->text + lexer->at, length);
	struct lexer look = *lexer;

	look.at += length;
	lex_space(&look);
	operator = look.at;
	if (!lex_operator(&look, &node->op)) {
		lexer->at += length;
		return parse_bare(parser, node, length);
	}
	if (!word)
		return lex_fail(lexer, node->offset, "there is no field '%.*s': expected file, "
				"line, function, module, thread, domain, lang, size, count, ...",
				(int)(length < 40 ? length : 40), lexer->text + lexer->at);
	lexer->at = look.at;
	lex_space(lexer);
	node->field = word->field;
	node->column = word->column;
	node->class = filter_field_class(word->field);
	node->any = word->any;
	return check_operator(parser, node, word, operator) && parse_value(parser, node, word);
}

static bool filter_leaf_parse_string(struct parser *parser, struct filter_node *node)
{
	node->text = lex_string(&parser->lexer);
	if (!node->text)
		return false;
	if (!lex_at_stop(&parser->lexer))
		return lex_fail(&parser->lexer, parser->lexer.at,
				"expected a space or the end after the string");
	return make_word(node, false);
}

struct filter_node *filter_leaf(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	char c = lexer->text[lexer->at], found[16];
	bool rule = c == '+' || c == '-', ok;
	struct filter_node *node;

	node = filter_node_new(rule ? FILTER_RULE : FILTER_TEST, lexer->at);
	if (!node) {
		lex_fail(lexer, lexer->at, "out of memory");
		return NULL;
	}
	node->memo = parser->memos++;
	if (rule)
		ok = parse_rule(parser, node);
	else if (c == '"')
		ok = filter_leaf_parse_string(parser, node);
	else if (lex_word(lexer))
		ok = filter_leaf_parse_test(parser, node);
	else
		ok = lex_fail(lexer, lexer->at, "expected a test, a rule, a word or '(', not %s",
			      lex_found(lexer, lexer->at, found));
	if (ok)
		return node;
	lex_fail(lexer, node->offset, "out of memory");
	filter_node_free(node);
	return NULL;
}
