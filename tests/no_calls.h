/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_NO_CALLS_H
#define TESTS_NO_CALLS_H
/* For image_options.call, where no program asks memtop for anything. */
#include "tracer/collect/rings/image.h"

static inline int no_call(void *user, struct image *image, struct drain_call *call)
{
	(void)user;
	(void)image;
	(void)call;
	return -1;
}

#endif
