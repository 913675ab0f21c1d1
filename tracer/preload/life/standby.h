/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_STANDBY_H
#define TRACER_PRELOAD_LIFE_STANDBY_H
/* The page by which a sleeping tracer is called: wire/standby.h. */
#include <link.h>
#include <stddef.h>

/* Makes the page, in $XDG_RUNTIME_DIR or in a folder of this user's alone in /tmp, and
 * maps it: tracer.standby.  No descriptor stays open.  `variable` gives a variable of
 * the environment or NULL.  0 or -errno.  Once, while the tracer starts. */
int standby_open(const char *(*variable)(const char *name));

/* Removes the file at the program's end, if no other process can have it mapped. */
void standby_close(void);

/* What dlopen gave for libmemtop.so: glibc's handles are its link maps.  NULL: not
 * known. */
struct link_map *standby_handle(void);

/* The path that the loader knows libmemtop.so by; "" if that is not absolute. */
void standby_library(char *path, size_t size);

#endif
