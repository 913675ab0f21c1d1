/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_FLAMEGRAPH_PAGE_H
#define VIEWS_EXPORT_FLAMEGRAPH_PAGE_H
/* What is the same in all flame graphs: measures, style and script. */

#define FLAME_WIDTH 1200                /* of the picture, in pixels */
#define FLAME_LEFT 10                   /* where boxes begin */
#define FLAME_TOP 58
#define FLAME_ROW 18                    /* the height of a row of boxes */
#define FLAME_COLOURS 12                /* classes c0... of modules */
#define FLAME_SHADES 4                  /* classes s0... of names */

/* The content of <style>. */
extern const char flame_style[];
/* The content of <script>, in CDATA: finds boxes by class "box", whose data-s
 * and data-v say where on the whole they begin and how much of it they are. */
extern const char flame_script[];

#endif
