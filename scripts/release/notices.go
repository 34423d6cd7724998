package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licence is the name of a file that goes wherever a module's code goes.
var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright)([-._].*)?$`)

// notices writes the licences of all that the programs for a system are made of, and the
// page that the relay has in it: most want to be told to whoever gets the binaries.
func notices(w io.Writer, system, arch string) error {
	folders := map[string]string{} // of modules, as "path version"
	for _, of := range []struct {
		system, arch string
		programs     []string
	}{{system, arch, []string{"./relay", "./boardctl"}}, {"js", "wasm", []string{"./wasmclient"}}} {
		list := exec.Command("go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}"}, of.programs...)...)
		list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+of.system, "GOARCH="+of.arch)
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return fmt.Errorf("listing the modules for %s/%s: %w", of.system, of.arch, err)
		}
		for line := range strings.Lines(string(out)) {
			if module, folder, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				folders[module] = folder
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("looking for Go: %w", err)
	}
	folders["Go"] = strings.TrimSpace(string(root))
	var modules []string
	for module := range folders {
		modules = append(modules, module)
	}
	slices.Sort(modules)
	text := bytes.NewBufferString("Edgeboard is under the licence in the file LICENSE. It has in it what others have made:\n")
	for _, module := range modules {
		files, err := os.ReadDir(folders[module])
		if err != nil {
			return err
		}
		found := false
		for _, f := range files {
			if !f.Type().IsRegular() || !licence.MatchString(f.Name()) || strings.HasSuffix(f.Name(), ".go") {
				continue
			}
			b, err := os.ReadFile(filepath.Join(folders[module], f.Name()))
			if err != nil {
				return err
			}
			found = true
			fmt.Fprintf(text, "\n%s\n%s: %s\n\n%s\n", strings.Repeat("=", 78), module, f.Name(), bytes.TrimSpace(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))))
		}
		if !found {
			return fmt.Errorf("%s has no file with its licence in %s", module, folders[module])
		}
	}
	_, err = w.Write(text.Bytes())
	return err
}
