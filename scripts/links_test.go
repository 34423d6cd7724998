package scripts

import (
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`!?\[[^\]]*\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile("(?m)^#{1,6} +(.+?) *#*$")
	fence   = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$")
	code    = regexp.MustCompile("`[^`\n]*`")
)

// anchors are the names that a page's headings have in links, as GitHub and others make them
// of their texts: small letters, no punctuation, hyphens for spaces, and a number for the second
// of a name.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		title := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(h[1], "$1")
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title))
		for base, n := name, 1; all[name]; n++ {
			name = base + "-" + string(rune('0'+n))
		}
		all[name] = true
	}
	return all
}

func TestAnchors(t *testing.T) {
	got := anchors("# One thing, and `code`\n```sh\n# a comment\n```\n## One thing, and code\n### Über [links](x.md): 2\n")
	for _, want := range []string{"one-thing-and-code", "one-thing-and-code-1", "über-links-2"} {
		if !got[want] {
			t.Errorf("there is no %q in %v", want, got)
		}
	}
	if len(got) != 3 {
		t.Errorf("there are %v", got)
	}
}

// Every link of a page to another file of ours, and to a heading in it, leads somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	listed, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output()
	var pages []string
	if err == nil {
		pages = strings.Fields(string(listed))
	} else { // sources without their history
		err = fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() && (d.Name() == "node_modules" || name == "bin" || strings.HasPrefix(d.Name(), ".") && name != ".") {
				return fs.SkipDir
			}
			if path.Ext(name) == ".md" {
				pages = append(pages, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(pages) < 15 {
		t.Fatalf("there are %d pages", len(pages))
	}
	known := map[string]map[string]bool{}
	read := func(name string) (string, error) {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		return string(text), err
	}
	links := 0
	for _, page := range pages {
		text, err := read(page)
		if err != nil {
			continue // it is listed, and was removed
		}
		text = code.ReplaceAllString(fence.ReplaceAllString(text, ""), "``")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %q is no link: %v", page, m[1], err)
				continue
			}
			if u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") {
				continue
			}
			links++
			to := page
			if u.Path != "" {
				to = path.Join(path.Dir(page), u.Path)
			}
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(to))); err != nil || strings.HasPrefix(to, "../") {
				t.Errorf("%s leads to %s, which is not there", page, m[1])
				continue
			}
			if u.Fragment == "" || path.Ext(to) != ".md" {
				continue
			}
			if known[to] == nil {
				text, err := read(to)
				if err != nil {
					t.Fatal(err)
				}
				known[to] = anchors(text)
			}
			if !known[to][u.Fragment] {
				t.Errorf("%s leads to %s, where there is no such heading", page, m[1])
			}
		}
	}
	if links < 50 {
		t.Errorf("%d links were found", links)
	}
}
