// Package scripttest is for packages whose tests run their program from scripts
// (testscript) and hold besides that no goroutine is left behind.
package scripttest

import (
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// Main is what TestMain calls. Scripts run the given main functions by their
// names. It does not return.
func Main(m testscript.TestingM, programs map[string]func()) {
	testscript.Main(tight{m}, programs)
}

// tight runs the tests, and fails if they leave goroutines behind. What the
// scripts run has none of it: it runs main alone.
type tight struct{ testscript.TestingM }

func (m tight) Run() int {
	code := m.TestingM.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
