/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live run's past.  Snapshots lie in one list in the order in which they were taken;
 * those of one number, one for each process, lie beside each other. */
#include "tracer/collect/run/state/kept.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINT_EVERY 0.25                /* seconds, at first */

struct kept {
	pthread_mutex_t lock;           /* around all below */
	struct snapshot **snapshots;
	size_t snapshots_length;
	unsigned numbers;               /* how often snapshots were taken */
	struct snapshot *finalize;
	struct mark *marks;
	size_t marks_length;
	struct point *points;           /* room for KEPT_POINTS */
	size_t points_length;
	double every, due;              /* seconds between points; when the next one is due */
};

struct kept *kept_new(void)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	/* Not zeroed: most runs have few points. */
	if (!kept || !(kept->points = malloc(KEPT_POINTS * sizeof(*kept->points)))) {
		free(kept);
		return NULL;
	}
	kept->every = POINT_EVERY;
	pthread_mutex_init(&kept->lock, NULL);
	return kept;
}

void kept_free(struct kept *kept)
{
	if (!kept)
		return;
	kept_forget(kept, 0);
	free(kept->snapshots);
	for (size_t i = 0; i < kept->marks_length; i++)
		free(kept->marks[i].text);
	free(kept->marks);
	free(kept->points);
	pthread_mutex_destroy(&kept->lock);
	free(kept);
}

/* --- snapshots --- */

int kept_add(struct kept *kept, struct snapshot *const *snapshots, size_t length,
	     const char *name)
{
	int number = -ENOMEM;

	pthread_mutex_lock(&kept->lock);
	struct snapshot **more = realloc(kept->snapshots,
					 (kept->snapshots_length + length) * sizeof(*more));
	if (more) {
		kept->snapshots = more;
		number = (int)++kept->numbers;
	}
	for (size_t i = 0; more && i < length; i++) {
		struct snapshot *snapshot = snapshots[i];

		snapshot->kind = MOMENT_NAMED;
		snapshot->number = kept->numbers;
		snprintf(snapshot->name, sizeof(snapshot->name), "%s", name ? name : "");
		more[kept->snapshots_length++] = snapshot_retain(snapshot);
	}
	pthread_mutex_unlock(&kept->lock);
	return number;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* The number of the newest snapshot so called; 0: none.  Lock held. */
static unsigned number_of(const struct kept *kept, const char *moment)
{
	if (is_number(moment))
		return (unsigned)strtoul(moment, NULL, 10);
	for (size_t i = kept->snapshots_length; i-- > 0;)
		if (strcmp(kept->snapshots[i]->name, moment) == 0)
			return kept->snapshots[i]->number;
	return 0;
}

struct snapshot **kept_find(struct kept *kept, const char *moment, size_t *length)
{
	*length = 0;
	pthread_mutex_lock(&kept->lock);
	unsigned number = number_of(kept, moment);
	struct snapshot **found = calloc(kept->snapshots_length + 1, sizeof(*found));
	for (size_t i = 0; found && number && i < kept->snapshots_length; i++)
		if (kept->snapshots[i]->number == number)
			found[(*length)++] = snapshot_retain(kept->snapshots[i]);
	pthread_mutex_unlock(&kept->lock);
	if (*length)
		return found;
	free(found);
	return NULL;
}

unsigned kept_newest(struct kept *kept)
{
	pthread_mutex_lock(&kept->lock);
	unsigned newest = kept->snapshots_length ? kept->numbers : 0;
	pthread_mutex_unlock(&kept->lock);
	return newest;
}

struct moment *kept_moments(struct kept *kept, uint32_t process, size_t more,
			    size_t *length)
{
	size_t n = 0;

	pthread_mutex_lock(&kept->lock);
	struct moment *list = calloc(kept->snapshots_length + more + 1, sizeof(*list));
	for (size_t i = 0; list && i < kept->snapshots_length; i++) {
		const struct snapshot *snapshot = kept->snapshots[i];
		bool new = n == 0 || list[n - 1].number != snapshot->number;

		if (process ? snapshot->process != process : !new)
			continue;
		list[n].kind = MOMENT_NAMED;
		list[n].time = snapshot->time;
		list[n].number = snapshot->number;
		snprintf(list[n].name, sizeof(list[n].name), "%s", snapshot->name);
		n++;
	}
	pthread_mutex_unlock(&kept->lock);
	*length = n;
	return list;
}

void kept_set_finalize(struct kept *kept, struct snapshot *snapshot)
{
	pthread_mutex_lock(&kept->lock);
	snapshot_release(kept->finalize);
	kept->finalize = snapshot_retain(snapshot);
	pthread_mutex_unlock(&kept->lock);
}

struct snapshot *kept_finalize(struct kept *kept)
{
	pthread_mutex_lock(&kept->lock);
	struct snapshot *found = kept->finalize ? snapshot_retain(kept->finalize) : NULL;
	pthread_mutex_unlock(&kept->lock);
	return found;
}

/* Those of a number; 0: all.  Lock held. */
static void kept_let_go(struct kept *kept, unsigned number)
{
	size_t left = 0;

	for (size_t i = 0; i < kept->snapshots_length; i++) {
		struct snapshot *snapshot = kept->snapshots[i];

		if (number && snapshot->number != number)
			kept->snapshots[left++] = snapshot;
		else
			snapshot_release(snapshot);
	}
	kept->snapshots_length = left;
}

void kept_drop(struct kept *kept, unsigned number)
{
	pthread_mutex_lock(&kept->lock);
	kept_let_go(kept, number);
	pthread_mutex_unlock(&kept->lock);
}

void kept_forget(struct kept *kept, uint32_t process)
{
	pthread_mutex_lock(&kept->lock);
	if (!process)
		kept_let_go(kept, 0);
	if (process <= 1) {
		snapshot_release(kept->finalize);
		kept->finalize = NULL;
	}
	pthread_mutex_unlock(&kept->lock);
}

/* --- the timeline --- */

int kept_mark(struct kept *kept, const struct mark *mark)
{
	char *text = strdup(mark->text);

	pthread_mutex_lock(&kept->lock);
	struct mark *more = realloc(kept->marks,
				    (kept->marks_length + 1) * sizeof(*more));
	if (more)
		kept->marks = more;
	if (more && text)
		more[kept->marks_length++] = (struct mark){ mark->time, text };
	pthread_mutex_unlock(&kept->lock);
	if (more && text)
		return 0;
	free(text);
	return -ENOMEM;
}

struct mark *kept_marks(struct kept *kept, size_t *length)
{
	size_t n = 0;

	pthread_mutex_lock(&kept->lock);
	struct mark *copies = calloc(kept->marks_length + 1, sizeof(*copies));
	for (size_t i = 0; copies && i < kept->marks_length; i++) {
		char *text = strdup(kept->marks[i].text);

		if (text)
			copies[n++] = (struct mark){ kept->marks[i].time, text };
	}
	pthread_mutex_unlock(&kept->lock);
	*length = n;
	return copies;
}

/* Every second point goes, and from now on they come half as often. */
static void thin(struct kept *kept)
{
	for (size_t i = 0; i < KEPT_POINTS / 2; i++)
		kept->points[i] = kept->points[2 * i + 1];
	kept->points_length = KEPT_POINTS / 2;
	kept->every *= 2;
}

void kept_point(struct kept *kept, const struct point *point)
{
	pthread_mutex_lock(&kept->lock);
	if (kept->points_length == KEPT_POINTS)
		thin(kept);
	kept->points[kept->points_length++] = *point;
	kept->due = point->time + kept->every;
	pthread_mutex_unlock(&kept->lock);
}

bool kept_point_due(struct kept *kept, double time)
{
	pthread_mutex_lock(&kept->lock);
	bool due = time >= kept->due;
	pthread_mutex_unlock(&kept->lock);
	return due;
}

size_t kept_points(struct kept *kept, struct point *points)
{
	pthread_mutex_lock(&kept->lock);
	size_t length = kept->points_length;
	memcpy(points, kept->points, length * sizeof(*points));
	pthread_mutex_unlock(&kept->lock);
	return length;
}
