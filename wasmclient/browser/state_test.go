package browser

import (
	"strings"
	"testing"

	"edgeboard/shared/figure"
)

// What is offered makes sense for what is selected.
func TestMakesSense(t *testing.T) {
	for what, c := range map[string]struct {
		s       State
		yes, no string
	}{
		"nothing":            {State{}, "paste select-all grid snap keep-tool finger-draws zoom-fit shortcuts", "cut copy delete lock unlock front zoom-selection"},
		"one element":        {State{Selected: 1}, "cut copy copy-svg paste duplicate lock front flip-x delete zoom-selection", "group align-top ungroup unlock distribute-x select-all grid crop"},
		"two":                {State{Selected: 2}, "group align-left", "ungroup distribute-x"},
		"three in a group":   {State{Selected: 3, Grouped: true}, "ungroup distribute-y", "unlock"},
		"an image":           {State{Selected: 1, Image: true}, "crop duplicate", "group"},
		"a locked image":     {State{Selected: 1, Image: true, Locked: true}, "unlock", "crop"},
		"what is locked":     {State{Selected: 1, Locked: true}, "copy unlock", "cut paste delete front lock duplicate"},
		"something to watch": {State{Selected: 1, ViewOnly: true}, "copy copy-svg zoom-selection", "cut paste delete lock unlock front"},
		"a board to watch":   {State{ViewOnly: true}, "zoom-fit grid shortcuts", "paste select-all snap keep-tool finger-draws"},
	} {
		for command := range strings.FieldsSeq(c.yes) {
			if !makesSense(command, &c.s) {
				t.Errorf("%s: no %s", what, command)
			}
		}
		for command := range strings.FieldsSeq(c.no) {
			if makesSense(command, &c.s) {
				t.Errorf("%s: %s", what, command)
			}
		}
	}
}

// What the style panel shows as chosen is what a press of it would say.
func TestStyleValues(t *testing.T) {
	s := State{FontSize: 20, Style: figure.Style{
		Color: 0xe03131, Fill: 0x00ff0a, Filled: true, Thickness: 2.5, Dash: figure.Dashed, Opacity: 0.4, Align: figure.AlignEnd, Heads: figure.HeadAtEnd,
	}}
	want := map[string]string{
		StyleColor: "#e03131", StyleFill: "#00ff0a", StyleThickness: "2.5", StyleDash: "1",
		StyleOpacity: "0.4", StyleFont: "20", StyleAlign: "2", StyleHeads: "1",
	}
	for i, key := range styleKeys {
		if got := s.value(i); got != want[key] {
			t.Errorf("%s is %q, want %q", key, got, want[key])
		}
		if attributeOf(key) != 1<<i {
			t.Errorf("%s is attribute %b, want %b", key, attributeOf(key), 1<<i)
		}
	}
	s.Style.Filled = false
	if got := s.value(1); got != "none" {
		t.Errorf("what is not filled is filled with %q", got)
	}
	if attributeOf("order") != figure.HasOrder || attributeOf(StyleHeads) != figure.HasHeads {
		t.Error("attributes are not in the order of their keys")
	}
}

// A highlighter's thicknesses are called as a pen's are.
func TestBroad(t *testing.T) {
	for _, c := range []struct {
		s    State
		want bool
	}{
		{State{Tool: "highlighter", Style: figure.Style{Thickness: 4}}, true},
		{State{Tool: "pen", Style: figure.Style{Thickness: 24}}, false},
		{State{Tool: "select", Selected: 1, Style: figure.Style{Thickness: 24}}, true},
		{State{Tool: "select", Selected: 1, Style: figure.Style{Thickness: 16}}, false},
		{State{Tool: "select", Selected: 2, Style: figure.Style{Thickness: 24}, Mixed: figure.HasThickness}, false},
	} {
		if got := c.s.broad(); got != c.want {
			t.Errorf("%s, %d selected, %v wide, mixed %b: broad %v", c.s.Tool, c.s.Selected, c.s.Style.Thickness, c.s.Mixed, got)
		}
	}
	if got := broad("4"); got != "24" {
		t.Errorf("4 is %s for a highlighter", got)
	}
}

// What can be set by itself can be asked for by itself.
func TestSettings(t *testing.T) {
	for i, s := range []State{{KeepTool: true}, {Grid: true}, {Snap: true}, {FingerDraws: true}} {
		for j, name := range settings {
			if got := s.setting(j); got != (i == j) {
				t.Errorf("%s is %v, only %s is on", name, got, settings[i])
			}
		}
	}
}
