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
 * left out, and then its end.  A block of a shared_ptr that does not fit gets its short
 * name first. */
void format_type(const char *name, unsigned cells, bool ascii, char *out, size_t size);
/* Writes a type's name, but for what the standard library calls the blocks that keep a
 * shared_ptr's counts: those are "shared_ptr<T>'s block" where the object is in the same
 * block (make_shared), and "shared_ptr<T>'s counts" where it has one of its own. */
void format_shared(const char *name, char *out, size_t size);

#endif
