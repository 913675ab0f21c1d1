/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The style and the script of the flame graph.  Boxes are pale and their names dark on
 * any background; everything else follows the browser's colour scheme.  The script reads
 * names from the picture and writes them back only as text, so that no name can become
 * markup.
 */
#include "views/export/flamegraph_page.h"

const char flame_style[] =
	":root{--ground:#fff;--ink:#222;--quiet:#666}\n"
	"@media (prefers-color-scheme:dark){:root{--ground:#16181d;--ink:#e6e6e6;--quiet:#9aa0a6}}\n"
	"svg{background:var(--ground);font:12px ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\","
	"monospace}\n"
	"text{fill:var(--ink)}\n"
	"#title{font-size:15px;font-weight:bold}\n"
	"#info,#found{fill:var(--quiet)}\n"
	".box{cursor:pointer}\n"
	".box text{fill:#1b1b1b;pointer-events:none}\n"
	".box:hover rect{stroke:#000;stroke-width:1}\n"
	".above rect{opacity:.7}\n"
	".s1 rect{fill-opacity:.95}.s2 rect{fill-opacity:.9}.s3 rect{fill-opacity:.84}\n"
	".found rect{fill:#7b2fbf}\n"
	".found text{fill:#fff}\n"
	".gone{display:none}\n"
	"#reset{cursor:pointer;text-decoration:underline}\n"
	"input{box-sizing:border-box;width:100%;font:inherit;padding:2px 6px;color:var(--ink);"
	"background:var(--ground);border:1px solid var(--quiet);border-radius:3px}\n"
	".c0 rect{fill:#f6b26b}.c1 rect{fill:#9fc5e8}.c2 rect{fill:#b6d7a8}.c3 rect{fill:#ffd966}\n"
	".c4 rect{fill:#d5a6bd}.c5 rect{fill:#a2d5d0}.c6 rect{fill:#e8a598}.c7 rect{fill:#c6c3ee}\n"
	".c8 rect{fill:#d9e39a}.c9 rect{fill:#f4c7a1}.c10 rect{fill:#b4cdbf}.c11 rect{fill:#e3c1e6}\n"
	".all rect{fill:#cfd4da}\n";

/* The first line of <title> is the full name. */
#define SCRIPT_BOXES \
	"(function () {\n" \
	"'use strict';\n" \
	"var svg = document.documentElement, left = +svg.dataset.left;\n" \
	"var width = +svg.dataset.width, total = +svg.dataset.total, cell = 7.25;\n" \
	"var info = document.getElementById('info'), quiet = info.textContent;\n" \
	"var found = document.getElementById('found'), reset = document.getElementById('reset');\n" \
	"var field = document.getElementById('search');\n" \
	"var boxes = Array.from(document.querySelectorAll('.box'), function (g) {\n" \
	"  var rect = g.querySelector('rect'), title = g.querySelector('title').textContent;\n" \
	"  return {g: g, rect: rect, text: g.querySelector('text'), title: title,\n" \
	"    name: title.split('\\n')[0], y: +rect.getAttribute('y'),\n" \
	"    s: +g.dataset.s, v: +g.dataset.v};\n" \
	"});\n" \
	"boxes.sort(function (a, b) { return a.s - b.s || a.y - b.y; });\n" \
	"function place(box, x, w) {\n" \
	"  var n = Math.floor((w - 6) / cell), name = box.name;\n" \
	"  box.rect.setAttribute('x', x.toFixed(2));\n" \
	"  box.rect.setAttribute('width', Math.max(w - 0.5, 0.1).toFixed(2));\n" \
	"  box.text.setAttribute('x', (x + 3).toFixed(2));\n" \
	"  if (name.length > n) name = n < 3 ? '' : name.slice(0, n - 2) + '..';\n" \
	"  box.text.textContent = name;\n" \
	"}\n"
#define SCRIPT_ZOOM \
	"function zoom(to) {\n" \
	"  var s = to ? to.s : 0, v = to ? to.v : total, y = to ? to.y : -1, k = width / v;\n" \
	"  boxes.forEach(function (box) {\n" \
	"    var above = box.y < y && box.s <= s && box.s + box.v >= s + v;\n" \
	"    var below = box.y >= y && box.s >= s && box.s + box.v <= s + v;\n" \
	"    box.g.classList.toggle('above', above);\n" \
	"    box.g.classList.toggle('gone', !above && !below);\n" \
	"    if (above) place(box, left, width);\n" \
	"    else if (below) place(box, left + (box.s - s) * k, box.v * k);\n" \
	"  });\n" \
	"  reset.classList.toggle('gone', !s && v === total);\n" \
	"}\n"
#define SCRIPT_SEARCH \
	"function search(word) {\n" \
	"  var fold = word === word.toLowerCase(), sum = 0, end = 0;\n" \
	"  boxes.forEach(function (box) {\n" \
	"    var name = fold ? box.title.toLowerCase() : box.title;\n" \
	"    var hit = word !== '' && name.split('\\n')[0].indexOf(word) >= 0;\n" \
	"    box.g.classList.toggle('found', hit);\n" \
	"    if (hit && box.s >= end) { sum += box.v; end = box.s + box.v; }\n" \
	"  });\n" \
	"  found.textContent = word === '' ? '' :\n" \
	"    sum === 0 ? 'nothing found' : (100 * sum / total).toFixed(1) + ' % found';\n" \
	"}\n"
#define SCRIPT_EVENTS \
	"boxes.forEach(function (box) {\n" \
	"  box.g.addEventListener('click', function () { zoom(box); });\n" \
	"  box.g.addEventListener('mouseover', function () {\n" \
	"    info.textContent = box.title.split('\\n').join('  ');\n" \
	"  });\n" \
	"  box.g.addEventListener('mouseout', function () { info.textContent = quiet; });\n" \
	"});\n" \
	"reset.addEventListener('click', function () { zoom(null); });\n" \
	"field.addEventListener('input', function () { search(field.value); });\n" \
	"document.addEventListener('keydown', function (event) {\n" \
	"  if (event.key === 'Escape') {\n" \
	"    field.value = ''; field.blur(); search(''); zoom(null);\n" \
	"  } else if (event.key === '/' && event.target !== field) {\n" \
	"    event.preventDefault(); field.focus();\n" \
	"  }\n" \
	"});\n" \
	"}());\n"

const char flame_script[] = SCRIPT_BOXES SCRIPT_ZOOM SCRIPT_SEARCH SCRIPT_EVENTS;
