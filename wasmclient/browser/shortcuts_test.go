package browser

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestKeyName(t *testing.T) {
	for _, c := range []struct{ keys, name, mac, aria string }{
		{"V", "V", "V", "V"},
		{"Ctrl+Shift+Z", "Ctrl+Shift+Z", "⌘⇧Z", "Control+Shift+Z"},
		{"Ctrl++", "Ctrl++", "⌘+", "Control+Plus"},
		{"+", "+", "+", "Plus"},
		{"Ctrl+-", "Ctrl+-", "⌘-", "Control+-"},
		{"Shift+ArrowLeft", "Shift+←", "⇧←", "Shift+ArrowLeft"},
		{"Escape", "Esc", "Esc", "Escape"},
		{"Alt+Delete", "Alt+Delete", "⌥⌦", "Alt+Delete"},
	} {
		if got := KeyName(c.keys, false); got != c.name {
			t.Errorf("%s is shown as %q, want %q", c.keys, got, c.name)
		}
		if got := KeyName(c.keys, true); got != c.mac {
			t.Errorf("%s is shown as %q on a Mac, want %q", c.keys, got, c.mac)
		}
		if got := ariaKeys(c.keys, false); got != c.aria {
			t.Errorf("%s is %q to screen readers, want %q", c.keys, got, c.aria)
		}
	}
	if got := ariaKeys("Ctrl+A", true); got != "Meta+A" {
		t.Errorf("Ctrl+A is %q to screen readers of a Mac", got)
	}
}

// The sheet has every shortcut in its group, ways of one thing on one line, and
// nothing that has no name.
func TestSheet(t *testing.T) {
	groups := Language(false).sheet([]Shortcut{
		{"tool-pen", []string{"P", "7"}},
		{"nudge-left", []string{"ArrowLeft"}}, {"nudge-right", []string{"ArrowRight"}},
		{"nudge-left-far", []string{"Shift+ArrowLeft"}},
		{"undo", []string{"Ctrl+Z"}},
		{"a-later-one", []string{"Ctrl+Q"}}, {"grid", nil},
		{"flip-x", []string{"Shift+H"}},
		{"shortcuts", []string{"?"}},
	})
	want := map[string][]Shortcut{
		"Tools":   {{"Pen", []string{"P", "7"}}},
		"View":    {{"Keyboard shortcuts", []string{"?"}}},
		"Edit":    {{"Undo", []string{"Ctrl+Z"}}},
		"Arrange": {{"Nudge", []string{"ArrowLeft", "ArrowRight"}}, {"Nudge further", []string{"Shift+ArrowLeft"}}, {"Flip horizontally", []string{"Shift+H"}}},
	}
	for _, g := range groups[:len(groups)-1] {
		if !reflect.DeepEqual(g.rows, want[g.name]) {
			t.Errorf("%s: %v, want %v", g.name, g.rows, want[g.name])
		}
		delete(want, g.name)
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
	if last := groups[len(groups)-1]; !reflect.DeepEqual(last.rows, Language(false).Held) {
		t.Errorf("the last group is %v", last)
	}
}

// What the page itself answers is on the sheet too.
func TestOwnShortcutsHaveNames(t *testing.T) {
	for _, s := range ownShortcuts {
		if Language(false).Names[s.Command] == "" {
			t.Errorf("%s has no name", s.Command)
		}
	}
}

// Every control of the page has a name, and every style that can be chosen.
func TestControlsHaveNames(t *testing.T) {
	page, err := os.ReadFile("../../public/index.html")
	if err != nil {
		t.Fatal(err)
	}
	texts := Language(false)
	for attribute, prefix := range map[string]string{"command": "", "tool": "tool-"} {
		found := regexp.MustCompile(`data-`+attribute+`="([^"]*)"`).FindAllStringSubmatch(string(page), -1)
		if len(found) == 0 {
			t.Errorf("the page has no data-%s", attribute)
		}
		for _, m := range found {
			if texts.Names[prefix+m[1]] == "" {
				t.Errorf("%s%s has no name", prefix, m[1])
			}
		}
	}
	for key, attribute := range map[string]string{
		StyleColor: "color", StyleFill: "fill", StyleThickness: "width", StyleDash: "dash",
		StyleFont: "font", StyleAlign: "align", StyleHeads: "heads",
	} {
		if n := strings.Count(string(page), "<button type=\"button\" data-"+attribute+"="); n != len(texts.Styles[key]) {
			t.Errorf("%d buttons for %s, %d names", n, key, len(texts.Styles[key]))
		}
	}
}
