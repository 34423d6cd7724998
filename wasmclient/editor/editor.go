// Package editor turns what a person does into changes of the board and of the
// camera. It knows pointers, wheels and keys as plain values, not where they
// come from, and it draws nothing: what is to be seen besides the board it
// tells as Marks.
//
// A gesture belongs to the pointer, or the two fingers, that began it:
//
//	press     of the select tool: a click, or the beginning of one of the next three
//	move      of what is selected
//	marquee   selects what it touches
//	pan       the hand tool, the middle button, or any button while space is held
//	resize    by a handle; rotate by the one above; ends of a line by themselves
//	pen       one mouse, pen or finger with the pen or the highlighter
//	shape     with the tools that make something
//	erase     deletes what it touches
//	laser     shows the way of the pointer
//	remark    a click with the comment tool
//	pinch     two fingers: pan and zoom; it takes over from a finger
//
// While elements are moved about, a draft in package figure has them where the
// hand has them, for everybody to see; the document learns of it when the
// gesture is over, in one step of the history. A gesture of which somebody else
// deletes or locks an element goes on without it, and ends when none is left.
//
// Who may only look pans with any button, asks a tile for its last values by a click,
// and changes nothing; who may comment has the comment tool besides.
//
// Times are in milliseconds of the browser's clock.
package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Editor is the state of one person's hands. It belongs to one goroutine.
type Editor struct {
	figures *figure.Set
	doc     *board.Board
	history *board.History
	commit  func(update []byte)

	KeepTool    bool // the tool stays after something was made with it
	Grid        bool // places are whole steps of the grid
	Snap        bool // what is moved lines up with what is near
	FingerDraws bool // or pans
	Calm        bool // the camera does not move by itself, but is there at once
	// FrameTitle is what the titles of new frames begin with, before a number; "":
	// they have none.
	FrameTitle string

	tool       Tool
	camera     geom.Camera
	screen     geom.Point   // its width and height in CSS pixels
	flight     *flight      // nil: there is none
	trail      *geom.Camera // that the camera goes after; nil: none
	trailed    float64      // when it last did
	steered    uint64       // how often the person has moved the camera
	viewOnly   bool
	mayComment bool
	space      bool    // held
	gesture    gesture // nil: none is under way
	draft      *figure.Draft
	pointers   map[int]geom.Point // fingers that are down
	stylus     stylus
	hover      Pointer // the last sample of a pointer, which of a finger tells nothing
	menu       *geom.Point
	before     board.ID // the one element that was selected when the tool was taken
	remark     *Remark
	page       board.ID // that is shown
	cameras    map[board.ID]geom.Camera
	deleted    map[board.ID][]board.ID // what went with pages that this person has deleted
	author     author
	symbol     int64    // of the next stamp
	ballot     board.ID // the vote that the vote tool puts dots in
	spent      bool     // a dot was asked for, and there was none left
	values     board.ID // the tile whose last values are asked for

	selection []board.ID
	chosen    map[board.ID]bool // the same
	inside    board.ID          // the group that a double click went into
	next      looks             // of what is made next
	styling   bool              // between BeginStyle and EndStyle
	writing   *Writing
	cropped   *cropping // nil if nothing is being cropped
	turning   bool      // history is taken back or done again
	stale     bool      // the document has changed since refresh
	summary   summary
}

// New returns an Editor of the board that figures are of. commit is given each
// change that is to be sent. figures must hear of changes before Changed does.
func New(figures *figure.Set, commit func(update []byte)) *Editor {
	return &Editor{
		figures:     figures,
		doc:         figures.Doc(),
		history:     board.NewHistory(figures.Doc()),
		commit:      commit,
		Snap:        true,
		FingerDraws: true,
		tool:        Pen,
		camera:      geom.Camera{Zoom: 1},
		pointers:    map[int]geom.Point{},
		chosen:      map[board.ID]bool{},
		cameras:     map[board.ID]geom.Camera{},
		deleted:     map[board.ID][]board.ID{},
		symbol:      1,
		next:        newLooks(),
	}
}

// Changed tells of a change of the document, whoever made it. Nothing is written
// on the board meanwhile.
func (e *Editor) Changed(ev board.Event) {
	e.stale = true
	if w := e.Writing(); w != nil {
		w.Changed(ev)
	}
}

// refresh meets what the document has become: what is gone drops out of the
// selection and out of the gesture. Whatever looks at either comes by here first.
func (e *Editor) refresh() {
	if !e.stale {
		return
	}
	e.turned() // which may write what is under way
	e.stale = false
	e.summary.fresh = false
	e.dropGone()
	e.refreshCrop()
	if e.gesture != nil {
		e.gesture.refresh()
	}
}

// ViewOnly tells whether this person may only look. A stroke under way ends and
// stays; other gestures leave no trace.
func (e *Editor) ViewOnly(only bool) {
	if only && !e.viewOnly {
		e.quitWriting() // what is being composed would be refused
		e.quitCrop()
		e.release()
		e.choose(nil)
	}
	e.viewOnly = only
}

// pans reports whether the main button moves the board.
func (e *Editor) pans() bool { return e.space || e.viewOnly && !e.remarks() || e.tool == Hand }

// Space tells whether the space bar is held.
func (e *Editor) Space(held bool) { e.space = held }

// Gesture returns where the hand has elements, nil if it moves none: it is what
// others are shown until the document says it. What is cropped they see at the end.
func (e *Editor) Gesture() *figure.Draft {
	e.refresh()
	if e.cropped != nil {
		return nil
	}
	return e.draft
}

// Busy reports whether the person has something in hand, or writes.
func (e *Editor) Busy() bool { return e.gesture != nil || e.Writing() != nil }

// Menu returns where a long press or a right click has asked for a menu, in CSS
// pixels. It is told once.
func (e *Editor) Menu() (at geom.Point, ok bool) {
	if e.menu == nil {
		return geom.Point{}, false
	}
	at = *e.menu
	e.menu = nil
	return at, true
}

// create makes an element on the page that is shown, and returns its ID, or the
// zero ID when the board is full.
func (e *Editor) create(edit *board.Edit, kind board.Kind) board.ID {
	id := edit.Create(kind)
	e.putOnPage(edit, id)
	return id
}

// hand gives a change to be sent, if it is one.
func (e *Editor) hand(update []byte) {
	if update != nil {
		e.commit(update)
	}
}

// step writes something that is undone as a whole, and reports whether there was
// something to write.
func (e *Editor) step(write func(edit *board.Edit)) bool {
	e.pauseWriting()
	edit := e.history.Edit()
	write(edit)
	update := edit.Commit()
	e.hand(update)
	return update != nil
}
