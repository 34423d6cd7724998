package talk

import (
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

var people = []Name{{ada, "Ada Lovelace"}, {ben, "Ben"}, {wire.Person{3}, "李小龙"}, {wire.Person{4}, "Ben Ada"}, {wire.Person{5}, "Ben"}}

func TestComplete(t *testing.T) {
	for prefix, want := range map[string][]string{
		"a":      {"Ada Lovelace", "Ben Ada"},
		"BEN":    {"Ben", "Ben Ada", "Ben"},
		"ada lo": {"Ada Lovelace"},
		"love":   {"Ada Lovelace"},
		"李":      {"李小龙"},
		"x":      nil,
		"":       {"Ada Lovelace", "Ben", "李小龙", "Ben Ada", "Ben"},
	} {
		var got []string
		for _, n := range Complete(prefix, people) {
			got = append(got, n.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is completed to %q, want %q", prefix, got, want)
		}
	}
	if n := len(Complete("", slices.Repeat(people, 10))); n != maxComplete {
		t.Errorf("%d people are offered, want %d", n, maxComplete)
	}
}

// The caret is where | is.
func TestTyped(t *testing.T) {
	for draft, want := range map[string]string{
		"hi @A|":              "@A",
		"@|":                  "@",
		"@Ada Lo|ve":          "@Ada Lo",
		"@Ada and some more|": "",
		"mail@ex|":            "",
		"@ x|":                "",
		"你好@李|":               "@李",
		"@a\nb|":              "",
		"so :smi|":            ":smi",
		"so :s|":              "",
		"10:30|":              "",
		": a b|":              "",
		"|":                   "",
	} {
		before, after, _ := strings.Cut(draft, "|")
		sign, prefix, from := Typed(before+after, len(before))
		got := ""
		if sign != 0 {
			got = string(sign) + prefix
			if before[from:] != got {
				t.Errorf("%q: it begins at %d", draft, from)
			}
		}
		if got != want {
			t.Errorf("%q: %q is being typed, want %q", draft, got, want)
		}
	}
	if sign, _, _ := Typed("@a", 99); sign != '@' {
		t.Error("a caret behind the end is at the end")
	}
}

func TestMentions(t *testing.T) {
	draft := "@Ben, @Ben Ada and @Benno; a@Ben @李小龙你好 @Nobody"
	var got []string
	for _, m := range Mentions(draft, people) {
		got = append(got, draft[m.At:m.At+m.Length]+string(rune('0'+m.Person[0])))
	}
	if want := []string{"@Ben2", "@Ben Ada4", "@李小龙3"}; !slices.Equal(got, want) {
		t.Errorf("%q names %q, want %q", draft, got, want)
	}
	many := strings.Repeat("@Ben ", 100)
	list := Mentions(many, people)
	if len(list) != wire.MaxMentions || Check(&wire.Say{Text: many, Mentions: list}) != nil {
		t.Errorf("%d are named, want %d that a relay takes", len(list), wire.MaxMentions)
	}
}
