package server

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"edgeboard/relay/feed"
)

// What a relay takes in memory, as scripts/bench.sh measures it: to divide by, not to
// rely on. Who is beyond what there is, is turned away by memory itself; see ample.
const (
	memoryOfRelay      = 16 << 20  // that serves nobody, with room for what comes and goes
	memoryOfConnection = 24 << 10  // with its share of a board, and of what is not collected yet
	memoryPartOfBoard  = 32        // one board as stored is to be no more than this part of all
	memoryPartOfImage  = 8         // and what is on its way of images
	memoryOfFeed       = 128 << 10 // so many bytes of all memory for one feed, of which
	memoryOfPoint      = 256 << 10 // there may be so many points
)

// MemoryLimits are Limits, and those of live data.
type MemoryLimits struct {
	Limits
	Feeds feed.Limits
}

// LimitsFor returns the default limits of a relay that has so many bytes of memory: those
// of any other, or less.
func LimitsFor(memory int64) MemoryLimits {
	l := MemoryLimits{Limits: Limits{}.WithDefaults(), Feeds: feed.Limits{}.WithDefaults()}
	least := func(limit *int, least, fits int64) { *limit = int(min(int64(*limit), max(least, fits))) }
	connections := (memory - memoryOfRelay) / memoryOfConnection
	least(&l.Connections, 64, connections)
	least(&l.Rooms, 64, connections)
	least(&l.BoardBytes, 1<<20, memory/memoryPartOfBoard)
	least(&l.BlobBytes, 1<<20, memory/memoryPartOfImage/4)
	least(&l.Feeds.All, 100, memory/memoryOfFeed)
	least(&l.Feeds.Feeds, 100, memory/memoryOfFeed)
	least(&l.Feeds.Points, 100, memory/memoryOfPoint)
	return l
}

// ample says whether there is memory for more. It looks no more often than every
// memoryLook, and only when it is asked.
type ample struct {
	most int64 // of what Go counts; 0: there is no limit

	mu        sync.Mutex
	looked    time.Time
	collected time.Time // on purpose
	used      int64
	sample    [3]metrics.Sample
}

const (
	memoryLook = 100 * time.Millisecond
	// memoryCollect is how often a collection is asked for where there seems to be no room: what
	// has gone since the last one counts until the next.
	memoryCollect = 10 * time.Second
)

// What cannot be collected: living objects, as of the last collection, and stacks.
var livingMemory = [...]string{"/gc/heap/live:bytes", "/memory/classes/heap/stacks:bytes", "/memory/classes/metadata/other:bytes"}

func newAmple(most int64) *ample {
	a := &ample{most: most}
	for i, name := range livingMemory {
		a.sample[i].Name = name
	}
	return a
}

// fits reports whether there is room for so many bytes, with a sixth of all left to what
// those do who are here.
func (a *ample) fits(bytes int64, now time.Time) bool {
	if a == nil || a.most == 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.looked) >= memoryLook {
		a.look(now)
	}
	room := a.most - a.most/6
	if a.used+bytes > room && now.Sub(a.collected) >= memoryCollect {
		runtime.GC()
		a.collected = now
		a.look(now)
	}
	return a.used+bytes <= room
}

// look reads what is used. The caller holds mu.
func (a *ample) look(now time.Time) {
	a.looked, a.used = now, 0
	metrics.Read(a.sample[:])
	for _, s := range a.sample {
		a.used += int64(s.Value.Uint64())
	}
}
