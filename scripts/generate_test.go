package scripts

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What is generated is what the sources say.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	tool := exec.Command("go", "tool", "-n", "-modfile=scripts/tools.mod", "protoc-gen-go")
	tool.Dir = ".."
	if out, err := tool.CombinedOutput(); err != nil {
		t.Skipf("the generator cannot be had here: %v\n%s", err, out)
	}
	into := t.TempDir()
	if out, err := exec.Command("./generate.sh", into).CombinedOutput(); err != nil {
		t.Fatalf("generate.sh: %v\n%s", err, out)
	}
	const name = "edgeboard.pb.go"
	want, err := os.ReadFile(filepath.Join(into, name))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../shared/wire/wirepb/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what edgeboard.proto says: run scripts/generate.sh", name)
	}
}
