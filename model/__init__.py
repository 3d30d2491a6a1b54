# SPDX-License-Identifier: BSD-3-Clause
"""What strategies cost on machines that nobody here owns: the commands around extram-model. Uses
results, never plots."""
