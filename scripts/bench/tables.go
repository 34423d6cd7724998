package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// benchTables measures nothing: it makes the page of benchmarks from what others have
// printed, and the short table of the READMEs.
func benchTables(_ context.Context, args []string, out *report) error {
	flags := newFlags("tables", out)
	var from []string
	flags.Func("in", "`file` of lines that benches have printed; may be repeated (default docs/benchmarks.jsonl)", func(path string) error {
		from = append(from, path)
		return nil
	})
	page := flags.String("out", filepath.Join("docs", "BENCHMARKS.md"), "`file` that the page is written to")
	readmes := flags.String("readmes", ".", "`folder` of the READMEs whose short table is filled; none: they stay as they are")
	if err := flags.parse(args); err != nil {
		return err
	}
	if len(from) == 0 {
		from = []string{filepath.Join("docs", "benchmarks.jsonl")}
	}
	files, err := tableFiles(from, *page, *readmes)
	if err != nil {
		return fmt.Errorf("tables: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(f.path, f.is, 0o644); err != nil {
			return fmt.Errorf("tables: %w", err)
		}
		out.note("tables: %s", f.path)
	}
	return nil
}

// tableFile is a file that is made, or filled.
type tableFile struct {
	path string
	is   []byte
}

// tableFiles returns what the page and the READMEs say of the lines of files.
func tableFiles(from []string, page, readmes string) ([]tableFile, error) {
	m := &measured{}
	for _, path := range from {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		err = readLines(f, path, m)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	list, err := contests(m)
	if err != nil {
		return nil, err
	}
	text, err := benchmarksPage(m, list)
	if err != nil {
		return nil, err
	}
	files := []tableFile{{page, text}}
	rows, err := shortTable(list)
	if err != nil || readmes == "" || len(rows) == 0 {
		return files, err
	}
	for _, l := range languages {
		path := filepath.Join(readmes, l.file)
		was, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: -readmes= leaves READMEs alone", err)
		}
		if err != nil {
			return nil, err
		}
		table, err := l.write(rows)
		if err == nil {
			was, err = between(was, table)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, tableFile{path, was})
	}
	return files, nil
}

//go:embed tables.md.tmpl
var benchmarksTemplate string

// about is a line of a list.
type about struct{ What, Is string }

// benchmarksData is what the template says.
type benchmarksData struct {
	Machine, Versions []about
	Commands          []string
	Groups            []groupData
	Lost, Compared    int
	Own               []ownSection
}

type groupData struct {
	Title, Prose string
	Notes        []about
	Contests     []contestData
}

type contestData struct {
	Title, Name, Table, Verdict, Missing string
}

// asMeasured ends what lines say of how a subject is measured.
const asMeasured = ": as measured"

// machineFacts are said of the machine, in this order; all else that lines tell are versions.
var machineFacts = []string{"date", "edgeboard", "machine", "cores", "memory", "kernel", "go", "node", "chromium"}

func benchmarksPage(m *measured, list []*contest) ([]byte, error) {
	data := benchmarksData{}
	for _, what := range machineFacts {
		if is := m.is(what); len(is) > 0 {
			data.Machine = append(data.Machine, about{what, strings.Join(is, ", ")})
		}
	}
	for _, a := range m.abouts {
		of := about{a.what, strings.Join(m.is(a.what), ", ")}
		isVersion := !slices.Contains(machineFacts, a.what) && a.what != "command" && !strings.HasSuffix(a.what, asMeasured) && !strings.HasPrefix(a.is, "not ")
		if isVersion && !slices.Contains(data.Versions, of) {
			data.Versions = append(data.Versions, of)
		}
	}
	slices.SortFunc(data.Versions, func(a, b about) int { return strings.Compare(a.What, b.What) })
	for _, b := range m.benches {
		commands := m.commands(b.name)
		if len(commands) == 0 {
			commands = []string{"scripts/bench.sh " + b.name}
		}
		for _, c := range commands {
			data.Commands = append(data.Commands, c+" >> docs/benchmarks.jsonl")
		}
	}
	for _, c := range list {
		g := slices.IndexFunc(data.Groups, func(g groupData) bool { return g.Prose == c.group.prose })
		if g < 0 {
			g = len(data.Groups)
			data.Groups = append(data.Groups, groupData{Title: strings.ToUpper(c.group.name[:1]) + c.group.name[1:], Prose: c.group.prose})
			for _, subject := range c.group.subjects {
				if !c.group.notes {
					break
				}
				for _, is := range m.is(subject + asMeasured) {
					data.Groups[g].Notes = append(data.Groups[g].Notes, about{subject, is})
				}
			}
		}
		table, err := c.table()
		if err != nil {
			return nil, err
		}
		verdict, compared, lost, err := c.verdict()
		if err != nil {
			return nil, err
		}
		data.Compared, data.Lost = data.Compared+compared, data.Lost+lost
		data.Groups[g].Contests = append(data.Groups[g].Contests, contestData{c.title.en, c.name, table, verdict, c.missing(m)})
	}
	var err error
	if data.Own, err = ownSections(m); err != nil {
		return nil, err
	}
	t, err := template.New("page").Parse(benchmarksTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
