package scripts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every package's tests fail when they leave a goroutine behind: their TestMain
// asks goleak, or scripttest, which does (and has a test of that).
func TestGoroutineLeaksAreLookedFor(t *testing.T) {
	for platform, env := range platforms {
		tested := 0
		for _, p := range list(t, env, "-tags=e2e", "./...") {
			files := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
			if len(files) == 0 {
				continue
			}
			tested++
			looks := slices.ContainsFunc(files, func(name string) bool {
				return looksForLeaks(t, filepath.Join(p.Dir, name))
			})
			if !looks {
				t.Errorf("%s (%s): no TestMain looks for goroutines that its tests leave behind; write a main_test.go like that of shared/wire",
					strings.TrimPrefix(p.ImportPath, module), platform)
			}
		}
		if tested < 10 {
			t.Errorf("%s: %d packages with tests were found", platform, tested)
		}
	}
}

// looksForLeaks reports whether a file calls one of them in TestMain, or in the Run
// of what TestMain runs.
func looksForLeaks(t *testing.T, name string) bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	main, calls := false, false
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "TestMain" && f.Name.Name != "Run" {
			continue
		}
		main = main || f.Name.Name == "TestMain"
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				x, ok := s.X.(*ast.Ident)
				calls = calls || ok && (x.Name == "goleak" || x.Name == "scripttest" && s.Sel.Name == "Main")
			}
			return !calls
		})
	}
	return main && calls
}
