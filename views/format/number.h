/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_NUMBER_H
#define VIEWS_FORMAT_NUMBER_H
/* Numbers with a fraction in the form that programs read. */
#include <stddef.h>

/* Writes the shortest text that reads back the same, always with a point or exponent;
 * "null" for infinity and NaN.  40 bytes are enough. */
void number_text(double number, char *text, size_t size);

#endif
