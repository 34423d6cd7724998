package editor

import "edgeboard/shared/board"

// Tool is what the main button does.
type Tool uint8

const (
	Select Tool = iota
	Hand
	Pen
	Highlighter
	Eraser
	Rectangle
	Ellipse
	Diamond
	Line
	Arrow
	Text
	Note
	Frame
	Tile    // of live data
	Comment // asks what is to be said, see Editor.Remark
	Stamp   // puts a sign
	Vote    // puts dots, see Editor.VoteIn
	Laser
	tools // how many there are
)

var toolNames = [tools]string{"select", "hand", "pen", "highlighter", "eraser", "rectangle", "ellipse", "diamond", "line", "arrow", "text", "note", "frame", "tile", "comment", "stamp", "vote", "laser"}

// String returns the tool's name, as commands and panels have it.
func (t Tool) String() string {
	if t >= tools {
		return ""
	}
	return toolNames[t]
}

// ParseTool returns the tool of a name, and whether there is one.
func ParseTool(name string) (Tool, bool) {
	for t, n := range toolNames {
		if n == name {
			return Tool(t), true
		}
	}
	return Select, false
}

// Tool returns the tool in hand.
func (e *Editor) Tool() Tool { return e.tool }

// Use takes a tool. A tool that makes something begins with nothing selected.
func (e *Editor) Use(t Tool) {
	if t >= tools || t == e.tool {
		return
	}
	e.EndWriting()
	e.EndCrop()
	e.before = board.ID{}
	if len(e.selection) == 1 {
		e.before = e.selection[0]
	}
	e.tool = t
	if t != Select && t != Hand {
		e.choose(nil)
	}
	e.summary.fresh = false
}

// finished goes back to selecting when something was made, unless the person
// wants to make more of it.
func (e *Editor) finished() {
	if !e.KeepTool {
		e.tool = Select
		e.summary.fresh = false
	}
}
