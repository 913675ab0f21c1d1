/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_RIGHTS_H
#define TRACER_GROUND_SHARED_RIGHTS_H
/* When the kernel tells the loader to accept no preloaded library. */
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct rights {
	uid_t user, effective_user;
	gid_t group, effective_group;
};

/* True if a process that has `now` and becomes this program acts for another than who it
 * is: by the file's bits, which change nothing for their owner, or as it did before.
 * Set-group-ID without group execution means mandatory locking and gives no rights. */
static inline bool rights_differ(const struct stat *file, const struct rights *now)
{
	mode_t group = S_ISGID | S_IXGRP;

	return (file->st_mode & S_ISUID ? file->st_uid : now->effective_user) != now->user ||
	       ((file->st_mode & group) == group ? file->st_gid : now->effective_group) !=
		       now->group;
}

/* File capabilities give root nothing that it does not have. */
static inline bool rights_gained_by_capabilities(const struct rights *now)
{
	return now->user != 0;
}

#endif
