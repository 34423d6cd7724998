package view

import (
	"runtime"
	"testing"

	"go.uber.org/goleak"
)

// As wasm the runtime itself keeps a goroutine for the events of its host.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

// rounds is how many of a random test's n rounds are run: all natively. As wasm and with
// the race detector, where they take ten times as long, a quarter of them looks whether
// the compiled code does the same; there is one goroutine.
func rounds(n uint64) uint64 {
	if raced || runtime.GOOS == "js" {
		return n / 4
	}
	return n
}
