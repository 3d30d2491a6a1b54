// SPDX-License-Identifier: BSD-3-Clause

// Threads that live for one request, as those of a file system in user space whose library makes and ends threads as requests come and go.
package main

// #include "pingpong.h"
import "C"

import "sync"

var (
	lock  sync.Mutex
	files = map[uint32]uint64{}
)

// What a file system does for a request: finds the file and changes it.
//
//export pingpong_request
func pingpong_request(inode C.uint) {
	lock.Lock()
	files[uint32(inode)%64]++
	lock.Unlock()
}

func main() {
	C.pingpong_run(2, 600)
}
