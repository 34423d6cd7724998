// Package hextest reads bytes that tests keep as text: hexadecimal digits with
// white space anywhere between them, and comments from # to the end of a line.
package hextest

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// Read returns the bytes of a file.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return b
}
