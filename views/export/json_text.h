/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_JSON_TEXT_H
#define VIEWS_EXPORT_JSON_TEXT_H
/* JSON's strings and numbers; the caller writes the commas. */
#include "views/format/out.h"

/* In quotes; bytes that are no UTF-8 as surrogateescape does, what a terminal would act
 * on as \u escapes, NULL as null. */
void json_string(struct out *out, const char *text);
/* null if empty. */
void json_name(struct out *out, const char *text);
/* The shortest that reads back the same, always with a point or exponent. */
void json_double(struct out *out, double number);

#endif
