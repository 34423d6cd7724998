package compat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What other Go programs compile against in shared/ they compile against for ever.
//
// Each thing that is exported is a line, as in the api folder of Go's own sources. A
// line that is gone is an incompatible change, and so is one that has changed: a
// signature, the type of a field, a method more of an interface, which others may
// satisfy. Names of parameters and values of constants may change.
func TestGoAPIStays(t *testing.T) {
	if *recordAs != "" {
		t.Skip("a record is made")
	}
	is := exported(t)
	each(t, func(t *testing.T, r record) { stay(t, r.readLines(t, "api.txt.gz"), is, "the Go API of shared/") })
}

// promised reports whether the Go API of a package is. What is for tests, is generated or
// shows how to use the others is not.
func promised(path string) bool {
	name := strings.TrimPrefix(path, "edgeboard/shared/")
	for _, part := range strings.Split(name, "/") {
		if part == "internal" || part == "example" || part == "wirepb" || strings.HasSuffix(part, "test") {
			return false
		}
	}
	return name != path
}

func exported(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export", "./shared/...")
	cmd.Dir = "../.."
	// The same wherever it is asked.
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	files := map[string]string{}
	var paths []string
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if files[p.ImportPath] = p.Export; promised(p.ImportPath) {
			paths = append(paths, p.ImportPath)
		}
	}
	from := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
	var lines []string
	for _, path := range paths {
		p, err := from.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, "package "+strings.TrimPrefix(path, "edgeboard/"))
		for _, name := range p.Scope().Names() {
			if o := p.Scope().Lookup(name); o.Exported() {
				for _, line := range declared(o) {
					lines = append(lines, strings.TrimPrefix(path, "edgeboard/")+", "+line)
				}
			}
		}
	}
	if len(paths) < 15 || len(lines) < 500 {
		t.Fatalf("%d lines of %d packages were found", len(lines), len(paths))
	}
	return lines
}

// declared are the lines of an object.
func declared(o types.Object) (list []string) {
	switch o := o.(type) {
	case *types.Const:
		return []string{"const " + o.Name() + " " + written(o.Type())}
	case *types.Var:
		return []string{"var " + o.Name() + " " + written(o.Type())}
	case *types.Func:
		return []string{"func " + o.Name() + written(o.Type())}
	case *types.TypeName:
		name := "type " + o.Name()
		if o.IsAlias() {
			return []string{name + " = " + written(types.Unalias(o.Type()))}
		}
		named := o.Type().(*types.Named)
		if p := named.TypeParams(); p.Len() > 0 {
			name += parameters(p)
		}
		switch u := named.Underlying().(type) {
		case *types.Struct:
			list = append(list, name+" struct")
			for f := range u.Fields() {
				if f.Exported() {
					list = append(list, name+" struct, "+f.Name()+" "+written(f.Type()))
				}
			}
		default:
			list = append(list, name+" "+written(u))
		}
		if types.IsInterface(named) {
			return list
		}
		methods := types.NewMethodSet(types.NewPointer(named))
		of := types.NewMethodSet(named)
		for m := range methods.Methods() {
			if !m.Obj().Exported() {
				continue
			}
			receiver := "*" + o.Name()
			if of.Lookup(m.Obj().Pkg(), m.Obj().Name()) != nil {
				receiver = o.Name()
			}
			list = append(list, "method ("+receiver+") "+m.Obj().Name()+written(m.Type()))
		}
	}
	return list
}

func parameters(p *types.TypeParamList) string {
	var list []string
	for one := range p.TypeParams() {
		list = append(list, one.Obj().Name()+" "+written(one.Constraint()))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// written writes a type without names of parameters.
func written(t types.Type) string {
	switch t := t.(type) {
	case *types.Pointer:
		return "*" + written(t.Elem())
	case *types.Slice:
		return "[]" + written(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), written(t.Elem()))
	case *types.Map:
		return "map[" + written(t.Key()) + "]" + written(t.Elem())
	case *types.Chan:
		return [...]string{"chan ", "chan<- ", "<-chan "}[t.Dir()] + written(t.Elem())
	case *types.Signature:
		text := ""
		if p := t.TypeParams(); p.Len() > 0 {
			text = parameters(p)
		}
		text += "(" + tuple(t.Params(), t.Variadic()) + ")"
		switch results := tuple(t.Results(), false); t.Results().Len() {
		case 0:
			return text
		case 1:
			return text + " " + results
		default:
			return text + " (" + results + ")"
		}
	case *types.Struct:
		var list []string
		for f := range t.Fields() {
			list = append(list, f.Name()+" "+written(f.Type()))
		}
		return "struct {" + strings.Join(list, "; ") + "}"
	case *types.Interface:
		var list []string
		for m := range t.Methods() {
			name := m.Name()
			if !m.Exported() {
				name = "unexported" // nobody else satisfies it
			}
			list = append(list, name+strings.TrimPrefix(written(m.Type()), "func"))
		}
		for e := range t.EmbeddedTypes() {
			if _, ok := e.Underlying().(*types.Interface); !ok {
				list = append(list, written(e))
			}
		}
		slices.Sort(list)
		return "interface {" + strings.Join(list, "; ") + "}"
	case *types.Union:
		var list []string
		for term := range t.Terms() {
			tilde := ""
			if term.Tilde() {
				tilde = "~"
			}
			list = append(list, tilde+written(term.Type()))
		}
		return strings.Join(list, " | ")
	default: // named ones with their packages, and basic ones
		return types.TypeString(t, func(p *types.Package) string { return strings.TrimPrefix(p.Path(), "edgeboard/") })
	}
}

func tuple(list *types.Tuple, variadic bool) string {
	var texts []string
	for i := range list.Len() {
		t := list.At(i).Type()
		if s, ok := t.(*types.Slice); ok && variadic && i == list.Len()-1 {
			texts = append(texts, "..."+written(s.Elem()))
			continue
		}
		texts = append(texts, written(t))
	}
	return strings.Join(texts, ", ")
}
