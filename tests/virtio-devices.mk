# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0
