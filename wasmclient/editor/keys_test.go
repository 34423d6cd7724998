package editor

import (
	"slices"
	"testing"
)

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		key  string
		mods Mods
		want Command
	}{
		{"v", 0, "tool-select"}, {"V", 0, "tool-select"}, {"V", Shift, FlipY}, {"0", 0, "tool-eraser"},
		{"0", Ctrl, Zoom100}, {"z", Ctrl, Undo}, {"Z", Ctrl | Shift, Redo}, {"y", Ctrl, Redo},
		{"{", Ctrl | Shift, Back}, {"]", Ctrl, Forward}, {"ArrowLeft", 0, NudgeLeft}, {"ArrowLeft", Shift, NudgeLeftFar},
		{"Backspace", 0, Delete}, {"!", Shift, ZoomFit}, {"g", 0, ToggleGrid}, {"g", Ctrl, Group}, {"Escape", 0, SelectNone},
	} {
		if got, ok := CommandOf(c.key, c.mods); !ok || got != c.want {
			t.Errorf("%q with %v: %q, %v, want %q", c.key, c.mods, got, ok, c.want)
		}
	}
	for _, key := range []string{"", "v\x00", "世", "F5", "Shift"} {
		if c, ok := CommandOf(key, 0); ok {
			t.Errorf("%q means %q", key, c)
		}
	}
	if c, ok := CommandOf("v", Ctrl); ok {
		t.Errorf("Ctrl+V means %q: the clipboard is the browser's", c)
	}
}

// No key means two things, and every command that a key has is known.
func TestKeystrokes(t *testing.T) {
	type key struct {
		key  string
		mods Mods
	}
	seen := map[key]bool{}
	for _, k := range keystrokes {
		if seen[key{k.key, k.mods}] {
			t.Errorf("%v is there twice", k)
		}
		seen[key{k.key, k.mods}] = true
		_, always := anytime[k.command]
		_, sometimes := changing[k.command]
		tool, isTool := ParseTool(string(k.command[min(len(toolCommand), len(k.command)):]))
		if !always && !sometimes && !isTool && !slices.Contains(elsewhere, k.command) {
			t.Errorf("%v asks for %q, which nobody knows", k, k.command)
		}
		if isTool && !always && !sometimes && string(k.command) != toolCommand+tool.String() {
			t.Errorf("%q is not the command of %v", k.command, tool)
		}
	}
	for tool := range tools {
		if !slices.ContainsFunc(keystrokes, func(k keystroke) bool { return string(k.command) == toolCommand+tool.String() }) {
			t.Errorf("%v has no key", tool)
		}
	}
}

// The sheet has each command once, with its keys.
func TestShortcuts(t *testing.T) {
	seen := map[Command][]string{}
	for _, s := range Shortcuts() {
		if seen[s.Command] != nil || len(s.Keys) == 0 {
			t.Errorf("%q is on the sheet with %v and %v", s.Command, seen[s.Command], s.Keys)
		}
		seen[s.Command] = s.Keys
	}
	if got := seen[Redo]; !slices.Equal(got, []string{"Ctrl+Shift+Z", "Ctrl+Y"}) {
		t.Errorf("redo has the keys %q", got)
	}
}

// Commands that nobody knows do nothing.
func TestUnknownCommands(t *testing.T) {
	h := newDesk(t)
	for _, c := range []Command{"", "tool-", "tool-chainsaw", "undo "} {
		if h.e.Do(c) {
			t.Errorf("%q has done something", c)
		}
	}
	h.do(InsertVote) // without one there is nothing to vote in
	for tool := range tools {
		h.do(toolCommand + Command(tool.String()))
		if h.e.Tool() != tool {
			t.Errorf("in hand is %v, want %v", h.e.Tool(), tool)
		}
	}
	if _, ok := ParseTool(tools.String()); ok {
		t.Error("there is a tool beyond the last")
	}
}

// The cursor tells what a press would do.
func TestCursor(t *testing.T) {
	h := newDesk(t)
	h.filled(100, 100, 100, 100)
	want := func(when, cursor string) {
		t.Helper()
		if got := h.e.Cursor(); got != cursor {
			t.Errorf("%s: %q, want %q", when, got, cursor)
		}
	}
	h.move(mouse(500, 500))
	want("over nothing", "default")
	h.move(mouse(150, 150))
	want("over an element", "move")
	h.click(0, 150, 150, 1)
	h.move(mouse(200, 200))
	want("over a corner", "nwse-resize")
	h.move(mouse(100, 200))
	want("over another", "nesw-resize")
	h.move(mouse(150, 100))
	want("over the upper side", "ns-resize")
	h.move(mouse(200, 150))
	want("over the right side", "ew-resize")
	h.move(mouse(150, 100-rotateAway))
	want("over the handle that turns", "grab")
	h.e.Space(true)
	want("with space", "grab")
	h.down(mouse(150, 150))
	want("panning", "grabbing")
	h.up(mouse(150, 150))
	h.e.Space(false)
	h.e.Use(Text)
	want("a text", "text")
	h.e.Use(Pen)
	want("a pen", "crosshair")
	h.e.ViewOnly(true)
	want("who may only look", "grab")
}
