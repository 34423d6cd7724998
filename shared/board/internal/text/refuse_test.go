package text

import "testing"

// TestRefusals goes through everything that must be refused, and sees that nothing changes.
func TestRefusals(t *testing.T) {
	p := newPen(t)
	a, me := p.a, p.me
	n, other := a.NewText(), a.NewText()
	p.insert(n, 0, "abc")      // 0 to 2
	p.insert(other, 0, "xyz")  // 3 to 5
	p.delete(n, 1, 1)          // 6
	p.insert(other, 3, "!")    // 7
	peer := a.AddReplica(1234) // has not written
	id := func(seq uint32) ID { return ID{me, seq} }
	state := func() string {
		return string(a.AppendSnapshot(a.AppendSnapshot(nil, n, []uint32{0, 1}, true), other, []uint32{0, 1}, true))
	}
	before, runs := state(), len(a.replicas[me].log)
	ins := func(t Text, of, left, right ID, s string) error {
		_, err := a.ApplyInsert(t, of, left, right, []byte(s))
		return err
	}
	life := func(t Text, of ID, g Target) error {
		_, err := a.ApplyLife(t, of, g, nil, nil)
		return err
	}
	local := func(t Text, pos int, s string, of ID) error {
		_, _, err := a.Insert(t, pos, s, of)
		return err
	}
	del := func(t Text, pos, n int, of ID) error {
		_, err := a.Delete(t, pos, n, of, nil)
		return err
	}
	for _, c := range []struct {
		why       string
		got, want error
	}{
		{"left origin not here yet", ins(n, ID{peer, 0}, id(8), None, "q"), ErrNotReady},
		{"right origin not here yet", ins(n, ID{peer, 0}, None, ID{peer, 9}, "q"), ErrNotReady},
		{"origin is the number of a deletion, and its replica is past it",
			ins(n, ID{peer, 0}, id(6), None, "q"), ErrGone},
		{"left origin in another text", ins(n, ID{peer, 0}, id(3), None, "q"), ErrOrigin},
		{"right origin in another text", ins(n, ID{peer, 0}, None, id(4), "q"), ErrOrigin},
		{"origins the wrong way round", ins(n, ID{peer, 0}, id(2), id(0), "q"), ErrOrigin},
		{"both origins the same", ins(n, ID{peer, 0}, id(1), id(1), "q"), ErrOrigin},
		{"replica unknown", ins(n, ID{9, 0}, None, None, "q"), ErrReplica},
		{"origin's replica unknown", ins(n, ID{peer, 0}, ID{9, 0}, None, "q"), ErrReplica},
		{"duplicate", ins(n, id(0), None, None, "abc"), ErrSeq},
		{"overlap", ins(n, id(5), None, None, "abc"), ErrSeq},
		{"number of a deletion", ins(n, id(6), None, None, "q"), ErrSeq},
		{"nothing to insert", ins(n, ID{peer, 0}, None, None, ""), ErrRange},
		{"numbers run out", ins(n, ID{peer, MaxSeq}, None, None, "qq"), ErrRange},
		{"not UTF-8", ins(n, ID{peer, 0}, None, None, "a\xff"), ErrUTF8},
		{"surrogates in UTF-8", ins(n, ID{peer, 0}, None, None, "\xed\xa0\x80"), ErrUTF8},
		{"no such text", ins(7, ID{peer, 0}, None, None, "q"), ErrText},
		{"no such text", ins(-1, ID{peer, 0}, None, None, "q"), ErrText},
		{"forgotten, too many", a.ApplyForgotten(n, ID{peer, 0}, None, None, MaxRun+1), ErrRange},
		{"forgotten, none", a.ApplyForgotten(n, ID{peer, 0}, None, None, 0), ErrRange},

		{"local, position", local(n, 3, "q", id(9)), ErrRange},
		{"local, position", local(n, -1, "q", id(9)), ErrRange},
		{"local, not UTF-8", local(n, 0, "\x80", id(9)), ErrUTF8},
		{"local, number taken", local(n, 0, "q", id(7)), ErrSeq},
		{"local, empty", local(n, 0, "", id(9)), ErrRange},
		{"local, no such text", local(3, 0, "q", id(9)), ErrText},
		{"delete nothing", del(n, 0, 0, id(9)), ErrRange},
		{"delete behind the end", del(n, 1, 2, id(9)), ErrRange},
		{"delete far behind the end", del(n, 1<<40, 1, id(9)), ErrRange},
		{"delete, number taken", del(n, 0, 1, id(6)), ErrSeq},
		{"delete, replica unknown", del(n, 0, 1, ID{9, 9}), ErrReplica},

		{"target not here yet", life(n, ID{peer, 0}, Target{ID: id(9), Len: 1, Life: 2}), ErrNotReady},
		{"target partly not here", life(other, ID{peer, 0}, Target{ID: id(7), Len: 2, Life: 2}), ErrNotReady},
		{"target reaches into another text", life(n, ID{peer, 0}, Target{ID: id(2), Len: 2, Life: 2}), ErrTarget},
		{"target in another text", life(n, ID{peer, 0}, Target{ID: id(3), Len: 1, Life: 2}), ErrTarget},
		{"target is not a character", life(other, ID{peer, 0}, Target{ID: id(5), Len: 2, Life: 2}), ErrGone},
		{"no targets", life(n, ID{peer, 0}, Target{ID: id(0), Len: 0, Life: 2}), ErrRange},
		{"life 0", life(n, ID{peer, 0}, Target{ID: id(0), Len: 1, Life: 0}), ErrRange},
		{"life too high", life(n, ID{peer, 0}, Target{ID: id(0), Len: 1, Life: MaxLife + 1}), ErrRange},
		{"backwards beyond 0", life(n, ID{peer, 0}, Target{ID: id(1), Len: 3, Life: 2, Back: true}), ErrRange},
		{"life, duplicate", life(n, id(6), Target{ID: id(1), Len: 1, Life: 2}), ErrSeq},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.why, c.got, c.want)
		}
	}
	p.check()
	if state() != before || len(a.replicas[me].log) != runs {
		t.Error("a refused operation changed something")
	}
	p.delete(other, 3, 1)
	if _, err := a.ApplyLife(other, ID{peer, 0}, Target{ID: id(7), Len: 1, Life: MaxLife}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := del(other, 3, 1, id(9)); err != ErrRange {
		t.Errorf("deleting what has had all lives: %v", err)
	}
	p.want(other, "xyz!")
}
