package scripts

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// moduleFile is what `go mod edit -json` says of one.
type moduleFile struct {
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Replace, Exclude []struct{}
	Tool             []struct{ Path string }
}

// direct are the modules, with their versions, that are named because the code
// imports them, or has a tool of theirs. Those of tools.mod are all called indirect
// there: it has no packages of its own but generate.go and deploy.go, which go.mod does
// not know.
func (m *moduleFile) direct(t *testing.T) map[string]string {
	var used []string
	for _, tool := range m.Tool {
		used = append(used, tool.Path)
	}
	if len(used) > 0 {
		for _, name := range []string{"generate.go", "deploy.go"} {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range file.Imports {
				used = append(used, strings.Trim(i.Path.Value, `"`))
			}
		}
	}
	list := map[string]string{}
	for _, r := range m.Require {
		if !r.Indirect || slices.ContainsFunc(used, func(path string) bool { return strings.HasPrefix(path+"/", r.Path+"/") }) {
			list[r.Path] = r.Version
		}
	}
	return list
}

var (
	released = regexp.MustCompile(`^v\d+\.\d+\.\d+(\+incompatible)?$`)
	row      = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(.*)\\|$")
)

// docs/dependencies.md names every module that we depend on directly, and nothing
// else, each at a version that its authors have released.
func TestDependenciesAreListed(t *testing.T) {
	text, err := os.ReadFile("../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	_, reasons, _ := strings.Cut(string(text), "\n## Pseudo-versions\n")
	for _, name := range []string{"go.mod", "scripts/tools.mod"} {
		out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", "../"+name).Output()
		if err != nil {
			t.Fatal(err)
		}
		var file moduleFile
		if err := json.Unmarshal(out, &file); err != nil {
			t.Fatal(err)
		}
		if len(file.Replace)+len(file.Exclude) > 0 {
			t.Errorf("%s replaces or excludes a module: what is built is then not what is named", name)
		}
		_, section, _ := strings.Cut(string(text), "\n## "+name+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		listed := map[string]bool{}
		for _, m := range row.FindAllStringSubmatch(section, -1) {
			listed[m[1]] = true
			cells := strings.Split(m[2], "|")
			if len(cells) != 4 || slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) == "" }) {
				t.Errorf("%s in docs/dependencies.md: want what for, why not our own code, licence and where", m[1])
			}
		}
		direct := file.direct(t)
		if len(direct) < 3 {
			t.Errorf("%s: %d modules were found", name, len(direct))
		}
		for _, path := range slices.Sorted(maps.Keys(direct)) {
			if !listed[path] {
				t.Errorf("%s requires %s, which docs/dependencies.md does not list", name, path)
			}
			if v := direct[path]; !released.MatchString(v) && !strings.Contains(reasons, "`"+path+"`") {
				t.Errorf("%s requires %s %s, which is no released version; docs/dependencies.md gives no reason", name, path, v)
			}
		}
		for path := range listed {
			if direct[path] == "" {
				t.Errorf("docs/dependencies.md lists %s, which %s does not require directly", path, name)
			}
		}
	}
}
