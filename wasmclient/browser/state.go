package browser

import (
	"strconv"

	"edgeboard/shared/figure"
)

// State is what the panels show of the editor: the tool, what the style panel
// offers, and which commands make sense. Showing the same again costs a
// comparison.
type State struct {
	Tool             string // "select", "hand", "pen" and so on, as in the command "tool-pen"
	KeepTool         bool   // the tool stays when an element was made
	Grid, Snap       bool
	FingerDraws      bool // one finger draws; otherwise it moves the board
	ViewOnly         bool
	CanUndo, CanRedo bool
	Selected         int               // how many elements
	Locked           bool              // the selection is
	Grouped          bool              // in the selection is a group
	Writing          bool              // a text is being edited
	Image            bool              // the selection is one image
	Tile             bool              // the selection is one tile of live data
	Unsent           bool              // which the relay does not take
	Has              figure.Attributes // what the style panel offers
	Mixed            figure.Attributes // what the selected elements do not agree in
	Style            figure.Style      // of the selection; if there is none, of what is made next
	FontSize         float64           // goes with Style, in board units
}

// Keys of Panels.Style, and their values:
//
//	color      "#rrggbb"
//	fill       "#rrggbb" or "none"
//	thickness  a number, in board units
//	dash       "0", "1", "2", of figure.Dash
//	opacity    a number from 0 to 1
//	font       a number, in board units
//	align      "0", "1", "2", of figure.Align
//	heads      "0", "1", "2", of figure.Heads
const (
	StyleColor     = "color"
	StyleFill      = "fill"
	StyleThickness = "thickness"
	StyleDash      = "dash"
	StyleOpacity   = "opacity"
	StyleFont      = "font"
	StyleAlign     = "align"
	StyleHeads     = "heads"
)

// styleKeys are in the order of figure.Attributes.
var styleKeys = [...]string{StyleColor, StyleFill, StyleThickness, StyleDash, StyleOpacity, StyleFont, StyleAlign, StyleHeads}

// attributeOf returns the attribute of a key of Panels.Style, or HasOrder.
func attributeOf(key string) figure.Attributes {
	for i, k := range styleKeys {
		if k == key {
			return 1 << i
		}
	}
	return figure.HasOrder
}

// broader is how much broader than a pen a highlighter is, of the same name.
const broader = 6

// broad returns a pen's thickness as a highlighter has it.
func broad(thickness string) string {
	t, _ := strconv.ParseFloat(thickness, 64)
	return decimal(t * broader)
}

// broad reports whether the thickness is one of a highlighter.
func (s *State) broad() bool {
	if s.Selected == 0 {
		return s.Tool == "highlighter"
	}
	switch s.Style.Thickness / broader {
	case 2, 4, 8, 16: // those that can be chosen
		return s.Mixed&figure.HasThickness == 0
	}
	return false
}

// makesSense reports whether a command does something that concerns the
// selection, or the board as a whole if there is none.
func makesSense(command string, s *State) bool {
	free := s.Selected > 0 && !s.Locked && !s.ViewOnly
	switch command {
	case "copy", "copy-svg":
		return s.Selected > 0
	case "unlock":
		return s.Locked && !s.ViewOnly
	case "group", "align-left", "align-center", "align-right", "align-top", "align-middle", "align-bottom":
		return free && s.Selected > 1
	case "crop":
		return free && s.Image
	case "ungroup":
		return free && s.Grouped
	case "distribute-x", "distribute-y":
		return free && s.Selected > 2
	case "paste":
		return !s.ViewOnly && !s.Locked
	case "picture-insert", "import", "templates":
		return s.Selected == 0 && !s.ViewOnly
	case "export":
		return true
	case "picture-describe":
		return free && s.Image
	case "picture-retry":
		return free && s.Unsent
	case "tile-setup":
		return free && s.Tile
	case "tile-values":
		return s.Tile
	case "select-all", "timer", "vote", "tool-tile", "page-add", "snap", "keep-tool", "finger-draws":
		return s.Selected == 0 && !s.ViewOnly
	case "find", "comments", "chat", "inbox":
		return s.Selected == 0
	case "link":
		return free && s.Selected == 1
	case "copy-link":
		return s.Selected == 1
	case "zoom-fit", "grid", "install", "settings", "shortcuts", "help", "history", "present", "minimap":
		return s.Selected == 0
	case "zoom-selection":
		return s.Selected > 0
	}
	return free
}

// settings are the commands that turn what this device remembers of a State.
var settings = [...]string{"keep-tool", "grid", "snap", "finger-draws"}

// setting reports whether a setting is on.
func (s *State) setting(i int) bool {
	return [...]bool{s.KeepTool, s.Grid, s.Snap, s.FingerDraws}[i]
}

// Shortcut is the keys of a command, as "V", "Ctrl+G" or "Shift+1"; Ctrl is
// shown as a Mac has it. The first is shown beside the command.
type Shortcut struct {
	Command string
	Keys    []string
}

// value returns what Panels.Style would be called with for the style that is shown,
// of the attribute at a place of styleKeys.
func (s *State) value(attribute int) string {
	y := &s.Style
	switch styleKeys[attribute] {
	case StyleColor:
		return Hex(y.Color)
	case StyleFill:
		if !y.Filled {
			return "none"
		}
		return Hex(y.Fill)
	}
	return decimal([...]float64{y.Thickness, float64(y.Dash), y.Opacity, s.FontSize, float64(y.Align), float64(y.Heads)}[attribute-2])
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Hex writes a colour, 0xRRGGBB, as CSS does.
func Hex(color uint32) string {
	const digits = "0123456789abcdef"
	b := []byte("#000000")
	for i := 6; i > 0; i-- {
		b[i] = digits[color&15]
		color >>= 4
	}
	return string(b)
}
