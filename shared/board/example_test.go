package board_test

import (
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
			fmt.Printf("%06x %v\n", el.Int(board.KeyColor, 0), el.Points())
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
	stroke := e.Create(board.KindStroke)
	update := e.Commit()

	bob := board.New(2)
	if err := bob.Apply(update); err != nil {
		fmt.Println(err)
	}

	// While Bob is away, Ada changes her mind a hundred times.
	e = ada.Edit()
	for i := range 100 {
		e.Set(stroke, board.KeyWidth, board.Int(int64(i)))
	}
	missed := e.Commit()

	// He says what he has and gets what he lacks: only the last width counts.
	vector, err := board.ParseVector(bob.Vector().Append(nil))
	if err != nil {
		fmt.Println(err)
	}
	diff := ada.Diff(vector)
	fmt.Println(len(missed), "bytes missed,", len(diff), "sent")
	fmt.Println(bob.Apply(diff), bob.Element(stroke).Int(board.KeyWidth, 0))
	// Output:
	// 542 bytes missed, 13 sent
	// <nil> 99
}

func ExampleBoard_Snapshot() {
	ada := board.New(1)
	e := ada.Edit()
	stroke := e.Create(board.KindStroke)
	e.Append(stroke, board.Point{X: 8, Y: 8})
	e.Commit()

	// A board that only follows needs no replica.
	reader := board.New(0)
	fmt.Println(reader.Apply(ada.Snapshot()), reader.Len(), reader.Hash() == ada.Hash())
	// Output: <nil> 1 true
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
			fmt.Println("points", e.Element.Points()[e.From:])
		}
	})
	e := b.Edit()
	id := e.Create(board.KindStroke)
	e.Append(id, board.Point{X: 1, Y: 2})
	e.Append(id, board.Point{X: 3, Y: 4})
	e.Set(id, board.KeyDeleted, board.Int(1))
	e.Commit()
	// Output:
	// created {1 1}
	// points [{1 2 0}]
	// points [{3 4 0}]
	// set 1 true
}
