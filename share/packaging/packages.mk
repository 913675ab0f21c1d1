# SPDX-License-Identifier: GPL-3.0-or-later
# Packages, from what is committed: two builds of one commit give the same bytes.
#	make dist	build/dist/memtop-VERSION.tar.gz and SHA256SUMS
#	make deb	build/dist/memtop_VERSION_amd64.deb, with Debian's tools
#	make rpm	build/dist/memtop-VERSION-1.x86_64.rpm, with rpmbuild
DIST = $(abspath $(B))/dist
TARBALL = $(DIST)/memtop-$(VERSION).tar.gz
EPOCH = $(shell git log -1 --format=%ct)
RPM_OF = $(DIST)/rpm

.PHONY: dist deb rpm
dist:
	@mkdir -p $(DIST)
	git -c tar.umask=0022 archive --prefix=memtop-$(VERSION)/ HEAD | gzip -9n >$(TARBALL)
	cd $(DIST) && sha256sum memtop-$(VERSION).tar.gz >SHA256SUMS

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

rpm: dist
	rm -rf $(RPM_OF) && mkdir -p $(RPM_OF)
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL SOURCE_DATE_EPOCH=$(EPOCH) rpmbuild -bb \
		--define '_topdir $(RPM_OF)' --define '_sourcedir $(DIST)' \
		--define 'version_of_memtop $(VERSION)' \
		--define 'use_source_date_epoch_as_buildtime 1' \
		--define 'clamp_mtime_to_source_date_epoch 1' --define '_buildhost memtop' \
		--nodeps share/packaging/memtop.spec
	mv $(RPM_OF)/RPMS/*/memtop-$(VERSION)-*.rpm $(DIST)
