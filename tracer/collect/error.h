/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ERROR_H
#define TRACER_COLLECT_ERROR_H
/* Why something could not be done: the exit status that fits (2, 125, 126
 * or 127: memtop(1), EXIT STATUS) and "what failed: why; what to do" without "memtop:
 * ". */
struct error {
	int status;
	char text[512];
};
#endif
