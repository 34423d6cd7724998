package editor

import "strings"

// keystroke is a key that asks for a command.
type keystroke struct {
	command Command
	mods    Mods
	key     string // KeyboardEvent.key, letters in lower case
	shown   bool   // on the sheet; the others are what a layout or a habit makes of it
}

// keystrokes are in the order of the sheet. Where a sign takes the shift key to
// type, the sign stands beside the key that it is on in most layouts.
var keystrokes = []keystroke{
	{"tool-select", 0, "v", true},
	{"tool-select", 0, "1", true},
	{"tool-hand", 0, "h", true},
	{"tool-pen", 0, "p", true},
	{"tool-pen", 0, "7", true},
	{"tool-pen", 0, "x", false},
	{"tool-highlighter", 0, "k", true},
	{"tool-highlighter", 0, "m", true},
	{"tool-eraser", 0, "e", true},
	{"tool-eraser", 0, "0", true},
	{"tool-rectangle", 0, "r", true},
	{"tool-rectangle", 0, "2", true},
	{"tool-diamond", 0, "d", true},
	{"tool-diamond", 0, "3", true},
	{"tool-ellipse", 0, "o", true},
	{"tool-ellipse", 0, "4", true},
	{"tool-arrow", 0, "a", true},
	{"tool-arrow", 0, "5", true},
	{"tool-line", 0, "l", true},
	{"tool-line", 0, "6", true},
	{"tool-text", 0, "t", true},
	{"tool-text", 0, "8", true},
	{"tool-note", 0, "n", true},
	{"tool-note", 0, "9", true},
	{"tool-frame", 0, "f", true},
	{"tool-tile", 0, "w", true},
	{"tool-comment", 0, "c", true},
	{"tool-stamp", 0, "s", true},
	{"tool-vote", 0, "b", true},
	{"tool-laser", 0, "i", true},
	{"picture-insert", 0, "u", true},
	{ToggleKeepTool, 0, "q", true},

	{Undo, Ctrl, "z", true},
	{Redo, Ctrl | Shift, "z", true},
	{Redo, Ctrl, "y", true},
	{Delete, 0, "Delete", true},
	{Delete, 0, "Backspace", true},
	{Duplicate, Ctrl, "d", true},
	{SelectAll, Ctrl, "a", true},
	{SelectNone, 0, "Escape", true},
	{EditText, 0, "Enter", true},
	{"find", Ctrl, "f", true},
	{"comments", Ctrl | Alt, "c", true},
	{"chat", Shift, "c", true},
	{"inbox", Shift, "n", true},
	{"link", Ctrl, "k", true},

	{Group, Ctrl, "g", true},
	{Ungroup, Ctrl | Shift, "g", true},
	{Lock, Ctrl | Shift, "l", true},
	{Forward, Ctrl, "]", true},
	{Backward, Ctrl, "[", true},
	{Front, Ctrl | Shift, "]", true},
	{Front, Ctrl | Shift, "}", false},
	{Back, Ctrl | Shift, "[", true},
	{Back, Ctrl | Shift, "{", false},
	{FlipX, Shift, "h", true},
	{FlipY, Shift, "v", true},

	{AlignLeft, Ctrl | Shift, "ArrowLeft", true},
	{AlignRight, Ctrl | Shift, "ArrowRight", true},
	{AlignTop, Ctrl | Shift, "ArrowUp", true},
	{AlignBottom, Ctrl | Shift, "ArrowDown", true},
	{NudgeLeft, 0, "ArrowLeft", true},
	{NudgeRight, 0, "ArrowRight", true},
	{NudgeUp, 0, "ArrowUp", true},
	{NudgeDown, 0, "ArrowDown", true},
	{NudgeLeftFar, Shift, "ArrowLeft", true},
	{NudgeRightFar, Shift, "ArrowRight", true},
	{NudgeUpFar, Shift, "ArrowUp", true},
	{NudgeDownFar, Shift, "ArrowDown", true},

	{ZoomIn, Ctrl, "+", true},
	{ZoomIn, Ctrl | Shift, "+", false},
	{ZoomIn, Ctrl, "=", false},
	{ZoomIn, 0, "+", false},
	{ZoomIn, Shift, "+", false},
	{ZoomIn, 0, "=", false},
	{ZoomOut, Ctrl, "-", true},
	{ZoomOut, 0, "-", false},
	{Zoom100, Ctrl, "0", true},
	{ZoomFit, Shift, "1", true},
	{ZoomFit, Shift, "!", false},
	{ZoomSelection, Shift, "2", true},
	{ZoomSelection, Shift, "@", false},
	{ZoomSelection, Shift, `"`, false},
	{PageNext, Alt, "PageDown", true},
	{PageNext, Ctrl, "PageDown", false},
	{PagePrevious, Alt, "PageUp", true},
	{PagePrevious, Ctrl, "PageUp", false},
	{"minimap", Shift, "m", true},
	{"present", Shift, "p", true},
	{ToggleGrid, 0, "g", true},
	{ToggleGrid, Ctrl, "'", false},
	{ToggleSnap, Alt, "s", true},

	{"templates", Shift, "t", true},
	{"settings", Ctrl, ",", true},
	{"history", Alt, "h", true},
}

// elsewhere are the commands that have keys here and are not the editor's: it is
// asked for all keys, so that no key means two things.
var elsewhere = []Command{
	"picture-insert",
	"chat",
	"comments",
	"find",
	"history",
	"inbox",
	"link",
	"minimap",
	"present",
	"settings",
	"templates",
}

// CommandOf returns the command of a key, by KeyboardEvent.key, and whether it
// has one.
func CommandOf(key string, m Mods) (Command, bool) {
	if len(key) == 1 { // what Caps Lock makes of it
		key = strings.ToLower(key)
	}
	for _, b := range keystrokes {
		if b.key == key && b.mods == m {
			return b.command, true
		}
	}
	return "", false
}

// Shortcut is a line of the sheet.
type Shortcut struct {
	Command Command
	Keys    []string // such as "Ctrl+Shift+G"
}

// Shortcuts returns the commands that have keys, in the order of the sheet.
func Shortcuts() []Shortcut {
	var list []Shortcut
	for _, b := range keystrokes {
		if !b.shown {
			continue
		}
		if n := len(list); n == 0 || list[n-1].Command != b.command {
			list = append(list, Shortcut{Command: b.command})
		}
		last := &list[len(list)-1]
		last.Keys = append(last.Keys, b.String())
	}
	return list
}

// String returns the key as the sheet has it.
func (b keystroke) String() string {
	s := ""
	if b.mods&Ctrl != 0 {
		s += "Ctrl+"
	}
	if b.mods&Alt != 0 {
		s += "Alt+"
	}
	if b.mods&Shift != 0 {
		s += "Shift+"
	}
	if len(b.key) == 1 {
		return s + strings.ToUpper(b.key)
	}
	return s + b.key
}
