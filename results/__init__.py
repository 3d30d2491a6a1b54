# SPDX-License-Identifier: BSD-3-Clause
"""Result files: what they say, and how they are read, checked and exported. Uses neither compare
nor plots."""
