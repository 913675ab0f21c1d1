# SPDX-License-Identifier: GPL-3.0-or-later
# A hash of small arrays, filled, changed and walked.
use strict;
my %table;
for my $i (1 .. 120000) {
	push @{ $table{"key " . $i % 60000} }, $i, "value $i";
}
my $sum = 0;
$sum += scalar @$_ for values %table;
exit($sum != 240000);
