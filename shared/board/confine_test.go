package board

import (
	"slices"
	"testing"
)

func comments(k Kind) bool { return k == KindThread || k == KindComment }

func TestConfined(t *testing.T) {
	const editor, commenter = Replica(7), Replica(9)
	there := New(editor)
	e := there.Edit()
	note := e.Create(KindNote)
	e.Splice(note, Chars, 0, 0, "hello")
	thread := e.Create(KindThread)
	e.Splice(thread, Chars, 0, 0, "why?")
	relay := New(0)
	if err := relay.Apply(e.Commit()); err != nil {
		t.Fatal(err)
	}

	// Each begins where the relay's board is.
	by := func(r Replica, change func(*Edit)) []byte {
		b := New(r)
		all, err := relay.Diff(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(all); err != nil {
			t.Fatal(err)
		}
		e := b.Edit()
		change(e)
		return e.Commit()
	}
	drawn := by(commenter, func(e *Edit) { e.Create(KindStroke) })
	if err := relay.Apply(drawn); err != nil { // when it was an editor
		t.Fatal(err)
	}
	stroke := ID{commenter, 1}
	for _, test := range []struct {
		what    string
		updates []byte
		want    bool
	}{
		{"nothing", nil, true},
		{"a new thread and a comment in it", by(commenter, func(e *Edit) {
			thread := e.Create(KindThread)
			c := e.Create(KindComment)
			e.Set(c, KeyParent, Ref(thread))
			e.Splice(c, Chars, 0, 0, "because")
		}), true},
		{"to settle another's thread", by(commenter, func(e *Edit) { e.Set(thread, KeyResolved, Int(1)) }), true},
		{"to write in a comment and delete there", by(commenter, func(e *Edit) { e.Splice(thread, Chars, 1, 2, "o") }), true},
		{"a comment on a note", by(commenter, func(e *Edit) { e.Set(e.Create(KindComment), KeyParent, Ref(note)) }), true},
		{"a note", by(commenter, func(e *Edit) { e.Create(KindNote) }), false},
		{"to move a note", by(commenter, func(e *Edit) { e.Set(note, KeyX, Float(1)) }), false},
		{"to delete a note", by(commenter, func(e *Edit) { e.Set(note, KeyDeleted, Int(1)) }), false},
		{"to write in a note", by(commenter, func(e *Edit) { e.Splice(note, Chars, 0, 0, "x") }), false},
		{"to erase in a note", by(commenter, func(e *Edit) { e.Splice(note, Chars, 0, 1, "") }), false},
		{"a comment, and to move a note", by(commenter, func(e *Edit) { e.Create(KindComment); e.Set(note, KeyX, Float(1)) }), false},
		{"two updates of which the second is a stroke's", slices.Concat(by(commenter, func(e *Edit) { e.Create(KindComment) }),
			by(commenter, func(e *Edit) { e.Append(e.Create(KindStroke), Point{}) })), false},
		{"a stroke of its own from before", by(commenter, func(e *Edit) { e.Append(stroke, Point{}) }), false},
		{"another's comment", by(editor, func(e *Edit) { e.Create(KindComment) }), false},
		{"what is not there", by(commenter, func(e *Edit) { e.Set(e.Create(KindComment), KeyX, Int(1)) })[:3], false},
		{"an operation of a later version", forge(commenter, 2, 99, create(KindThread), unknown(16, 1, "x")), false},
		{"rubbish", []byte{3, 1, 2, 3}, false},
	} {
		hash := relay.Hash()
		if got := relay.Confined(test.updates, commenter, comments); got != test.want {
			t.Errorf("%s: confined %v, want %v", test.what, got, test.want)
		}
		if relay.Hash() != hash {
			t.Errorf("%s: the board has changed", test.what)
		}
	}

	// That its first operation makes a thread is a lie: the board knows it as a stroke.
	fake := New(commenter)
	fe := fake.Edit()
	forged := fe.Create(KindThread)
	one := fe.Commit()
	fe = fake.Edit()
	fe.Set(forged, KeyColor, Int(1))
	if relay.Confined(append(one, fe.Commit()...), commenter, comments) {
		t.Error("a stroke that an update calls a thread is taken for one")
	}
	// An element of which nothing is known yet may be of any kind.
	lost := New(commenter)
	le := lost.Edit()
	id := le.Create(KindComment)
	le.Commit()
	le = lost.Edit()
	le.Set(id, KeyX, Int(1))
	if New(0).Confined(le.Commit(), commenter, comments) {
		t.Error("an element that is not there is taken for a comment")
	}
}

// What is confined to comments changes nothing else.
func FuzzConfined(f *testing.F) {
	const editor, commenter = Replica(7), Replica(9)
	first := slices.Concat(
		forge(editor, 1, 1, create(KindNote), insert(ID{editor, 1}, ID{}, ID{}, "abc"), create(KindThread), insert(ID{editor, 5}, ID{}, ID{}, "why")),
		forge(commenter, 1, 20, create(KindStroke), points(ID{commenter, 1}, 0, 3), create(KindComment)))
	f.Add(forge(commenter, 6, 40, set(ID{editor, 5}, KeyResolved, Int(1)), create(KindComment), insert(ID{commenter, 5}, ID{}, ID{}, "x")))
	f.Add(forge(commenter, 6, 40, insert(ID{editor, 5}, ID{editor, 2}, ID{editor, 3}, "x"), life(ID{editor, 5}, ID{editor, 2}, 3, false, 2, "")))
	f.Add(slices.Concat(forge(commenter, 7, 40, create(KindThread)), forge(commenter, 6, 41, create(KindComment))))
	f.Add(forge(commenter, 6, 40, points(ID{commenter, 1}, 3, 2)))
	f.Fuzz(func(t *testing.T, updates []byte) {
		if tooBig(updates) {
			t.Skip() // slow, and tried elsewhere
		}
		b := New(0)
		if err := b.Apply(first); err != nil {
			t.Fatal(err)
		}
		rest := func() []drawn {
			return slices.DeleteFunc(stateOf(b), func(d drawn) bool { return comments(d.kind) })
		}
		before := rest()
		if b.Confined(updates, commenter, comments) {
			_ = b.Apply(updates)
		}
		if after := rest(); !sameState(before, after) {
			t.Fatalf("%v has become %v", before, after)
		}
	})
}
