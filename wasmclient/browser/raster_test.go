package browser

import (
	"bytes"
	"testing"
)

func TestPremultiply(t *testing.T) {
	pixels := []byte{
		10, 20, 30, 255, // opaque: as it is
		200, 100, 50, 0, // nothing to be seen has no colour
		255, 128, 0, 128,
		255, 255, 255, 1,
	}
	premultiply(pixels)
	want := []byte{10, 20, 30, 255, 0, 0, 0, 0, 128, 64, 0, 128, 1, 1, 1, 1}
	if !bytes.Equal(pixels, want) {
		t.Errorf("pixels are %v, want %v", pixels, want)
	}
}
