/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of a line.  One allocation holds the pointers and, behind them, the
 * characters: a text of n bytes has at most n/2 + 1 words and needs no more
 * than n + 1 bytes for them.
 */
#include "tracer/ground/words.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int words_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copies one word from *text to *to and moves both past it.  Returns 0 or -EINVAL. */
static int copy_word(const char **text, char **to)
{
	char quote = 0;

	for (; **text && (quote || !words_is_space(**text)); (*text)++) {
		char c = **text;

		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && (*text)[1])
			c = *++*text;
		*(*to)++ = c;
	}
	*(*to)++ = '\0';
	return quote ? -EINVAL : 0;
}

int words_split(const char *text, char ***words)
{
	size_t length = strlen(text), most = length / 2 + 2;
	char **list = calloc(1, most * sizeof *list + length + 2);
	char *to = (char *)(list + most);
	int n = 0;

	*words = NULL;
	if (!list)
		return -ENOMEM;
	for (;;) {
		while (words_is_space(*text))
			text++;
		if (!*text)
			break;
		list[n++] = to;
		if (copy_word(&text, &to)) {
			free(list);
			return -EINVAL;
		}
	}
	*words = list;
	return n;
}

void words_free(char **words)
{
	free(words);
}
