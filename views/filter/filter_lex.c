/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter's words, operators, strings and numbers (filter_lex.h). */
#include "views/filter/filter_lex.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/span.h"
#include "tracer/ground/utf8.h"

const char *const filter_ops[FILTER_OPS] = {
	[OP_EQUAL] = "=", [OP_UNEQUAL] = "!=",   [OP_LESS] = "<",  [OP_LESS_EQUAL] = "<=",
	[OP_MORE] = ">",  [OP_MORE_EQUAL] = ">=", [OP_LIKE] = "~", [OP_UNLIKE] = "!~",
};

const struct filter_word filter_words[] = {
	{"file", FIELD_FILE, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"line", FIELD_LINE, false, VALUE_COUNT, COLUMN_DEFAULT},
	{"function", FIELD_FUNCTION, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"func", FIELD_FUNCTION, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"module", FIELD_MODULE, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"thread", FIELD_THREAD, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"domain", FIELD_DOMAIN, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"lang", FIELD_LANG, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"type", FIELD_TYPE, false, VALUE_TEXT, COLUMN_DEFAULT},
	{"any.type", FIELD_TYPE, true, VALUE_TEXT, COLUMN_DEFAULT},
	{"any.file", FIELD_FILE, true, VALUE_TEXT, COLUMN_DEFAULT},
	{"any.line", FIELD_LINE, true, VALUE_COUNT, COLUMN_DEFAULT},
	{"any.function", FIELD_FUNCTION, true, VALUE_TEXT, COLUMN_DEFAULT},
	{"any.func", FIELD_FUNCTION, true, VALUE_TEXT, COLUMN_DEFAULT},
	{"any.module", FIELD_MODULE, true, VALUE_TEXT, COLUMN_DEFAULT},
#define VALUE_OF_BYTES VALUE_BYTES
#define VALUE_OF_MEAN VALUE_BYTES
#define VALUE_OF_BYTES_DIFF VALUE_BYTES
#define VALUE_OF_GROWTH VALUE_BYTES
#define VALUE_OF_COUNT VALUE_COUNT
#define VALUE_OF_AGE VALUE_SPAN
#define VALUE_OF_COUNT_DIFF VALUE_COUNT
#define FIELD(ID, name, KIND) {name, FIELD_FIGURE, false, VALUE_OF_##KIND, COLUMN_##ID},
#define NO_FIELD(ID, name, KIND)
#define FIGURE(ID, name, title, width, KIND, value, NEEDS, KNOWN, FIELD, ...) \
	FIELD(ID, name, KIND)
#include "views/row/figures.def"
#undef FIGURE
};
const size_t filter_words_length = sizeof(filter_words) / sizeof(filter_words[0]);

bool lex_fail(struct lexer *lexer, size_t offset, const char *format, ...)
{
	va_list arguments;

	if (lexer->failed)
		return false;
	lexer->failed = true;
	lexer->error->offset = offset;
	va_start(arguments, format);
	vsnprintf(lexer->error->text, sizeof(lexer->error->text), format, arguments);
	va_end(arguments);
	return false;
}

const char *lex_found(const struct lexer *lexer, size_t offset, char text[16])
{
	const char *at = lexer->text + offset;
	uint32_t code;
	size_t n;

	if (!*at)
		return "the end";
	n = utf8_decode(at, strlen(at), &code);
	snprintf(text, 16, "'%.*s'", (int)n, at);
	return text;
}

static bool filter_lex_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void lex_space(struct lexer *lexer)
{
	while (filter_lex_is_space(lexer->text[lexer->at]))
		lexer->at++;
}

bool lex_at_stop(const struct lexer *lexer)
{
	char c = lexer->text[lexer->at];

	return !c || c == ')' || filter_lex_is_space(c);
}

size_t lex_word(const struct lexer *lexer)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_./:*?-";

	return strspn(lexer->text + lexer->at, allowed);
}

bool lex_keyword(struct lexer *lexer, const char *word)
{
	size_t length = lex_word(lexer);

	if (length != strlen(word) || memcmp(lexer->text + lexer->at, word, length))
		return false;
	lexer->at += length;
	return true;
}

bool lex_operator(struct lexer *lexer, enum filter_op *op)
{
	size_t longest = 0;

	for (unsigned i = 0; i < FILTER_OPS; i++) {
		size_t length = strlen(filter_ops[i]);

		if (length > longest &&
		    !strncmp(lexer->text + lexer->at, filter_ops[i], length)) {
			longest = length;
			*op = (enum filter_op)i;
		}
	}
	lexer->at += longest;
	return longest;
}

char *lex_string(struct lexer *lexer)
{
	const char *at = lexer->text + lexer->at + 1;
	char *string = malloc(strlen(at) + 1), *end = string;

	if (!string) {
		lex_fail(lexer, lexer->at, "out of memory");
		return NULL;
	}
	while (*at && *at != '"') {
		if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
			at++;
		*end++ = *at++;
	}
	*end = '\0';
	if (!*at) {
		lex_fail(lexer, lexer->at, "this string is not closed: expected another '\"'");
		free(string);
		return NULL;
	}
	lexer->at = (size_t)(at + 1 - lexer->text);
	return string;
}

char *lex_value(struct lexer *lexer, bool *quoted)
{
	size_t from = lexer->at;
	char *value;

	*quoted = lexer->text[from] == '"';
	if (*quoted)
		return lex_string(lexer);
	while (!lex_at_stop(lexer))
		lexer->at++;
	if (lexer->at == from)
		return NULL;
	value = strndup(lexer->text + from, lexer->at - from);
	if (!value)
		lex_fail(lexer, from, "out of memory");
	return value;
}

static bool unit_factor(const char *unit, enum filter_value value, long double *factor)
{
	static const char letters[] = "KMGT";
	char upper = *unit == 'k' ? 'K' : *unit;
	const char *letter;

	*factor = 1;
	if (!*unit || (value == VALUE_BYTES && !strcmp(unit, "B")))
		return true;
	letter = strchr(letters, upper);
	if (!letter || (unit[1] && strcmp(unit + 1, "iB")))
		return false;
	for (long power = letter - letters; power >= 0; power--)
		*factor *= value == VALUE_BYTES ? 1024 : 1000;
	return true;
}

bool lex_number(const char *text, enum filter_value value, long double *number)
{
	bool negative = *text == '-', point = false, digit = false;
	long double scale = 1, factor;
	double seconds;

	*number = 0;
	if (value == VALUE_SPAN) {
		bool is_span = span_parse(text, &seconds);

		*number = is_span ? seconds : 0;
		return is_span;
	}
	if (*text == '-' || *text == '+')
		text++;
	for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		digit = true;
		if (scale >= 1e20L)
			continue;
		*number = *number * 10 + (*text - '0');
		if (point)
			scale *= 10;
	}
	if (!digit || !unit_factor(text, value, &factor))
		return false;
	*number = *number / scale * factor;
	if (negative)
		*number = -*number;
	return true;
}
