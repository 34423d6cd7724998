package wire

// Viewport is latest-wins traffic (R3): what a member sees of the board, and whose
// view it follows.
type Viewport struct {
	Member uint32 // 0 from a client: the relay fills it in
	// Seq numbers what the member says of it, see Newer; 0: it is not counted.
	Seq uint32
	// View is ViewSize numbers: x and y of the middle, width and height, in board
	// units. Empty: not said.
	View []float64
	// Page is the one it is on, at most one ID. Empty: the board's only one.
	Page []ID
	// Following is the member whose view this one follows; 0: nobody's.
	Following uint32
	// Presents says that the member shows the board to the others.
	Presents bool
}

// ViewSize is how many numbers a view has, if there is one.
const ViewSize = 4

func (*Viewport) Kind() Kind { return KindViewport }

func (m *Viewport) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Viewport) Parse(b []byte) error {
	if err := parseFields(b, m); err != nil {
		return err
	}
	return wholeView(m.View)
}

// Signal is told in order, and once: it is not stored, and not kept for those who
// come later.
type Signal struct {
	Member uint32 // 0 from a client: the relay fills it in
	What   uint32 // a SignalSummon or SignalReaction; others are ignored
	// View is ViewSize numbers, as in Viewport. A reaction's has no width and no
	// height: it is a place.
	View []float64
	Page []ID // as in Viewport
	// Symbol is which sign a reaction is, as of a stamp of the document.
	Symbol uint32
}

// What a Signal is.
const (
	SignalSummon   = 1 // the others are asked to look at View
	SignalReaction = 2 // a sign that is shown for a moment
)

func (*Signal) Kind() Kind { return KindSignal }

func (m *Signal) Append(b []byte) []byte { return appendFields(b, m) }

func (m *Signal) Parse(b []byte) error {
	if err := parseFields(b, m); err != nil {
		return err
	}
	return wholeView(m.View)
}

func wholeView(view []float64) error {
	if n := len(view); n != 0 && n != ViewSize {
		return ErrPart
	}
	return nil
}
