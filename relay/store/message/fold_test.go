package message_test

import (
	"strings"
	"testing"

	"edgeboard/relay/store/message"
)

func TestFold(t *testing.T) {
	for _, c := range []struct {
		text, find string
		holds      bool
	}{
		{"At the Café", "at the cafe", true},
		{"at the cafe\u0301", "CAFÉ", true},
		{"at the cafe", "the café", true},
		{"STRASSE", "straße", false},
		{"µ and μ and Μ", "μ AND µ and M", false},
		{"µ and μ", "μ AND µ", true},
		{"one\x00two", "one two", true},
		{"明天 9 点", "天 9", true},
		{"\xff broken", "broken", true},
		{"one two", "two one", false},
	} {
		if got := strings.Contains(message.Fold(c.text), message.Fold(c.find)); got != c.holds {
			t.Errorf("%q holds %q: %v, want %v", c.text, c.find, got, c.holds)
		}
	}
}
