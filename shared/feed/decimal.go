package feed

import "math"

// A number mostly has few digits in base ten, and the next one is near it: so it is told
// as a decimal, by how much it differs from the last one.

// decimal is value times ten to the scale.
type decimal struct {
	value int64 // at most maxValue, either way
	scale int   // from -maxScale to maxScale
}

const (
	maxValue = 1 << 53 // up to here a float64 has all integers
	maxScale = 22
)

// tens are the powers of ten that a float64 has exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number returns the nearest float64, the same on all machines: one operation on two
// numbers that are exact.
func (d decimal) number() float64 {
	if d.scale < 0 {
		return float64(d.value) / tens[-d.scale]
	}
	return float64(d.value) * tens[d.scale]
}

// exactly returns the decimal of the fewest digits that is v.
func exactly(v float64) (decimal, bool) {
	for scale := 0; scale <= 15; scale++ {
		m := math.Round(v * tens[scale])
		if math.Abs(m) > maxValue {
			break
		}
		if d := (decimal{int64(m), -scale}); d.number() == v {
			return d, v != 0 || !math.Signbit(v)
		}
	}
	return decimal{}, false
}

// rounded returns v with so many significant digits, without zeros at its end.
func rounded(v float64, digits int) (decimal, bool) {
	if v == 0 {
		return decimal{}, true
	}
	scale := int(math.Floor(math.Log10(math.Abs(v)))) - digits + 1
	if scale < -maxScale || scale > maxScale {
		return decimal{}, false
	}
	m := v * tens[max(-scale, 0)] / tens[max(scale, 0)]
	if m = math.Round(m); math.Abs(m) > maxValue {
		return decimal{}, false
	}
	d := decimal{int64(m), scale}
	for d.value%10 == 0 && d.scale < 0 {
		d.value /= 10
		d.scale++
	}
	return d, true
}

// at returns the decimal in steps of ten to the scale, which is not coarser than its own.
func (d decimal) at(scale int) (int64, bool) {
	v := d.value
	for range d.scale - scale {
		v *= 10
		if v > maxValue || v < -maxValue {
			return 0, false
		}
	}
	return v, true
}
