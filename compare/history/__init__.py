# SPDX-License-Identifier: BSD-3-Clause
"""The cost of each cell over commits."""
