/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_NAME_H
#define VIEWS_FORMAT_NAME_H
/* Names of functions and types, shortened to fit. */
#include <stdbool.h>
#include <stddef.h>

/* Shortens a function's name to at most `cells`: first its arguments, then
 * what is deep in templates, then all template arguments, then namespaces and
 * classes from the left give way to an ellipsis, and at last the middle. */
void format_name(const char *name, unsigned cells, bool ascii, char *out, size_t size);
/* The same for a type.  Its arguments say what it is, so only those deep in templates are
 * left out, and then its end. */
void format_type(const char *name, unsigned cells, bool ascii, char *out, size_t size);

#endif
