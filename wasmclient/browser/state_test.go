package browser

import "testing"

// What the style panel shows as chosen is what a press of it would say.
func TestStyleValues(t *testing.T) {
	s := Style{Color: 0xe03131, Fill: 0x00ff0a, Filled: true, Thickness: 2.5, Dash: 1, Opacity: 0.4, FontSize: 20, Align: 2, Heads: 1}
	for key, want := range map[string]string{
		StyleColor: "#e03131", StyleFill: "#00ff0a", StyleThickness: "2.5", StyleDash: "1",
		StyleOpacity: "0.4", StyleFont: "20", StyleAlign: "2", StyleHeads: "1",
	} {
		if got := s.value(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	s.Filled = false
	if got := s.value(StyleFill); got != "none" {
		t.Errorf("what is not filled is filled with %q", got)
	}
}

// A highlighter's thicknesses are called as a pen's are.
func TestBroad(t *testing.T) {
	for _, c := range []struct {
		s    State
		want bool
	}{
		{State{Tool: "highlighter", Style: Style{Thickness: 4}}, true},
		{State{Tool: "pen", Style: Style{Thickness: 24}}, false},
		{State{Tool: "select", Selected: 1, Style: Style{Thickness: 24}}, true},
		{State{Tool: "select", Selected: 1, Style: Style{Thickness: 16}}, false},
		{State{Tool: "select", Selected: 2, Style: Style{Thickness: 24}, Mixed: HasThickness}, false},
	} {
		if got := c.s.broad(); got != c.want {
			t.Errorf("%s, %d selected, %v wide, mixed %b: broad %v", c.s.Tool, c.s.Selected, c.s.Style.Thickness, c.s.Mixed, got)
		}
	}
}

func TestAttributeOf(t *testing.T) {
	for key, want := range map[string]Attributes{StyleColor: HasColor, StyleDash: HasDash, StyleOpacity: HasOpacity, StyleHeads: HasHeads, "order": HasOrder} {
		if got := attributeOf(key); got != want {
			t.Errorf("%s is attribute %b, want %b", key, got, want)
		}
	}
}
