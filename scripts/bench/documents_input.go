package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"unicode/utf8"

	"edgeboard/shared/board"
)

// documentInput is what is done to each document, as the programs in peers/documents
// read it. It has one of: Patches, Txns, Strokes, Elements.
type documentInput struct {
	name string

	Patches []patch `json:"patches,omitempty"` // of one text, one after the other
	End     string  `json:"end,omitempty"`     // the text after them

	Txns    []sharedTxn `json:"txns,omitempty"` // of one text that several write
	Authors int         `json:"authors,omitempty"`
	Ends    string      `json:"ends,omitempty"` // the text that the trace ends with, where another order of what went to one place is no fault

	Strokes []inputStroke `json:"strokes,omitempty"`

	Keys     []string       `json:"keys,omitempty"` // names of properties
	Elements []inputElement `json:"elements,omitempty"`
	Writes   []inputWrite   `json:"writes,omitempty"` // after the elements

	history *history
	drawn   [][]board.Point // Strokes, as a board takes them
}

// sharedTxn is what an author did who was told before of transactions that he lacked.
type sharedTxn struct {
	By      int     `json:"by"`
	Lacks   []int   `json:"lacks"`
	Patches []patch `json:"patches"`
}

// inputStroke has its points as x, y in board units and the pressure, 0 to 255.
// Packed, if there, are the same as differences, which a page would make that stores
// binary values.
type inputStroke struct {
	ID        string    `json:"id"`
	Color     int64     `json:"color"`
	Thickness float64   `json:"thickness"`
	Points    []float64 `json:"points"`
	Packed    []byte    `json:"packed,omitempty"`
}

type inputElement struct {
	id     string
	values []float64
}

func (e inputElement) MarshalJSON() ([]byte, error) {
	list := []any{e.id}
	for _, v := range e.values {
		list = append(list, v)
	}
	return json.Marshal(list)
}

// inputWrite sets a property of an element, by their indices.
type inputWrite struct {
	element, key int
	value        float64
}

func (w inputWrite) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{w.element, w.key, w.value})
}

func (p patch) MarshalJSON() ([]byte, error) { return json.Marshal([]any{p.at, p.remove, p.insert}) }

// textInput is a trace. Positions are given as they are to everybody, so that
// characters have to be one UTF-16 unit each, which is what JavaScript counts.
func textInput(t *trace) (*documentInput, error) {
	for _, x := range t.Txns {
		for _, p := range x.Patches {
			if !oneUnitEach(p.insert) {
				return nil, fmt.Errorf("%s: there are characters beyond U+FFFF, whose positions JavaScript counts otherwise", t.name)
			}
		}
	}
	if !oneUnitEach(t.StartContent) {
		return nil, fmt.Errorf("%s: there are characters beyond U+FFFF, whose positions JavaScript counts otherwise", t.name)
	}
	in := &documentInput{name: "text-" + t.name}
	if !t.concurrent() {
		in.Patches, in.End = t.patches(), t.EndContent
		return in, nil
	}
	h := newHistory(t.Txns)
	// Replicas as relays lease them: small numbers would be shorter.
	h.creator = writer
	for i := range h.authors {
		h.authors[i].replica = writer + board.Replica(i+1)<<32
	}
	in.Authors, in.Ends, in.history = len(h.authors), t.EndContent, h
	have := make([]vector, len(h.authors))
	for i, by := range h.by {
		before := vector(nil).with(h.past[i])
		before[by]--
		in.Txns = append(in.Txns, sharedTxn{By: by, Lacks: append([]int{}, h.missing(have[by], before)...), Patches: t.Txns[i].Patches})
		have[by] = h.past[i]
	}
	return in, nil
}

func oneUnitEach(s string) bool {
	for _, r := range s {
		if r > 0xffff {
			return false
		}
	}
	return utf8.ValidString(s)
}

// strokesInput are strokes of 50 points, each drawn in one transaction.
func strokesInput(n int, packed bool) *documentInput {
	in := &documentInput{name: "strokes" + inThousands(n), drawn: handwriting(rand.New(rand.NewPCG(3, 4)), n, strokePoints)}
	if packed {
		in.name += "-packed"
	}
	ids := rand.New(rand.NewPCG(5, 6))
	for i, drawn := range in.drawn {
		s := inputStroke{ID: elementName(ids), Color: int64(i%5) * 0x302010, Thickness: float64(2 + i%3)}
		var x, y int32
		for _, p := range drawn {
			s.Points = append(s.Points, float64(p.X)/board.PointsPerUnit, float64(p.Y)/board.PointsPerUnit, float64(p.Pressure))
			if packed {
				s.Packed = binary.AppendVarint(s.Packed, int64(p.X-x))
				s.Packed = binary.AppendVarint(s.Packed, int64(p.Y-y))
				s.Packed = append(s.Packed, p.Pressure)
				x, y = p.X, p.Y
			}
		}
		in.Strokes = append(in.Strokes, s)
	}
	return in
}

// elementsInput are elements of 16 properties, each made in one transaction, and then
// ten times as many transactions that write one property.
func elementsInput(n int) *documentInput {
	in := &documentInput{name: "elements" + inThousands(n)}
	rng := rand.New(rand.NewPCG(1, 2))
	value := func(k int) float64 {
		v := rng.IntN(8 * 2000)
		if lwwKeys[k].whole {
			return float64(v)
		}
		return float64(v) / 8
	}
	for k := range lwwKeys {
		in.Keys = append(in.Keys, propertyNames[k])
	}
	for range n {
		e := inputElement{id: elementName(rng)}
		for k := range lwwKeys {
			e.values = append(e.values, value(k))
		}
		in.Elements = append(in.Elements, e)
	}
	for range 10 * n {
		k := rng.IntN(len(lwwKeys))
		in.Writes = append(in.Writes, inputWrite{rng.IntN(n), k, value(k)})
	}
	return in
}

// propertyNames are the names of lwwKeys where properties have names.
var propertyNames = [len(lwwKeys)]string{
	"color", "thickness", "x", "y", "width", "height", "angle", "fill",
	"dash", "opacity", "fontSize", "align", "locked", "startX", "startY", "head",
}

// elementName is of ten characters, as pages draw them that must not meet: about as
// many bits as an ID of ours has.
func elementName(rng *rand.Rand) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	var name [10]byte
	for i := range name {
		name[i] = letters[rng.IntN(len(letters))]
	}
	return string(name[:])
}

func inThousands(n int) string {
	if n%1000 == 0 {
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n)
}

var errOtherText = errors.New("the text is not that of the trace at its end")

// verify reports what a board holds that is not what the input comes to.
func (in *documentInput) verify(b *board.Board) error {
	if len(in.Patches) > 0 {
		if onlyText(b) != in.End {
			return errOtherText
		}
		return nil
	}
	var want [][]float64
	for _, e := range in.Elements {
		want = append(want, append([]float64(nil), e.values...))
	}
	for _, w := range in.Writes {
		want[w.element][w.key] = w.value
	}
	i := 0
	for e := range b.Elements() {
		switch {
		case i < len(in.drawn):
			points := e.AppendPoints(nil)
			if len(points) != len(in.drawn[i]) || e.Float(board.KeyThickness, 0) != in.Strokes[i].Thickness || e.Int(board.KeyColor, -1) != in.Strokes[i].Color {
				return fmt.Errorf("stroke %d is not as it was drawn", i)
			}
			for k, p := range points {
				if p != in.drawn[i][k] {
					return fmt.Errorf("stroke %d is not as it was drawn", i)
				}
			}
		case i < len(want):
			for k, v := range want[i] {
				if got := e.Get(lwwKeys[k].key); got.Float() != v {
					return fmt.Errorf("%s of element %d is %v, want %v", propertyNames[k], i, got.Float(), v)
				}
			}
		}
		i++
	}
	if want := len(in.drawn) + len(want); len(in.Txns) == 0 && i != want {
		return fmt.Errorf("there are %d elements, want %d", i, want)
	}
	return nil
}

// onlyText is the text of a board's only element.
func onlyText(b *board.Board) string {
	for e := range b.Elements() {
		return e.Text()
	}
	return ""
}
