package main

import (
	"errors"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strings"
)

// withoutDumps returns a file whose functions have the signatures of the given one,
// and report that images cannot be dumped. For that the engine brings archive/zip and
// an encoder of PNG into every program.
func withoutDumps(source []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "image_js.go", source, 0)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("// Code written by scripts/lean. DO NOT EDIT.\n\npackage graphicscommand\n\nimport (\n\"errors\"\n\"image\"\n\n\"" + engine + "/internal/graphicsdriver\"\n)\n\n" +
		"var errNoDumps = errors.New(\"graphicscommand: images cannot be dumped in this program\")\n\n")
	found := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		switch {
		case !ok || f.Name.Name == "download":
			continue
		case f.Name.Name != "Dump" && f.Name.Name != "DumpImages":
			return nil, errors.New("it does more than dump images: " + f.Name.Name)
		}
		found++
		b.Write(source[set.Position(f.Pos()).Offset:set.Position(f.Body.Pos()).Offset])
		b.WriteString("{\nreturn \"\", errNoDumps\n}\n\n")
	}
	if found != 2 {
		return nil, errors.New("it does not dump images")
	}
	return format.Source([]byte(b.String()))
}
