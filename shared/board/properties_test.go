package board

import (
	"maps"
	"testing"
)

// What an element has can be listed, whoever wrote it.
func TestProperties(t *testing.T) {
	b := New(1)
	e := b.Edit()
	id := e.Create(KindNote)
	want := map[Key]Value{KeyX: Float(1.5), KeyColor: Int(3), KeyLink: String("x"), KeyParent: Ref(id), 999: Float(0)}
	for key, v := range want {
		e.Set(id, key, v)
	}
	e.Set(id, KeyFill, Int(1))
	e.Set(id, KeyFill, Value{}) // cleared again
	e.Commit()
	got := maps.Collect(b.Element(id).Properties())
	if !maps.Equal(got, want) {
		t.Errorf("the element has %v, want %v", got, want)
	}
	for key, v := range want {
		if v.IsInt() != (key == KeyColor) || v.IsString() != (key == KeyLink) {
			t.Errorf("%v: whole %v, a string %v", key, v.IsInt(), v.IsString())
		}
	}
	for range b.Element(id).Properties() {
		break
	}
}
