// SPDX-License-Identifier: BSD-3-Clause

// A library of callbacks: C threads call Go, which does nothing, or goes back to C.
package main

// #include "callback.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// The address stays valid: a variable of the runtime, not of the heap.
func init() {
	C.extram_go_publish((*C.uint32_t)(unsafe.Pointer(&length)), C.uint32_t(runtime.GOMAXPROCS(0)))
}

// An empty callback.
//
//export extram_go_callback
func extram_go_callback() {}

// A callback in which C runs again, as a program does that blocks or works there.
//
//export extram_go_call
func extram_go_call(inside *C.extram_go_inside, arg unsafe.Pointer) {
	C.extram_go_enter(inside, arg)
}

func main() {}
