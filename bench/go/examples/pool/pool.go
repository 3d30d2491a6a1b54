// SPDX-License-Identifier: BSD-3-Clause

// A pool of C threads that serve requests, as an application server's threads do: few, long-lived, each with short calls into Go.
package main

// #include "pool.h"
import "C"

import (
	"fmt"
	"hash/fnv"
	"sync/atomic"
)

var served uint64

// What a handler does for a request: looks at its path and writes a line.
//
//export pool_handle
func pool_handle(id C.uint) {
	h := fnv.New32a()
	fmt.Fprintf(h, "GET /item/%d HTTP/1.1", uint(id))
	atomic.AddUint64(&served, uint64(1+h.Sum32()&1))
}

func main() {
	C.pool_run(8, 5200, 4000)
}
