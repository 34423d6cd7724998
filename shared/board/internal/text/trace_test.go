package text

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
)

// trace is a recorded editing session.
type trace struct {
	EndContent string
	Txns       []struct {
		Parents []int
		Agent   int
		Patches []patch
	}
}

type patch struct {
	pos, del int
	ins      string
}

func (p *patch) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.pos, &p.del, &p.ins})
}

// readTrace reads a trace from the folder that EDGEBOARD_TRACES names.
func readTrace(tb testing.TB, name string) *trace {
	tb.Helper()
	dir := os.Getenv("EDGEBOARD_TRACES")
	if dir == "" {
		tb.Skip("EDGEBOARD_TRACES is not set: it names the folder of recorded editing sessions")
	}
	f, err := os.Open(filepath.Join(dir, name+".json.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	tr := new(trace)
	if err := json.NewDecoder(z).Decode(tr); err != nil {
		tb.Fatal(err)
	}
	return tr
}

func (tr *trace) patches() (list []patch) {
	for i := range tr.Txns {
		list = append(list, tr.Txns[i].Patches...)
	}
	return list
}

// replay types a sequential trace as one local user.
func replay(tb testing.TB, list []patch) *Arena {
	a := New()
	me := a.AddReplica(7)
	t := a.NewText()
	var buf []Target
	var err error
	seq := uint32(0)
	for i := range list {
		p := &list[i]
		if p.del > 0 {
			buf, err = a.Delete(t, p.pos, p.del, ID{me, seq}, buf[:0])
			if err != nil {
				tb.Fatal(err)
			}
			seq += uint32(p.del)
		}
		if p.ins != "" {
			if _, _, err = a.Insert(t, p.pos, p.ins, ID{me, seq}); err != nil {
				tb.Fatal(err)
			}
			if len(p.ins) == 1 {
				seq++
			} else {
				seq += uint32(utf8.RuneCountInString(p.ins))
			}
		}
	}
	return a
}

func TestTraceReplay(t *testing.T) {
	for _, name := range []string{"automerge-paper", "json-crdt-blog-post"} {
		tr := readTrace(t, name)
		a := replay(t, tr.patches())
		if a.String(0) != tr.EndContent {
			t.Errorf("%s: text differs from the recorded one", name)
		}
		if err := a.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%s: %d spans, %d leaves, %d nodes, %d runs, %d log runs, %d palettes and %d full of %d home pages, %d bytes held",
			name, countSpans(a), len(a.leaves), len(a.nodes), len(a.runs), len(a.replicas[0].log), len(a.homes.palettes),
			len(a.homes.full), len(a.homes.pages), a.Memory())
	}
}

func countSpans(a *Arena) (n int) {
	for i := range a.leaves {
		n += int(a.leaves[i].n)
	}
	return n
}

// A minimal wire form of operations for measuring. The board has the real one.

func putUvarint(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func uvarint(b []byte, i int) (uint32, int) {
	c := b[i]
	i++
	if c < 0x80 {
		return uint32(c), i
	}
	x := uint32(c & 0x7f)
	for s := uint(7); ; s += 7 {
		c = b[i]
		i++
		x |= uint32(c&0x7f) << s
		if c < 0x80 {
			return x, i
		}
	}
}

func putRef(b []byte, id, of ID) []byte {
	if of == None {
		return append(b, 0)
	}
	b = putUvarint(b, uint32(of.Slot)+1)
	d := int32(id.Seq - of.Seq)
	return putUvarint(b, uint32(d<<1)^uint32(d>>31))
}

func ref(b []byte, i int, id ID) (ID, int) {
	s, i := uvarint(b, i)
	if s == 0 {
		return None, i
	}
	z, i := uvarint(b, i)
	return ID{Slot(s - 1), id.Seq - uint32(int32(z>>1)^-int32(z&1))}, i
}

func putInsert(b []byte, id, left, right ID, s string) []byte {
	b = append(b, 1)
	b = putUvarint(b, uint32(id.Slot))
	b = putUvarint(b, id.Seq)
	b = putRef(b, id, left)
	b = putRef(b, id, right)
	b = putUvarint(b, uint32(len(s)))
	return append(b, s...)
}

func putLife(b []byte, id ID, g Target) []byte {
	k := byte(2)
	if g.Back {
		k = 3
	}
	b = append(b, k)
	b = putUvarint(b, uint32(id.Slot))
	b = putUvarint(b, id.Seq)
	b = putUvarint(b, uint32(g.ID.Slot))
	b = putUvarint(b, g.ID.Seq)
	b = putUvarint(b, g.Len)
	return putUvarint(b, g.Life)
}

// applyMessage decodes and applies the operations of one message, and returns the sum of the positions.
func applyMessage(a *Arena, t Text, b []byte, buf []Change) (int, []Change, error) {
	sum := 0
	for i := 0; i < len(b); {
		k := b[i]
		var id ID
		v, j := uvarint(b, i+1)
		id.Slot = Slot(v)
		id.Seq, j = uvarint(b, j)
		if k == 1 {
			var left, right ID
			left, j = ref(b, j, id)
			right, j = ref(b, j, id)
			v, j = uvarint(b, j)
			pos, err := a.ApplyInsert(t, id, left, right, b[j:j+int(v)])
			if err != nil {
				return 0, buf, err
			}
			sum += pos
			i = j + int(v)
			continue
		}
		var g Target
		v, j = uvarint(b, j)
		g.ID.Slot = Slot(v)
		g.ID.Seq, j = uvarint(b, j)
		g.Len, j = uvarint(b, j)
		g.Life, j = uvarint(b, j)
		g.Back = k == 3
		var err error
		buf, err = a.ApplyLife(t, id, g, nil, buf[:0])
		if err != nil {
			return 0, buf, err
		}
		for _, c := range buf {
			sum += c.Pos
		}
		i = j
	}
	return sum, buf, nil
}

// messages turns a trace into one message per transaction, each made by an arena that has seen exactly the
// transaction's parents. agents is the number of replicas.
func messages(tb testing.TB, tr *trace) (list [][]byte, agents int) {
	type author struct {
		a    *Arena
		seen map[int]bool
		seq  uint32
	}
	for i := range tr.Txns {
		agents = max(agents, tr.Txns[i].Agent+1)
	}
	authors := make([]author, agents)
	for i := range authors {
		authors[i] = author{a: New(), seen: map[int]bool{}}
		for j := range agents {
			authors[i].a.AddReplica(uint64(j))
		}
		authors[i].a.NewText()
	}
	var buf []Target
	var changes []Change
	for i := range tr.Txns {
		x := &tr.Txns[i]
		w := &authors[x.Agent]
		parents := x.Parents
		if parents == nil && i > 0 && agents == 1 {
			parents = []int{i - 1}
		}
		// Everything before the parents that the author has not seen, oldest first.
		var missing []int
		stack := append([]int(nil), parents...)
		for len(stack) > 0 {
			p := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if w.seen[p] {
				continue
			}
			w.seen[p] = true
			missing = append(missing, p)
			stack = append(stack, tr.Txns[p].Parents...)
		}
		sortInts(missing)
		for _, p := range missing {
			var err error
			if _, changes, err = applyMessage(w.a, 0, list[p], changes); err != nil {
				tb.Fatalf("transaction %d for %d: %v", p, i, err)
			}
		}
		w.seen[i] = true
		me := Slot(x.Agent)
		var b []byte
		for _, p := range x.Patches {
			if p.del > 0 {
				var err error
				if buf, err = w.a.Delete(0, p.pos, p.del, ID{me, w.seq}, buf[:0]); err != nil {
					tb.Fatal(err)
				}
				for _, g := range buf {
					b = putLife(b, ID{me, w.seq}, g)
					w.seq += g.Len
				}
			}
			if p.ins != "" {
				id := ID{me, w.seq}
				left, right, err := w.a.Insert(0, p.pos, p.ins, id)
				if err != nil {
					tb.Fatal(err)
				}
				b = putInsert(b, id, left, right, p.ins)
				w.seq += uint32(utf8.RuneCountInString(p.ins))
			}
		}
		list = append(list, b)
	}
	return list, agents
}

func sortInts(v []int) {
	for i := 1; i < len(v); i++ {
		for j := i; j > 0 && v[j-1] > v[j]; j-- {
			v[j-1], v[j] = v[j], v[j-1]
		}
	}
}

func receiver(agents int) *Arena {
	a := New()
	for j := range agents {
		a.AddReplica(uint64(j))
	}
	a.NewText()
	return a
}

func TestTraceMerge(t *testing.T) {
	tr := readTrace(t, "friendsforever")
	list, agents := messages(t, tr)
	var first []byte
	for seed := range uint64(4) {
		// A random causal order: always one of the transactions whose parents are applied.
		r := rand.New(rand.NewPCG(seed, 2))
		kids := make([][]int, len(list))
		wait := make([]int, len(list))
		var ready []int
		for i := range tr.Txns {
			wait[i] = len(tr.Txns[i].Parents)
			for _, p := range tr.Txns[i].Parents {
				kids[p] = append(kids[p], i)
			}
			if wait[i] == 0 {
				ready = append(ready, i)
			}
		}
		a := receiver(agents)
		for len(ready) > 0 {
			k := 0
			if seed > 0 {
				k = r.IntN(len(ready))
			}
			i := ready[k]
			ready = append(ready[:k], ready[k+1:]...)
			if _, _, err := applyMessage(a, 0, list[i], nil); err != nil {
				t.Fatalf("seed %d transaction %d: %v", seed, i, err)
			}
			for _, c := range kids[i] {
				if wait[c]--; wait[c] == 0 {
					ready = append(ready, c)
				}
			}
		}
		if err := a.Check(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if a.String(0) != tr.EndContent {
			t.Fatalf("seed %d: text differs from the recorded one", seed)
		}
		b := a.AppendSnapshot(nil, 0, []uint32{0, 1}, true)
		if first == nil {
			first = b
		} else if string(b) != string(first) {
			t.Fatalf("seed %d: snapshot differs", seed)
		}
	}
}

// TestFigures holds the sizes that the product promises against a long session.
func TestFigures(t *testing.T) {
	tr := readTrace(t, "automerge-paper")
	a := replay(t, tr.patches())
	index := []uint32{0}
	slots := []Slot{0}
	visible := a.AppendSnapshot(nil, 0, index, false)
	full := a.AppendSnapshot(nil, 0, index, true)
	c := a.Compact()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	if c.String(0) != tr.EndContent {
		t.Fatal("compaction changes the text")
	}
	compact := c.AppendSnapshot(nil, 0, index, false)
	for _, f := range []struct {
		what      string
		got, must int
	}{
		{"bytes held after replay", a.Memory(), 2 << 20},
		{"snapshot of the visible text", len(visible), 175_000},
		{"the same, brotli 11", brotliSize(visible), 65_000},
		{"snapshot of all text, brotli 11", brotliSize(full), 85_000},
		{"snapshot after compaction, brotli 11", brotliSize(compact), 38_000},
	} {
		t.Logf("%s: %d, must %d", f.what, f.got, f.must)
		if f.got > f.must {
			t.Errorf("%s: %d, must be at most %d", f.what, f.got, f.must)
		}
	}
	for _, snap := range [][]byte{visible, full, compact} {
		b := New()
		b.AddReplica(7)
		if _, err := b.LoadSnapshot(snap, slots, 1<<20); err != nil {
			t.Fatal(err)
		}
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
		if b.String(0) != tr.EndContent {
			t.Fatal("loaded text differs")
		}
		if again := b.AppendSnapshot(nil, 0, index, snap[0] == formAll); string(again) != string(snap) {
			t.Fatal("snapshot of what was loaded differs")
		}
		t.Logf("loaded: %d raw bytes, %d bytes held", len(snap), b.Memory())
	}
}

func brotliSize(b []byte) int {
	var w bytes.Buffer
	z := brotli.NewWriterLevel(&w, 11)
	z.Write(b)
	z.Close()
	return w.Len()
}
