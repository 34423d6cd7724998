package feed

import (
	"slices"
	"sort"
	"strings"

	"edgeboard/shared/wire"
)

// Series is what a client has of a feed.
type Series struct {
	Name string
	Type Type
	Ring *Ring // another one whenever it changes otherwise than by a point behind the last
}

// How many points a client keeps of a feed: as many as it has asked for, and as many again
// of those that come, within these bounds.
const (
	leastKept = 64
	mostKept  = 4096
	mostTexts = 512  // each takes up to wire.MaxFeedText bytes
	unasked   = 1024 // where nothing was said of the feed by Keep
)

// Feeds is what a client has of the feeds of a board: at most wire.MaxFeeds of them, and
// of each no more points than it has use for. Where a course of numbers would become too
// long it keeps the points that show it best ([Thin]); of texts it keeps the last ones.
// The zero Feeds has nothing, and keeps what it is told of.
type Feeds struct {
	list   []*kept // by their names
	wants  []wire.Want
	chosen bool // by wants
}

// kept is a feed, and how much of it is of use.
type kept struct {
	Series
	most     int
	span     int64 // milliseconds; 0: however old
	doubtful bool
}

// Keep says of which feeds a client wants to be told, as it says by wire.Watch, and how
// much of each. All others are dropped, and left out when they come after all. It returns
// the names of those that were dropped.
func (f *Feeds) Keep(wants []wire.Want) (dropped []string) {
	f.wants, f.chosen = slices.Clone(wants), true
	f.list = slices.DeleteFunc(f.list, func(k *kept) bool {
		if f.measure(k) {
			k.fit()
			return false
		}
		dropped = append(dropped, k.Name)
		return true
	})
	return dropped
}

// measure sets how much of a feed is of use, and reports whether anything is.
func (f *Feeds) measure(k *kept) bool {
	if !f.chosen {
		k.most = unasked
		return true
	}
	points, wanted := uint32(0), false
	k.span = 0
	for i := range f.wants {
		w := &f.wants[i]
		if !Matches(w.Feed, k.Name) {
			continue
		}
		wanted = true
		if w.Points == 0 {
			continue // the last point alone: no matter how old
		}
		span := int64(min(w.SpanMS, 1<<53))
		if points == 0 || span == 0 || k.span > 0 && span > k.span {
			k.span = span
		}
		points = max(points, w.Points)
	}
	k.most = max(2*int(min(points, mostKept/2)), leastKept)
	return wanted
}

// room is how many points a Ring of the feed has room for.
func (k *kept) room() int {
	if k.Type == Texts {
		return min(k.most, mostTexts)
	}
	return k.most
}

// fit makes a Ring of the size that is of use now.
func (k *kept) fit() {
	if most := k.room(); k.Ring.most != most {
		k.begin(k.Ring.Points(nil, 0, k.Ring.Len()))
	}
}

// begin makes a Ring that holds points, which ascend, or those that show their course. It
// writes over points.
func (k *kept) begin(points []Point) {
	most := k.room()
	k.Ring = NewRing(k.Type, most)
	for _, p := range Thin(points, most) {
		k.Ring.Push(p)
	}
}

// push adds a point behind the others.
func (k *kept) push(p Point) {
	full := k.Type == Numbers && k.Ring.Len() >= k.room()
	if last, ok := k.Ring.Last(); full && ok && p.Time > last.Time {
		from := 0
		if k.span > 0 {
			from = k.Ring.After(p.Time - k.span - 1)
		}
		// Half of the room is left, so that this is done once for many points.
		k.begin(Thin(k.Ring.Points(nil, from, k.Ring.Len()), k.room()/2))
	}
	k.Ring.Push(p)
}

// ascending returns the points that are newer than those before them.
func ascending(points []Point) (list []Point) {
	for _, p := range points {
		if n := len(list); n == 0 || p.Time > list[n-1].Time {
			list = append(list, p)
		}
	}
	return list
}

// Take takes what a Decoder has read, and returns the names of the feeds that have changed
// by it, or are no more: sorted, each once.
func (f *Feeds) Take(batches []Batch, gone []string) (changed []string) {
	for _, name := range gone { // first: one may be there again in the same breath (W108)
		if at, ok := f.find(name); ok {
			f.list = slices.Delete(f.list, at, at+1)
			changed = append(changed, name)
		}
	}
	for i := range batches {
		b := &batches[i]
		at, ok := f.find(b.Name)
		if !ok {
			k := &kept{Series: Series{Name: b.Name}}
			if !f.measure(k) || len(f.list) >= wire.MaxFeeds {
				continue
			}
			f.list = slices.Insert(f.list, at, k)
		}
		k := f.list[at]
		changed = append(changed, b.Name)
		k.doubtful = false
		if b.Anew || !ok {
			k.Type = b.Type
			k.begin(ascending(b.Points))
			continue
		}
		for _, p := range b.Points {
			k.push(p)
		}
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// Doubt takes note that all feeds may be no more: a relay has to tell of them again. Until
// then they stay as they are. It reports whether there are any.
func (f *Feeds) Doubt() bool {
	for _, k := range f.list {
		k.doubtful = true
	}
	return len(f.list) > 0
}

// DropDoubtful drops the feeds that were not told of since Doubt, and returns their names.
func (f *Feeds) DropDoubtful() (dropped []string) {
	f.list = slices.DeleteFunc(f.list, func(k *kept) bool {
		if k.doubtful {
			dropped = append(dropped, k.Name)
		}
		return k.doubtful
	})
	return dropped
}

// Matching returns the feeds that patterns mean (see [Matches]), in the order of the
// patterns, then by their names, each once. They are the Feeds' own.
func (f *Feeds) Matching(patterns []string) (list []*Series) {
	for i, pattern := range patterns {
		beginning, many := strings.CutSuffix(pattern, "*")
		at, _ := f.find(beginning)
		for ; at < len(f.list) && Matches(pattern, f.list[at].Name); at++ {
			k := f.list[at]
			if !slices.ContainsFunc(patterns[:i], func(p string) bool { return Matches(p, k.Name) }) {
				list = append(list, &k.Series)
			}
			if !many {
				break
			}
		}
	}
	return list
}

// find returns where a feed is, or would be.
func (f *Feeds) find(name string) (int, bool) {
	at := sort.Search(len(f.list), func(i int) bool { return f.list[i].Name >= name })
	return at, at < len(f.list) && f.list[at].Name == name
}
