# SPDX-License-Identifier: GPL-3.0-or-later
# Packages, from what is committed: two builds of one commit give the same bytes; SHA256SUMS has those
# of all that were made.
#	make dist	build/dist/memtop-VERSION.tar.gz, and beside it PKGBUILD, from which
#			makepkg makes Arch's package
#	make deb	build/dist/memtop_VERSION_amd64.deb, with Debian's tools
#	make rpm	build/dist/memtop-VERSION-1.x86_64.rpm, with rpmbuild
#	make dist-bin	build/dist/memtop-VERSION-x86_64.tar.gz: one folder that runs where it is
#			unpacked.  Its libraries are linked in (liblzma-dev and libbz2-dev have
#			the last of them), so it needs libc alone: 2.28 or newer if built on
#			Debian 11, else of the age of the system that it was built on.
DIST = $(abspath $(B))/dist
TARBALL = $(DIST)/memtop-$(VERSION).tar.gz
EPOCH = $(shell git log -1 --format=%ct)
RPM_OF = $(DIST)/rpm
SUMS = cd $(DIST) && sha256sum $$(ls *.tar.gz *.deb *.rpm 2>/dev/null) >SHA256SUMS

BIN_NAME = memtop-$(VERSION)-$(shell uname -m)
BIN = $(DIST)/bin
BIN_ROOT = $(BIN)/root/$(BIN_NAME)
# Types of terminals, for systems that know none.
TERMINALS = ansi dumb linux rxvt screen screen-256color tmux tmux-256color vt100 vt220 xterm \
	xterm-256color

.PHONY: dist dist-bin deb rpm
dist:
	@mkdir -p $(DIST)
	git -c tar.umask=0022 archive --prefix=memtop-$(VERSION)/ HEAD | gzip -9n >$(TARBALL)
	sum=$$(sha256sum <$(TARBALL)) && sed -e 's/^pkgver=.*/pkgver=$(VERSION)/' \
		-e "s/^sha256sums=.*/sha256sums=($${sum%% *})/" share/packaging/PKGBUILD >$(DIST)/PKGBUILD
	$(SUMS)

# The changelog's date is the commit's, from which the package's times come.
deb: dist
	rm -rf $(DIST)/deb && mkdir -p $(DIST)/deb
	tar -xzf $(TARBALL) -C $(DIST)/deb
	cd $(DIST)/deb/memtop-$(VERSION) && cp -r share/packaging/debian debian && \
		printf 'memtop (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' \
			'$(VERSION)' 'memtop maintainers <maintainers@memtop.invalid>' \
			"$$(date -Ru -d @$(EPOCH))" >debian/changelog && \
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc -j$(JOBS)
	mv $(DIST)/deb/memtop_$(VERSION)_*.deb $(DIST)
	$(SUMS)

rpm: dist
	rm -rf $(RPM_OF) && mkdir -p $(RPM_OF)
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL SOURCE_DATE_EPOCH=$(EPOCH) rpmbuild -bb \
		--define '_topdir $(RPM_OF)' --define '_sourcedir $(DIST)' \
		--define 'version_of_memtop $(VERSION)' \
		--define 'use_source_date_epoch_as_buildtime 1' \
		--define 'clamp_mtime_to_source_date_epoch 1' --define '_buildhost memtop' \
		--nodeps share/packaging/memtop.spec
	mv $(RPM_OF)/RPMS/*/memtop-$(VERSION)-*.rpm $(DIST)
	$(SUMS)

dist-bin: dist
	rm -rf $(BIN) && mkdir -p $(BIN)
	tar -xzf $(TARBALL) -C $(BIN)
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u B -u CFLAGS SOURCE_DATE_EPOCH=$(EPOCH) \
		$(MAKE) --no-print-directory -C $(BIN)/memtop-$(VERSION) -j$(JOBS) CC='$(CC)' STATIC=1 \
		STATIC_MORE='$(STATIC_MORE)' CFLAGS='-O2 -g -ffile-prefix-map=$(BIN)=.' PREFIX=/$(BIN_NAME) \
		DESTDIR=$(BIN)/root install
	strip --strip-debug $(BIN_ROOT)/bin/memtop $(BIN_ROOT)/lib/memtop/libmemtop.so
	mkdir $(BIN_ROOT)/share/memtop/terminfo
	for type in $(TERMINALS); do infocmp -x $$type; done >$(BIN)/terminals
	tic -x -o $(BIN_ROOT)/share/memtop/terminfo $(BIN)/terminals
	tar -C $(BIN)/root --sort=name --mtime=@$(EPOCH) --owner=0 --group=0 --numeric-owner \
		--mode=u=rwX,go=rX -cf - $(BIN_NAME) | gzip -9n >$(DIST)/$(BIN_NAME).tar.gz
	$(SUMS)
