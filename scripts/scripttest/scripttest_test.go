package scripttest

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tests are what a package runs, and the code with which they end.
type tests func() int

func (f tests) Run() int { return f() }

// Tests that pass fail when they leave a goroutine behind; what has failed keeps
// its code.
func TestTight(t *testing.T) {
	pass := tight{tests(func() int { return 0 })}
	if code := pass.Run(); code != 0 {
		t.Errorf("tests that leave nothing behind end with %d", code)
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		<-stop
	}()
	if code := pass.Run(); code != 1 {
		t.Errorf("tests that leave a goroutine behind end with %d, want 1", code)
	}
	if code := (tight{tests(func() int { return 3 })}).Run(); code != 3 {
		t.Errorf("tests that fail with 3 end with %d", code)
	}
	close(stop)
	<-ended
}
