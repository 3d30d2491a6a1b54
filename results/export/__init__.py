# SPDX-License-Identifier: BSD-3-Clause
"""Result files in the formats of other tools."""
