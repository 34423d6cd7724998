//go:build !unix

package ws

const canWait = false

// Neither is called: without raw connections nothing can be waited for without a
// buffer, and nothing be tried.
func (f *frugal) fill() (int, error)        { return 0, nil }
func (f *frugal) try(p []byte) (int, error) { return 0, nil }
