package main

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// entry is a file of an archive.
type entry struct {
	name    string // in the folder of the archive
	source  string // where it is now
	program bool   // it may be run
}

// entries are what a release has for a system, in the order of their names.
func entries(folder, system, arch string) []entry {
	exe := ""
	if system == "windows" {
		exe = ".exe"
	}
	built := filepath.Join(folder, system+"-"+arch)
	list := []entry{
		{"relay" + exe, filepath.Join(built, "relay"+exe), true},
		{"boardctl" + exe, filepath.Join(built, "boardctl"+exe), true},
		{"CHANGELOG.md", changelog, false},
		{"LICENSE", "LICENSE", false},
		{"NOTICES.txt", filepath.Join(built, "NOTICES.txt"), false},
		{"README.md", "README.md", false},
	}
	if system == "linux" {
		list = append(list, entry{"edgeboard.service", "docs/deploy/edgeboard.service", false})
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return list
}

// archive is what a system's archives are written with.
type archive interface {
	add(name string, size int64, program bool, content io.Reader) error
	close() error
}

// pack makes the archive for a system.
func pack(folder, system, arch string) (err error) {
	r, err := newest(changelog)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("edgeboard-%s-%s-%s", r.version, system, arch)
	form, suffix := newTar, ".tar.gz"
	if system == "windows" {
		form, suffix = newZip, ".zip"
	}
	file, err := os.Create(filepath.Join(folder, name+suffix))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	a := form(file, r.day)
	for _, e := range entries(folder, system, arch) {
		if err := addFile(a, name, e); err != nil {
			return fmt.Errorf("packing %s: %w", e.source, err)
		}
	}
	return a.close()
}

func addFile(a archive, folder string, e entry) error {
	f, err := os.Open(e.source)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return a.add(path.Join(folder, e.name), info.Size(), e.program, f)
}

func mode(program bool) int64 {
	if program {
		return 0o755
	}
	return 0o644
}

type tarred struct {
	tar  *tar.Writer
	gzip *gzip.Writer
	day  time.Time
}

func newTar(w io.Writer, day time.Time) archive {
	// The level is one that there is. Its header stays without name and time.
	z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)
	return &tarred{tar: tar.NewWriter(z), gzip: z, day: day}
}

func (a *tarred) add(name string, size int64, program bool, content io.Reader) error {
	err := a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: mode(program), ModTime: a.day, Format: tar.FormatUSTAR})
	if err == nil {
		_, err = io.Copy(a.tar, content)
	}
	return err
}

func (a *tarred) close() error { return errors.Join(a.tar.Close(), a.gzip.Close()) }

type zipped struct {
	zip *zip.Writer
	day time.Time
}

func newZip(w io.Writer, day time.Time) archive { return &zipped{zip.NewWriter(w), day} }

func (a *zipped) add(name string, _ int64, program bool, content io.Reader) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.day}
	h.SetMode(os.FileMode(mode(program)))
	w, err := a.zip.CreateHeader(h)
	if err == nil {
		_, err = io.Copy(w, content)
	}
	return err
}

func (a *zipped) close() error { return a.zip.Close() }

// sums writes the checksums of a folder's archives, as sha256sum -c reads them.
func sums(folder string) error {
	files, err := os.ReadDir(folder) // in the order of their names
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "edgeboard-") {
			continue
		}
		sum, err := sumOf(filepath.Join(folder, f.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%x  %s\n", sum, f.Name())
	}
	if text.Len() == 0 {
		return fmt.Errorf("%s has no archives", folder)
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(text.String()), 0o644)
}

func sumOf(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}
