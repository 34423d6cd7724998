package text

import (
	"strings"
	"testing"
)

// The floor that these are compared with, a gap buffer, is measured by scripts/bench.

func BenchmarkLocal(b *testing.B) {
	for _, name := range []string{"automerge-paper", "json-crdt-blog-post"} {
		b.Run(name, func(b *testing.B) {
			list := readTrace(b, name).patches()
			b.ReportAllocs()
			for b.Loop() {
				replay(b, list)
			}
		})
	}
}

func BenchmarkRemote(b *testing.B) {
	for _, name := range []string{"automerge-paper", "friendsforever"} {
		b.Run(name, func(b *testing.B) {
			list, agents := messages(b, readTrace(b, name))
			b.ReportAllocs()
			for b.Loop() {
				a := receiver(agents)
				var buf []Change
				for _, m := range list {
					var err error
					if _, buf, err = applyMessage(a, 0, m, buf); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"automerge-paper", "json-crdt-blog-post"} {
		b.Run(name, func(b *testing.B) {
			snap := replay(b, readTrace(b, name).patches()).AppendSnapshot(nil, 0, []uint32{0}, false)
			b.SetBytes(int64(len(snap)))
			b.ReportAllocs()
			for b.Loop() {
				a := New()
				a.AddReplica(7)
				if _, err := a.LoadSnapshot(snap, []Slot{0}, 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	a := replay(b, readTrace(b, "automerge-paper").patches())
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = a.AppendSnapshot(buf[:0], 0, []uint32{0}, false)
	}
}

// BenchmarkOffset converts positions in a long text of wide characters.
func BenchmarkOffset(b *testing.B) {
	a := New()
	me := a.AddReplica(1)
	t := a.NewText()
	if _, _, err := a.Insert(t, 0, strings.Repeat("a😀é", 40000), ID{me, 0}); err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		i = (i + 7919) % 40000
		if _, err := a.Offset(t, UTF16, 4*i); err != nil {
			b.Fatal(err)
		}
	}
}
