package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tree makes the files that a release is packed of, as a machine of its own has them:
// with its times, its modes, and made in its order.
func tree(t *testing.T, when time.Time, mode os.FileMode, backwards bool) {
	t.Helper()
	t.Chdir(t.TempDir())
	files := []string{
		changelog, "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-03-04\n\n- more\n\n## [1.0.0] - 2026-11-22\n",
		"LICENSE", "free\n", "README.md", "a board\n", "docs/deploy/edgeboard.service", "[Unit]\n",
		"out/linux-arm64/relay", strings.Repeat("relay", 1000), "out/linux-arm64/boardctl", "tool", "out/linux-arm64/NOTICES.txt", "of others\n",
		"out/windows-amd64/relay.exe", "relay of windows", "out/windows-amd64/boardctl.exe", "tool of windows", "out/windows-amd64/NOTICES.txt", "of others\n",
	}
	var names []string
	for i := 0; i < len(files); i += 2 {
		names = append(names, files[i])
	}
	if backwards {
		slices.Reverse(names)
	}
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[slices.Index(files, name)+1]), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, when, when); err != nil {
			t.Fatal(err)
		}
	}
}

func do(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(args, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	ofLinux   = "out/edgeboard-1.2.0-linux-arm64.tar.gz"
	ofWindows = "out/edgeboard-1.2.0-windows-amd64.zip"
)

// Who builds a release elsewhere, and later, has the same bytes.
func TestSameBytes(t *testing.T) {
	made := func(when time.Time, mode os.FileMode, backwards bool) (list [][]byte) {
		tree(t, when, mode, backwards)
		do(t, "pack", "out", "linux", "arm64")
		do(t, "pack", "out", "windows", "amd64")
		do(t, "sums", "out")
		for _, name := range []string{ofLinux, ofWindows, "out/SHA256SUMS"} {
			list = append(list, read(t, name))
		}
		return list
	}
	here := made(time.Unix(1e9, 0), 0o600, false)
	there := made(time.Date(2030, 1, 1, 0, 0, 0, 0, time.FixedZone("", 9*3600)), 0o777, true)
	for i, b := range here {
		if !bytes.Equal(b, there[i]) {
			t.Errorf("file %d differs: %x, %x", i, sha256.Sum256(b), sha256.Sum256(there[i]))
		}
	}
	want := fmt.Sprintf("%x  edgeboard-1.2.0-linux-arm64.tar.gz\n%x  edgeboard-1.2.0-windows-amd64.zip\n", sha256.Sum256(here[0]), sha256.Sum256(here[1]))
	if string(here[2]) != want {
		t.Errorf("the checksums are\n%swant\n%s", here[2], want)
	}
}

// What comes out of an archive is in one folder, belongs to nobody, and runs.
func TestArchives(t *testing.T) {
	tree(t, time.Unix(1e9, 0), 0o600, false)
	do(t, "pack", "out", "linux", "arm64")
	do(t, "pack", "out", "windows", "amd64")
	var got []string
	z, err := gzip.NewReader(bytes.NewReader(read(t, ofLinux)))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the header of gzip says %q of %v", z.Name, z.ModTime)
	}
	day := time.Date(2027, 3, 4, 0, 0, 0, 0, time.UTC)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || !h.ModTime.Equal(day) {
			t.Errorf("%s belongs to %d:%d %q, and is of %v", h.Name, h.Uid, h.Gid, h.Uname, h.ModTime)
		}
		got = append(got, fmt.Sprintf("%s %o %d", h.Name, h.Mode, h.Size))
	}
	const folder = "edgeboard-1.2.0-linux-arm64/"
	want := []string{folder + "CHANGELOG.md 644 87", folder + "LICENSE 644 5", folder + "NOTICES.txt 644 10", folder + "README.md 644 8", folder + "boardctl 755 4", folder + "edgeboard.service 644 7", folder + "relay 755 5000"}
	if !slices.Equal(got, want) {
		t.Errorf("the archive has\n%q, want\n%q", got, want)
	}
	r, err := zip.OpenReader(ofWindows)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got = nil
	for _, f := range r.File {
		got = append(got, fmt.Sprintf("%s %v %d", strings.TrimPrefix(f.Name, "edgeboard-1.2.0-windows-amd64/"), f.Mode(), f.UncompressedSize64))
		if !f.Modified.Equal(day) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
	want = []string{"CHANGELOG.md -rw-r--r-- 87", "LICENSE -rw-r--r-- 5", "NOTICES.txt -rw-r--r-- 10", "README.md -rw-r--r-- 8", "boardctl.exe -rwxr-xr-x 15", "relay.exe -rwxr-xr-x 16"}
	if !slices.Equal(got, want) {
		t.Errorf("the archive has\n%q, want\n%q", got, want)
	}
}

func TestVersion(t *testing.T) {
	tree(t, time.Unix(1e9, 0), 0o600, false)
	if got := do(t, "version"); got != "1.2.0\n" {
		t.Errorf("the newest version is %q", got)
	}
	for _, text := range []string{"# Changelog\n", "## [Unreleased]\n", "## [1.0] - 2026-11-22\n", "## [01.0.0] - 2026-11-22\n", "## [1.0.0] - 2026-13-22\n", "## 1.0.0\n", "text ## [1.0.0] - 2026-11-22\n"} {
		if err := os.WriteFile(changelog, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run([]string{"version"}, io.Discard); err == nil || !strings.Contains(err.Error(), changelog) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMistakes(t *testing.T) {
	tree(t, time.Unix(1e9, 0), 0o600, false)
	for _, args := range [][]string{{}, {"pack", "out"}, {"version", "2"}, {"pack", "out", "plan9", "mips"}, {"sums", "docs"}, {"sums", "none"}} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// What is in the relay is named with its licence, what is in the page alone too, and
// nothing that is in tests alone.
func TestNotices(t *testing.T) {
	t.Chdir("../..")
	text := do(t, "notices", "windows", "arm64")
	for _, want := range []string{"Go: LICENSE\n", "zombiezen.com/go/sqlite v", "modernc.org/", "github.com/hajimehoshi/ebiten/v2 v", "github.com/spf13/cobra v", "Permission is hereby granted"} {
		if !strings.Contains(text, want) {
			t.Errorf("the notices do not have %q", want)
		}
	}
	for _, not := range []string{"github.com/chromedp/", "github.com/rogpeppe/", "go.uber.org/goleak"} {
		if strings.Contains(text, "\n"+not) {
			t.Errorf("the notices have %s, which is in no program", not)
		}
	}
	if again := do(t, "notices", "windows", "arm64"); again != text {
		t.Error("they are other ones the second time")
	}
}

// The sources decide what a program is, and not where they lie. How the whole of a release
// comes out twice says scripts/release.sh -check, which takes minutes.
func TestSameProgramsElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds both programs twice")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here, which scripts/programs.sh needs")
	}
	elsewhere := filepath.Join(t.TempDir(), "another place")
	for _, folder := range []string{"boardctl", "public", "relay", "shared"} {
		if err := os.CopyFS(filepath.Join(elsewhere, folder), os.DirFS(filepath.Join("../..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", "scripts/programs.sh"} {
		_ = os.MkdirAll(filepath.Join(elsewhere, filepath.Dir(file)), 0o700)
		if err := os.WriteFile(filepath.Join(elsewhere, file), read(t, filepath.Join("../..", file)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"relay", "boardctl"} {
		var sums [2][sha256.Size]byte
		for i, from := range []string{"../..", elsewhere} {
			file := filepath.Join(t.TempDir(), name)
			build := exec.CommandContext(t.Context(), "sh", "-euc", `. scripts/programs.sh; program "$1" "$2"`, "sh", name, file)
			build.Dir = from
			build.Env = append(os.Environ(), "VERSION=1.2.3")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("building %s in %s: %v\n%s", name, from, err, out)
			}
			b := read(t, file)
			sums[i] = sha256.Sum256(b)
			if bytes.Contains(b, []byte(elsewhere)) {
				t.Errorf("%s has the path of its sources in it", name)
			}
			said, err := exec.CommandContext(t.Context(), file, "version").Output()
			if err != nil || !strings.HasPrefix(string(said), name+" 1.2.3, go1.") {
				t.Errorf("%s says that it is %q (%v)", name, said, err)
			}
		}
		if sums[0] != sums[1] {
			t.Errorf("%s is another one where its sources lie elsewhere: %x, %x", name, sums[0], sums[1])
		}
	}
}
