package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// mount mounts a file system in memory, of so many bytes, where that is allowed.
func mount(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("edgeboard-test", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("SKIPPED: a file system cannot be mounted here (it takes root), so this is NOT tested: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestDiskReallyFull(t *testing.T) {
	dir := mount(t, "8m")
	s := open(t, filepath.Join(dir, "data"))
	ballast := filepath.Join(dir, "ballast")
	testFull(t, s, func() (room func()) {
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var fs syscall.Statfs_t
		if err := syscall.Statfs(dir, &fs); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(make([]byte, (int64(fs.Bavail)-60)*fs.Bsize)); err != nil {
			t.Fatal(err)
		}
		return func() {
			// A large snapshot needs room for two of them, and for the WAL.
			if err := syscall.Mount("edgeboard-test", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		}
	})
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	mustClose(t, s)
}

// A start on a disk that is full is refused with the reason, and the file that
// is there stays sound.
func TestOpenOnFullDisk(t *testing.T) {
	dir := mount(t, "1m")
	s := open(t, filepath.Join(dir, "data"))
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	ballast := filepath.Join(dir, "ballast")
	err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600)
	if err == nil {
		t.Fatal("the disk is not full")
	}
	if s, err := sqlite.Open(filepath.Join(dir, "new")); err == nil {
		s.Close()
		t.Error("a new database was made on a full disk")
	} else if !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("%q does not say that the disk is full", err)
	}
	if s, err := sqlite.Open(filepath.Join(dir, "data")); err == nil {
		storetest.Want(t, s, "b", "one")
		s.Close()
	} else if !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("%q does not say that the disk is full", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	storetest.Want(t, open(t, filepath.Join(dir, "data")), "b", "one")
}

// The file system is mounted read-only, as Linux does by itself when a disk
// fails.
func TestFileSystemReadOnly(t *testing.T) {
	dir := mount(t, "4m")
	s := open(t, filepath.Join(dir, "data"))
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if err := syscall.Mount("edgeboard-test", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data", "new"} {
		if s, err := sqlite.Open(filepath.Join(dir, name)); err == nil {
			s.Close()
			t.Errorf("%s was opened", name)
		} else if !strings.Contains(err.Error(), "the file system is read-only") || !strings.Contains(err.Error(), dir) {
			t.Errorf("%q does not say what is wrong, or where", err)
		}
	}
}

// inChild runs this test alone in another process, since it changes what holds
// for the whole of one, and reports whether this is that process.
func inChild(t *testing.T) bool {
	t.Helper()
	const variable = "EDGEBOARD_TEST_CHILD"
	if os.Getenv(variable) != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "--- SKIP") {
		t.Skipf("%s", out)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// Files may not become larger than they are: each write fails with EFBIG, which
// SQLite takes for a failure of the disk. The connection is opened again.
func TestFileSizeLimit(t *testing.T) {
	if !inChild(t) {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // a write over the limit gets an error too
	dir := t.TempDir()
	s := open(t, dir)
	testFull(t, s, func() (room func()) {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, sqlite.FileName+"-wal"))
		if err != nil {
			t.Fatal(err)
		}
		low := limit
		low.Cur = uint64(info.Size() + 200_000) // somewhere in a page
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &low); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
				t.Fatal(err)
			}
		}
	})
	mustClose(t, s)
	if err := open(t, dir).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A folder, or a file in it, that belongs to somebody else.
func TestMayNotWrite(t *testing.T) {
	if os.Getuid() == 0 {
		// Root may write everywhere.
		if !inChild(t) {
			return
		}
		const nobody = 65534
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			t.Skipf("SKIPPED: root cannot become somebody else here, so this is NOT tested: %v", err)
		}
	}
	dir := t.TempDir()
	s := open(t, dir)
	if err := storetest.Append(s, "b", []byte("one")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	path := filepath.Join(dir, sqlite.FileName)
	for _, test := range []struct {
		name string
		path string
		mode os.FileMode
	}{
		{"the folder", dir, 0o500},
		{"the folder, at all", dir, 0},
		{"the file", path, 0o400},
		{"the file, nor read it", path, 0},
		{"the lock", filepath.Join(dir, "lock.db"), 0o400},
	} {
		t.Run(test.name, func(t *testing.T) {
			info, err := os.Stat(test.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(test.path, test.mode); err != nil {
				t.Fatal(err)
			}
			defer os.Chmod(test.path, info.Mode())
			if s, err := sqlite.Open(dir); err == nil {
				s.Close()
				t.Error("it was opened")
			} else if !strings.Contains(err.Error(), "the relay's user may") || !strings.Contains(err.Error(), dir) {
				t.Errorf("%q does not say what is wrong, or where", err)
			}
		})
	}
	storetest.Want(t, open(t, dir), "b", "one")
}
