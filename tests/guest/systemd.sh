# shellcheck shell=sh
# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# For init.sh: process 1 becomes systemd, with no units but those that are in
# /run/units.  The first one runs the rest of init.sh; its script may add others.

mkdir /run/units
for target in test sysinit basic sockets shutdown; do
	printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' $target >/run/units/$target.target
done
echo 'Wants=test.service' >>/run/units/test.target
cat >/run/units/test.service <<END
[Unit]
Description=what is tested in this guest
DefaultDependencies=no

[Service]
Type=oneshot
PassEnvironment=SCRIPT SHARE MODULES
ExecStart=/bin/sh $0 mounted
StandardOutput=file:/dev/console
StandardError=inherit
END

# (That "container" is empty says that this is none, whatever the host is.)
export SYSTEMD_UNIT_PATH=/run/units SYSTEMD_GENERATOR_PATH=/nonexistent container='' \
	SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=warning
for systemd in /usr/lib/systemd/systemd /lib/systemd/systemd; do
	[ ! -x $systemd ] || exec $systemd --system --unit=test.target --show-status=no \
		--default-standard-output=null
done
