# SPDX-License-Identifier: BSD-3-Clause
"""The parts of the HTML page of plots.report."""
