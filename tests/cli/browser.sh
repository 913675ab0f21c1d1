#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The flame graph in a browser without network: its script runs, finds names,
# zooms into a box and comes back, and asks nobody for anything.
. tests/lib.sh

command -v chromium >/dev/null || skip "no chromium here"
cat >"$T/w.c" <<'C'
#include <stdlib.h>
void *keep[100];
__attribute__((noinline)) void leaf(int i, size_t n) { keep[i] = malloc(n); }
__attribute__((noinline)) void left(void) { leaf(0, 3000); keep[9] = 0; }
__attribute__((noinline)) void right(void) { leaf(1, 1000); keep[9] = 0; }
int main(void) { left(); right(); return 0; }
C
$CC -g -O1 -o "$T/w" "$T/w.c" || fail "no compiler"
expect 0 "$MEMTOP" record --quiet -o "$T/w.memtop" "$T/w"
expect 0 "$MEMTOP" export -o "$T/heap.svg" "$T/w.memtop"
grep -Eo '(https?:|//)[^" ]*' "$T/heap.svg" | grep -Ev '^https?://www.w3.org/(2000/svg|1999/xhtml)$|^//$' &&
	fail "an address in the picture"

# What a person does, and what is seen, told in attributes.
sed '$d' "$T/heap.svg" >"$T/probe.svg"
[ "$(tail -n 1 "$T/heap.svg")" = '</svg>' ] || fail "the last line is $(tail -n 1 "$T/heap.svg")"
cat >>"$T/probe.svg" <<'JS'
<script>
var all = Array.from(document.querySelectorAll('.box')), svg = document.documentElement;
var field = document.getElementById('search');
function tell(name) {
  var texts = all.filter(function (g) { return !g.classList.contains('gone'); });
  svg.setAttribute('data-' + name, texts.length + ' ' + document.querySelectorAll('.found').length +
    ' ' + document.getElementById('found').textContent);
}
function box(name) {
  return all.filter(function (g) {
    return g.querySelector('title').textContent.indexOf(name) === 0;
  })[0];
}
function wide(name) { return Math.round(box(name).querySelector('rect').getAttribute('width')); }
svg.setAttribute('data-width-before', wide('left') / wide('right'));
field.value = 'RIGHT'; field.dispatchEvent(new Event('input')); tell('none');
field.value = 'right'; field.dispatchEvent(new Event('input')); tell('one');
box('left').dispatchEvent(new Event('click')); tell('zoomed');
svg.setAttribute('data-width-zoomed', wide('left') === wide('main'));
document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'})); tell('after');
svg.setAttribute('data-boxes', all.length);
</script></svg>
JS
alone=
unshare -rn true 2>/dev/null && alone='unshare -rn'
HOME=$T expect 0 $alone timeout 100 chromium --headless --no-sandbox --disable-gpu \
	--disable-dev-shm-usage --user-data-dir="$T/profile" --dump-dom "file://$T/probe.svg"
attribute() {
	head -n 1 "$T/out" | grep -o "data-$1=\"[^\"]*\"" | cut -d '"' -f 2
}
n=$(attribute boxes)
[ "${n:-0}" -ge 6 ] || fail "boxes: '$n'"
[ "$(attribute width-before)" = 3 ] || fail "left is $(attribute width-before) times right"
[ "$(attribute none)" = "$n 0 nothing found" ] || fail "no hit: $(attribute none)"
[ "$(attribute one)" = "$n 1 25.0 % found" ] || fail "a hit: $(attribute one)"
[ "$(attribute zoomed)" = "$((n - 2)) 1 25.0 % found" ] || fail "zoom: $(attribute zoomed) of $n"
[ "$(attribute width-zoomed)" = true ] || fail "the zoomed box is not as wide as its caller"
[ "$(attribute after)" = "$n 0 " ] || fail "Esc: $(attribute after)"
exit 0
