// Package templates makes the boards that a person may begin with: the tour, and what
// teams do again and again. Each is a file of JSON as docs/board-json.md says, which the
// page imports, and a preview, in each language. They are files beside the program and
// no part of it; scripts/pack has them made.
//
// In their texts, {origin} and {board} stand for the address of the relay and the name of
// the board, which the page puts in when it takes them.
package templates

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/feed"
	"edgeboard/shared/figure"
)

// A template is one of the list.
type template struct {
	name string // in the names of its files, and of its texts: templates.NAME and templates.NAME-about
	draw func(*sketch)
}

// list is all of them, in the order in which they are offered.
var list = [...]template{
	{"tour", tour},
	{"brainstorm", brainstorm},
	{"retrospective", retrospective},
	{"kanban", kanban},
	{"flow", flow},
	{"meeting", meeting},
	{"dashboard", dashboard},
}

// replica is who writes them: the same bytes are to come each time.
const replica = 1

// sketched draws a template in a language.
func (t template) sketched(l texts.Language, origin, name string) (*sketch, error) {
	s := &sketch{language: l, doc: board.New(replica), origin: origin, board: name, samples: map[string][]float64{}}
	s.edit = s.doc.Edit()
	t.draw(s)
	if err := s.edit.Err(); err != nil {
		return nil, fmt.Errorf("draw the template %s: %w", t.name, err)
	}
	s.edit.Commit()
	return s, nil
}

// Names are the files of all templates, as Write calls them.
func Names() (names []string) {
	for _, t := range list {
		for _, l := range texts.Languages {
			names = append(names, t.file(l, ".json"), t.file(l, ".svg"))
		}
	}
	return names
}

func (t template) file(l texts.Language, suffix string) string {
	return "template-" + t.name + "." + l.Tag() + suffix
}

// Write writes them into a folder.
func Write(folder string) (err error) {
	for _, t := range list {
		for _, l := range texts.Languages {
			s, drawn := t.sketched(l, "{origin}", "{board}")
			shown, _ := t.sketched(l, "http://localhost:8080", "plans")
			if drawn != nil {
				return drawn
			}
			var file bytes.Buffer
			err = errors.Join(err, export.WriteJSON(&file, s.doc, export.JSONOptions{}),
				os.WriteFile(filepath.Join(folder, t.file(l, ".json")), file.Bytes(), 0o644),
				os.WriteFile(filepath.Join(folder, t.file(l, ".svg")), shown.preview(), 0o644))
		}
	}
	return err
}

// wide are the fonts of a browser whose letters are wider than most: what fits with them
// fits.
type wide struct{ export.Fonts }

func (w wide) Width(text string) float64 { return 1.14 * w.Fonts.Width(text) }

// previewMargin is around a preview, in board units.
const previewMargin = 40

// preview draws the sketch as it will look, with samples of what comes by its feeds.
func (s *sketch) preview() []byte {
	figures := s.figures(wide{})
	return export.AppendSVG(nil, slices.Collect(figures.All()), export.Options{Margin: previewMargin, Dark: true})
}

// previewTime is the time of previews, in milliseconds since 1970, and previewStep how far
// the points of their feeds are apart.
const (
	previewTime = 1_764_000_000_000
	previewStep = 5000
)

// figures lays the sketch out.
func (s *sketch) figures(fonts figure.Fonts) *figure.Set {
	set := figure.New(s.doc, fonts)
	set.ShowFeeds(func(patterns []string) (series []*feed.Series) {
		for _, pattern := range patterns {
			if values := s.samples[pattern]; values != nil {
				ring := feed.NewRing(feed.Numbers, len(values))
				for i, v := range values {
					ring.Push(feed.Point{Time: previewTime - int64(len(values)-1-i)*previewStep, Number: v})
				}
				series = append(series, &feed.Series{Name: pattern, Type: feed.Numbers, Ring: ring})
			}
		}
		return series
	})
	var names []string
	for name := range s.samples {
		names = append(names, strings.TrimSuffix(name, "*"))
	}
	set.FeedsChanged(names, previewTime)
	if s.language == texts.Chinese {
		set.Speak(wordsOf(texts.Chinese))
	}
	return set
}

// wordsOf are what tiles say in a language.
func wordsOf(l texts.Language) figure.Words {
	word := func(key string) string { return l.Text(key, "{}") }
	return figure.Words{
		Waiting: word("tile.waiting"), Nothing: word("tile.nothing"), Ago: word("tile.ago"), Within: word("tile.within"), More: word("tile.more"),
		Last: word("tile.last"), Low: word("tile.low"), High: word("tile.high"), Age: word("tile.age"),
		Seconds: word("tile.s"), Minutes: word("tile.min"), Hours: word("tile.h"), Days: word("tile.d"),
	}
}
