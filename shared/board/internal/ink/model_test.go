package ink

import (
	"math/bits"
	"testing"
)

// model is a second decoder, written from the package comment and as slowly as that reads. It trusts the block,
// and its int has 64 bits.
func model(t testing.TB, prev []Point, block []byte, n int) (out []Point) {
	t.Helper()
	at := 0
	bit := func() int {
		at++
		if at > 8*len(block) {
			t.Fatal("model: block is short")
		}
		return int(block[(at-1)/8]) >> ((at - 1) % 8) & 1
	}
	number := func(width int) (v int) {
		for i := range width {
			v |= bit() << i
		}
		return v
	}
	ones := func(limit int) (q int) {
		for q < limit && bit() == 1 {
			q++
		}
		return q
	}
	if n == 0 {
		return nil
	}
	if len(prev) == 0 {
		l := number(5) + 1
		x, y := number(l), number(l)
		out = append(out, Point{unzig(x), unzig(y), uint8(number(8))})
		prev = out
	}
	for len(out) < n {
		m := min(64, n-len(out))
		var c modelParams
		if len(prev) >= 2 && bit() == 0 {
			tail := min(8, len(prev)-1)
			c = suit(prev[max(0, len(prev)-tail-4):len(prev)-tail], prev[len(prev)-tail:])
		} else {
			if bit() == 1 {
				c.shift = number(3) + 1
			}
			c.pred, c.k, c.pk = number(3), number(4), number(3)
			if c.pk != 0 {
				c.pp = number(1)
			}
		}
		all := append([]Point(nil), prev[max(0, len(prev)-4):]...)
		for range m {
			p := all[len(all)-1]
			for column := range 2 {
				q := ones(12)
				u := 0
				if q < 12 {
					u = q<<c.k | number(c.k)
				} else {
					l := number(5)
					u = 1<<l | number(l)
				}
				step := (unzig(u) + expect(all, column, c)) << c.shift
				if column == 0 {
					p.X += step
				} else {
					p.Y += step
				}
			}
			all = append(all, p)
		}
		fresh := all[len(all)-m:]
		known := all[:len(all)-m]
		last := known[len(known)-1].Pressure
		step := uint8(0)
		if len(known) > 1 {
			step = last - known[len(known)-2].Pressure
		}
		for i := range fresh {
			if c.pk != 0 {
				j := c.pk - 1
				q := ones(8)
				u := 0
				if q < 8 {
					u = q<<j | number(j)
				} else {
					u = number(8)
				}
				e := uint8(u)>>1 ^ -uint8(u&1)
				if c.pp == 1 {
					e += step
				}
				step = e
				last += step
			}
			fresh[i].Pressure = last
		}
		out = append(out, fresh...)
		prev = out
	}
	if (at+7)/8 != len(block) {
		t.Fatal("model: block is long")
	}
	return out
}

type modelParams struct{ shift, pred, k, pk, pp int }

func unzig(u int) int32 {
	if u&1 != 0 {
		return int32(-(u >> 1) - 1)
	}
	return int32(u >> 1)
}

func zig(v int32) int { return int(uint32(v<<1) ^ uint32(v>>31)) }

// stepTo returns the step that leads to point i of a column, 0 if it is not known.
func stepTo(all []Point, i, column int) int32 {
	if i < 1 {
		return 0
	}
	if column == 0 {
		return all[i].X - all[i-1].X
	}
	return all[i].Y - all[i-1].Y
}

// expect predicts the next step of a column, shifted.
func expect(all []Point, column int, c modelParams) int32 {
	s := int32(2)
	for i, w := range weights[c.pred] {
		s += w * (stepTo(all, len(all)-1-i, column) >> c.shift)
	}
	return s >> 2
}

// suit chooses the parameters that suit points after known.
func suit(known, points []Point) (c modelParams) {
	all := append(append([]Point(nil), known...), points...)
	first := len(known)
	low, wide := 32, 0
	for i := first - 3; i < len(all); i++ {
		for column := range 2 {
			d := stepTo(all, i, column)
			if i >= first {
				low = min(low, bits.TrailingZeros32(uint32(d)))
			}
			for int32(d<<(31-wide))>>(31-wide) != d {
				wide++
			}
		}
	}
	if low < 32 {
		c.shift = min(low, 8)
	}
	scale := max(c.shift, wide+1-21, 0)
	best := -1
	for p, w := range weights {
		sum := 0
		for i := first; i < len(all); i++ {
			for column := range 2 {
				e := 4 * int(stepTo(all, i, column)>>scale)
				for j := range w {
					e -= int(w[j]) * int(stepTo(all, i-1-j, column)>>scale)
				}
				sum += e * e
			}
		}
		if best < 0 || sum < best {
			c.pred, best = p, sum
		}
	}
	var xy, flat, line []int
	for i := first; i < len(all); i++ {
		for column := range 2 {
			xy = append(xy, zig(stepTo(all, i, column)>>c.shift-expect(all[:i], column, c)))
		}
		d := int8(all[i].Pressure - all[i-1].Pressure)
		last := int8(0)
		if i > 1 {
			last = int8(all[i-1].Pressure - all[i-2].Pressure)
		}
		flat = append(flat, zig(int32(d)))
		line = append(line, zig(int32(d-last)))
	}
	c.k = riceOf(xy, 15, 15, func(u, k int) int {
		if u>>k < 12 {
			return u>>k + 1 + k
		}
		return 12 + 5 + bits.Len(uint(u)) - 1
	})
	if sum(flat) == 0 {
		return c
	}
	if sum(line) < sum(flat) {
		c.pp, flat = 1, line
	}
	c.pk = 1 + riceOf(flat, 5, 6, func(u, j int) int {
		if u>>j < 8 {
			return u>>j + 1 + j
		}
		return 8 + 8
	})
	return c
}

func sum(values []int) (s int) {
	for _, u := range values {
		s += u
	}
	return s
}

func riceOf(values []int, limit, most int, size func(u, k int) int) int {
	a := 0
	for sum(values)*5/8/len(values) >= 2<<a {
		a++
	}
	a = min(a, limit)
	cost := func(k int) (bits int) {
		for _, u := range values {
			bits += size(u, k)
		}
		return bits
	}
	if a < most && cost(a+1) < cost(a) {
		return a + 1
	}
	return a
}
