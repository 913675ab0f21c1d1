/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_IDENTITY_H
#define TRACER_PRELOAD_BASE_IDENTITY_H
/*
 * The id and name of a thread, for when the kernel can't be asked any more (sys_closed):
 * the id is read where glibc keeps it, and the name is the one that the process had
 * before.
 */
#include <stdint.h>

/* To be called while the kernel can still be asked: finds out whether glibc's word can be
 * trusted, and saves this thread's name. */
void identity_keep(void);

/* This thread's id; 0: not known. */
int32_t identity_tid(void);

/* A name for it, of 16 bytes. */
const char *identity_name(void);

#endif
