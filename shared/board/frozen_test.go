package board

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/shared/hextest"
)

// B34: the files were written by hand from the layout in update.go.
func TestB34FrozenUpdates(t *testing.T) {
	for file, want := range map[string]string{
		"stroke": `{7 1} 1 map[2:int 14692657] [{80 -32 128} {84 -32 130} {84 -30 125}] ""`,
		"others": `{7 1} 1 map[7:int -8 500:string Zoë] [] ""` + "\n" + `{9 2} 300 map[1:int 1] [] ""`,
		"values": `{7 1} 2 map[2:none 4:string a-b 5:float -1.5 6:float 0 8:float 0 17:ref {9 300}] [] ""`,
		"skip":   `{7 3} 1 map[] [{1 1 0} {-2147483648 2147483647 255}] ""`,
		"later":  `{7 1} 1 map[2:int 1] [] ""`,
		"text":   `{7 1} 8 map[] [] "heé😀"`,
	} {
		b := New(0)
		u := readHex(t, file)
		mustApply(t, b, u)
		var got []string
		for _, d := range stateOf(b) {
			properties := map[Key]string{}
			for k, v := range d.properties {
				properties[k] = show(v)
			}
			got = append(got, fmt.Sprintf("%v %d %v %v %q", d.id, d.kind, properties, d.points, d.text))
		}
		if got := strings.Join(got, "\n"); got != want || b.Parked() != 0 {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
		if err := checkReload(b); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		// The others name an element in a longer way than is needed, or hold a
		// width that was overwritten, or a float that is another number here.
		if whole := diff(t, b, nil); file == "stroke" && !bytes.Equal(whole, u) {
			t.Errorf("B24, %s: diff\n% x, want\n% x", file, whole, u)
		}
	}
}

// show returns a value with its type.
func show(v Value) string {
	switch v.typ {
	case typeInt:
		return fmt.Sprint("int ", v.Int())
	case typeFloat:
		return fmt.Sprint("float ", v.Float())
	case typeString:
		return "string " + v.Str()
	case typeRef:
		return fmt.Sprint("ref ", v.Ref())
	}
	return "none"
}

func TestB34FrozenVector(t *testing.T) {
	b := readHex(t, "vector")
	want := Vector{7: 300, MaxReplica: 1}
	got, err := ParseVector(b)
	if err != nil || !maps.Equal(got, want) || !bytes.Equal(want.Append(nil), b) {
		t.Errorf("%v, %v, written % x; want %v, % x", got, err, want.Append(nil), want, b)
	}
}

func TestB5Vectors(t *testing.T) {
	for _, empty := range []string{"", "\x00"} {
		if v, err := ParseVector([]byte(empty)); err != nil || len(v) != 0 || v == nil {
			t.Errorf("% x: %v, %v", empty, v, err)
		}
	}
	for why, b := range map[string]string{
		"a count without an end":     "\x80",
		"more entries than bytes":    "\x02\x07\x01",
		"a count of 2^63":            "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
		"more than MaxReplicas":      "\xa1\x8d\x06" + strings.Repeat("\x01\x01", MaxReplicas+1),
		"bytes left over":            "\x01\x07\x01\x00",
		"epoch 0":                    "\x01\x00\x00",
		"an epoch that is not first": "\x02\x07\x01\x00\x01",
		"two epochs":                 "\x02\x00\x01\x00\x02",
		"an epoch over its range":    "\x01\x00\xff\xff\xff\xff\x0f",
		"a replica twice":            "\x02\x07\x01\x07\x02",
		"replicas that descend":      "\x02\x07\x01\x06\x01",
		"a replica over MaxReplica":  "\x01\x80\x80\x80\x80\x80\x80\x80\x10\x01",
		"a number of 0":              "\x01\x07\x00",
		"a number over MaxSeq":       "\x01\x07\xff\xff\xff\xff\x0f",
		"half a number":              "\x01\x07\x80",
		"half a replica":             "\x01\x87\x80",
	} {
		if v, err := ParseVector([]byte(b)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", why, v, err)
		}
	}
	v := Vector{7: 300, 8: 1}
	for w, want := range map[*Vector]bool{{}: true, {7: 300}: true, {7: 301}: false, {9: 1}: false, {8: 1, 7: 1}: true} {
		if v.Covers(*w) != want {
			t.Errorf("%v covers %v: %v", v, *w, !want)
		}
	}
	c := v.Clone()
	c[7] = 1
	if v[7] != 300 {
		t.Error("a clone shares its entries")
	}
}

// readHex reads a file of testdata/v1.
func readHex(t testing.TB, name string) []byte {
	t.Helper()
	return hextest.Read(t, filepath.Join("testdata", "v1", name+".hex"))
}

// B34: a snapshot with a section, and updates of two epochs for it.
func TestB34FrozenEpoch(t *testing.T) {
	snapshot := readHex(t, "compacted")
	b, err := Load(0, snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Snapshot(), snapshot) {
		t.Errorf("% x", b.Snapshot())
	}
	id := ID{7, 1}
	if got := b.Element(id).Text(); got != "héo" || b.Epoch() != 1 || !maps.Equal(b.base, Vector{7: 7}) {
		t.Errorf("%q, epoch %d, base %v", got, b.Epoch(), b.base)
	}
	if at, err := b.Element(id).Position(Anchor{ID{7, 4}}, Chars); at != 1 || err != nil {
		t.Errorf("behind what was removed: %d, %v", at, err)
	}
	mustApply(t, b, readHex(t, "epoch"))
	if got := b.Element(id).Text(); got != "habé!o" || b.Parked() != 0 {
		t.Errorf("%q", got)
	}
	if err := checkReload(b); err != nil {
		t.Error(err)
	}
}
