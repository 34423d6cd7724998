package texts

import (
	"strings"
	"testing"
)

// What a list of languages leads to (RFC 4647, 3.4).
func TestChoose(t *testing.T) {
	for _, c := range []struct {
		accept string
		want   Language
		why    string
	}{
		{"", English, "nothing is wanted"},
		{"zh-CN", Chinese, "its own tag"},
		{"zh", Chinese, "the language alone"},
		{"ZH-Hans", Chinese, "case means nothing"},
		{"zh-Hans-CN-x-private", Chinese, "the end is cut off"},
		{"zh-TW", Chinese, "Chinese, as near as there is"},
		{"de-DE", English, "there is none"},
		{"de, zh", Chinese, "what there is of what is wanted"},
		{"en-GB, zh;q=0.9", English, "the first"},
		{"en;q=0.3, zh-CN;q=0.8", Chinese, "weight counts, not place"},
		{"zh;q=0.8, en;q=0.8", Chinese, "of equals the first"},
		{"zh;q=0, *", English, "what is not wanted"},
		{"*", English, "any"},
		{"zho", English, "another tag"},
		{"zh;q=x", English, "a weight that is none"},
		{"zh;q=7", English, "a weight that is none"},
		{"zh;q=NaN", English, "a weight that is none"},
		{" zh-CN ; q=1 ,en", Chinese, "spaces are allowed"},
		{"-", English, "no tag"},
		{"zh-", Chinese, "an end that is empty"},
		{strings.Repeat("de,", maxRanges) + "zh", English, "too many"},
	} {
		if got := Choose(c.accept); got != c.want {
			t.Errorf("%q: %s, want %s (%s)", c.accept, got.Tag(), c.want.Tag(), c.why)
		}
	}
}

func TestLanguages(t *testing.T) {
	for _, l := range Languages {
		if got, ok := Tagged(l.Tag()); got != l || !ok {
			t.Errorf("the tag %s is of %s", l.Tag(), got.Tag())
		}
		if d := l.Direction(); d != "ltr" && d != "rtl" || l.Name() == "" {
			t.Errorf("%s is called %q and goes %q", l.Tag(), l.Name(), d)
		}
	}
	if l, ok := Tagged("x-zh"); ok {
		t.Errorf("a private tag is of %s", l.Tag())
	}
}

func FuzzChoose(f *testing.F) {
	f.Add("zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7")
	f.Add("a-,-a;q=;,;;")
	f.Fuzz(func(t *testing.T, accept string) {
		Choose(accept) // ends, and does not panic
	})
}
