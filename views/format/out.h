/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_OUT_H
#define VIEWS_FORMAT_OUT_H
/* A buffer in front of a sink: writers ignore errors, and check once at the end. */
#include <stddef.h>
#include "views/format/sink.h"

struct out {
	struct sink *sink;
	/* The first error of the sink; nothing is written after it. */
	int error;
	size_t length;
	char bytes[8192];
};

/* Appends bytes.  The first failure is kept in `error`, and nothing is written after
 * it. */
void out_bytes(struct out *out, const char *bytes, size_t length);
void out_text(struct out *out, const char *text);
void out_format(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends text for a terminal, made safe by format_safe. */
void out_safe(struct out *out, const char *text);
/* Appends text made safe by format_safe, as a link to a place in source if the sink has
 * links: OSC 8 ; ; URI ST text OSC 8 ; ; ST ("Hyperlinks in terminal emulators", Egmont
 * Koblinger). */
void out_place(struct out *out, const char *text, const char *file, unsigned line);
void out_fill(struct out *out, char with, size_t n);
/* Writes what is still in the buffer.  0, or the sink's error. */
int out_end(struct out *out);

#endif
