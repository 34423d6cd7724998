package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"text/template"
)

// variant is what the template is executed with, as the engine does it.
type variant struct {
	Filter, FilterNearest, FilterLinear, FilterPixelated      int
	Address, AddressUnsafe, AddressClampToZero, AddressRepeat int
	UseColorM                                                 bool
}

const filters, addresses = 3, 3

// withoutTemplate returns a file that does what the given one does, with the
// sources of all shaders in the place of their template.
func withoutTemplate(source []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "shader.go", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	if err := sameConstants(file); err != nil {
		return nil, err
	}
	text, err := templateText(file)
	if err != nil {
		return nil, err
	}
	table, err := variants(text)
	if err != nil {
		return nil, err
	}
	// All stays but the imports, the template, what it was kept in, and the function.
	var kept []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT || d.Tok == token.VAR {
				continue
			}
		case *ast.FuncDecl:
			if d.Name.Name == "ShaderSource" {
				continue
			}
		}
		kept = append(kept, string(source[set.Position(d.Pos()).Offset:set.Position(d.End()).Offset]))
	}
	b := []byte("// Code written by scripts/lean. DO NOT EDIT.\n\npackage builtinshader\n\n" + strings.Join(kept, "\n\n") + "\n\n")
	b = append(b, "var sources = [FilterCount][AddressCount][2]string{\n"...)
	for _, byAddress := range table {
		b = append(b, "{\n"...)
		for _, pair := range byAddress {
			b = fmt.Appendf(b, "{%s, %s},\n", strconv.Quote(pair[0]), strconv.Quote(pair[1]))
		}
		b = append(b, "},\n"...)
	}
	b = append(b, `}

// ShaderSource returns the source of a built-in shader.
func ShaderSource(filter Filter, address Address, useColorM bool) []byte {
	c := 0
	if useColorM {
		c = 1
	}
	return []byte(sources[filter][address][c])
}
`...)
	return format.Source(b)
}

// variants executes the template for all there is, by filter, by address, without
// and with a colour matrix.
func variants(text string) (table [filters][addresses][2]string, err error) {
	t, err := template.New("shader").Parse(text)
	if err != nil {
		return table, err
	}
	for f := range filters {
		for a := range addresses {
			for c := range 2 {
				var b bytes.Buffer
				err := t.Execute(&b, variant{
					Filter: f, FilterNearest: 0, FilterLinear: 1, FilterPixelated: 2,
					Address: a, AddressUnsafe: 0, AddressClampToZero: 1, AddressRepeat: 2,
					UseColorM: c == 1,
				})
				if err != nil {
					return table, err
				}
				table[f][a][c] = tidy(b.String())
			}
		}
	}
	return table, nil
}

// tidy leaves out the empty lines that a template leaves. The first line says what
// units the shader counts in, and is followed by one.
func tidy(source string) string {
	var lines []string
	for line := range strings.Lines(source) {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	return strings.Replace(strings.Join(lines, ""), "\n", "\n\n", 1)
}

// templateText returns the text in: var tmpl = template.Must(….Parse(`…`)).
func templateText(file *ast.File) (text string, err error) {
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Parse" {
			if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				n++
				text, err = strconv.Unquote(lit.Value)
			}
		}
		return true
	})
	if n != 1 {
		return "", fmt.Errorf("there are %d templates, not one", n)
	}
	return text, err
}

// sameConstants checks that filters and addresses are numbered as here.
func sameConstants(file *ast.File) error {
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		if d, ok := node.(*ast.GenDecl); ok && d.Tok == token.CONST && d.Lparen.IsValid() {
			for _, s := range d.Specs {
				names = append(names, s.(*ast.ValueSpec).Names[0].Name)
			}
		}
		return true
	})
	all := strings.Join(names, " ")
	for _, want := range []string{"FilterNearest FilterLinear FilterPixelated", "AddressUnsafe AddressClampToZero AddressRepeat"} {
		if !strings.Contains(all, want) {
			return errors.New("the filters or addresses are others")
		}
	}
	return nil
}
