package scripts

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// page reads a Markdown page of the repository.
func page(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block is a fenced piece of a page, and what it is of.
type block struct{ lang, text string }

var fences = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```$")

func blocks(page string) (list []block) {
	for _, m := range fences.FindAllStringSubmatch(page, -1) {
		list = append(list, block{m[1], m[2]})
	}
	return list
}

// The program of the README is compiled and run outside of the repository, as the
// README says, and says what the README says.
func TestReadmeProgram(t *testing.T) {
	list := blocks(page(t, "README.md"))
	i := slices.IndexFunc(list, func(b block) bool { return b.lang == "go" })
	if i < 0 || i+2 >= len(list) || list[i+1].lang != "sh" || list[i+2].lang != "" {
		t.Fatal("README.md has no program, how it is run, and what it says, one after the other")
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	// Beside the sources, as the commands have it.
	dir := t.TempDir()
	if err := os.Symlink(repository, filepath.Join(dir, "edgeboard")); err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(dir, "example")
	if err := os.Mkdir(module, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(module, "main.go"), []byte(list[i].text), 0o644); err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "sh", "-euc", list[i+1].text)
	run.Dir = module
	// It needs no module but ours.
	run.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOMODCACHE="+t.TempDir())
	var said strings.Builder
	run.Stderr = &said
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if string(out) != list[i+2].text {
		t.Errorf("the program says %q, and the README %q", out, list[i+2].text)
	}
}

// The Chinese README is the English one: the same headings, tables, code and links.
func TestReadmesAreAlike(t *testing.T) {
	english, chinese := page(t, "README.md"), page(t, "README.zh-CN.md")
	if !strings.Contains(english, "(README.zh-CN.md)") || !strings.Contains(chinese, "(README.md)") {
		t.Error("a README does not link to the other")
	}
	for _, like := range []struct {
		what string
		of   *regexp.Regexp
	}{
		{"headings", regexp.MustCompile(`(?m)^(#+) `)},
		{"rows of tables", regexp.MustCompile(`(?m)^(\|)`)},
		{"items", regexp.MustCompile(`(?m)^(-|\d+\.) `)},
		{"marks of generators", regexp.MustCompile(`(?m)^<!-- ([^>]*) -->$`)},
	} {
		e, c := like.of.FindAllString(own(english), -1), like.of.FindAllString(own(chinese), -1)
		if !slices.Equal(e, c) {
			t.Errorf("%s: %d and %d, or of other kinds: %q, %q", like.what, len(e), len(c), e, c)
		}
	}
	e, c := blocks(english), blocks(chinese)
	comment := regexp.MustCompile(`(?m) *# .*$`)
	if !slices.EqualFunc(e, c, func(a, b block) bool {
		if a.lang == "sh" { // what stands behind a command may be translated
			a.text, b.text = comment.ReplaceAllString(a.text, ""), comment.ReplaceAllString(b.text, "")
		}
		return a == b
	}) {
		t.Error("the READMEs have different code")
	}
	// The order of a sentence is that of its language.
	le, lc := targets(english, "README.zh-CN.md"), targets(chinese, "README.md")
	if !slices.Equal(le, lc) {
		t.Errorf("the READMEs lead to different places:\n%q\n%q", le, lc)
	}
}

// own is the prose of a page: without code, and without what a generator fills in.
func own(page string) string {
	return generated.ReplaceAllString(fences.ReplaceAllString(page, ""), "$1$2")
}

var generated = regexp.MustCompile(`(?s)(<!-- \w+:begin -->\n).*?(<!-- \w+:end -->)`)

var links = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// targets are where a page leads to, in the order of their names, but for one.
func targets(page, but string) (list []string) {
	for _, m := range links.FindAllStringSubmatch(own(page), -1) {
		if m[1] != but {
			list = append(list, m[1])
		}
	}
	slices.Sort(list)
	return list
}

var headings = regexp.MustCompile(`(?m)^#+ (.*)$`)

// anchors are the headings of a page as links name them.
func anchors(page string) map[string]bool {
	all := map[string]bool{}
	for _, m := range headings.FindAllStringSubmatch(fences.ReplaceAllString(page, ""), -1) {
		all[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, links.ReplaceAllString(m[1], "]"))] = true
	}
	return all
}

// Each link of a page to another file, or to a heading, leads there.
func TestLinksOfPages(t *testing.T) {
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "bin" || d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, to := range targets(string(text), "") {
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			n++
			file, anchor, _ := strings.Cut(to, "#")
			if file = filepath.Join(filepath.Dir(path), file); strings.HasPrefix(to, "#") {
				file = path
			}
			there, err := os.ReadFile(file)
			if info, e := os.Stat(file); e != nil {
				if filepath.Base(file) == "BENCHMARKS.md" {
					continue // it is made of what was measured, and not there before
				}
				t.Errorf("%s leads to %s, which is not there", path, to)
			} else if anchor != "" && (err != nil || info.IsDir() || !anchors(string(there))[anchor]) {
				t.Errorf("%s leads to %s, which has no such heading", path, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 100 {
		t.Errorf("%d links were followed: pages are not read", n)
	}
}

// tests are the names of all tests of the repository, and of the files that they are in.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	there := map[string]bool{}
	test := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".txtar") {
			return err
		}
		there[filepath.Base(path)] = true
		code, err := os.ReadFile(path)
		for _, m := range test.FindAllSubmatch(code, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// What a page says is shown by a test is: the test is there.
func TestPagesNameTests(t *testing.T) {
	there := tests(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9_]*|[a-z_]+_test\\.go)`")
	for _, path := range []string{"docs/guarantees.md", "docs/accessibility.md", "docs/protocol.md", "docs/architecture.md", "docs/decisions/sqlite.md"} {
		for _, m := range named.FindAllStringSubmatch(page(t, path), -1) {
			if !there[m[1]] {
				t.Errorf("%s names %s, which is no test", path, m[1])
			}
		}
	}
}
