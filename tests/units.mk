# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Units in service managers of the kind that they are for.
EXTRA_DIST += tests/check-user-unit.sh
if HAVE_SYSTEMD
TESTS += tests/check-user-unit.sh
endif
