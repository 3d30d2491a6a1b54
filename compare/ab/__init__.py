# SPDX-License-Identifier: BSD-3-Clause
"""Two builds against each other, block by block."""
