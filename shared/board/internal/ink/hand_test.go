package ink

import (
	"math"
	"math/rand/v2"
)

// A hand draws strokes as people do, from a seed: the speed of each movement is a minimum-jerk or a sigma-lognormal
// bell, movements overlap so that corners are rounded, the hand trembles at 8 to 12 Hz, the sensor adds noise and
// the result is quantised twice, by the device and by the board.
type hand struct {
	seed   uint64
	rate   float64 // samples a second
	kind   kind
	size   float64 // length of one movement, in board units
	beat   float64 // mean seconds a movement
	tremor float64 // amplitude in board units
	noise  float64 // sigma of the sensor in board units
	grid   float64 // the device reports multiples of this, in board units; 0 is finer than an eighth
	stylus bool    // pressure varies
}

type kind uint8

const (
	curve    kind = iota // minimum-jerk movements through waypoints
	writing              // overlapping sigma-lognormal movements, alternating up and down
	scribble             // quick zigzag
	line                 // one movement
	dot                  // the pen rests
)

// stroke returns n points of stroke number k.
func (h hand) stroke(k, n int) []Point {
	r := rand.New(rand.NewPCG(h.seed, uint64(k)))
	x0, y0 := r.Float64()*4000-1000, r.Float64()*4000-1000
	type move struct{ t0, dur, dx, dy, bend, mu, sigma float64 }
	var moves []move
	length := float64(n) / h.rate
	t, angle := -0.05-r.Float64()*0.05, r.Float64()*2*math.Pi
	for t < length {
		m := move{t0: t, dur: h.beat * (0.7 + 0.6*r.Float64()), sigma: 0.2 + 0.2*r.Float64()}
		size := h.size * (0.4 + 1.2*r.Float64())
		overlap := 0.5 + 0.2*r.Float64()
		switch h.kind {
		case curve:
			angle += r.NormFloat64() * 0.8
			m.bend = r.NormFloat64() * 0.8
		case writing:
			angle = math.Pi*(0.5+r.NormFloat64()*0.15) + math.Pi*float64(len(moves)%2)
			m.bend = 0.5 + r.NormFloat64()*0.5
		case scribble:
			angle = 0.6 + math.Pi*float64(len(moves)%2) + r.NormFloat64()*0.1
			m.bend = r.NormFloat64() * 0.3
		case line:
			m.dur = length + 0.1
			overlap = 1
		case dot:
			size = 0
		}
		m.dx, m.dy = size*math.Cos(angle), size*math.Sin(angle)
		if h.kind == writing {
			m.dx += h.size * 0.15
		}
		m.mu = math.Log(m.dur * 0.4)
		moves = append(moves, m)
		t += m.dur * overlap
	}
	at := func(t float64) (x, y float64) {
		x, y = x0, y0
		for _, m := range moves {
			s := t - m.t0
			if s <= 0 {
				continue
			}
			var f float64 // how much of the movement is done
			if h.kind == writing {
				f = 0.5 * math.Erfc(-(math.Log(s)-m.mu)/(m.sigma*math.Sqrt2))
			} else if s = s / m.dur; s >= 1 {
				f = 1
			} else {
				f = s * s * s * (10 - 15*s + 6*s*s)
			}
			// The direction turns by bend along the movement.
			if m.bend == 0 {
				x, y = x+m.dx*f, y+m.dy*f
				continue
			}
			s1, c1 := math.Sincos(m.bend * (f - 0.5))
			s0, c0 := math.Sincos(-m.bend * 0.5)
			a, b := (s1-s0)/m.bend, -(c1-c0)/m.bend
			x, y = x+m.dx*a-m.dy*b, y+m.dy*a+m.dx*b
		}
		return x, y
	}
	fx, fy := 8+4*r.Float64(), 8+4*r.Float64()
	px, py := r.Float64()*6, r.Float64()*6
	peak, push, wander := 90+80*r.Float64(), 0.0, 0.0
	pts := make([]Point, n)
	pan := [2]float64{math.Floor(r.Float64()*80) / 8, math.Floor(r.Float64()*80) / 8}
	for i := range pts {
		t := float64(i) / h.rate
		x, y := at(t)
		x += h.tremor*math.Sin(2*math.Pi*fx*t+px) + h.noise*r.NormFloat64()
		y += h.tremor*math.Sin(2*math.Pi*fy*t+py) + h.noise*r.NormFloat64()
		if h.grid > 0 {
			x = math.Round(x/h.grid)*h.grid + pan[0]
			y = math.Round(y/h.grid)*h.grid + pan[1]
		}
		p := Point{X: int32(math.Round(x * 8)), Y: int32(math.Round(y * 8)), Pressure: 128}
		if h.stylus {
			// Attack, wander, release, and the sensor's own grain. A hand holds its force to about a tenth and
			// changes it no faster than a few hertz: noise through two low passes of 60 ms.
			a := 1 / (0.06 * h.rate)
			push += a * (60/math.Sqrt(a)*r.NormFloat64()*0.3 - push)
			wander += a * (push - wander)
			v := peak + wander
			v *= 1 - math.Exp(-(t+0.01)/0.05)
			v *= 1 - math.Exp(-(length-t+0.01)/0.03)
			v += 0.5 * r.NormFloat64()
			p.Pressure = uint8(max(1, min(255, math.Round(v))))
		}
		pts[i] = p
	}
	return pts
}

// kit is the hands that the figures are measured on. The typical ones are pens at 120 and 240 samples a second on a
// board at zoom 1, where a unit is a pixel.
var kit = []struct {
	name    string
	typical bool
	hand
}{
	{"pen/curve/60", false, hand{1, 60, curve, 250, 0.6, 0.2, 0.1, 0, true}},
	{"pen/curve/120", true, hand{2, 120, curve, 250, 0.6, 0.2, 0.1, 0, true}},
	{"pen/curve/240", true, hand{3, 240, curve, 250, 0.6, 0.2, 0.1, 0, true}},
	{"pen/curve/120/noisy", false, hand{4, 120, curve, 250, 0.6, 0.4, 0.4, 0, true}},
	{"pen/curve/120/zoom0.1", false, hand{9, 120, curve, 2500, 0.6, 2, 1, 0, true}},
	{"pen/writing/60", false, hand{5, 60, writing, 30, 0.18, 0.1, 0.1, 0, true}},
	{"pen/writing/120", true, hand{6, 120, writing, 30, 0.18, 0.1, 0.1, 0, true}},
	{"pen/writing/240", true, hand{7, 240, writing, 30, 0.18, 0.1, 0.1, 0, true}},
	{"pen/writing/240/half", false, hand{17, 240, writing, 30, 0.18, 0.1, 0.1, 0.5, true}},
	{"pen/scribble/120", false, hand{8, 120, scribble, 200, 0.15, 0.2, 0.1, 0, true}},
	{"pen/dot/120", false, hand{16, 120, dot, 1, 0.6, 0.05, 0.05, 0, true}},
	{"finger/scribble/120", false, hand{14, 120, scribble, 200, 0.15, 0.2, 0.15, 0, false}},
	{"finger/line/120", false, hand{15, 120, line, 400, 0.6, 0.1, 0.1, 0, false}},
	{"mouse/curve/60", false, hand{10, 60, curve, 250, 0.6, 0.1, 0, 1, false}},
	{"mouse/curve/120", false, hand{11, 120, curve, 250, 0.6, 0.1, 0, 1, false}},
	{"mouse/curve/120/zoom1.25", false, hand{18, 120, curve, 250, 0.6, 0.1, 0, 0.8, false}},
	{"mouse/curve/120/zoom0.1", false, hand{13, 120, curve, 2500, 0.6, 1, 0, 10, false}},
	{"mouse/writing/120", false, hand{12, 120, writing, 60, 0.25, 0.1, 0, 1, false}},
}
