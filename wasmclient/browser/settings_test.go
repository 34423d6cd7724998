package browser

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What is remembered holds if it can be chosen.
func TestChosen(t *testing.T) {
	for _, c := range []struct{ name, remembered, want string }{
		{SettingTheme, "", "auto"}, {SettingTheme, "dark", "dark"}, {SettingTheme, "pink", "auto"},
		{SettingSounds, "", "true"}, {SettingSounds, "false", "false"},
	} {
		if got := chosen(c.name, c.remembered); got != c.want {
			t.Errorf("%s, of which %q is remembered, is %q, want %q", c.name, c.remembered, got, c.want)
		}
	}
}

// The dialog has each setting once, with each of its values.
func TestSettingsAreInTheDialog(t *testing.T) {
	page := readPage(t)
	for name, values := range choosable {
		m := regexp.MustCompile(`(?s)<(select|input type="checkbox") data-setting="`+name+`"(.*?)</label>`).FindAllStringSubmatch(page, -1)
		if len(m) != 1 {
			t.Errorf("%s is %d times in the dialog", name, len(m))
			continue
		}
		if slices.Contains(values, "true") != strings.HasPrefix(m[0][1], "input") {
			t.Errorf("%s is a %s", name, m[0][1])
		}
		for _, v := range values {
			if m[0][1] == "select" && !strings.Contains(m[0][2], `<option value="`+v+`">`) {
				t.Errorf("%s cannot be %s", name, v)
			}
		}
	}
	for _, name := range settings {
		if strings.Count(page, `data-toggle="`+name+`"`) != 1 {
			t.Errorf("%s is not once in the dialog", name)
		}
	}
}
