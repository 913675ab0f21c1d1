/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floats are stored as they are in memory, little-endian as on x86-64 and aarch64.
 * The bytes to unpack may come from anywhere, so figures that no curve can have are
 * refused. */
#include "tracer/heap/growth/pack.h"

#include <math.h>
#include <string.h>

#define FIGURE_MAX 1e19f                /* bytes: many times more than the address space
					 * has */
#define SECONDS_MAX 1e12
#define RUN_MAX 255u

#define WORDS 4u                        /* that are compared at a time, two figures each */

/* How many figures from the first on are the same, at most n. */
static size_t run_of(const float *figures, size_t n)
{
	uint64_t word, words[WORDS];
	uint32_t bits;
	size_t same = 1;

	memcpy(&bits, figures, sizeof(bits));
	word = (uint64_t)bits << 32 | bits;
	/* Most figures of most curves are 0. */
	for (; same + 2 * WORDS <= n; same += 2 * WORDS) {
		memcpy(words, figures + same, sizeof(words));
		if ((words[0] ^ word) | (words[1] ^ word) | (words[2] ^ word) | (words[3] ^ word))
			break;
	}
	while (same < n && figures[same] == figures[0])
		same++;
	return same;
}

size_t growth_pack(const struct growth_curve *curve, uint8_t bytes[GROWTH_PACKED])
{
	const float *figures = (const float *)curve;
	size_t at = 0;

	for (size_t i = 0, n; i < GROWTH_FIGURES; i += n) {
		n = run_of(&figures[i], GROWTH_FIGURES - i < RUN_MAX ? GROWTH_FIGURES - i : RUN_MAX);
		bytes[at] = (uint8_t)n;
		memcpy(bytes + at + 1, &figures[i], sizeof(float));
		at += 1 + sizeof(float);
	}
	return at;
}

bool growth_unpack(struct growth_curve *curve, const uint8_t *bytes, size_t length)
{
	float *figures = (float *)curve;
	size_t at = 0, n = 0;

	for (; at + 1 + sizeof(float) <= length; at += 1 + sizeof(float)) {
		float figure;

		memcpy(&figure, bytes + at + 1, sizeof(figure));
		if (!(figure >= 0 && figure <= FIGURE_MAX) || n + bytes[at] > GROWTH_FIGURES)
			return false;
		for (unsigned i = 0; i < bytes[at]; i++)
			figures[n++] = figure;
	}
	memset(figures + n, 0, (GROWTH_FIGURES - n) * sizeof(*figures));
	return at == length && (n == GROWTH_FIGURES || n == GROWTH_FIGURES_2 ||
				n == GROWTH_FIGURES_1);
}

static uint8_t *put_real(uint8_t *at, double figure)
{
	memcpy(at, &figure, sizeof(figure));
	return at + sizeof(figure);
}

static bool has_slices(const struct growth_axis *axis)
{
	static const struct growth_span none[GROWTH_WINDOWS];

	return memcmp(axis->span, none, sizeof(none)) != 0;
}

size_t growth_pack_axis(const struct growth_axis *axis, uint8_t bytes[GROWTH_AXIS_PACKED])
{
	uint8_t *at = put_real(bytes, axis->now);

	for (unsigned w = 0; w < GROWTH_WINDOWS && has_slices(axis); w++) {
		const struct growth_span *span = &axis->span[w];

		at = put_real(at, span->from);
		for (unsigned i = 0; i < GROWTH_SLICES; i++)
			at = put_real(at, span->end[i]);
		at = put_real(at, (double)span->events);
	}
	return (size_t)(at - bytes);
}

static bool get_real(const uint8_t **at, double least, double most, double *figure)
{
	memcpy(figure, *at, sizeof(*figure));
	*at += sizeof(*figure);
	return *figure >= least && *figure <= most;
}

bool growth_unpack_axis(struct growth_axis *axis, const uint8_t *bytes, size_t length)
{
	bool sliced = length == GROWTH_AXIS_PACKED;
	bool good = (sliced || length == sizeof(axis->now)) &&
		    get_real(&bytes, 0, SECONDS_MAX, &axis->now);
	double events;

	axis->wait = 0;
	memset(axis->span, 0, sizeof(axis->span));
	for (unsigned w = 0; good && sliced && w < GROWTH_WINDOWS; w++) {
		struct growth_span *span = &axis->span[w];

		good = get_real(&bytes, 0, axis->now, &span->from);
		for (unsigned i = 0; good && i < GROWTH_SLICES; i++)
			good = get_real(&bytes, 0, axis->now, &span->end[i]);
		good = good && get_real(&bytes, 0, 9e18, &events);
		span->events = good ? (uint64_t)events : 0;
	}
	return good;
}
