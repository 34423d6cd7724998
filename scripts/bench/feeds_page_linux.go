package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/tile"
)

// The tiles of the case tiles50, in board units, which are pixels of the window: all are in view.
const (
	pageTiles       = 50
	pageTileColumns = 10
	pageTileWidth   = 116
	pageTileHeight  = 128
	pageTileGap     = 8
)

// charts are what the tiles show, in turn: as many of each as people have.
var charts = []tile.Chart{tile.Number, tile.Lines, tile.Sparkline, tile.Gauge, tile.Bars, tile.Number, tile.Table, tile.Light, tile.Lines, tile.Log, tile.Text}

// fedPage is what a frame costs a page.
type fedPage struct {
	still, fed mainThread // without data, and with it
	drawn      float64    // frames that the page drew for each
	frame      float64    // milliseconds from one to the next: 1000/60 unless the machine is busy
	late       time.Duration
}

// page measures what live data costs the page: its main thread's time for a frame while each of 50 tiles has another value ten times a
// second, and while none has.
func (b *feedsBench) page(ctx context.Context, out *report) error {
	const name = "tiles50"
	return b.look(ctx, name, func(browser context.Context, address string) error { return b.tiles(ctx, browser, address, name, out) })
}

func (b *feedsBench) tiles(ctx, browser context.Context, address, name string, out *report) error {
	if err := fillTiles(ctx, address, name); err != nil {
		return err
	}
	var runs []fedPage
	for i := range b.runs {
		out.note("feeds %s: run %d of %d", name, i+1, b.runs)
		one, err := b.feedPage(ctx, browser, address, name)
		if err != nil {
			return err
		}
		runs = append(runs, one)
		if one.late > 100*time.Millisecond {
			out.note("feeds %s: run %d: values were published %v after they were due: the machine was busy", name, i+1, one.late)
		}
	}
	add := func(metric, unit string, of func(fedPage) float64) { out.add(name, metric, unit, median(runs, of)) }
	add("page_ms_per_frame", "ms/frame", func(r fedPage) float64 { return ms(r.fed.task - r.still.task) })
	add("page_all_ms_per_frame", "ms/frame", func(r fedPage) float64 { return ms(r.fed.task) })
	add("page_still_ms_per_frame", "ms/frame", func(r fedPage) float64 { return ms(r.still.task) })
	add("page_script_ms_per_frame", "ms/frame", func(r fedPage) float64 { return ms(r.fed.script - r.still.script) })
	add("page_cpu_ms_per_frame", "ms/frame", func(r fedPage) float64 { return ms(r.fed.cpu - r.still.cpu) })
	add("page_frame_ms", "ms/frame", func(r fedPage) float64 { return r.frame })
	add("page_drawn", "frames/frame", func(r fedPage) float64 { return r.drawn })
	return nil
}

// fillTiles makes the tiles.
func fillTiles(ctx context.Context, address, name string) error {
	return fill(ctx, address, name, func(session *client.Session) error {
		e := session.Doc().Edit()
		for i := range pageTiles {
			id := e.Create(board.KindTile)
			e.Set(id, board.KeyX, board.Float(float64(i%pageTileColumns)*(pageTileWidth+pageTileGap)))
			e.Set(id, board.KeyY, board.Float(float64(i/pageTileColumns)*(pageTileHeight+pageTileGap)))
			e.Set(id, board.KeyWidth, board.Float(pageTileWidth))
			e.Set(id, board.KeyHeight, board.Float(pageTileHeight))
			e.Splice(id, board.UTF16, 0, 0, "tile "+strconv.Itoa(i))
			chart := charts[i%len(charts)]
			feeds := fedName(i)
			switch chart {
			case tile.Lines, tile.Bars, tile.Table: // of three feeds each
				feeds += "\n" + fedName((i+1)%pageTiles) + "\n" + fedName((i+2)%pageTiles)
			case tile.Log, tile.Text:
				feeds = fedText(i)
			}
			e.Set(id, board.KeyChart, board.Int(int64(chart)))
			e.Set(id, board.KeyFeed, board.String(feeds))
			e.Set(id, board.KeyUnit, board.String("%"))
			e.Set(id, board.KeySteps, board.String("70 f0a000;90 e03131"))
		}
		session.Commit(e.Commit())
		return e.Err()
	})
}

func fedName(i int) string { return "bench.n" + strconv.Itoa(i) }
func fedText(i int) string { return "bench.t" + strconv.Itoa(i) }

// publishRound publishes a value for each tile, at once.
func publishRound(ctx context.Context, url string, round int) error {
	values := map[string]any{}
	for i := range pageTiles {
		v := 50 + 40*math.Sin(float64(round)/40+float64(i)) + 5*math.Sin(float64(round*(i+3)))
		values["n"+strconv.Itoa(i)] = math.Round(v*100) / 100
		if chart := charts[i%len(charts)]; chart == tile.Log || chart == tile.Text {
			values["t"+strconv.Itoa(i)] = fmt.Sprintf("GET /b/%d took %d ms", round, (round*7+i)%100)
		}
	}
	body, err := json.Marshal(map[string]any{"values": values})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
		return fmt.Errorf("publishing: %s: %s", answer.Status, text)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// feedPage measures one page.
func (b *feedsBench) feedPage(ctx, browser context.Context, address, name string) (r fedPage, err error) {
	w, err := openWindow(browser, "http://"+address+"/b/"+name, frameScript)
	if err != nil {
		return r, err
	}
	defer w.close()
	if _, err = ask[float64](w, "bench.opened(%d)", pageTiles); err != nil {
		return r, err
	}
	const width, height = pageTileColumns * (pageTileWidth + pageTileGap), pageTiles / pageTileColumns * (pageTileHeight + pageTileGap)
	if _, err = ask[float64](w, "bench.lookAt(%d, %d, 1)", width/2, height/2); err != nil {
		return r, err
	}
	url := "http://" + address + "/api/v1/feeds/bench?board=" + name
	// Values to begin with, so that all that is drawn at all is drawn once.
	for round := range 100 {
		if err := publishRound(ctx, url, round); err != nil {
			return r, err
		}
	}
	if _, err = ask[any](w, "bench.settled(500)"); err != nil {
		return r, err
	}
	if r.still, _, err = w.cost("bench.idle(%d)", panFrames); err != nil {
		return r, err
	}
	feeding, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- feedRounds(feeding, url, &r.late) }()
	_, err = ask[any](w, "bench.idle(%d)", int(b.warm*60))
	if err == nil {
		var costs mainThread
		n := max(int(b.seconds*60)/panFrames, 1)
		began := time.Now()
		for range n {
			one, drawn, e := w.cost("bench.idle(%d)", panFrames)
			err = errors.Join(err, e)
			costs.task, costs.script, costs.cpu = costs.task+one.task, costs.script+one.script, costs.cpu+one.cpu
			r.drawn += drawn / float64(n)
		}
		r.frame = ms(time.Since(began)) / float64(n*panFrames)
		r.fed = mainThread{costs.task / time.Duration(n), costs.script / time.Duration(n), costs.cpu / time.Duration(n)}
	}
	stop()
	return r, errors.Join(err, <-done)
}

// feedRounds publishes ten times a second, until the end.
func feedRounds(ctx context.Context, url string, late *time.Duration) error {
	start := time.Now()
	for round := 0; ; round++ {
		due := start.Add(time.Duration(round) * time.Second / 10)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(due)):
		}
		*late = max(*late, time.Since(due))
		if err := publishRound(ctx, url, 1000+round); err != nil && ctx.Err() == nil {
			return err
		}
	}
}
