package figure

import (
	"math"
	"time"

	"edgeboard/shared/tile"
)

// domain is from where to where an axis of numbers goes, and how far its ticks are from
// each other.
type domain struct{ low, high, step float64 }

// at returns the share of the axis at which a number lies.
func (d domain) at(v float64) float64 { return (v - d.low) / (d.high - d.low) }

// mostTicks bounds the ticks of an axis.
const mostTicks = 12

// domainOf returns an axis for numbers: from one round number to another, or as the tile
// says. There are about so many ticks.
func domainOf(s *tile.Settings, low, high float64, ticks int) domain {
	if s.Bounded {
		low, high = min(max(s.Min, -mostNumber), mostNumber), min(max(s.Max, -mostNumber), mostNumber)
	}
	if !(low < high) {
		// All are the same: it lies in the middle, or on the ground.
		room := math.Abs(low) / 2
		if room == 0 {
			room = 1
		}
		if low, high = low-room, high+room; low < 0 && low+room >= 0 {
			low = 0
		}
	} else if !s.Bounded && low > 0 && low < high/2 {
		low = 0
	}
	if span := high - low; !(span > math.Abs(high)*1e-12) || span < 1e-300 {
		low, high = low-math.Abs(low)*1e-9-1e-290, high+math.Abs(high)*1e-9+1e-290
	}
	d := domain{low, high, roundStep((high-low)/float64(max(ticks, 1)), s.Unit, max(math.Abs(low), math.Abs(high)))}
	if !s.Bounded {
		d.low, d.high = math.Floor(low/d.step+1e-9)*d.step, math.Ceil(high/d.step-1e-9)*d.step
		if !(d.low < d.high) {
			d.high = d.low + d.step
		}
	}
	return d
}

// ticks appends the round numbers of an axis.
func (d domain) ticks(dst []float64) []float64 {
	first := math.Ceil(d.low/d.step - 1e-9)
	for i := range mostTicks {
		v := (first + float64(i)) * d.step
		if !(v <= d.high+d.step*1e-9) {
			break
		}
		dst = append(dst, v)
	}
	return dst
}

// steps of time, in seconds.
var timeSteps = [...]int64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400}

// roundStep returns a step of at least so much: 1, 2 or 5 times a power of ten, of 1024
// for bytes, or what is round on a clock.
func roundStep(least float64, unit string, most float64) float64 {
	scale := 1.0
	switch unit {
	case "B", "B/s":
		for most >= 1024 && scale < 1e18 {
			most, scale = most/1024, scale*1024
		}
	case "s", "ms":
		second := 1.0
		if unit == "ms" {
			second = 1000
		}
		if most >= 60*second {
			for _, s := range timeSteps {
				if float64(s)*second >= least {
					return float64(s) * second
				}
			}
			scale = 86400 * second
		}
	}
	least /= scale
	power := math.Pow(10, math.Floor(math.Log10(least)))
	if power == 0 || power-power != 0 {
		return least * scale
	}
	for _, k := range [...]float64{1, 2, 5} {
		if k*power >= least*(1-1e-9) {
			return k * power * scale
		}
	}
	return 10 * power * scale
}

// timeTicks appends the round times of a zone between two, at most as many, in
// milliseconds since 1970, and returns how far they are from each other.
func timeTicks(dst []int64, from, to int64, most int, zone *time.Location) ([]int64, int64) {
	if most < 1 || to <= from {
		return dst, 0
	}
	step := timeSteps[len(timeSteps)-1] * 1000
	for _, s := range timeSteps {
		if (to-from)/(s*1000) < int64(most) {
			step = s * 1000
			break
		}
	}
	_, east := time.UnixMilli(to).In(zone).Zone()
	shift := int64(east) * 1000
	first := from + shift
	if rest := first % step; rest != 0 {
		first += step - rest
	}
	for t := first - shift; t <= to && len(dst) < most+1; t += step {
		dst = append(dst, t)
	}
	return dst, step
}
