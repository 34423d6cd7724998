package export

import (
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/shared/figure"
)

func BenchmarkSVG(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	d := newDrawing()
	for range 2000 {
		d.scribble(r, 50, nil)
	}
	d.edit.Commit()
	set := figure.New(d.doc, Fonts{})
	figures := slices.Collect(set.All())
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendSVG(dst[:0], figures, Options{})
	}
	b.SetBytes(int64(len(dst)))
}
