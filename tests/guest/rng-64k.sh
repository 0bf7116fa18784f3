# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

test "$(head -c 65536 /dev/hwrng | wc -c)" -eq 65536
