// Package logtest keeps what is logged while a test looks at it.
package logtest

import (
	"bytes"
	"strings"
	"sync"
)

// Text is what was logged. The zero Text is empty; its methods may be called from many
// goroutines.
type Text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to it, and never fails.
func (l *Text) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns all of it.
func (l *Text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Count returns how often a text stands in it.
func (l *Text) Count(text string) int { return strings.Count(l.String(), text) }
