/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes numbers for programs (number.h), independently of the locale. */
#include "views/format/number.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void number_text(double number, char *text, size_t size)
{
	size_t length;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, size, "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	/* JSON has no infinity and no NaN. */
	if (strpbrk(text, "in")) {
		snprintf(text, size, "null");
		return;
	}
	length = strlen(text);
	if (!strpbrk(text, ".e") && length < size)
		snprintf(text + length, size - length, ".0");
}
