package browser

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"edgeboard/public/compose"
	"edgeboard/public/texts"
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

// A line of the sheet has the keys of all its commands.
func TestKeysOf(t *testing.T) {
	list := []Shortcut{{"undo", []string{"Ctrl+Z"}}, {"nudge-left", []string{"ArrowLeft"}}, {"nudge-right", []string{"ArrowRight"}}, {"grid", nil}}
	for _, c := range []struct{ commands, want []string }{
		{[]string{"undo"}, []string{"Ctrl+Z"}},
		{[]string{"nudge-left", "nudge-right", "nudge-up"}, []string{"ArrowLeft", "ArrowRight"}},
		{[]string{"grid"}, nil},
		{[]string{"unknown"}, nil},
	} {
		if got := keysOf(list, c.commands); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.commands, got, c.want)
		}
	}
}

func readPage(t *testing.T) string {
	page, err := compose.Page(os.DirFS("../../public"), texts.English)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// Every control of the page has a name.
func TestControlsHaveNames(t *testing.T) {
	page := readPage(t)
	buttons := regexp.MustCompile(`<button[^>]* data-(?:command|tool|zoom|color|fill|width|dash|font|align|heads)=.*</button>`).FindAllString(page, -1)
	if len(buttons) < 80 {
		t.Errorf("%d buttons were found", len(buttons))
	}
	for _, b := range buttons {
		if strings.Contains(b, `data-zoom="reset"`) {
			continue // it shows the zoom
		}
		if !regexp.MustCompile(`<span(?: class="name"[^>]*)?>[^<]+</span>`).MatchString(b) {
			t.Errorf("no name: %s", b)
		}
	}
}

// What the page itself answers is on its sheet too.
func TestOwnShortcutsAreShown(t *testing.T) {
	page := readPage(t)
	for _, s := range ownShortcuts {
		if !strings.Contains(page, `data-keys="`+s.Command+`"`) {
			t.Errorf("%s is not on the sheet", s.Command)
		}
	}
}
