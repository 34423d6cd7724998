package ink

import "math/bits"

// A writer appends bits to b; the last n < 32 of them wait in acc.
type writer struct {
	b   []byte
	acc uint64
	n   uint
}

// put writes the low n bits of v; n <= 32.
func (w *writer) put(v uint32, n uint) {
	w.acc |= uint64(v) << (w.n & 63)
	w.n += n
	if w.n >= 32 {
		w.b = append(w.b, byte(w.acc), byte(w.acc>>8), byte(w.acc>>16), byte(w.acc>>24))
		w.acc >>= 32
		w.n -= 32
	}
}

func (w *writer) start(p Point) {
	x, y := zigzag(p.X), zigzag(p.Y)
	l := uint(bits.Len32(x|y|1)) - 1
	w.put(uint32(l), 5)
	w.put(x, l+1)
	w.put(y, l+1)
	w.put(uint32(p.Pressure), 8)
}

// group writes at most groupLen points that follow prev.
func (w *writer) group(prev, points []Point) {
	h, n := before(prev), len(points)
	var own residuals
	c, cost := own.fit(&h, points)
	if len(prev) > 1 {
		if n <= shortLen {
			var r residuals
			d := r.derive(prev)
			if d.fits(&h, points) {
				r.fill(&h, points, d)
				if r.cost(n, d.k)+r.costP(n, d.pk) <= cost+c.size() {
					w.put(0, 1)
					w.residuals(&r, n, d)
					return
				}
			}
		}
		w.put(1, 1)
	}
	w.params(c)
	w.residuals(&own, n, c)
}

func (w *writer) params(c params) {
	if c.shift == 0 {
		w.put(0, 1)
	} else {
		w.put(1|uint32(c.shift-1)<<1, 4)
	}
	w.put(uint32(c.pred)|uint32(c.k)<<3|uint32(c.pk)<<7, 10)
	if c.pk != 0 {
		w.put(uint32(c.pp), 1)
	}
}

// residuals writes those of n points under c.
func (w *writer) residuals(r *residuals, n int, c params) {
	b, acc, nb := w.b, w.acc, w.n
	k := uint(c.k) & 31
	mask := uint32(1)<<k - 1
	for _, u := range r.xy[:2*n] {
		if q := uint(u >> k); q < escape {
			acc |= (1<<q - 1 | uint64(u&mask)<<(q+1)) << (nb & 63)
			nb += q + 1 + k
		} else {
			l := uint(bits.Len32(u) - 1)
			w.b, w.acc, w.n = b, acc, nb
			w.put(1<<escape-1|uint32(l)<<escape, escape+5)
			w.put(u&^(1<<l), l)
			b, acc, nb = w.b, w.acc, w.n
		}
		if nb >= 32 {
			b = append(b, byte(acc), byte(acc>>8), byte(acc>>16), byte(acc>>24))
			acc >>= 32
			nb -= 32
		}
	}
	if c.pk != 0 {
		k := uint(c.pk-1) & 7
		mask := uint8(1)<<k - 1
		for _, u := range r.p[:n] {
			if q := uint(u >> k); q < escapeP {
				acc |= (1<<q - 1 | uint64(u&mask)<<(q+1)) << (nb & 63)
				nb += q + 1 + k
			} else {
				acc |= (1<<escapeP - 1 | uint64(u)<<escapeP) << (nb & 63)
				nb += escapeP + 8
			}
			if nb >= 32 {
				b = append(b, byte(acc), byte(acc>>8), byte(acc>>16), byte(acc>>24))
				acc >>= 32
				nb -= 32
			}
		}
	}
	w.b, w.acc, w.n = b, acc, nb
}

// close writes what waits, padded to a byte, and returns b.
func (w *writer) close() []byte {
	for i := uint(0); i < w.n; i += 8 {
		w.b = append(w.b, byte(w.acc>>i))
	}
	return w.b
}
