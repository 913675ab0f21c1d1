/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring of bytes: byte n of the output lies at n modulo its size. */
#include "tracer/collect/run/state/transcript.h"

#include <pthread.h>
#include <stdlib.h>

#define ROOM (1u << 20)                 /* bytes */

struct transcript {
	pthread_mutex_t lock;           /* around all below */
	uint64_t written;
	char *bytes;                    /* ROOM */
};

struct transcript *transcript_new(void)
{
	struct transcript *transcript = calloc(1, sizeof(*transcript));

	/* Not zeroed: most runs have no screen, and touch none of it. */
	if (!transcript || !(transcript->bytes = malloc(ROOM))) {
		free(transcript);
		return NULL;
	}
	pthread_mutex_init(&transcript->lock, NULL);
	return transcript;
}

void transcript_free(struct transcript *transcript)
{
	if (!transcript)
		return;
	pthread_mutex_destroy(&transcript->lock);
	free(transcript->bytes);
	free(transcript);
}

void transcript_write(struct transcript *transcript, const char *bytes, size_t length)
{
	pthread_mutex_lock(&transcript->lock);
	for (size_t i = 0; i < length; i++)
		transcript->bytes[transcript->written++ % ROOM] = bytes[i];
	pthread_mutex_unlock(&transcript->lock);
}

size_t transcript_read(struct transcript *transcript, uint64_t *position, char *bytes,
		       size_t max)
{
	pthread_mutex_lock(&transcript->lock);
	uint64_t end = transcript->written, n = end > *position ? end - *position : 0;
	n = n < ROOM ? n : ROOM;
	n = n < max ? n : max;
	for (uint64_t i = 0; i < n; i++)
		bytes[i] = transcript->bytes[(end - n + i) % ROOM];
	*position = end;
	pthread_mutex_unlock(&transcript->lock);
	return n;
}
