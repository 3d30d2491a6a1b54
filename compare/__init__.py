# SPDX-License-Identifier: BSD-3-Clause
"""Is a run, a build or a commit slower than another? Uses results, never plots."""
