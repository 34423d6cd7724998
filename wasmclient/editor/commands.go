package editor

import "strings"

// Command names something that a key, a button or a menu asks for. Besides the
// ones below there is "tool-" and the name of each tool.
type Command string

const (
	Undo           Command = "undo"
	Redo           Command = "redo"
	Delete         Command = "delete"
	Duplicate      Command = "duplicate"
	SelectAll      Command = "select-all"
	SelectNone     Command = "select-none" // also ends a gesture, and writing
	Group          Command = "group"
	Ungroup        Command = "ungroup"
	Lock           Command = "lock" // or unlocks, where all is locked
	Unlock         Command = "unlock"
	Forward        Command = "forward"
	Backward       Command = "backward"
	Front          Command = "front"
	Back           Command = "back"
	AlignLeft      Command = "align-left"
	AlignCenter    Command = "align-center"
	AlignRight     Command = "align-right"
	AlignTop       Command = "align-top"
	AlignMiddle    Command = "align-middle"
	AlignBottom    Command = "align-bottom"
	DistributeX    Command = "distribute-x"
	DistributeY    Command = "distribute-y"
	NudgeLeft      Command = "nudge-left"
	NudgeRight     Command = "nudge-right"
	NudgeUp        Command = "nudge-up"
	NudgeDown      Command = "nudge-down"
	NudgeLeftFar   Command = "nudge-left-far"
	NudgeRightFar  Command = "nudge-right-far"
	NudgeUpFar     Command = "nudge-up-far"
	NudgeDownFar   Command = "nudge-down-far"
	FlipX          Command = "flip-x"
	FlipY          Command = "flip-y"
	ZoomIn         Command = "zoom-in"
	ZoomOut        Command = "zoom-out"
	Zoom100        Command = "zoom-100"
	ZoomFit        Command = "zoom-fit"
	ZoomSelection  Command = "zoom-selection"
	ToggleGrid     Command = "grid"
	ToggleSnap     Command = "snap"
	EditText       Command = "edit" // also what an image shows, or the values of a tile
	Crop           Command = "crop" // or ends that
	ToggleKeepTool Command = "keep-tool"
	ToggleFingers  Command = "finger-draws"
	PageNext       Command = "page-next"
	PagePrevious   Command = "page-previous"
	PageAdd        Command = "page-add"
	InsertTimer    Command = "timer"
	InsertVote     Command = "vote"
)

// toolCommand begins the commands that take a tool.
const toolCommand = "tool-"

// How far a nudge moves, and a duplicate lies from what it is one of, in board
// units.
const (
	nudgeNear       = 1
	nudgeFar        = 10
	duplicateOffset = 20
)

// Do does what a command says. It reports whether there was something to do: a
// key that does nothing here may mean something elsewhere.
func (e *Editor) Do(c Command) bool {
	e.refresh()
	if do, ok := anytime[c]; ok {
		return do(e)
	}
	// What a hand holds is left alone.
	if e.gesture != nil {
		return false
	}
	if name, ok := strings.CutPrefix(string(c), toolCommand); ok {
		t, known := ParseTool(name)
		if !known || e.viewOnly && t != Hand && (t != Comment || !e.mayComment) {
			return false
		}
		if t == Vote {
			return e.voteAgain()
		}
		e.Use(t)
		return true
	}
	if c == EditText && e.viewOnly {
		if e.remarks() {
			return e.put()
		}
		return e.lookUpSelected()
	}
	if do, ok := changing[c]; ok && !e.viewOnly {
		if e.cropped != nil {
			e.EndCrop()
			if c == EditText || c == Crop {
				return true
			}
		}
		e.EndStyle()
		return do(e)
	}
	return false
}

// anytime is what can be done in the middle of a gesture, and by who may only
// look.
var anytime = map[Command]func(e *Editor) bool{
	SelectNone:     (*Editor).escape,
	ZoomIn:         func(e *Editor) bool { return e.zoomTo(e.camera.Zoom * zoomStep) },
	ZoomOut:        func(e *Editor) bool { return e.zoomTo(e.camera.Zoom / zoomStep) },
	Zoom100:        func(e *Editor) bool { return e.zoomTo(1) },
	ZoomFit:        func(e *Editor) bool { return e.fit(e.figures.Bounds()) },
	ZoomSelection:  func(e *Editor) bool { return e.fit(e.bounds(e.selected())) },
	ToggleGrid:     func(e *Editor) bool { e.Grid = !e.Grid; return true },
	ToggleSnap:     func(e *Editor) bool { e.Snap = !e.Snap; return true },
	ToggleKeepTool: func(e *Editor) bool { e.KeepTool = !e.KeepTool; return true },
	ToggleFingers:  func(e *Editor) bool { e.FingerDraws = !e.FingerDraws; return true },
	PageNext:       func(e *Editor) bool { return e.turnPage(1) },
	PagePrevious:   func(e *Editor) bool { return e.turnPage(-1) },
}

// changing is what changes the document or the selection.
var changing = map[Command]func(e *Editor) bool{
	Undo:          func(e *Editor) bool { return e.turnBack(e.history.CanUndo, e.history.Undo) },
	Redo:          func(e *Editor) bool { return e.turnBack(e.history.CanRedo, e.history.Redo) },
	Delete:        func(e *Editor) bool { return e.remove(e.free()) },
	Duplicate:     func(e *Editor) bool { return e.duplicate(e.besides()) },
	SelectAll:     (*Editor).selectAll,
	Group:         (*Editor).group,
	Ungroup:       (*Editor).ungroup,
	Lock:          (*Editor).lock,
	Unlock:        (*Editor).unlock,
	Forward:       func(e *Editor) bool { return e.shift(true) },
	Backward:      func(e *Editor) bool { return e.shift(false) },
	Front:         (*Editor).toFront,
	Back:          (*Editor).toBack,
	AlignLeft:     func(e *Editor) bool { return e.align(0, -1) },
	AlignCenter:   func(e *Editor) bool { return e.align(0.5, -1) },
	AlignRight:    func(e *Editor) bool { return e.align(1, -1) },
	AlignTop:      func(e *Editor) bool { return e.align(-1, 0) },
	AlignMiddle:   func(e *Editor) bool { return e.align(-1, 0.5) },
	AlignBottom:   func(e *Editor) bool { return e.align(-1, 1) },
	DistributeX:   func(e *Editor) bool { return e.distribute(alongX) },
	DistributeY:   func(e *Editor) bool { return e.distribute(alongY) },
	NudgeLeft:     func(e *Editor) bool { return e.nudge(-nudgeNear, 0) },
	NudgeRight:    func(e *Editor) bool { return e.nudge(nudgeNear, 0) },
	NudgeUp:       func(e *Editor) bool { return e.nudge(0, -nudgeNear) },
	NudgeDown:     func(e *Editor) bool { return e.nudge(0, nudgeNear) },
	NudgeLeftFar:  func(e *Editor) bool { return e.nudge(-nudgeFar, 0) },
	NudgeRightFar: func(e *Editor) bool { return e.nudge(nudgeFar, 0) },
	NudgeUpFar:    func(e *Editor) bool { return e.nudge(0, -nudgeFar) },
	NudgeDownFar:  func(e *Editor) bool { return e.nudge(0, nudgeFar) },
	FlipX:         func(e *Editor) bool { return e.flip(-1, 1) },
	FlipY:         func(e *Editor) bool { return e.flip(1, -1) },
	EditText:      (*Editor).editText,
	Crop:          (*Editor).crop,
	PageAdd:       (*Editor).AddPage,
	InsertTimer:   (*Editor).insertTimer,
	InsertVote:    (*Editor).insertVote,
}

// escape ends what is under way without a trace, or else the writing, or else
// drops the selection, or else the tool.
func (e *Editor) escape() bool {
	switch {
	case e.gesture != nil:
		e.abandon()
	case e.cropped != nil:
		e.quitCrop()
	case e.Writing() != nil:
		e.EndWriting()
	case len(e.selection) > 0:
		e.choose(nil)
	case e.tool != Select && (!e.viewOnly || e.remarks()):
		e.Use(Select)
	default:
		return false
	}
	return true
}

// turnBack undoes or redoes a step. In the middle of writing that is a burst of
// typing.
func (e *Editor) turnBack(can func() bool, do func() []byte) bool {
	if !can() {
		return false
	}
	e.hand(e.turn(do))
	e.stale = true
	e.refresh()
	return true
}

// editText begins to write in what is selected, or asks for the values of a tile. With a tool that puts something on the
// board, and nothing selected, it does that.
func (e *Editor) editText() bool {
	if len(e.selection) == 0 {
		return e.put()
	}
	list := e.free()
	if len(list) == 1 && list[0].Picture != nil {
		return e.crop()
	}
	if e.lookUpSelected() {
		return true
	}
	if len(list) != 1 || !writable(list[0]) {
		return false
	}
	e.Write(list[0].ID())
	return true
}
