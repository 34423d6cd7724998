// Lean prepares what the page is built from: Ebitengine as its module has it, but
// for two files, which are written anew.
//
//	lean FOLDER
//
// writes FOLDER/ebiten, FOLDER/lean.mod and FOLDER/lean.sum, for go build -modfile.
//
// Ebitengine makes the sources of its built-in shaders by text/template. That calls
// methods by names which the linker cannot know, so that it keeps every exported
// method of every type of the program (the Go linker's deadcode: "reflectmethod").
// There are few such sources. Lean executes the template now, and has the program
// carry what comes of it: that makes the page a sixth smaller. The other file dumps
// images for who tests Ebitengine.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	engine = "github.com/hajimehoshi/ebiten/v2"
	// The files, in the engine's module.
	shaders = "internal/builtinshader/shader.go"
	dumps   = "internal/graphicscommand/image_js.go"
)

// rewritten says what becomes of the files.
var rewritten = map[string]func(source []byte) ([]byte, error){shaders: withoutTemplate, dumps: withoutDumps}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: lean FOLDER")
		os.Exit(2)
	}
	if err := prepare(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "lean:", err)
		os.Exit(1)
	}
}

// prepare fills a folder.
func prepare(folder string) error {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", engine).Output()
	if err != nil {
		return fmt.Errorf("finding %s: %w", engine, err)
	}
	from := strings.TrimSpace(string(out))
	if from == "" { // not downloaded yet
		if out, err := exec.Command("go", "mod", "download", engine).CombinedOutput(); err != nil {
			return fmt.Errorf("downloading %s: %w\n%s", engine, err, out)
		}
		return prepare(folder)
	}
	written := map[string][]byte{}
	for name, rewrite := range rewritten {
		source, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if written[name], err = rewrite(source); err != nil {
			return fmt.Errorf("%s: %w; see what has changed in it, and change package lean", filepath.Join(engine, name), err)
		}
	}
	to := filepath.Join(folder, "ebiten")
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := copySources(from, to); err != nil {
		return err
	}
	for name, data := range written {
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return err
		}
	}
	return modFile(folder)
}

// copySources copies what a program is built from: no tests, no examples.
func copySources(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (name == "examples" || name == "cmd" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case strings.HasSuffix(name, "_test.go"):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o644)
	})
}

// modFile writes the go.mod that takes Ebitengine from the folder, and its go.sum.
func modFile(folder string) error {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		return err
	}
	if bytes.Contains(mod, []byte("\nreplace ")) {
		return errors.New("go.mod replaces modules: say in package lean what becomes of these")
	}
	// The program says what it was built of: a path of this machine would make it another
	// one in each folder. One that is relative is of the main module's folder, which is this
	// one (go help mod edit).
	to := filepath.ToSlash(filepath.Join(folder, "ebiten"))
	if !filepath.IsAbs(to) {
		to = "./" + to
	}
	mod = fmt.Appendf(mod, "\nreplace %s => %q\n", engine, to)
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "lean.mod"), mod, 0o644),
		os.WriteFile(filepath.Join(folder, "lean.sum"), sum, 0o644),
	)
}
