package talk

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

var ada, ben = wire.Person{1}, wire.Person{2}

// show writes blocks in a form that tests compare: spans in braces that say what they
// are, unless they are nothing but text.
func show(blocks []Block) string {
	var b strings.Builder
	for _, k := range blocks {
		switch k.Kind {
		case Code:
			fmt.Fprintf(&b, "code(%s)", k.Text)
		case Quote:
			fmt.Fprintf(&b, "quote(%s)", show(k.Blocks))
		case List:
			fmt.Fprintf(&b, "list(%s)", showLines(k.Lines))
		default:
			fmt.Fprintf(&b, "p(%s)", showLines(k.Lines))
		}
	}
	return b.String()
}

func showLines(lines []Line) string {
	var list []string
	for _, l := range lines {
		line := ""
		for _, s := range l {
			what := ""
			for bit, letter := range map[Style]string{Bold: "b", Italic: "i", Struck: "s", Mono: "m"} {
				if s.Style&bit != 0 {
					what += letter
				}
			}
			letters := []byte(what)
			slices.Sort(letters)
			what = string(letters)
			if s.Link != "" {
				what += "→" + s.Link
			}
			if s.Mention != (wire.Person{}) {
				what += fmt.Sprintf("@%d", s.Mention[0])
			}
			if what == "" {
				line += s.Text
			} else {
				line += "{" + what + " " + s.Text + "}"
			}
		}
		list = append(list, line)
	}
	return strings.Join(list, "|")
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ why, text, want string }{
		{"nothing", "", ""},
		{"blank lines alone", " \n\t\n", ""},
		{"two lines are one paragraph", "one\ntwo", "p(one|two)"},
		{"a blank line parts them", "one\n\n\ntwo", "p(one)p(two)"},
		{"line ends of other systems", "one\r\ntwo\rthree", "p(one|two|three)"},

		{"the styles", "*a* _b_ **c** __d__ ~~e~~ `f`", "p({i a} {i b} {b c} {b d} {s e} {m f})"},
		{"one within the other", "**a *b* ~~c~~**", "p({b a }{bi b}{b  }{bs c})"},
		{"two at once", "***a***", "p({bi a})"},
		{"two that end apart", "***a* b**", "p({bi a}{b  b})"},
		{"what crosses is a style as far as it closes", "**a _b** c_", "p({b a _b} c_)"},
		{"what does not close", "**a *b ~~c `d", "p(**a *b ~~c `d)"},
		{"multiplication", "2*3*4 and 2 * 3 * 4", "p(2*3*4 and 2 * 3 * 4)"},
		{"names of programs", "snake_case_name __init__.py", "p(snake_case_name {b init}.py)"},
		{"words without spaces between", "这是**粗体**文字，*斜*的", "p(这是{b 粗体}文字，{i 斜}的)"},
		{"nothing within", "** ** **** ~~~~ ``", "p(** ** **** ~~~~ ``)"},
		{"a rule", "*****", "p(*****)"},
		{"backslashes", `\*a\* \_b\_ C:\dir`, `p(*a* _b_ C:\dir)`},
		{"marks within code", "`*a* https://x.org :smile:`", "p({m *a* https://x.org :smile:})"},
		{"a backquote within code", "`` a`b ``", "p({m a`b})"},
		{"a backslash before a run of backquotes", "\\``a`", "p(``a`)"},

		{"a list", "- one\n- *two*\nend", "list(one|{i two})p(end)"},
		{"stars as a list", "* one\n* two", "list(one|two)"},
		{"no list", "-one -two", "p(-one -two)"},
		{"a quote", "> one\n>two\nend", "quote(p(one|two))p(end)"},
		{"a list within a quote within a quote", "> > - a\n> b", "quote(quote(list(a))p(b))"},
		{"a quote of nothing", ">", "p(>)"},
		{"quotes as deep as they go", ">>>>>>a", "quote(quote(quote(quote(p(>>a)))))"},
		{"code", "```go\n*a*\n\n  b\n```\nend", "code(*a*\n\n  b)p(end)"},
		{"code that does not end", "```\na", "code(a)"},
		{"code within a line", "```a```", "p({m a})"},
		{"HTML is text", "<b onclick=x>&amp;</b>", "p(<b onclick=x>&amp;</b>)"},

		{"a link", "see https://a.org/b_c_d?e=*f*.", "p(see {→https://a.org/b_c_d?e=*f https://a.org/b_c_d?e=*f}*.)"},
		{"a link in brackets", "(http://a.org/(b))", "p(({→http://a.org/(b) http://a.org/(b)}))"},
		{"a link in a style", "**https://a.org**", "p({b→https://a.org https://a.org})"},
		{"a link before a Chinese stop", "看https://a.org。好", "p(看{→https://a.org https://a.org}。好)"},
		{"mail", "mailto:a@b.org, mailto:x", "p({→mailto:a@b.org mailto:a@b.org}, mailto:x)"},
		{"words for a link", "[the *docs*](https://a.org)!", "p({→https://a.org the *docs*}!)"},
		{"other schemes", "javascript:alert(1) [x](javascript:alert) data:text/html,x ftp://a.org", "p(javascript:alert(1) [x](javascript:alert) data:text/html,x ftp://a.org)"},
		{"a link that seems to lead elsewhere", "https://bank.example@a.org", "p(https://bank.example@a.org)"},
		{"words that seem to lead elsewhere", "[https://bank.example](https://a.org)", "p([{→https://bank.example https://bank.example}]({→https://a.org https://a.org}))"},
		{"no host", "https:// https://. http:///a", "p(https:// https://. http:///a)"},
		{"within a word", "xhttps://a.org", "p(xhttps://a.org)"},

		{"an emoji", ":smile: :nobody_knows: 10:30:45 :+1:", "p(😄 :nobody_knows: 10:30:45 👍)"},
	} {
		got := show(Parse(test.text, nil))
		if got != test.want {
			t.Errorf("%s: %q is\n%s, want\n%s", test.why, test.text, got, test.want)
		}
	}
}

func TestParseMentions(t *testing.T) {
	at := func(person wire.Person, from, length uint32) wire.Mention {
		return wire.Mention{Person: person, At: from, Length: length}
	}
	for _, test := range []struct {
		why, text string
		mentions  []wire.Mention
		want      string
	}{
		{"two people", "@Ada and **@Ben**", []wire.Mention{at(ada, 0, 4), at(ben, 11, 4)}, "p({@1 @Ada} and {b@2 @Ben})"},
		{"what is hidden before them is gone", "\u200b@A\u202eda", []wire.Mention{at(ada, 3, 7)}, "p({@1 @Ada})"},
		{"marks in a name", "@*Ada*", []wire.Mention{at(ada, 0, 6)}, "p({@1 @*Ada*})"},
		{"within code they are code", "`@Ada` @Ben", []wire.Mention{at(ada, 1, 4), at(ben, 7, 4)}, "p({m @Ada} {@2 @Ben})"},
		{"in a quote", "> hi @Ada", []wire.Mention{at(ada, 5, 4)}, "quote(p(hi {@1 @Ada}))"},
		{"behind the text", "@Ada", []wire.Mention{at(ada, 0, 5)}, "p(@Ada)"},
		{"far behind it", "@Ada", []wire.Mention{at(ada, 1<<32-1, 1<<32-1)}, "p(@Ada)"},
		{"within a character", "é", []wire.Mention{at(ada, 0, 1)}, "p(é)"},
		{"one over the other", "@Ada", []wire.Mention{at(ada, 0, 4), at(ben, 2, 2)}, "p(@Ada)"},
		{"across lines", "@A\nda", []wire.Mention{at(ada, 0, 5)}, "p(@A|da)"},
		{"of nothing that can be seen", "\u200bx", []wire.Mention{at(ada, 0, 3)}, "p(x)"},
	} {
		if got := show(Parse(test.text, test.mentions)); got != test.want {
			t.Errorf("%s: %q is\n%s, want\n%s", test.why, test.text, got, test.want)
		}
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ why, text, want string }{
		{"plain text", "Grüße, 你好\t!\n", "Grüße, 你好\t!\n"},
		{"controls", "a\x00\x07\x1b[31mb\u0085\x7f", "a[31mb"},
		{"what turns text around", "exe.\u202egpj\u202c \u2066x\u2069", "exe.gpj x"},
		{"what has no width", "a\u200bb\u2060c\ufeffd\u00ade", "abcde"},
		{"marks of direction are needed", "\u200fא!\u200f", "\u200fא!\u200f"},
		{"line ends", "a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"},
		{"what is no UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"a family, a flag and a heart", "👩\u200d👩\u200d👧 🏳️\u200d🌈 ❤️\u200d🔥", "👩\u200d👩\u200d👧 🏳️\u200d🌈 ❤️\u200d🔥"},
		{"Persian and Sinhala", "می\u200cخواهم ශ්\u200dර", "می\u200cخواهم ශ්\u200dර"},
		{"joiners that join nothing", "a\u200db\u200cc \u200d👧👧\u200d", "abc 👧👧"},
		{"joiners on joiners", "👩\u200d\u200d\u200d👧", "👩\u200d👧"},
		{"the flag of Scotland", "🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"},
		{"tags that nobody sees", "a\U000e0067\U000e0062", "a"},
		{"letters that nobody sees", "\u3164\uffa0", ""},
		{"marks that climb", "a" + strings.Repeat("\u0301", 40) + "b", "a" + strings.Repeat("\u0301", maxMarks) + "b"},
	} {
		if got := Clean(test.text); got != test.want {
			t.Errorf("%s: %q is %q, want %q", test.why, test.text, got, test.want)
		}
	}
}

func TestPlain(t *testing.T) {
	text := "**Look**\n\n> - at [this](https://a.org)\n```\ncode  here\n```\n\u202e:smile:"
	if got, want := Plain(text), "Look at this code here 😄"; got != want {
		t.Errorf("a notice says %q, want %q", got, want)
	}
}

func TestEmojis(t *testing.T) {
	for i, e := range emojis {
		if i > 0 && emojis[i-1].Name >= e.Name {
			t.Errorf("%s stands before %s", emojis[i-1].Name, e.Name)
		}
		if Emoji(e.Name) != e.Sign || len(e.Name) > maxEmojiName || len(e.Sign) > wire.MaxSign || Clean(e.Sign) != e.Sign {
			t.Errorf("%s is %q", e.Name, e.Sign)
		}
	}
	var names []string
	for _, e := range CompleteEmoji("sm") {
		names = append(names, e.Name)
	}
	if want := []string{"smile", "smirk"}; !slices.Equal(names, want) {
		t.Errorf("sm is completed to %v, want %v", names, want)
	}
	if n := len(CompleteEmoji("")); n != maxComplete {
		t.Errorf("%d are offered for nothing, want %d", n, maxComplete)
	}
}

// Whoever writes what nobody would does not fill the memory of others.
func TestParseIsBounded(t *testing.T) {
	for _, part := range []string{
		"*", "_", "**a ", "*a _b ", "`", "` `` ", "[", "[]", "[a](", "](", "https://", "ahttp://", "https://@", ":", ":a", ">", "> ", "- ", "\n", "```\n", "~~", "@", "\u200d", "\u0301", "\xff", "(https://a)",
	} {
		text := strings.Repeat(part, 1<<16/len(part))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Parse(text, nil)
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) / uint64(len(text)); took > 1000 {
			t.Errorf("%q, over and over, takes %d bytes for each of its own", part, took)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("**a** `b` [c](https://d.org)\n> - e\n```\nf\n```", uint16(0), uint16(2))
	f.Add("\\``a`*_~~:smile:", uint16(3), uint16(1))
	f.Add("👩\u200d👧\xff\u202e\r\n", uint16(0), uint16(4))
	f.Fuzz(func(t *testing.T, text string, at, length uint16) {
		blocks := Parse(text, []wire.Mention{{Person: ada, At: uint32(at), Length: uint32(length)}})
		lines, spans := 0, 0
		var check func(list []Block, depth int)
		check = func(list []Block, depth int) {
			if len(list) > 0 && depth > MaxDepth {
				t.Fatalf("quotes %d deep", depth)
			}
			for _, b := range list {
				if got := Clean(b.Text); got != b.Text {
					t.Errorf("code %q is not clean", b.Text)
				}
				for _, l := range b.Lines {
					lines++
					for _, s := range l {
						spans++
						if s.Text == "" || !utf8.ValidString(s.Text) || strings.ContainsAny(s.Text, "\x00\u202e\u200b") {
							t.Errorf("a span is %q", s.Text)
						}
						if s.Link != "" && !leads(s.Link) {
							t.Errorf("a link leads to %q", s.Link)
						}
					}
				}
				check(b.Blocks, depth+1)
			}
		}
		check(blocks, 0)
		if lines > MaxLines || spans > MaxSpans+MaxLines {
			t.Errorf("%d lines, %d spans", lines, spans)
		}
		clean := Clean(text)
		if again := Clean(clean); again != clean {
			t.Errorf("%q is cleaned to %q, and that to %q", text, clean, again)
		}
	})
}
