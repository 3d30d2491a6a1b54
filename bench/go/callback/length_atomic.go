// SPDX-License-Identifier: BSD-3-Clause

//go:build go1.21 || seed

package main

import _ "unsafe" // for go:linkname

// Ms on the extra-M list, as commit 77b1f23a named it; an atomic.Uint32 there, which is one word.
//
//go:linkname length runtime.extraMLength
var length uint32
