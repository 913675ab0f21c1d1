/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_JSON_TEXT_H
#define VIEWS_EXPORT_JSON_TEXT_H
/* JSON's strings and numbers; the caller writes the commas. */
#include "views/format/out.h"

/* Writes a string in quotes.  Bytes that are not UTF-8 are written as Python's
 * surrogateescape does, characters that a terminal would act on as \u escapes, and NULL
 * as null. */
void json_string(struct out *out, const char *text);
/* Like json_string, but writes null for an empty text. */
void json_name(struct out *out, const char *text);
/* Writes the shortest number that reads back the same, always with a point or
 * exponent. */
void json_double(struct out *out, double number);

#endif
