/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_TERM_RESCUE_H
#define TUI_TERM_RESCUE_H
/* A sane terminal even if memtop crashes. */
#include <stddef.h>
#include <termios.h>

/* Before anybody else handles crashes: who does later (a reader of hostile files)
 * leaves to us what it can't. */
void rescue_prepare(void);
/* From now on a crash writes these strings to fd, sets `first` and then dies of
 * its signal as it would have. */
void rescue_arm(int fd, const struct termios *first, const char *const *bytes,
		size_t length);
void rescue_disarm(void);

#endif
