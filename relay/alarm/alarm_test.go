package alarm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/logtest"
	"edgeboard/shared/tile"
)

// bell is Alarms of a board, and what people were told.
type bell struct {
	t      *testing.T
	alarms *Alarms
	log    logtest.Text

	mu      sync.Mutex
	doc     *board.Board
	version int
	reads   int
	fail    error
	told    []string
}

func newBell(t *testing.T) *bell {
	b := &bell{t: t, doc: board.New(1)}
	b.alarms = New(Config{
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Read: func(_ context.Context, _, version string) ([]Rule, string, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.reads++
			now := fmt.Sprint(b.version)
			if now == version || b.fail != nil {
				return nil, now, b.fail
			}
			return RulesOf(b.doc), now, nil
		},
		Tell: func(_ context.Context, a Alert) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.told = append(b.told, a.Board+": "+a.Title+": "+a.Text)
			return b.fail
		},
	})
	return b
}

// tile puts a tile on the board, or changes it, and stores that.
func (b *bell) tile(id board.ID, title string, s tile.Settings) board.ID {
	b.mu.Lock()
	edit := b.doc.Edit()
	if id == (board.ID{}) {
		id = edit.Create(board.KindTile)
		edit.Splice(id, board.UTF16, 0, 0, title)
	}
	edit.Commit()
	edit = b.doc.Edit()
	s.Set(edit, b.doc.Element(id))
	edit.Commit()
	b.version++
	b.mu.Unlock()
	b.alarms.Changed("plan")
	return id
}

func (b *bell) heard(name string, values ...float64) {
	var points []feed.Point
	for i, v := range values {
		points = append(points, feed.Point{Time: time.Now().UnixMilli() + int64(i), Number: v})
	}
	b.alarms.Heard("plan", name, points)
	synctest.Wait()
}

func (b *bell) wants(when string, want ...string) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.told, want) {
		b.t.Errorf("%s: people are told %q, want %q", when, b.told, want)
	}
	b.told = nil
}

var hot = tile.Settings{Feeds: []string{"cpu"}, Unit: "%", Decimals: -1, Steps: tile.ParseSteps("70 f0a000;90 e03131!"), Stale: time.Minute}

// People are told when a threshold is reached, once, and when it is over for a while.
func TestReachedAndOver(t *testing.T) { synctest.Test(t, testReachedAndOver) }
func testReachedAndOver(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	b.tile(board.ID{}, "Oven", hot)
	b.heard("cpu", 95)
	b.wants("what was heard before the board was read counts", "plan: Oven: 95% ≥ 90%")
	b.heard("cpu", 97, 80, 99)
	b.heard("cpu", 85)
	time.Sleep(Calm / 2)
	b.heard("cpu", 91)
	b.wants("what goes up and down around it tells once")
	b.heard("cpu", 85)
	time.Sleep(Calm)
	b.heard("cpu", 84)
	b.wants("what stays away for a while is over", "plan: Oven: 84% < 90%")
	b.heard("cpu", 50)
	b.heard("mem", 100)
	b.wants("and no more is said of that, nor of another feed")
	b.heard("cpu", 92)
	b.wants("until it is reached again", "plan: Oven: 92% ≥ 90%")
}

// A threshold that tells nobody is none, and a further one that does tells again.
func TestFurtherSteps(t *testing.T) { synctest.Test(t, testFurtherSteps) }
func testFurtherSteps(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	s := hot
	s.Steps, s.Below = tile.ParseSteps("30 00ff00;20 f0a000!;15 000000;10 e03131!"), true
	b.tile(board.ID{}, "", s)
	b.heard("cpu", 25)
	b.wants("a step that tells nobody")
	b.heard("cpu", 12)
	b.wants("one that does, and is followed by one that does not", "plan: cpu: 12% ≤ 20%")
	b.heard("cpu", 9)
	b.wants("a further one", "plan: cpu: 9% ≤ 10%")
	b.heard("cpu", 18)
	time.Sleep(Calm)
	b.heard("cpu", 18)
	b.wants("the further one is over, the other is not", "plan: cpu: 18% > 10%")
	b.heard("cpu", 40)
	time.Sleep(Calm)
	b.heard("cpu", 40)
	b.wants("now it is", "plan: cpu: 40% > 20%")
}

// Of a tile of several feeds each is looked at by itself.
func TestEachFeed(t *testing.T) { synctest.Test(t, testEachFeed) }
func testEachFeed(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	s := hot
	s.Feeds = []string{"cpu.*"}
	b.tile(board.ID{}, "Machines", s)
	b.heard("cpu.0", 10)
	b.heard("cpu.1", 95)
	b.heard("cpu.2", 95)
	b.wants("", "plan: Machines: cpu.1: 95% ≥ 90%", "plan: Machines: cpu.2: 95% ≥ 90%")
}

// A tile that is changed holds as it is now; one whose thresholds stay goes on as it was.
func TestChanged(t *testing.T) { synctest.Test(t, testChanged) }
func testChanged(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	b.heard("cpu", 95)
	b.wants("a board without tiles")
	time.Sleep(reread)
	id := b.tile(board.ID{}, "Oven", hot)
	b.heard("cpu", 95)
	b.heard("cpu", 95)
	b.wants("a tile that comes", "plan: Oven: 95% ≥ 90%")
	time.Sleep(reread)
	s := hot
	s.Unit = "°C"
	b.tile(id, "", s)
	b.heard("cpu", 96)
	b.heard("cpu", 96)
	b.wants("one whose unit is changed")
	time.Sleep(reread)
	s.Steps = tile.ParseSteps("80 e03131!")
	b.tile(id, "", s)
	b.heard("cpu", 96)
	b.heard("cpu", 96)
	b.wants("one whose threshold is changed", "plan: Oven: 96 °C ≥ 80 °C")
	time.Sleep(reread)
	b.mu.Lock()
	reads := b.reads
	b.mu.Unlock()
	for range 100 {
		b.heard("cpu", 10)
		time.Sleep(time.Second)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reads != reads {
		t.Errorf("a board that has not changed was read %d times", b.reads-reads)
	}
}

// A board that cannot be read is tried again, people who cannot be told are not, and both
// is logged.
func TestFails(t *testing.T) { synctest.Test(t, testFails) }
func testFails(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	b.tile(board.ID{}, "Oven", hot)
	b.mu.Lock()
	b.fail = errors.New("the disk is away")
	b.mu.Unlock()
	b.heard("cpu", 95)
	if b.log.Count("level=WARN") != 1 {
		t.Errorf("the log says %s", b.log.String())
	}
	time.Sleep(reread)
	b.mu.Lock()
	b.fail = nil
	b.mu.Unlock()
	b.heard("cpu", 95)
	b.wants("when it can be read", "plan: Oven: 95% ≥ 90%")
}

// However often thresholds are reached, people are left in peace.
func TestPeace(t *testing.T) { synctest.Test(t, testPeace) }
func testPeace(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	s := hot
	s.Feeds = []string{"*"}
	b.tile(board.ID{}, "All", s)
	for i := range 500 {
		b.heard(fmt.Sprint("cpu.", i), 95)
	}
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.told) != perMinute || b.log.Count("too often") != 1 {
		t.Errorf("people are told %d times, and the log says %s", len(b.told), b.log.String())
	}
}

// Texts reach no threshold.
func TestTexts(t *testing.T) { synctest.Test(t, testTexts) }
func testTexts(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	b.tile(board.ID{}, "Oven", hot)
	b.alarms.Heard("plan", "cpu", []feed.Point{{Text: "95"}})
	b.wants("a text")
}

// Of many boards the ones of which nothing was read for long are forgotten.
func TestManyBoards(t *testing.T) { synctest.Test(t, testManyBoards) }
func testManyBoards(t *testing.T) {
	b := newBell(t)
	defer b.alarms.Close()
	for i := range 3 * maxBoards {
		b.alarms.Heard(fmt.Sprint("board", i), "cpu", []feed.Point{{Number: 1}})
		synctest.Wait()
	}
	if n := len(b.alarms.boards); n > maxBoards {
		t.Errorf("%d boards are known, want at most %d", n, maxBoards)
	}
}
