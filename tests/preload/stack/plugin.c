/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built twice, with frames of different sizes at the same addresses. */
#include <stdint.h>

#ifndef PAD
#define PAD 1
#endif

__attribute__((noinline)) uint32_t plugin_inner(uint32_t (*check)(const char *, int),
						volatile char *pad)
{
	volatile char room[PAD * 48];
	room[0] = pad[0];
	uint32_t trace = check("plugin", 0);
	return trace + (uint32_t)(room[0] - pad[0]);
}

uint32_t plugin(uint32_t (*check)(const char *, int))
{
	volatile char room[PAD * 80];
	room[0] = 1;
	uint32_t trace = plugin_inner(check, room);
	return trace + (uint32_t)(room[0] - 1);
}
