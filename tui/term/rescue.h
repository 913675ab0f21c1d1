/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_RESCUE_H
#define TUI_TERM_RESCUE_H
/* A sane terminal even if memtop crashes. */
#include <stddef.h>
#include <termios.h>

/* To be called before any other handler of crashes is installed: a later one (a reader of
 * hostile files) passes on what it can't handle. */
void rescue_prepare(void);
/* From now on a crash writes these strings to fd, restores `first`, and then dies of its
 * signal as it would have. */
void rescue_arm(int fd, const struct termios *first, const char *const *bytes,
		size_t length);
void rescue_disarm(void);

#endif
