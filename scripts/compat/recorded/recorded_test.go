package recorded

import (
	"os"
	"path/filepath"
	"testing"
)

func TestStay(t *testing.T) {
	testdata := t.TempDir()
	folder := filepath.Join(testdata, "v1.0.0")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(Into, folder)
	Stay(t, testdata, "names.txt", []string{"b", "a", "b"})
	t.Setenv(Into, "")
	list := Files(t, testdata, "names.txt", nil)
	if len(list) != 1 || list[0].Version != "1.0.0" || string(list[0].Data) != "a\nb\n" {
		t.Errorf("recorded was %q, want each name once, in order", list)
	}
	Stay(t, testdata, "names.txt", []string{"c", "b", "a"}) // a new one is well
	gone := &testing.T{}
	Stay(gone, testdata, "names.txt", []string{"b"})
	if !gone.Failed() {
		t.Error("that a is gone was not noticed")
	}
}
