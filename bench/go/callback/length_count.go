// SPDX-License-Identifier: BSD-3-Clause

//go:build !go1.21 && !seed

package main

import _ "unsafe" // for go:linkname

// Ms on the extra-M list, as it is named up to Go 1.20.
//
//go:linkname length runtime.extraMCount
var length uint32
