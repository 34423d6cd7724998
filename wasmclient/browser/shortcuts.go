package browser

import (
	"slices"
	"strings"
)

// ownShortcuts are those that the page itself answers.
var ownShortcuts = []Shortcut{
	{"cut", []string{"Ctrl+X"}}, {"copy", []string{"Ctrl+C"}}, {"paste", []string{"Ctrl+V"}},
	{"menu", []string{"Shift+F10"}}, {"shortcuts", []string{"?"}},
}

// sheetGroup is a part of the sheet of shortcuts.
type sheetGroup struct {
	name string
	rows []Shortcut // Command is the command's name in words
}

// sheet returns what the sheet of shortcuts shows: those of the tools, of the
// view, of editing, of arranging, and what pointers do with keys held.
func (t *Texts) sheet(shortcuts []Shortcut) []sheetGroup {
	groups := make([]sheetGroup, len(t.SheetGroups))
	for i, name := range t.SheetGroups {
		groups[i].name = name
	}
	last := len(groups) - 1
	groups[last].rows = slices.Clone(t.Held)
	for _, s := range shortcuts {
		// Four ways are one line.
		command := s.Command
		if rest, ok := strings.CutPrefix(command, "nudge-"); ok {
			command = "nudge"
			if strings.HasSuffix(rest, "-far") {
				command = "nudge-far"
			}
		}
		name := t.Names[command]
		if name == "" || len(s.Keys) == 0 {
			continue
		}
		g := &groups[sheetGroupOf(command)]
		if i := slices.IndexFunc(g.rows, func(r Shortcut) bool { return r.Command == name }); i >= 0 {
			g.rows[i].Keys = append(slices.Clip(g.rows[i].Keys), s.Keys...)
			continue
		}
		g.rows = append(g.rows, Shortcut{name, s.Keys})
	}
	return slices.DeleteFunc(groups, func(g sheetGroup) bool { return len(g.rows) == 0 })
}

// sheetGroupOf returns the group in which a command is shown, by its place in
// Texts.SheetGroups.
func sheetGroupOf(command string) int {
	stem, _, _ := strings.Cut(command, "-")
	switch stem {
	case "tool", "keep":
		return 0
	case "zoom", "grid", "snap", "menu", "shortcuts":
		return 1
	case "group", "ungroup", "lock", "unlock", "forward", "backward", "front", "back", "align", "distribute", "flip", "nudge":
		return 3
	}
	return 2
}
