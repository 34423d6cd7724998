package board_test

import (
	"errors"
	"fmt"

	"edgeboard/shared/board"
)

func ExampleBoard() {
	// Ada draws a red stroke. Commit returns what the others need.
	ada := board.New(1)
	e := ada.Edit()
	stroke := e.Create(board.KindStroke)
	e.Set(stroke, board.KeyColor, board.Int(0xe03131))
	e.Append(stroke, board.Point{X: 80, Y: 80}, board.Point{X: 96, Y: 84, Pressure: 200})
	update := e.Commit()

	// Bob takes it, twice: the second time changes nothing.
	bob := board.New(2)
	fmt.Println(bob.Apply(update), bob.Apply(update))

	// Both change the colour at the same time. Everywhere the same one wins.
	e = ada.Edit()
	e.Set(stroke, board.KeyColor, board.Int(0x1971c2))
	fromAda := e.Commit()
	e = bob.Edit()
	e.Set(stroke, board.KeyColor, board.Int(0x2f9e44))
	fromBob := e.Commit()
	fmt.Println(ada.Apply(fromBob), bob.Apply(fromAda))

	for _, b := range []*board.Board{ada, bob} {
		for el := range b.Elements() {
			fmt.Printf("%06x %v\n", el.Int(board.KeyColor, 0), el.AppendPoints(nil))
		}
	}
	fmt.Println(ada.Hash() == bob.Hash())
	// Output:
	// <nil> <nil>
	// <nil> <nil>
	// 2f9e44 [{80 80 0} {96 84 200}]
	// 2f9e44 [{80 80 0} {96 84 200}]
	// true
}

func ExampleBoard_Diff() {
	ada := board.New(1)
	e := ada.Edit()
	box := e.Create(board.KindRectangle)
	update := e.Commit()

	bob := board.New(2)
	if err := bob.Apply(update); err != nil {
		fmt.Println(err)
	}

	// While Bob is away, Ada changes her mind a hundred times.
	e = ada.Edit()
	for i := range 100 {
		e.Set(box, board.KeyWidth, board.Float(float64(i)))
	}
	missed := e.Commit()

	// He says what he has and gets what he lacks: only the last width counts.
	vector, err := board.ParseVector(bob.Vector().Append(nil))
	if err != nil {
		fmt.Println(err)
	}
	diff, err := ada.Diff(vector)
	fmt.Println(err, len(missed) > 1000, len(diff) < 40)
	fmt.Println(bob.Apply(diff), bob.Element(box).Float(board.KeyWidth, 0))
	// Output:
	// <nil> true true
	// <nil> 99
}

func ExampleLoad() {
	ada := board.New(1)
	e := ada.Edit()
	stroke := e.Create(board.KindStroke)
	e.Append(stroke, board.Point{X: 8, Y: 8})
	e.Commit()

	// A board that only follows needs no replica.
	reader, err := board.Load(0, ada.Snapshot())
	fmt.Println(err, reader.Len(), reader.Hash() == ada.Hash())

	// It does not know how the board came to be what it is.
	_, err = reader.Diff(nil)
	fmt.Println(errors.Is(err, board.ErrCompacted))
	// Output:
	// <nil> 1 true
	// true
}

func ExampleEdit_Splice() {
	ada, bob := board.New(1), board.New(2)
	e := ada.Edit()
	note := e.Create(board.KindNote)
	e.Splice(note, board.UTF16, 0, 0, "👋 world")
	update := e.Commit()
	fmt.Println(bob.Apply(update))

	// A caret stays behind the character before it.
	caret, err := ada.Element(note).Anchor(3, board.UTF16)
	fmt.Println(err)

	// Both write at once: Ada before the world, Bob behind it.
	e = ada.Edit()
	e.Splice(note, board.UTF16, 3, 0, "big ")
	fromAda := e.Commit()
	e = bob.Edit()
	e.Splice(note, board.UTF16, 8, 0, "!")
	e.Splice(note, board.UTF16, 0, 2, "Hello")
	fromBob := e.Commit()
	fmt.Println(ada.Apply(fromBob), bob.Apply(fromAda))
	fmt.Println(ada.Element(note).Text())
	fmt.Println(bob.Element(note).Text())
	fmt.Println(ada.Element(note).Position(caret, board.UTF16))

	// No place in the middle of a character.
	e = bob.Edit()
	e.Splice(note, board.Bytes, 999, 0, "?")
	fmt.Println(e.Err())
	// Output:
	// <nil>
	// <nil>
	// <nil> <nil>
	// Hello big world!
	// Hello big world!
	// 6 <nil>
	// board: position is beyond the text or in the middle of a character
}

// Undo takes back what one person did, and leaves what others have done since.
func ExampleHistory() {
	ada, bob := board.New(1), board.New(2)
	history := board.NewHistory(ada)

	// A gesture is one step, of however many edits.
	history.Begin()
	e := history.Edit()
	note := e.Create(board.KindNote)
	e.Splice(note, board.Chars, 0, 0, "hello wrld")
	updates := e.Commit()
	history.End()

	// Another step, and then Bob writes in the same note.
	e = history.Edit()
	e.Splice(note, board.Chars, 6, 4, "world")
	updates = append(updates, e.Commit()...)
	bob.Apply(updates)
	e = bob.Edit()
	e.Splice(note, board.Chars, 0, 5, "Good morning,")
	ada.Apply(e.Commit())
	fmt.Println(ada.Element(note).Text())

	// Undo is a change like any other: Bob takes it.
	bob.Apply(history.Undo())
	fmt.Println(ada.Element(note).Text())
	bob.Apply(history.Redo())
	fmt.Println(bob.Element(note).Text())
	bob.Apply(history.Undo())
	bob.Apply(history.Undo())
	fmt.Println(bob.Len(), "elements,", history.CanUndo(), history.CanRedo())
	// Output:
	// Good morning, world
	// Good morning, wrld
	// Good morning, world
	// 0 elements, false true
}

func ExampleBoard_Between() {
	b := board.New(1)
	e := b.Edit()
	red, green, blue := e.Create(board.KindEllipse), e.Create(board.KindEllipse), e.Create(board.KindEllipse)
	names := map[board.ID]string{red: "red", green: "green", blue: "blue"}
	show := func() {
		var row []string
		for el := range b.Elements() {
			row = append(row, names[el.ID()])
		}
		fmt.Println(row)
	}
	show()

	// Blue between red and green, then red to the top.
	e.Set(blue, board.KeyOrder, board.String(b.Between(b.Element(red), b.Element(green))))
	show()
	e.Set(red, board.KeyOrder, board.String(b.Between(b.Element(green), nil)))
	show()
	// Output:
	// [red green blue]
	// [red blue green]
	// [blue green red]
}

func ExampleBoard_Observe() {
	b := board.New(1)
	b.Observe(func(e board.Event) {
		switch e.Kind {
		case board.Created:
			fmt.Println("created", e.Element.ID())
		case board.Set:
			fmt.Println("set", e.Key, e.Element.Deleted())
		case board.Appended:
			fmt.Println("points", e.Element.AppendPoints(nil)[e.From:])
		case board.Inserted:
			fmt.Printf("at %d %q\n", e.At, e.Text)
		case board.Removed:
			fmt.Println("at", e.At, "removed", e.Len)
		}
	})
	e := b.Edit()
	id := e.Create(board.KindStroke)
	e.Append(id, board.Point{X: 1, Y: 2})
	e.Append(id, board.Point{X: 3, Y: 4})
	e.Splice(id, board.Chars, 0, 0, "label")
	e.Splice(id, board.Chars, 1, 3, "ave")
	e.Set(id, board.KeyDeleted, board.Int(1))
	e.Commit()
	// Output:
	// created {1 1}
	// points [{1 2 0}]
	// points [{3 4 0}]
	// at 0 "label"
	// at 1 removed 3
	// at 1 "ave"
	// set 1 true
}

func ExampleBoard_Merge() {
	ada := board.New(1)
	e := ada.Edit()
	note := e.Create(board.KindNote)
	e.Splice(note, board.Chars, 0, 0, "milk")
	e.Commit()

	// Two pages have kept the board over night, and each goes on by itself.
	page, err := board.Load(2, ada.Snapshot())
	if err != nil {
		fmt.Println(err)
	}
	e = page.Edit()
	e.Splice(note, board.Chars, 4, 0, ", eggs")
	e.Commit()
	page, err = board.Load(2, page.Snapshot())
	if err != nil {
		fmt.Println(err)
	}
	e = ada.Edit()
	e.Splice(note, board.Chars, 0, 1, "M")
	e.Commit()

	// The page knows its past only as a state: a diff is too little for Ada.
	_, err = page.Diff(ada.Vector())
	fmt.Println(errors.Is(err, board.ErrCompacted))
	fmt.Println(ada.Merge(page.Snapshot()), page.Merge(ada.Snapshot()))
	fmt.Println(ada.Element(note).Text(), ada.Hash() == page.Hash())
	// Output:
	// true
	// <nil> <nil>
	// Milk, eggs true
}

func ExampleBoard_Compact() {
	relay := board.New(1)
	e := relay.Edit()
	note := e.Create(board.KindNote)
	e.Splice(note, board.Chars, 0, 0, "first thoughts")
	e.Commit()
	page, err := board.Load(2, relay.Snapshot())
	if err != nil {
		fmt.Println(err)
	}

	// Most of the text is deleted, and then removed for good.
	e = relay.Edit()
	e.Splice(note, board.Chars, 1, 12, "")
	e.Commit()
	fmt.Println(relay.Tombstones())
	relay.Compact()
	fmt.Println(relay.Tombstones())

	// The page has not heard of it. What it writes is understood.
	e = page.Edit()
	e.Splice(note, board.Chars, 5, 0, "!")
	fmt.Println(relay.Apply(e.Commit()), relay.Element(note).Text())

	// The other way round it needs a snapshot.
	e = relay.Edit()
	e.Splice(note, board.Chars, 3, 0, ".")
	update := e.Commit()
	fmt.Println(errors.Is(page.Apply(update), board.ErrEpoch))
	fmt.Println(page.Merge(relay.Snapshot()), page.Element(note).Text(), page.Epoch())
	// Output:
	// 0 12
	// 0 0
	// <nil> f!s
	// true
	// <nil> f!s. 1
}
