package browser

import (
	"slices"
	"testing"
)

// A menu has what makes sense for what is selected, and every line has a name.
func TestMenu(t *testing.T) {
	names := Language(false).Names
	for what, c := range map[string]struct {
		s        State
		has, not []string
	}{
		"nothing":            {State{}, []string{"paste", "select-all", "grid", "snap", "finger-draws", "shortcuts"}, []string{"cut", "delete", "unlock"}},
		"one element":        {State{Selected: 1}, []string{"cut", "copy", "paste", "duplicate", "lock", "front", "delete"}, []string{"group", "ungroup", "unlock"}},
		"some":               {State{Selected: 3}, []string{"group"}, []string{"ungroup"}},
		"a group":            {State{Selected: 3, Grouped: true}, []string{"ungroup"}, nil},
		"what is locked":     {State{Selected: 1, Locked: true}, []string{"copy", "unlock"}, []string{"cut", "delete", "front", "lock"}},
		"something to watch": {State{Selected: 1, ViewOnly: true}, []string{"copy", "zoom-selection"}, []string{"cut", "paste", "delete", "lock", "front"}},
		"a board to watch":   {State{ViewOnly: true}, []string{"zoom-fit", "shortcuts"}, []string{"paste", "snap", "keep-tool", "finger-draws"}},
	} {
		var commands []string
		for i, item := range menuOf(&c.s, true) {
			commands = append(commands, item.command)
			if item.command != "" && names[item.command] == "" {
				t.Errorf("%s: %s has no name", what, item.command)
			}
			if item.command == "" && (i == 0 || commands[i-1] == "") {
				t.Errorf("%s: a line divides nothing", what)
			}
		}
		for _, command := range c.has {
			if !slices.Contains(commands, command) {
				t.Errorf("%s: no %s in %v", what, command, commands)
			}
		}
		for _, command := range c.not {
			if slices.Contains(commands, command) {
				t.Errorf("%s: %s in %v", what, command, commands)
			}
		}
	}
	for _, item := range boardMenu(&State{}, false) {
		if item.command == "finger-draws" {
			t.Error("who has no touch screen is asked about fingers")
		}
	}
}
