package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// given is a file as the engine has it, in small.
const given = `package builtinshader

import "text/template"

type Filter int

const (
	FilterNearest Filter = iota
	FilterLinear
	FilterPixelated
)

const FilterCount = 3

type Address int

const (
	AddressUnsafe Address = iota
	AddressClampToZero
	AddressRepeat
)

const AddressCount = 3

var tmpl = template.Must(template.New("tmpl").Parse(` + "`//kage:unit pixels\n\n{{if eq .Filter .FilterLinear}}\nlinear\n{{end}}\n{{if .UseColorM}}matrix{{end}}\n{{if eq .Address .AddressRepeat}}repeat{{end}}\n`" + `))

// ShaderSource is written anew.
func ShaderSource(filter Filter, address Address, useColorM bool) []byte {
	panic(tmpl)
}

// Clear stays.
const Clear = "clear"
`

// The sources stand in the file, and the template is gone.
func TestWithoutTemplate(t *testing.T) {
	b, err := withoutTemplate([]byte(given))
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for _, want := range []string{
		`{"//kage:unit pixels\n\n", "//kage:unit pixels\n\nmatrix\n"},`,                                 // nearest, unsafe
		`{"//kage:unit pixels\n\nlinear\nrepeat\n", "//kage:unit pixels\n\nlinear\nmatrix\nrepeat\n"},`, // linear, repeat
		`const Clear = "clear"`, "FilterPixelated", "return []byte(sources[filter][address][c])",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("%s is missing in\n%s", want, s)
		}
	}
	if strings.Contains(s, "template") {
		t.Errorf("a template is left:\n%s", s)
	}
}

// A file that has changed is refused, with what has changed.
func TestChangedFile(t *testing.T) {
	for what, change := range map[string][2]string{
		"no Go":          {"package", "packet"},
		"other filters":  {"FilterLinear\n", "FilterLanczos\n\tFilterLinear\n"},
		"other fields":   {".UseColorM", ".ColorM"},
		"two templates":  {"// Clear", "var x = template.New(\"\").Parse(\"\")\n// Clear"},
		"no template":    {"Parse(", "Read("},
		"no good syntax": {"{{end}}", "{{"},
	} {
		changed := strings.Replace(given, change[0], change[1], 1)
		if changed == given {
			t.Fatalf("%s: nothing was changed", what)
		}
		if _, err := withoutTemplate([]byte(changed)); err == nil {
			t.Errorf("%s: it was taken", what)
		}
	}
}

// The engine's own file is one that is understood, and what is made of it builds.
func TestPrepare(t *testing.T) {
	t.Chdir("../..")
	folder := t.TempDir()
	if err := prepare(folder); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-modfile="+filepath.Join(folder, "lean.mod"), engine+"/internal/builtinshader")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deps := exec.Command("go", "list", "-modfile="+filepath.Join(folder, "lean.mod"), "-deps", "./wasmclient")
	deps.Env = build.Env
	out, err := deps.Output()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte("text/template")) {
		t.Error("the page still has text/template")
	}
}
