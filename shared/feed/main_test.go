package feed

import (
	"testing"

	"go.uber.org/goleak"
)

// As wasm the runtime itself keeps a goroutine for the events of its host.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}
