package main

import (
	"fmt"
	"strings"
	"time"
)

// progress shows how far something is: on a terminal by a bar, elsewhere by a line at
// each quarter.
type progress struct {
	t           *terminal
	what, unit  string // as "loading", and "" for bytes
	have, total int64
	drawn       time.Time
	quarter     int64 // the last one that was told
	open        bool  // a bar stands in the last line
}

// drawEvery is how often a bar is drawn at most.
const drawEvery = 100 * time.Millisecond

// barWidth is how many cells of the line are the bar's.
const barWidth = 30

func (t *terminal) progress(what, unit string, total int64) *progress {
	return &progress{t: t, what: what, unit: unit, total: total}
}

func (p *progress) add(n int64) { p.set(p.have + n) }

func (p *progress) set(have int64) {
	p.have = have
	if p.t.quiet || p.total <= 0 {
		return
	}
	if !p.t.tells {
		if q := have * 4 / p.total; q > p.quarter {
			p.quarter = q
			p.t.say("%s: %d %%", p.what, q*25)
		}
		return
	}
	if now := p.t.now(); now.Sub(p.drawn) >= drawEvery {
		p.drawn = now
		p.draw()
	}
}

func (p *progress) draw() {
	have := min(p.have, p.total)
	full := int(have * barWidth / p.total)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	amount := fmt.Sprintf("%d of %d %s", have, p.total, p.unit)
	if p.unit == "" {
		amount = size(have) + " of " + size(p.total)
	}
	// \x1b[K: what a longer line has left behind it goes.
	fmt.Fprintf(p.t.stderr, "\r%s %s %3d %% %s\x1b[K", p.what, paint(p.t.colors(true)).in(cyan, bar), have*100/p.total, amount)
	p.open = true
}

// end takes the bar away, so that what is said next has its line.
func (p *progress) end() {
	if p.open {
		p.open = false
		fmt.Fprint(p.t.stderr, "\r\x1b[K")
	}
}

// size is a number of bytes as people read it.
func size(n int64) string {
	f, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && f >= 1024 {
		f, units = f/1024, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[0])
}
