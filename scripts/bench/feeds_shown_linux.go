package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
)

const (
	// shownValues are published one after the other, each a while after the one before
	// is on the screen.
	shownValues = 60
	shownBoard  = "shown"
	shownFeed   = "cpu"
)

// waitDrawn makes bench.drawn(value) the time at which a value was drawn, in milliseconds
// since 1970 by the clock of this machine.
const waitDrawn = `window.bench = { drawn: async (value) => {
	for (;;) {
		const one = window.edgeboard.drawn().findLast((d) => d.value === value);
		if (one) return one.at;
		await new Promise((done) => setTimeout(done, 5));
	}
} };`

// shown measures how long it takes from a program's publishing a value by HTTP until a
// tile shows it, in a page that is looked at.
func (b *feedsBench) shown(ctx context.Context, out *report) error {
	return b.look(ctx, shownBoard, func(browser context.Context, address string) error {
		err := fill(ctx, address, shownBoard, func(session *client.Session) error {
			e := session.Doc().Edit()
			id := e.Create(board.KindTile)
			for key, v := range map[board.Key]float64{board.KeyX: 100, board.KeyY: 100, board.KeyWidth: 240, board.KeyHeight: 160} {
				e.Set(id, key, board.Float(v))
			}
			e.Set(id, board.KeyFeed, board.String(shownFeed))
			session.Commit(e.Commit())
			return e.Err()
		})
		if err != nil {
			return fmt.Errorf("filling the board: %w", err)
		}
		w, err := openWindow(browser, "http://"+address+"/b/"+shownBoard, waitDrawn)
		if err != nil {
			return err
		}
		defer w.close()
		for there := false; !there && err == nil; {
			there, err = ask[bool](w, `window.edgeboard?.state().phase === "live" && edgeboard.figures().some((f) => f.tile)`)
		}
		if err != nil {
			return err
		}
		random := rand.New(rand.NewPCG(7, 8))
		var took spread
		for i := range shownValues {
			value := strconv.Itoa(1000 + i)
			sent := time.Now()
			if err := publishTo(ctx, address, value); err != nil {
				return err
			}
			at, err := ask[float64](w, "bench.drawn(%q)", value)
			if err != nil {
				return err
			}
			if i > 0 { // with the first one all is new
				took.add(time.Duration(at*float64(time.Millisecond)) - time.Duration(sent.UnixNano()))
			}
			select {
			case <-time.After(200*time.Millisecond + time.Duration(random.Int64N(int64(300*time.Millisecond)))):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		out.add("shown", "ms", "ms", float64(took.quantile(0.5))/float64(time.Millisecond))
		out.add("shown", "p99_ms", "ms", float64(took.quantile(0.99))/float64(time.Millisecond))
		return nil
	})
}

// publishTo publishes a value as any program does.
func publishTo(ctx context.Context, address, value string) error {
	q, err := http.NewRequestWithContext(ctx, "POST", "http://"+address+"/api/v1/feeds/"+shownFeed+"?board="+shownBoard, strings.NewReader(value))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		return errors.New("the relay answers " + answer.Status + ": " + string(text))
	}
	return nil
}
