package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

const drawAbout = `Draws what is in a file beside what is on the board, in a grid, as one change. By the
file's suffix:

  .txt, .md  a sticky note for each paragraph; headings are notes of another colour
  .csv       a tile for each column of numbers, with the column's course. The first
             row names the columns. Rows are as far apart as a column of times says
             (2026-01-02T15:04:05Z, 2026-01-02, or seconds since 1970), or --every;
             the last row counts as now. The numbers are feeds, NAME.column, which a
             relay keeps for an hour or so: what is longer is drawn faster

With - as FILE it is read from standard input, as what --as says.`

const drawExample = `  boardctl draw https://boards.example.com/b/plans agenda.md
  boardctl draw --chart lines --name load https://boards.example.com/b/plans load.csv`

// drawing is a call of boardctl draw.
type drawing struct {
	remote
	as, page, name, chart string
	columns               int
	every                 time.Duration
}

var drawFormats = []string{"csv", "md", "txt"}

func drawVerb(t *terminal) *cobra.Command {
	x := &drawing{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "draw [flags] BOARD FILE", Short: "draws texts as notes, and columns of numbers as tiles", Long: drawAbout, Example: drawExample,
		Args:              counted(2, 2, "name the board, and the file to draw"),
		ValidArgsFunction: completes(nil, drawFormats),
		RunE:              doing(x.run),
	}
	f := v.Flags()
	f.StringVar(&x.as, "as", "", "`format`, instead of the one that the suffix says")
	f.IntVar(&x.columns, "columns", 0, "`number` of columns of the grid; 0: as many as make a square")
	f.StringVar(&x.page, "page", "", "`page` of the board, by its name or its number; without it the first")
	f.StringVar(&x.name, "name", "", "`name` that feeds begin with; without it that of the file")
	f.StringVar(&x.chart, "chart", "sparkline", "`chart` of a tile: "+strings.Join(chartNames, ", "))
	f.DurationVar(&x.every, "every", time.Second, "`time` between rows that have none")
	completeFrom(v, "as", drawFormats...)
	completeFrom(v, "chart", chartNames...)
	x.declare(v)
	return v
}

func (x *drawing) run(ctx context.Context, args []string) error {
	format, err := formatOf(args[1], x.as, drawFormats)
	if err != nil {
		return err
	}
	if x.columns < 0 || x.every <= 0 {
		return usageError("--columns is not less than 0, and --every more")
	}
	if !slices.Contains(chartNames, x.chart) {
		return usagef("--chart is one of %s", strings.Join(chartNames, ", "))
	}
	at, err := boardAt(args[0])
	if err != nil {
		return err
	}
	data, err := readAll(x.t, args[1])
	if err != nil {
		return err
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	if format == "csv" {
		x.name = cmp.Or(x.name, strings.TrimSuffix(filepath.Base(args[1]), filepath.Ext(args[1])))
		return x.drawTable(ctx, at, token, args[1], data)
	}
	notes := paragraphs(string(data), format == "md")
	if len(notes) == 0 {
		return fmt.Errorf("%s: there is no text in it", args[1])
	}
	err = x.change(ctx, at, token, func(doc *board.Board) ([]byte, error) {
		return x.lay(doc, len(notes), func(edit *board.Edit, i int) board.ID { return notes[i].draw(edit) })
	})
	if err != nil {
		return err
	}
	x.t.say("%d notes are on %s", len(notes), at.board)
	return nil
}

// readAll reads a file of at most export.MaxFile bytes, or standard input if its name
// is -.
func readAll(t *terminal, name string) ([]byte, error) {
	in := t.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, export.MaxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(data) > export.MaxFile:
		return nil, fmt.Errorf("%s has more than %s", name, size(export.MaxFile))
	case !utf8.Valid(data):
		return nil, fmt.Errorf("%s is not UTF-8", name)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// sticky is a note to be.
type sticky struct {
	text    string
	heading bool
}

// headingColor is the paper of headings.
const headingColor = 0xa5d8ff

func (s sticky) draw(edit *board.Edit) board.ID {
	id := edit.Create(board.KindNote)
	edit.Set(id, board.KeyWidth, board.Float(figure.NoteSize))
	edit.Set(id, board.KeyHeight, board.Float(figure.NoteSize))
	if s.heading {
		edit.Set(id, board.KeyFill, board.Int(headingColor))
	}
	edit.Splice(id, board.Bytes, 0, 0, s.text)
	return id
}

var heading = regexp.MustCompile(`^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$`)

// paragraphs cuts a text at its empty lines, and Markdown at its headings too.
func paragraphs(text string, markdown bool) (list []sticky) {
	var lines []string
	end := func() {
		if len(lines) > 0 {
			list = append(list, sticky{text: strings.Join(lines, "\n")})
		}
		lines = nil
	}
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		line = strings.TrimRight(line, " \t\n")
		m := heading.FindStringSubmatch(line)
		switch {
		case markdown && m != nil:
			end()
			list = append(list, sticky{m[1], true})
		case line == "":
			end()
		default:
			lines = append(lines, line)
		}
	}
	end()
	return list
}

// gap is between what is drawn, in board units.
const gap = 24

// lay draws so many things in a grid, beside what there is on the page, and returns
// the update.
func (x *drawing) lay(doc *board.Board, n int, draw func(edit *board.Edit, i int) board.ID) ([]byte, error) {
	set := figure.New(doc, export.Fonts{})
	if err := choosePage(set, x.page); err != nil {
		return nil, err
	}
	left, top := 0.0, 0.0
	if b := extent(doc, set); !b.Empty() {
		left, top = b.Max.X+2*gap, b.Min.Y
	}
	edit := doc.Edit()
	var ids []board.ID
	for i := range n {
		id := draw(edit, i)
		if page := set.Page(); page != set.MainPage() {
			edit.Set(id, board.KeyPage, board.Ref(page))
		}
		ids = append(ids, id)
	}
	// What has a text may be larger than it was made.
	page := set.Page()
	set = figure.New(doc, export.Fonts{})
	set.ShowPage(page)
	columns := x.columns
	if columns == 0 {
		columns = int(math.Ceil(math.Sqrt(float64(n))))
	}
	for row := range slices.Chunk(ids, columns) {
		height, at := 0.0, left
		for _, id := range row {
			edit.Set(id, board.KeyX, board.Float(at))
			edit.Set(id, board.KeyY, board.Float(top))
			e := doc.Element(id)
			w, h := e.Float(board.KeyWidth, 0), e.Float(board.KeyHeight, 0)
			if f := set.Settled(id); f != nil {
				w, h = f.Place.W, f.Place.H
			}
			at, height = at+w+gap, max(height, h)
		}
		top += height + gap
	}
	err := edit.Err()
	update := edit.Commit()
	if err != nil {
		return nil, fmt.Errorf("the board has no room for it: %w", err)
	}
	return update, nil
}

// extent is the box around all that is on the page that is shown.
func extent(doc *board.Board, set *figure.Set) geom.Box {
	all := geom.NoBox
	for f := range set.All() {
		b := f.Bounds
		if f.Kind() == board.KindNote { // without its shadow
			b = geom.Rect(f.Place.X, f.Place.Y, f.Place.W, f.Place.H)
		}
		all = all.Union(b)
	}
	for e := range doc.Elements() { // tiles, of which not every version of figures knows
		if page, ok := set.PageOf(e); e.Kind() == board.KindTile && ok && page == set.Page() {
			all = all.Union(geom.Rect(e.Float(board.KeyX, 0), e.Float(board.KeyY, 0), e.Float(board.KeyWidth, 0), e.Float(board.KeyHeight, 0)))
		}
	}
	return all
}
