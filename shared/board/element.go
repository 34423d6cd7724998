package board

import (
	"iter"
	"math/bits"
	"slices"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// Kind says what an element is. Kinds that this version does not know are kept
// and passed on.
type Kind uint16

// The kinds of elements. Any of them may have a text: what a note says, a
// shape's label, a comment.
const (
	KindStroke    Kind = 1  // a line drawn by hand: points
	KindRectangle Kind = 2  // KeyX, KeyY, KeyWidth, KeyHeight, KeyAngle
	KindEllipse   Kind = 3  // in that box
	KindDiamond   Kind = 4  // in that box
	KindLine      Kind = 5  // from KeyX, KeyY by KeyWidth, KeyHeight, which may be negative
	KindArrow     Kind = 6  // the same; its ends may be bound: KeyStart, KeyEnd
	KindText      Kind = 7  // text at a place
	KindNote      Kind = 8  // a sticky note
	KindFrame     Kind = 9  // what others are in by KeyFrame
	KindImage     Kind = 10 // KeyBlob
	KindTile      Kind = 11 // live data: KeyFeed
	KindThread    Kind = 12 // comments, at a place or on an element: KeyParent
	KindComment   Kind = 13 // one comment of a thread: KeyParent
	KindPage      Kind = 14 // a page of the board, named by its text
	KindSettings  Kind = 15 // settings of the board
	KindStamp     Kind = 16 // a sign that somebody puts: KeySymbol, KeyAuthor; on an element: KeyStart
	KindTimer     Kind = 17 // counts down: KeyDuration, KeyTime, KeyElapsed
	KindVote      Kind = 18 // a question, its text, that is voted on by stamps with it as KeyParent: KeyLimit, KeyResolved
)

// Key names a property. Keys that this version does not know are kept and
// passed on.
type Key uint16

// The properties of elements. Lengths are in board units, angles in radians,
// clockwise.
const (
	KeyDeleted   Key = 1  // Int: 1 deleted
	KeyColor     Key = 2  // Int: 0xRRGGBB
	KeyThickness Key = 3  // Float: width of the line
	KeyOrder     Key = 4  // String: place among the others, see Between
	KeyX         Key = 5  // Float
	KeyY         Key = 6  // Float
	KeyWidth     Key = 7  // Float
	KeyHeight    Key = 8  // Float
	KeyAngle     Key = 9  // Float: turn about the middle
	KeyFill      Key = 10 // Int: 0xRRGGBB; none: not filled
	KeyDash      Key = 11 // Int: 0 solid, 1 dashed, 2 dotted
	KeyOpacity   Key = 12 // Float: 0 to 1
	KeyFontSize  Key = 13 // Float
	KeyAlign     Key = 14 // Int: 0 start, 1 middle, 2 end
	KeyGroup     Key = 15 // Ref: any ID that the members of a group share
	KeyLocked    Key = 16 // Int: 1 locked
	KeyFrame     Key = 17 // Ref: the frame it is in
	KeyPage      Key = 18 // Ref: the page it is on
	KeyParent    Key = 19 // Ref: what it belongs to
	KeyStart     Key = 20 // Ref: the element an arrow begins at, or a stamp is on
	KeyStartX    Key = 21 // Float: where on it, 0 to 1 of its box; of a thread, of its KeyParent
	KeyStartY    Key = 22 // Float
	KeyEnd       Key = 23 // Ref: the element an arrow ends at
	KeyEndX      Key = 24 // Float
	KeyEndY      Key = 25 // Float
	KeyBlob      Key = 26 // String: SHA-256 of an image, in hexadecimal
	KeyFeed      Key = 27 // String: names of feeds, one a line, or beginnings of names with * behind them
	KeyLink      Key = 28 // String: a URL
	KeyResolved  Key = 29 // Int: 1 a thread that is settled
	KeyAuthor    Key = 30 // String: who wrote a comment
	KeyTime      Key = 31 // Int: milliseconds since 1970; of a timer that runs, when it was started
	KeyHead      Key = 32 // Int: arrow heads, 0 none, 1 at the end, 2 at both

	KeySymbol      Key = 33 // Int: which sign a stamp is
	KeyDuration    Key = 34 // Int: of a timer, in milliseconds
	KeyElapsed     Key = 35 // Int: of that, in milliseconds, before KeyTime
	KeyLimit       Key = 36 // Int: votes that each person has
	KeyCropX       Key = 37 // Float: what is shown of an image, 0 to 1 of its sides
	KeyCropY       Key = 38 // Float
	KeyCropWidth   Key = 39 // Float
	KeyCropHeight  Key = 40 // Float
	KeyMedia       Key = 41 // String: the media type of KeyBlob
	KeyPixelWidth  Key = 42 // Int: how wide the image is, in its own pixels
	KeyPixelHeight Key = 43 // Int
	KeyMain        Key = 44 // Int: 1 the page of what has no KeyPage
	KeyPerson      Key = 45 // String: who KeyAuthor is, by a name that lasts
	KeyEdited      Key = 46 // Int: 1 a comment that was changed after it was written

	// Of a tile; package tile says what they mean.
	KeyChart    Key = 47 // Int: how it shows its feeds
	KeyUnit     Key = 48 // String: of its numbers
	KeyDecimals Key = 49 // Int: digits behind the point; less than 0: as few as are needed
	KeyMin      Key = 50 // Float: where an axis begins
	KeyMax      Key = 51 // Float: where it ends
	KeyWindow   Key = 52 // Int: milliseconds that are shown
	KeySteps    Key = 53 // String: thresholds and their colours
	KeyStale    Key = 54 // Int: milliseconds after which a value is stale; 0: never
	KeyBelow    Key = 55 // Int: 1 thresholds are reached from above
)

// Point is one sample of a stroke.
type Point = ink.Point

// PointsPerUnit is how many steps of Point.X and Point.Y make a board unit,
// which is one CSS pixel at a zoom of 100 %.
const PointsPerUnit = 8

// register is one last-writer-wins property.
type register struct {
	stamp stamp
	num   int64 // Int, bits of a Float, place of a string in Board.strings, or slot and number of a Ref
	seq   uint32
	key   Key
	typ   valueType
}

// run is a stretch of points that were written with consecutive sequence
// numbers: point first+i has number seq+i.
type run struct {
	first, n int
	seq      uint32
}

// Element is one drawn thing. It belongs to its board, changes with it, and is
// not to be used after it.
type Element struct {
	id        ID
	created   stamp
	registers []register // ascending by key
	keys      uint32     // which of the keys below 32 have one
	kind      Kind
	points    uint16    // in ink
	text      text.Text // or noText
	inkSeq    uint32    // number of the first point; the runs after it are in Board.runs
	ink       []byte    // blocks of points, see Board.append
	board     *Board
}

const noText text.Text = -1

// Element.points takes as many.
const _ = uint16(MaxPoints)

// ID returns the element's name.
func (e *Element) ID() ID { return e.id }

// Kind returns what the element is.
func (e *Element) Kind() Kind { return e.kind }

// Get returns the property key, or the zero Value.
func (e *Element) Get(key Key) Value {
	if i, ok := e.find(key); ok {
		return e.board.value(&e.registers[i])
	}
	return Value{}
}

// Int returns the number that the property key holds, or otherwise if it holds
// none.
func (e *Element) Int(key Key, otherwise int64) int64 {
	if v := e.Get(key); v.IsNumber() {
		return v.Int()
	}
	return otherwise
}

// Float returns the number that the property key holds, or otherwise if it
// holds none.
func (e *Element) Float(key Key, otherwise float64) float64 {
	if v := e.Get(key); v.IsNumber() {
		return v.Float()
	}
	return otherwise
}

// Deleted reports whether the element is deleted. It is kept, so that the
// deletion can be undone and late writes find it.
func (e *Element) Deleted() bool {
	i, ok := e.find(KeyDeleted)
	return ok && e.registers[i].typ == typeInt && e.registers[i].num != 0
}

// NumPoints returns the number of points of a stroke.
func (e *Element) NumPoints() int { return int(e.points) }

// AppendPoints appends the points of a stroke to dst. They are kept packed:
// who needs them often keeps what it gets.
func (e *Element) AppendPoints(dst []Point) []Point {
	dst = slices.Grow(dst, int(e.points))
	for b := e.ink; len(b) > 0; {
		n, rest, _ := wire.Uvarint(b)
		block, rest, _ := wire.Bytes(rest)
		dst, _ = ink.Parse(dst, nil, block, int(n)) // checked when it was applied
		b = rest
	}
	return dst
}

// Text returns the element's text.
func (e *Element) Text() string {
	if e.text == noText {
		return ""
	}
	return e.board.texts.String(e.text)
}

// find returns where the register of a key is, or belongs.
func (e *Element) find(key Key) (int, bool) {
	if key < 32 {
		return bits.OnesCount32(e.keys & (1<<key - 1)), e.keys>>key&1 != 0
	}
	return e.findHigh(key)
}

// findHigh is find for the other keys, which are few.
func (e *Element) findHigh(key Key) (int, bool) {
	i := bits.OnesCount32(e.keys)
	for i < len(e.registers) && e.registers[i].key < key {
		i++
	}
	return i, i < len(e.registers) && e.registers[i].key == key
}

// addRegister makes room for a register at the place that find has returned.
func (e *Element) addRegister(i int, key Key) *register {
	e.registers = slices.Insert(e.registers, i, register{key: key})
	if key < 32 {
		e.keys |= 1 << key
	}
	return &e.registers[i]
}

// Elements yields the elements that are not deleted, from the bottom one to the
// top one.
func (b *Board) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for _, e := range b.order {
			if !e.Deleted() && !yield(e) {
				return
			}
		}
	}
}

// AllElements yields the deleted elements too, at the places that they had.
func (b *Board) AllElements() iter.Seq[*Element] { return slices.Values(b.order) }

// Element returns the element of the given ID, deleted or not, or nil.
func (b *Board) Element(id ID) *Element {
	if s, ok := b.known(id.Replica); ok && id.Seq <= MaxSeq {
		return b.element(s, uint32(id.Seq))
	}
	return nil
}

// Len returns the number of elements that are not deleted.
func (b *Board) Len() int { return b.live }

// value returns what a register holds.
func (b *Board) value(r *register) Value {
	switch r.typ {
	case typeString:
		return String(b.strings[r.num])
	case typeRef:
		return Ref(ID{b.writers[r.num>>32].id, uint64(uint32(r.num))})
	}
	return Value{typ: r.typ, num: r.num}
}
