#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# share/setup.sh with made-up package tools: it installs what is missing, once,
# asks nothing when all is there, and names packages where there is no apt-get.
. tests/lib.sh

mkdir "$T/bin" "$T/none"
for tool in id sh cat; do
	ln -s "$(command -v $tool)" "$T/bin/$tool"
	ln -s "$(command -v $tool)" "$T/none/$tool"
done
cat >"$T/bin/dpkg-query" <<'END'
#!/bin/sh
[ -n "$ALL_THERE" ] || case $4 in libdw-dev | tmux | $LACKING) exit 1 ;; esac
printf installed
END
cat >"$T/bin/apt-get" <<'END'
#!/bin/sh
echo "apt-get $*"
case "$* " in *" $NOT_TO_BE_HAD "*) exit 100 ;; esac
END
printf '#!/bin/sh\nexec "$@"\n' >"$T/bin/sudo"
chmod +x "$T/bin/dpkg-query" "$T/bin/apt-get" "$T/bin/sudo"

setup() {
	expect "$1" env PATH="$T/$2" "CC=$3" /bin/sh share/setup.sh build $4
}
ALL_THERE=1 setup 0 bin cc check
[ ! -s "$T/out" ] || fail "asked for something that is there"
setup 0 bin cc
[ "$(tail -n 1 "$T/out")" = \
	'apt-get install -q -y --no-install-recommends libdw-dev' ] || fail "apt-get install"
[ "$(grep -c 'apt-get update' "$T/out")" = 1 ] || fail "apt-get update"
setup 0 bin cc check
printed '--no-install-recommends libdw-dev tmux'
# What a mirror has not got is named, and keeps nothing away unless memtop cannot be
# built or tested without it.
export LACKING=python3-gevent NOT_TO_BE_HAD=python3-gevent
setup 0 bin cc check
[ "$(tail -n 4 "$T/out" | tr '\n' ';' | sed 's/-q -y --no-install-recommends //g')" = \
	"$(printf '%s;' 'apt-get install libdw-dev tmux python3-gevent' \
		'apt-get install libdw-dev tmux' 'apt-get install python3-gevent' \
		'going on without python3-gevent')" ] || fail "a package that is not to be had"
NOT_TO_BE_HAD=tmux setup 100 bin cc check
unset LACKING NOT_TO_BE_HAD
setup 1 none false
for name in Fedora Arch openSUSE Alpine Debian; do
	said "$name:"
done
setup 0 none true
exit 0
