//go:build !unix

package ws

const canWait = false

// fill is never called: without raw connections nothing can be waited for without
// a buffer.
func (f *frugal) fill() (int, error) { return 0, nil }
