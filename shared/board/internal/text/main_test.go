package text

import (
	"runtime"
	"testing"

	"go.uber.org/goleak"
)

// As wasm the runtime itself keeps a goroutine for the events of its host.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

// rounds is how many of a random test's n rounds are run: all where that is quick.
// As wasm, and with the race detector, a quarter looks whether the compiled code does the same. Nothing here
// is shared between goroutines.
func rounds(n uint64) uint64 {
	if raced || runtime.GOOS == "js" {
		return n / 4
	}
	return n
}
