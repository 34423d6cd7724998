package browser

// menuItem is a line of a menu. One without a command is a line between others.
type menuItem struct {
	command string
	setting bool // it can be on or off
	on      bool
}

// menuOf returns the menu of what is selected.
func menuOf(s *State, touch bool) []menuItem {
	if s.Selected == 0 {
		return boardMenu(s, touch)
	}
	do := func(commands ...string) (items []menuItem) {
		for _, c := range commands {
			items = append(items, menuItem{command: c})
		}
		return items
	}
	if s.ViewOnly {
		return do("copy", "copy-svg", "", "zoom-selection")
	}
	if s.Locked {
		return do("copy", "copy-svg", "", "unlock")
	}
	items := do("cut", "copy", "paste", "copy-svg", "", "duplicate")
	if s.Selected > 1 {
		items = append(items, do("group")...)
	}
	if s.Grouped {
		items = append(items, do("ungroup")...)
	}
	return append(items, do("lock", "", "front", "forward", "backward", "back", "", "delete")...)
}

// boardMenu returns the menu of the board as a whole. Where people touch it they
// can say what a finger does.
func boardMenu(s *State, touch bool) []menuItem {
	grid := menuItem{command: "grid", setting: true, on: s.Grid}
	if s.ViewOnly {
		return []menuItem{grid, {}, {command: "zoom-fit"}, {command: "shortcuts"}}
	}
	items := []menuItem{
		{command: "paste"}, {command: "select-all"}, {},
		grid,
		{command: "snap", setting: true, on: s.Snap},
		{command: "keep-tool", setting: true, on: s.KeepTool},
	}
	if touch {
		items = append(items, menuItem{command: "finger-draws", setting: true, on: s.FingerDraws})
	}
	return append(items, menuItem{}, menuItem{command: "zoom-fit"}, menuItem{command: "shortcuts"})
}
