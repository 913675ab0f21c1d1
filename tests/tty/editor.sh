#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Key e over a recording that somebody made to run a command of theirs: the editor
# gets a file and nothing else, whatever stands for its path.
. tests/lib.sh
. tests/tty/tmux.inc
command -v python3 >/dev/null || skip "no python3"

cat >"$T/w.c" <<'END'
#include <stdlib.h>
void *kept;
int main(void)
{
	kept = malloc(4096000);
	return 0;
}
END
$CC -g -O1 -o "$T/w" "$T/w.c"
expect 0 "$MEMTOP" record --quiet -o "$T/r.memtop" "$T/w"
cat >"$T/editor" <<'END'
#!/bin/sh
for word; do printf '<%s>\n' "$word" >>"$0.words"; done
echo "edited"
read -r answer
END
chmod +x "$T/editor"
cp "$T/editor" "$T/vi"

# As a recording can come with its folder: the file it names is there.
mkdir "$T/unpacked"
hostile='+:!touch owned'
echo 'hostile = 1' >"$T/unpacked/$hostile"
cat >"$T/rename.py" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE frame SET file = ? WHERE file LIKE '%/w.c'", (sys.argv[2],))
db.commit()
END
cp "$T/r.memtop" "$T/unpacked/h.memtop"
python3 "$T/rename.py" "$T/unpacked/h.memtop" "$hostile"

start 80 24
# edit FOLDER FILE EDITOR: e on its first row; what the editor was called with.
edit() {
	rm -f "$T"/*.words
	typed "clear; cd $1; EDITOR='$3' VISUAL= $MEMTOP open $2; echo status=\$?"
	keys Enter
	await '^ 1Lines'
	await 'main'
	keys Enter
	await 'stacks behind'
	keys e
	await '^edited'
	keys Enter
	await '^ 1Lines'
	keys q
	await '^status=0'
}

edit "$T/unpacked" h.memtop "$T/editor"
[ "$(cat "$T/editor.words")" = "<+5>
<./$hostile>" ] || fail "called with: $(cat "$T/editor.words")"
edit "$T/unpacked" h.memtop "$T/vi -N \"two words\" \$(touch $T/expanded)"
[ "$(cat "$T/vi.words")" = "<-N>
<two words>
<\$(touch>
<$T/expanded)>
<+5>
<-->
<./$hostile>" ] || fail "called with: $(cat "$T/vi.words")"
[ ! -e "$T/expanded" ] || fail "a shell has seen the editor's words"
edit "$T" r.memtop "$T/vi"
[ "$(cat "$T/vi.words")" = "<+5>
<-->
<$T/w.c>" ] || fail "called with: $(cat "$T/vi.words")"

# The real one, where it is: vim ran what stands behind +.
if command -v vim >/dev/null; then
	typed "clear; cd $T/unpacked; EDITOR='vim -u NONE -N' VISUAL= $MEMTOP open h.memtop; echo status=\$?"
	keys Enter
	await '^ 1Lines'
	await 'main'
	keys Enter
	await 'source'
	keys e
	await '^hostile = 1'
	typed ':q'
	keys Enter
	await '^ 1Lines'
	keys q
	await '^status=0'
	[ ! -e "$T/unpacked/owned" ] || fail "a recording ran a command"
fi
exit 0
