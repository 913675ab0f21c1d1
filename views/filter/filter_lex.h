/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_FILTER_LEX_H
#define VIEWS_FILTER_FILTER_LEX_H
/*
 * Cuts the filter's text into words.  What may come next depends on the parser, so the
 * parser asks for what it expects: a word, an operator, a value.  Strings are returned
 * unquoted, in memory that the caller frees.
 */
#include "views/filter/filter_tree.h"

struct lexer {
	const char *text;
	size_t at;                      /* the next byte to read */
	struct filter_error *error;
	bool failed;                    /* *error is set; only the first error counts */
};

/* Reports what is wrong at `offset`.  Always returns false. */
bool lex_fail(struct lexer *lexer, size_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Describes what stands at `offset`: "'x'", or "the end". */
const char *lex_found(const struct lexer *lexer, size_t offset, char text[16]);

/* Skips white space. */
void lex_space(struct lexer *lexer);
/* Whether the end, a space or a closing parenthesis is next. */
bool lex_at_stop(const struct lexer *lexer);
/* Length of the word (WORD of the grammar) that is next; 0: none. */
size_t lex_word(const struct lexer *lexer);
/* Takes `word` if it is the whole next word. */
bool lex_keyword(struct lexer *lexer, const char *word);
/* Takes an operator.  False: none is next. */
bool lex_operator(struct lexer *lexer, enum filter_op *op);
/* Takes a quoted string.  NULL: not closed (failed) or out of memory. */
char *lex_string(struct lexer *lexer);
/* Takes everything up to the next space or closing parenthesis, or a string (then *quoted
 * is true).  NULL if there is nothing (without failing) or a bad string. */
char *lex_value(struct lexer *lexer, bool *quoted);

/* Reads a number with its unit as described in share/doc/FILTER.md: powers of 1024 for
 * bytes, of 1000 for counts.  False: the whole text is not a number. */
bool lex_number(const char *text, enum filter_value value, long double *number);

#endif
