package board

import (
	"runtime"
	"testing"

	"go.uber.org/goleak"
)

// As wasm the runtime itself keeps a goroutine for the events of its host.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

// costly says that tests take ten times as long: as wasm, and with the race detector.
const costly = raced || runtime.GOOS == "js"

// rounds is how many of a random test's n rounds are run: all where that is quick,
// otherwise a quarter, which looks whether the compiled code does the same. Nothing here
// is shared between goroutines.
func rounds(n uint64) uint64 {
	if costly {
		return n / 4
	}
	return n
}
