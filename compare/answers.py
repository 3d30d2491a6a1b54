# SPDX-License-Identifier: BSD-3-Clause
"""The verdicts of compare and ab, the worst first, and the exit status of each."""

from __future__ import annotations

REGRESSION, INCONCLUSIVE, PASS, IMPROVED = VERDICTS = ("REGRESSION", "INCONCLUSIVE", "PASS", "IMPROVED")
STATUS = {REGRESSION: 1, INCONCLUSIVE: 3, PASS: 0, IMPROVED: 0}
