/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which time a cell stands for, which tick a key goes to, and what the picture shows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tui/timeline/series.h"
#include "tui/timeline/timeline.h"

#define MB (UINT64_C(1) << 20)

/* Ten ticks a second apart from 1 s on, then one each ten seconds. */
static const struct tick ticks[] = {
	{1, 1, 1, 1, 1}, {2, 2, 2, 1, 1},   {3, 3, 3, 1, 1},
	{4, 4, 4, 1, 1}, {14, 14, 14, 1, 1}, {24, 24, 24, 1, 1},
};
static const struct timeline_stop stops[] = {
	{2, STOP_MARK, 0, "first"}, {3, STOP_SNAPSHOT, 1, "warm"}, {14, STOP_PEAK, 0, "peak"},
	{20, STOP_MARK, 0, "second"},
};

static struct timeline run(double now, bool live)
{
	return (struct timeline){
		.ticks = ticks, .ticks_length = 6, .stops = stops, .stops_length = 4, .now = now,
		.live = live, .zoom_from = -1,
	};
}

static void a_tick_is_found_by_its_time_and_its_neighbours(void **state)
{
	struct timeline timeline = run(24, false);
	(void)state;
	assert_true(timeline_tick_at(&timeline, 0.9) == SIZE_MAX);
	assert_int_equal(timeline_tick_at(&timeline, 1), 0);
	assert_int_equal(timeline_tick_at(&timeline, 13.9), 3);
	assert_int_equal(timeline_tick_at(&timeline, 1e9), 5);
	assert_true(timeline_tick_before(&timeline, 1) == SIZE_MAX);
	assert_int_equal(timeline_tick_before(&timeline, 14), 3);
	assert_int_equal(timeline_tick_before(&timeline, 14.1), 4);
	assert_int_equal(timeline_tick_after(&timeline, 0), 0);
	assert_int_equal(timeline_tick_after(&timeline, 4), 4);
	assert_true(timeline_tick_after(&timeline, 24) == SIZE_MAX);
	timeline.ticks_length = 0;
	assert_true(timeline_tick_at(&timeline, 5) == SIZE_MAX);
	assert_true(timeline_tick_after(&timeline, 5) == SIZE_MAX);
}

static void stops_follow_each_other_but_for_marks_without_a_history(void **state)
{
	struct timeline timeline = run(24, false);
	(void)state;
	assert_ptr_equal(timeline_stop_before(&timeline, INFINITY), &stops[3]);
	assert_ptr_equal(timeline_stop_before(&timeline, 20), &stops[2]);
	assert_ptr_equal(timeline_stop_before(&timeline, 3), &stops[0]);
	assert_null(timeline_stop_before(&timeline, 2));
	assert_ptr_equal(timeline_stop_after(&timeline, 2), &stops[1]);
	assert_ptr_equal(timeline_stop_after(&timeline, 14), &stops[3]);
	assert_null(timeline_stop_after(&timeline, 20));
	timeline.ticks_length = 0;
	assert_ptr_equal(timeline_stop_before(&timeline, INFINITY), &stops[2]);
	assert_null(timeline_stop_before(&timeline, 3));
	assert_null(timeline_stop_after(&timeline, 14));
}

static void the_step_is_the_longest_one_that_is_shown(void **state)
{
	struct timeline timeline = run(24, false);
	char text[32];
	(void)state;
	assert_true(timeline_step(&timeline, 1, 4) == 1);
	assert_true(timeline_step(&timeline, 0, 24) == 10);
	assert_true(timeline_step(&timeline, 5, 6) == 10);
	assert_true(timeline_step(&timeline, 25, 30) == 0);
	timeline.ticks_length = 1;
	assert_true(timeline_step(&timeline, 0, 24) == 0);
	timeline_step_text(10.02, text);
	assert_string_equal(text, "tick 10 s");
	timeline_step_text(59.9, text);
	assert_string_equal(text, "tick 1 m");
	timeline_step_text(7200, text);
	assert_string_equal(text, "tick 2 h");
}

static void how_long_ago_is_told_in_the_largest_unit(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {{-1, "0 s"},   {0.4, "0 s"},     {59.9, "-59 s"},   {60, "-1 m"},
		     {1080, "-18 m"}, {3599, "-59 m"}, {3600, "-1 h"}, {90000, "-1 d"}};
	char text[32];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		timeline_ago_text(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void letters_go_round(void **state)
{
	(void)state;
	assert_int_equal(timeline_letter(0), 'a');
	assert_int_equal(timeline_letter(25), 'z');
	assert_int_equal(timeline_letter(26), 'A');
	assert_int_equal(timeline_letter(51), 'Z');
	assert_int_equal(timeline_letter(52), 'a');
}

/* A live axis ends at now or less than a quarter of a cell behind it. */
static void the_axis_ends_at_now(void **state)
{
	(void)state;
	for (double now = 0.1; now < 1e6; now *= 1.013) {
		struct timeline timeline = run(now, true);
		struct meter_span span = timeline_span(&timeline, 66);
		assert_true(span.from == 0 && span.to >= now);
		assert_true(span.to - now <= span.to / 66 / 4 + 1e-9);
		assert_int_equal(meter_cell(&span, now), 65);
		timeline.live = false;
		span = timeline_span(&timeline, 66);
		assert_true(span.to == now);
	}
}

static void each_cell_has_its_time_and_beside_the_curve_the_nearest(void **state)
{
	struct timeline timeline = run(66, false);
	double from, to;
	(void)state;
	assert_int_equal(timeline_cells(80), 66);
	assert_int_equal(timeline_cells(21), 0);
	assert_false(timeline_times(&timeline, 21, 5, &from, &to));
	assert_true(timeline_times(&timeline, 80, 1, &from, &to));
	assert_true(from == 0 && fabs(to - 1) < 1e-9);
	assert_true(timeline_times(&timeline, 80, 11, &from, &to));
	assert_true(fabs(from - 10) < 1e-9 && fabs(to - 11) < 1e-9);
	assert_true(timeline_times(&timeline, 80, 0, &from, &to) && from == 0);
	assert_true(timeline_times(&timeline, 80, 79, &from, &to) && to == 66);
}

static void a_zoom_is_around_the_cursor_or_ends_now(void **state)
{
	struct timeline timeline = run(400, false);
	struct meter_span span;
	(void)state;
	assert_true(timeline_zoom_in(&timeline));
	span = timeline_span(&timeline, 50);
	assert_true(span.from == 300 && span.to == 400);
	timeline.cursor = (struct timeline_place){true, 200};
	timeline_zoom(&timeline, 100);
	span = timeline_span(&timeline, 50);
	assert_true(span.from == 150 && span.to == 250);
	/* It stays where it is until the cursor leaves it. */
	timeline_reveal(&timeline, 250);
	assert_true(timeline_span(&timeline, 50).from == 150);
	timeline_reveal(&timeline, 260);
	assert_true(timeline_span(&timeline, 50).from == 235);
	timeline_reveal(&timeline, 10);
	assert_true(timeline_span(&timeline, 50).from == 0);
	timeline.cursor.time = 395;
	timeline_zoom(&timeline, 100);
	assert_true(timeline_span(&timeline, 50).to == 400);
	timeline_zoom(&timeline, 1e6);
	assert_true(timeline.zoom == 0 && timeline_span(&timeline, 50).to == 400);
}

static void a_zoom_ends_at_four_seconds(void **state)
{
	struct timeline timeline = run(100, true);
	(void)state;
	assert_true(timeline_zoom_in(&timeline));
	assert_true(timeline_zoom_in(&timeline));
	assert_true(timeline_zoom_in(&timeline));
	assert_true(timeline.zoom == 4);
	assert_false(timeline_zoom_in(&timeline));
	/* As the run goes on, the same stretch up to now is shown. */
	timeline.now = 200;
	struct meter_span span = timeline_span(&timeline, 40);
	assert_true(span.to >= 200 && span.to < 200.1 && fabs(span.to - span.from - 4) < 1e-9);
}

static void points_and_ticks_are_one_series(void **state)
{
	static const struct point points[] = {
		{.time = 0.5, .current = 5, .rss = 50}, {.time = 2, .current = 20, .rss = 60},
		{.time = 30, .current = 30, .rss = 70},
	};
	static const double times[] = {0.5, 1, 2, 2, 3, 4, 14, 24, 30};
	struct series series = {0};
	double values[4];
	(void)state;
	assert_true(series_merge(&series, points, 3, ticks, 6));
	assert_int_equal(series.length, 9);
	for (size_t i = 0; i < 9; i++)
		assert_true(series.of[i].time == times[i]);
	assert_int_equal(series.of[1].rss, 50);
	assert_int_equal(series.of[6].rss, 60);
	struct meter_span span = {0, 32, 4};
	assert_true(series_rss(series.of, series.length, &span, values) == 70);
	assert_true(values[0] == 60 && values[1] == 60 && values[3] == 70);
	assert_true(series_merge(&series, NULL, 0, NULL, 0) && series.length == 0);
	free(series.of);
}

/* --- the picture --- */

struct text {
	char of[1 << 14];
	size_t length;
};

static int keep(void *user, const char *bytes, size_t length)
{
	struct text *text = user;
	memcpy(text->of + text->length, bytes, length);
	text->length += length;
	text->of[text->length] = 0;
	return 0;
}

static void draw_plain(const struct timeline *timeline, unsigned width, unsigned height,
		       bool plain, struct text *text)
{
	struct canvas *canvas = canvas_new(width, height);
	canvas->plain = plain;
	text->length = 0;
	timeline_draw(timeline, canvas, (struct area){0, 0, width, height});
	canvas_dump_text(canvas, keep, text);
	canvas_free(canvas);
}

static void draw(const struct timeline *timeline, unsigned width, unsigned height,
		 struct text *text)
{
	draw_plain(timeline, width, height, false, text);
}

static void a_ceiling_is_a_line_where_it_is_within_the_picture(void **state)
{
	static const struct point points[] = {{.time = 0, .current = 4 * MB},
					      {.time = 5, .current = 10 * MB}};
	struct timeline_ceiling ceilings[] = {{7 * MB, "cgroup"}, {100 * MB, "far"}};
	struct timeline timeline = {
		.series = points, .series_length = 2, .ceilings = ceilings, .ceilings_length = 2,
		.now = 10, .zoom_from = -1,
	};
	struct text text;
	(void)state;
	draw(&timeline, 40, 6, &text);
	assert_string_equal(text.of, "              █████████████    10.0 MiB\n"
				     " ╌ cgroup ╌╌╌╌█████████████  no history\n"
				     "              █████████████\n"
				     " █████████████" "█████████████\n"
				     " █████████████" "█████████████\n"
				     "              ^                00:00:10\n");
}

static void rss_is_a_shade_unless_it_dwarfs_the_curve(void **state)
{
	struct point points[] = {{.time = 0, .current = 4 * MB, .rss = 8 * MB},
				 {.time = 5, .current = 4 * MB, .rss = 8 * MB}};
	struct timeline timeline = {.series = points, .series_length = 2, .now = 2, .zoom_from = -1};
	struct text text;
	(void)state;
	draw(&timeline, 30, 5, &text);
	assert_non_null(strstr(text.of, "░░░░"));
	assert_non_null(strstr(text.of, "8192 KiB"));
	assert_non_null(strstr(text.of, "░ RSS"));
	points[0].rss = points[1].rss = 80 * MB;
	draw(&timeline, 30, 5, &text);
	assert_null(strstr(text.of, "░"));
	assert_non_null(strstr(text.of, "4096 KiB"));
	points[0].rss = points[1].rss = 8 * MB;
	draw_plain(&timeline, 30, 5, true, &text);
	assert_non_null(strstr(text.of, "----"));
}

/* What a target writes into a mark is no command to the terminal, and no part of the
 * picture goes beyond its area. */
static void any_size_and_any_text_can_be_drawn(void **state)
{
	struct timeline_stop hostile[] = {{1, STOP_MARK, 0, "\033[2J\xff\xe2\x80\xae"},
					  {2, STOP_SNAPSHOT, 4000000000u, "\n"}};
	struct text text;
	(void)state;
	for (unsigned width = 1; width < 60; width += 3)
		for (unsigned height = 1; height < 12; height++) {
			struct timeline timeline = run(24, width % 2);
			timeline.cursor = (struct timeline_place){true, height * 2.0};
			timeline.anchor = (struct timeline_place){true, 3};
			timeline.stops = hostile;
			timeline.stops_length = 2;
			timeline.zoom = height % 3 ? 0 : 8;
			draw(&timeline, width, height, &text);
			assert_null(strchr(text.of, '\033'));
		}
	struct timeline empty = {.live = true};
	draw(&empty, 80, 5, &text);
	empty.live = false;
	draw(&empty, 80, 5, &text);
	assert_non_null(strstr(text.of, "nothing is known"));
}

static void the_table_keeps_its_rows_whatever_is_asked_for(void **state)
{
	struct timeline timeline = {0};
	(void)state;
	assert_int_equal(timeline_rows(&timeline, 14), 0);
	assert_int_equal(timeline_rows(&timeline, 15), 1);
	assert_int_equal(timeline_rows(&timeline, 24), 3);
	assert_int_equal(timeline_rows(&timeline, 36), 5);
	assert_int_equal(timeline_rows(&timeline, 40), 8);
	assert_int_equal(timeline_rows(&timeline, 50), 11);
	timeline.rows = 1;
	assert_int_equal(timeline_rows(&timeline, 50), 0);
	timeline.rows = 101;
	assert_int_equal(timeline_rows(&timeline, 24), 12);
	assert_int_equal(timeline_rows(&timeline, 6), 0);
}

/* Bytes at each second, as a function of it. */
static bool flattens(double seconds, double (*bytes)(double second))
{
	struct point points[200];
	struct timeline timeline = {.series = points, .now = seconds, .live = true};
	for (unsigned i = 0; i <= seconds && i < 200; i++)
		points[timeline.series_length++] =
			(struct point){.time = i, .current = (uint64_t)bytes(i)};
	return timeline_flattened(&timeline);
}

static double warm(double second) { return 1e6 * fmin(second, 20) + 100 * second; }
static double leak(double second) { return 1e5 * second; }
static double waves(double second) { return 1e6 * (1 + fmod(second, 10)); }
static double little(double second) { return fmin(second, 5); }

static void growth_has_flattened_where_it_came_to_rest(void **state)
{
	(void)state;
	assert_true(flattens(60, warm));
	assert_false(flattens(25, warm));       /* too early to say */
	assert_false(flattens(60, leak));
	assert_false(flattens(60, waves));
	assert_false(flattens(60, little));     /* nothing worth a word */
	assert_false(timeline_flattened(&(struct timeline){.now = 100}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_is_found_by_its_time_and_its_neighbours),
		cmocka_unit_test(stops_follow_each_other_but_for_marks_without_a_history),
		cmocka_unit_test(the_step_is_the_longest_one_that_is_shown),
		cmocka_unit_test(how_long_ago_is_told_in_the_largest_unit),
		cmocka_unit_test(letters_go_round),
		cmocka_unit_test(the_axis_ends_at_now),
		cmocka_unit_test(each_cell_has_its_time_and_beside_the_curve_the_nearest),
		cmocka_unit_test(a_zoom_is_around_the_cursor_or_ends_now),
		cmocka_unit_test(a_zoom_ends_at_four_seconds),
		cmocka_unit_test(points_and_ticks_are_one_series),
		cmocka_unit_test(a_ceiling_is_a_line_where_it_is_within_the_picture),
		cmocka_unit_test(rss_is_a_shade_unless_it_dwarfs_the_curve),
		cmocka_unit_test(any_size_and_any_text_can_be_drawn),
		cmocka_unit_test(growth_has_flattened_where_it_came_to_rest),
		cmocka_unit_test(the_table_keeps_its_rows_whatever_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
