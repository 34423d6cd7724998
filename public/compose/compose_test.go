package compose

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"edgeboard/public/texts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The page as it is has each of its parts once, in its language.
func TestPage(t *testing.T) {
	folder := os.DirFS("..")
	for _, l := range texts.Languages {
		page, err := Page(folder, l)
		if err != nil {
			t.Fatal(err)
		}
		if begin := `<html lang="` + l.Tag() + `" dir="` + l.Direction() + `">`; !strings.Contains(string(page), begin) {
			t.Errorf("the page does not begin with %s", begin)
		}
		if m := regexp.MustCompile(`\{\{|\}\}|<!--`).Find(page); m != nil {
			t.Errorf("%s: the page has %s in it", l.Tag(), m)
		}
		// But for what a language is called in itself.
		if own := regexp.MustCompile(`<option[^>]* lang=[^>]*>[^<]*`).ReplaceAll(page, nil); l == texts.English && regexp.MustCompile(`\p{Han}`).Match(own) {
			t.Error("the page in English has Chinese in it")
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(string(page), -1) {
			if ids[m[1]] {
				t.Errorf("two elements are #%s", m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(` (?:for|popovertarget|aria-(?:labelledby|describedby|controls))="([^"]*)"`).FindAllStringSubmatch(string(page), -1) {
			for id := range strings.FieldsSeq(m[1]) {
				if !ids[id] {
					t.Errorf("%s: there is no such element", m[0])
				}
			}
		}
	}
	parts, err := fs.Glob(folder, "parts/*.html")
	if err != nil {
		t.Fatal(err)
	}
	index, err := fs.ReadFile(folder, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if name := strings.TrimPrefix(part, "parts/"); strings.Count(string(index), `{{template "`+name+`" .}}`) != 1 {
			t.Errorf("index.html does not name %s once", part)
		}
	}
}

// What a page may not be made of is told by name.
func TestPageThatCannotBeComposed(t *testing.T) {
	for reason, folder := range map[string]fstest.MapFS{
		"index.html":       {},
		"tool.crayon":      {"index.html": {Data: []byte(`{{t "tool.crayon"}}`)}},
		"bottom.html":      {"index.html": {Data: []byte(`{{template "bottom.html" .}}`)}},
		"top.html: {{if}}": {"index.html": {Data: []byte(`{{template "top.html" .}}`)}, "parts/top.html": {Data: []byte("{{if}}")}},
		"{{ without }}":    {"index.html": {Data: []byte(`{{t "tool.pen"`)}},
		"<!-- without -->": {"index.html": {Data: []byte(`<!--`)}},
		"hold one another": {"index.html": {Data: []byte(`{{template "top.html" .}}`)}, "parts/top.html": {Data: []byte(`{{template "top.html" .}}`)}},
		`{{.2}}`:           {"index.html": {Data: []byte(`{{template "a.html" "one"}}`)}, "parts/a.html": {Data: []byte("{{.2}}")}},
		`{{t .1}}`:         {"index.html": {Data: []byte(`{{t .1}}`)}},
		`text "one"`:       {"index.html": {Data: []byte(`{{template "a.html" "one"}}`)}, "parts/a.html": {Data: []byte("{{t .1}}")}},
		`{{}}`:             {"index.html": {Data: []byte(`{{}}`)}},
		`{{template`:       {"index.html": {Data: []byte(`{{template "a.html" one}}`)}},
		`"parts/../x"`:     {"index.html": {Data: []byte(`{{t "parts/../x"}}`)}},
	} {
		if _, err := Page(folder, texts.English); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v does not name %s", err, reason)
		}
	}
}

// A part may stand in a part, twice too; texts are escaped, and comments are left out.
func TestParts(t *testing.T) {
	page, err := Page(fstest.MapFS{
		"index.html":     {Data: []byte("<!-- for us -->\n<p title=\"{{t \"tool.pen\"}}\">{{ .Tag }}</p><!-- too --> {{template \"a.html\" .}}{{template \"b.html\" .}}\n")},
		"parts/a.html":   {Data: []byte(`a{{template "b.html" .}}`)},
		"parts/b.html":   {Data: []byte(`b`)},
		"parts/not.html": {Data: []byte(`{{`)}, // nobody names it
	}, texts.Chinese)
	if want := "<p title=\"画笔\">zh-CN</p> abb\n"; err != nil || string(page) != want {
		t.Errorf("%q, %v; want %q", page, err, want)
	}
}

// A part with arguments is as often as it is named, each time with its own, and leaves
// those of the part that names it alone.
func TestPartsWithArguments(t *testing.T) {
	page, err := Page(fstest.MapFS{
		"index.html":      {Data: []byte(`<ul>{{template "row.html" "a&b" "tool.pen"}}{{template "row.html" "c" "tool.text"}}</ul>`)},
		"parts/row.html":  {Data: []byte("<li>{{template \"cell.html\" \"x\"}}{{.1}} {{t .2}}</li>\n")},
		"parts/cell.html": {Data: []byte("<b>{{.1}}</b>\n")},
	}, texts.Chinese)
	if want := "<ul><li><b>x</b>a&amp;b 画笔</li><li><b>x</b>c " + texts.Chinese.Text("tool.text") + "</li></ul>"; err != nil || string(page) != want {
		t.Errorf("%q, %v; want %q", page, err, want)
	}
}

func TestStyle(t *testing.T) {
	style, err := Style(fstest.MapFS{"style/20-b.css": {Data: []byte("b")}, "style/10-a.css": {Data: []byte("a")}, "style/notes.txt": {}})
	if err != nil || string(style) != "a\nb\n" {
		t.Errorf("%q, %v", style, err)
	}
	if _, err := Style(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no style: %v", err)
	}
}

// The help says the same in each language: it has the same sections, of which each has a
// line in its contents.
func TestHelp(t *testing.T) {
	folder := os.DirFS("..")
	ids := regexp.MustCompile(` id="([^"]*)"`)
	tags := regexp.MustCompile(`<(h[1-6]|p|li|tr|pre|ul|ol|table)\b`)
	var first, headings []string
	for _, l := range texts.Languages {
		help, err := Help(folder, l)
		if err != nil {
			t.Fatal(err)
		}
		text := string(help)
		if begin := `<html lang="` + l.Tag() + `" dir="` + l.Direction() + `">`; !strings.Contains(text, begin) {
			t.Errorf("the help does not begin with %s", begin)
		}
		if own := regexp.MustCompile(`<a[^>]* lang="zh-CN"[^>]*>[^<]*`).ReplaceAllString(text, ""); l == texts.English && regexp.MustCompile(`\p{Han}`).MatchString(own) {
			t.Error("the help in English has Chinese in it")
		}
		if regexp.MustCompile(`<script>|style=|\son[a-z]+=`).MatchString(text) {
			t.Error("the help has script or style in its text, which its policy forbids")
		}
		var here []string
		for _, m := range ids.FindAllStringSubmatch(text, -1) {
			here = append(here, m[1])
		}
		for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(text, `<h2 id="`+m[1]+`"`) {
				t.Errorf("%s: there is no section #%s", l.Tag(), m[1])
			}
		}
		if l == texts.English {
			first, headings = here, tags.FindAllString(text, -1)
			continue
		}
		if strings.Join(here, " ") != strings.Join(first, " ") {
			t.Errorf("in %s the sections are %v, and %v in English", l.Tag(), here, first)
		}
		if is := tags.FindAllString(text, -1); strings.Join(is, " ") != strings.Join(headings, " ") {
			t.Errorf("in %s the help is built otherwise than in English: %d parts, and %d", l.Tag(), len(is), len(headings))
		}
	}
}
