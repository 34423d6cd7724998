package main

import (
	"strings"
	"testing"
)

func TestWithoutDumps(t *testing.T) {
	const source = `package graphicscommand

import ("archive/zip"; "image"; "example.org/graphicsdriver")

func download(b []byte) { zip.NewWriter(nil) }

func (i *Image) Dump(g graphicsdriver.Graphics, path string, blackbg bool, rect image.Rectangle) (string, error) {
	download(nil)
	return path, nil
}

// DumpImages dumps.
func DumpImages(images []*Image, g graphicsdriver.Graphics, dir string) (string, error) { return dir, nil }
`
	got, err := withoutDumps([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"func (i *Image) Dump(g graphicsdriver.Graphics, path string, blackbg bool, rect image.Rectangle) (string, error) {\n\treturn \"\", errNoDumps\n}",
		"func DumpImages(images []*Image, g graphicsdriver.Graphics, dir string) (string, error) {\n\treturn \"\", errNoDumps\n}",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("there is no %s in\n%s", want, got)
		}
	}
	if strings.Contains(string(got), "zip") {
		t.Errorf("the archive is still there:\n%s", got)
	}
	for _, other := range []string{
		"package graphicscommand",
		strings.Replace(source, "func download", "func upload", 1),
		strings.Replace(source, "DumpImages(", "Pack(", 1),
		"no Go",
	} {
		if got, err := withoutDumps([]byte(other)); err == nil {
			t.Errorf("what is another file is taken for it:\n%s", got)
		}
	}
}
