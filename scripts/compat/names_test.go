package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"edgeboard/scripts/compat/recorded"
)

// recordNames records what others call by name.
func recordNames(t *testing.T, r record) {
	r.writeLines(t, "openapi.txt.gz", openAPI(t))
	r.writeLines(t, "api.txt.gz", exported(t))
	// What is known in other packages is recorded there.
	folder, err := filepath.Abs(r.folder)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "^TestReleasesStay$", "./relay", "./boardctl", "./relay/metrics", "./relay/cluster", "./relay/cluster/nats")
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), recorded.Into+"="+folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}

// stay fails for each line that was recorded and is not there any more.
func stay(t *testing.T, was, is []string, what string) {
	t.Helper()
	there := map[string]bool{}
	for _, line := range is {
		there[line] = true
	}
	for _, line := range was {
		if line != "" && !there[line] {
			t.Errorf("%s: %s: it is no more, or not as it was: only a major version may do that", what, line)
		}
	}
}

// What programs ask by HTTP they may ask for ever, and are answered as before.
func TestAPIStays(t *testing.T) {
	is := openAPI(t)
	each(t, func(t *testing.T, r record) {
		was := r.readLines(t, "openapi.txt.gz")
		stay(t, was, is, "the HTTP API")
		// What must be said now must have been said then.
		for _, line := range is {
			if asked, ok := strings.CutSuffix(line, " must be"); ok && !slices.Contains(was, line) {
				operation := strings.Join(strings.Fields(asked)[:2], " ")
				if slices.ContainsFunc(was, func(old string) bool { return strings.HasPrefix(old, operation+" ") }) {
					t.Errorf("the HTTP API: %s: who did without cannot do so any more: only a major version may do that", line)
				}
			}
		}
	})
}

// openAPI is the description of the HTTP API, a line for each thing that is in it.
func openAPI(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../relay/server/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	var all map[string]any
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	l := &lister{all: all}
	for path, methods := range object(all["paths"]) {
		common := array(object(methods)["parameters"])
		for method, o := range object(methods) {
			if operation := object(o); method != "parameters" && operation != nil {
				l.operation(strings.ToUpper(method)+" "+path, operation, common)
			}
		}
	}
	return l.lines
}

type lister struct {
	all   map[string]any
	lines []string
}

func (l *lister) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func array(v any) []any {
	a, _ := v.([]any)
	return a
}

// resolve follows a reference within the description.
func (l *lister) resolve(v any) map[string]any {
	o := object(v)
	for {
		ref, ok := o["$ref"].(string)
		if !ok {
			return o
		}
		at := any(l.all)
		for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			at = object(at)[strings.ReplaceAll(name, "~1", "/")]
		}
		o = object(at)
	}
}

func (l *lister) operation(name string, o map[string]any, common []any) {
	l.add("%s is there", name)
	for _, p := range slices.Concat(common, array(o["parameters"])) {
		q := l.resolve(p)
		l.add("%s takes %v %v", name, q["in"], q["name"])
		if q["required"] == true {
			l.add("%s %v %v must be", name, q["in"], q["name"])
		}
	}
	body := l.resolve(o["requestBody"])
	l.content(name+" body", body["content"], true)
	for status, answer := range object(o["responses"]) {
		a := l.resolve(answer)
		l.add("%s answers %s", name, status)
		l.content(name+" answers "+status, a["content"], false)
	}
}

func (l *lister) content(where string, content any, asked bool) {
	for media, c := range object(content) {
		l.add("%s %s", where, media)
		l.schema(where+" "+media, object(c)["schema"], asked, 0)
	}
}

// maxDepth bounds what refers to itself.
const maxDepth = 6

func (l *lister) schema(where string, v any, asked bool, depth int) {
	s := l.resolve(v)
	if s == nil || depth > maxDepth {
		return
	}
	if of := s["type"]; of != nil {
		l.add("%s is %v", where, of)
	}
	for name, p := range object(s["properties"]) {
		l.add("%s has %s", where, name)
		l.schema(where+" ."+name, p, asked, depth+1)
	}
	for _, name := range array(s["required"]) {
		if asked {
			l.add("%s .%v must be", where, name)
		} else {
			l.add("%s .%v is always there", where, name)
		}
	}
	l.schema(where+"[]", s["items"], asked, depth+1)
	for _, how := range []string{"allOf", "anyOf", "oneOf"} {
		for _, one := range array(s[how]) {
			l.schema(where, one, asked, depth+1)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if name == "enum" && asked {
			for _, value := range array(s[name]) {
				l.add("%s may be %v", where, value)
			}
		}
	}
}
