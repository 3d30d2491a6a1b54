# SPDX-License-Identifier: BSD-3-Clause
"""The same run on many machines, and what becomes of its results: archives to send and one table of
all machines."""
