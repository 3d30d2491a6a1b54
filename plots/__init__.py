# SPDX-License-Identifier: BSD-3-Clause
"""Pictures and pages of result files. Uses compare and results."""
