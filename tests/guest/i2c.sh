# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
#
# What a user does with an I2C adapter that has, simulated, an EEPROM at 0x50
# and a chip with registers at 0x20, and a read-only EEPROM at 0x51.

set -e

bus=$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*[Vv]irtio.*/\1/p')
test -n "$bus"
i2cdetect -l
i2cdetect -F "$bus" | grep yes

# All three answer, and nobody else.
i2cdetect -y -r "$bus" | tee /run/detected
test "$(grep -o ' [2-7][0-9a-f]\b' /run/detected | tr -d '\n')" = " 20 50 51"

# Bytes and words, by SMBus commands.
i2cset -y "$bus" 0x50 0x10 0xab
test "$(i2cget -y "$bus" 0x50 0x10)" = 0xab
i2cset -y "$bus" 0x20 0x07 0xbeef w
test "$(i2cget -y "$bus" 0x20 0x07 w)" = 0xbeef

# Plain transfers, and a write and a read with a repeated start.
i2ctransfer -y "$bus" w4@0x50 0x20 1 2 3
test "$(i2ctransfer -y "$bus" w1@0x50 0x20 r3)" = "0x01 0x02 0x03"
test "$(i2ctransfer -y "$bus" w3@0x20 0x02 0x34 0x12 w1@0x20 0x02 r2)" = "0x34 0x12"

# A transfer fails as a whole.  i2ctransfer only warns when nobody answers.
fails() { "$@" 2>&1 | grep -q 'only 0/\|Error'; }
fails i2ctransfer -y "$bus" w2@0x50 0x30 0x55 w1@0x33 0
test "$(i2cget -y "$bus" 0x50 0x30)" = 0xff

# One may be read and not written.
test "$(i2cget -y "$bus" 0x51 0x00)" = 0xff
if i2cset -y "$bus" 0x51 0x00 0x00; then
	echo "a read-only client was written"
	exit 1
fi
test "$(i2cget -y "$bus" 0x51 0x00)" = 0xff

# Empty messages.
i2ctransfer -y "$bus" w0@0x50
fails i2ctransfer -y "$bus" w0@0x33
echo "bytes, words, transfers and empty messages are as they should be"
