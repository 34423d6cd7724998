package texts

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var places = regexp.MustCompile(`\{\d\}`)

// Each text is there in both languages, with the same places, and is found.
func TestCatalogue(t *testing.T) {
	concerns := map[string]bool{}
	for _, table := range slices.Concat(catalogue[:], pageOnly[:]) {
		concern, _, _ := strings.Cut(table[0].Key, ".")
		if concerns[concern] {
			t.Errorf("two tables are of %q", concern)
		}
		concerns[concern] = true
		for i, e := range table {
			if !regexp.MustCompile(`^` + concern + `(\.[a-z0-9-]+)+$`).MatchString(e.Key) {
				t.Errorf("%q stands in the table of %q", e.Key, concern)
			}
			if i > 0 && table[i-1].Key >= e.Key {
				t.Errorf("%q stands after %q", e.Key, table[i-1].Key)
			}
			if find(e.Key) == nil || *find(e.Key) != e {
				t.Errorf("%q is not found", e.Key)
			}
			used := func(text string) []string {
				found := places.FindAllString(text, -1)
				slices.Sort(found)
				return slices.Compact(found)
			}
			if english, chinese := used(e.English), used(e.Chinese); !slices.Equal(english, chinese) {
				t.Errorf("%q has the places %v in English and %v in Chinese", e.Key, english, chinese)
			}
			for _, text := range []string{e.English, e.Chinese} {
				if text == "" || strings.TrimSpace(text) != text && text[0] != ' ' || strings.ContainsAny(text, "<>") {
					t.Errorf("%q is %q", e.Key, text)
				}
			}
			if one, ok := strings.CutSuffix(e.Key, ".one"); ok && !Has(one) {
				t.Errorf("%q is there for one, and not for more", one)
			}
		}
	}
}

// sources are the files that may name texts, from the root of the repository.
func sources(t *testing.T) map[string]string {
	found := map[string]string{}
	root := filepath.Join("..", "..")
	for _, folder := range []string{"public", "wasmclient", "relay"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && slices.Contains([]string{"texts", "dist", "build", "testdata"}, d.Name()) {
				return fs.SkipDir
			}
			if strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".html", ".js"}, filepath.Ext(path)) {
				return nil
			}
			content, err := os.ReadFile(path)
			found[path] = string(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// Every text that is asked for is there, and every one that is there is asked for.
// Keys stand in the code as they are, between quotes.
func TestTextsAreUsed(t *testing.T) {
	concerns := map[string]bool{}
	unused := map[string]bool{}
	for _, table := range slices.Concat(catalogue[:], pageOnly[:]) {
		concern, _, _ := strings.Cut(table[0].Key, ".")
		concerns[concern] = true
		for _, e := range table {
			unused[e.Key] = true
		}
	}
	asked := regexp.MustCompile(`(?:\{\{-? *t |\b(?:Text|Count)\()"([^"]*)"`)
	quoted := regexp.MustCompile("[\"'`]([a-z]+)(\\.[a-z0-9-]+)+[\"'`]")
	for path, content := range sources(t) {
		for _, m := range asked.FindAllStringSubmatch(content, -1) {
			if !Has(m[1]) {
				t.Errorf("%s: there is no text %q", path, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(content, -1) {
			key := m[0][1 : len(m[0])-1]
			if concerns[m[1]] && !Has(key) && !slices.Contains([]string{".css", ".html", ".js", ".jsonl", ".svg", ".png"}, filepath.Ext(key)) { // a file
				t.Errorf("%s: there is no text %q", path, key)
			}
			if strings.Contains(path, "wasmclient") && findIn(pageOnly[:], key) != nil {
				t.Errorf("%s: the program has no text %q: its table is in pageOnly", path, key)
			}
			for _, end := range []string{"", ".one", "-count", "-count.one"} { // by Count, and of kinds several
				delete(unused, key+end)
			}
		}
	}
	for key := range unused {
		t.Errorf("%q is used nowhere", key)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		l    Language
		key  string
		args []string
		want string
	}{
		{English, "tool.pen", nil, "Pen"},
		{Chinese, "tool.pen", nil, "画笔"},
		{English, "boot.loaded", []string{"1.5", "12.0"}, "1.5 of 12.0 MB"},
		{Chinese, "sharing.role-of", []string{"{0}"}, "{0} 的权限"}, // a name like any other
	} {
		if got := c.l.Text(c.key, c.args...); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.key, c.l.Tag(), got, c.want)
		}
	}
	for n, want := range map[int]string{1: "used once", 2: "used 2 times", 0: "used 0 times"} {
		if got := English.Count("sharing.used", n); got != want {
			t.Errorf("%d uses: %q, want %q", n, got, want)
		}
	}
	for _, text := range []string{"{", "{}", "{0", "{1}", "{x}", "a{00}b"} {
		if got := fill(text, []string{"no"}); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A key that is missing is noticed here, in a table or without one.
func TestMissingText(t *testing.T) {
	for _, key := range []string{"tool.crayon", "tool", "tool.", "crayon.tool", "", "."} {
		if Has(key) {
			t.Errorf("there is a text %q", key)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("nobody minds that there is no text %q", key)
				}
			}()
			English.Text(key)
		}()
	}
}
