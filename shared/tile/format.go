package tile

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sort puts the steps in the order in which values reach them.
func (s *Settings) sort() {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps { // they are few, and stay in order where they are equal
		for ; i > 0 && s.Steps[i].At != s.Steps[i-1].At && s.Steps[i].At < s.Steps[i-1].At != s.Below; i-- {
			s.Steps[i], s.Steps[i-1] = s.Steps[i-1], s.Steps[i]
		}
	}
}

// Format writes a number as a tile shows it: with its unit, in at most some nine letters.
//
//	""          1234567 is 1.23M; 0.00042 is 420µ
//	B, B/s      1536 is 1.5 KiB, by powers of 1024
//	s, ms       90 s is 1m30s
//	%, °C, …    the number, and what the unit says
//
// A unit that begins with a sign of money stands before the number.
func (s *Settings) Format(v float64) string {
	if v-v != 0 {
		return "—"
	}
	switch unit := s.Unit; unit {
	case "":
		n, prefix := s.scale(v, 1000, prefixes)
		return n + prefix
	case "B", "B/s":
		n, prefix := s.scale(v, 1024, binary)
		return n + " " + prefix + unit
	case "s", "ms":
		return s.duration(v)
	case "$", "€", "£", "¥":
		n, prefix := s.scale(v, 1000, prefixes)
		if bare, negative := strings.CutPrefix(n, "-"); negative {
			return "-" + unit + bare + prefix
		}
		return unit + n + prefix
	case "%", "°", "'", "″":
		return s.digits(v) + unit
	default:
		return s.digits(v) + " " + unit
	}
}

var (
	prefixes = []string{"", "k", "M", "G", "T", "P", "E"}
	small    = []string{"m", "µ", "n", "p"}
	binary   = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
)

// scale writes a number by the power of base that leaves one to three digits before the
// point. What would need no prefix stays whole.
func (s *Settings) scale(v, base float64, names []string) (number, prefix string) {
	abs := math.Abs(v)
	i := 0
	for abs >= base && i < len(names)-1 && (base == 1024 || abs >= 10_000 || i > 0) {
		v, abs, i = v/base, abs/base, i+1
	}
	if i == 0 && base == 1000 && abs > 0 && abs < 1e-2 && s.Decimals < 0 {
		for j, name := range small {
			if v, abs = v*base, abs*base; abs >= 1 || j == len(small)-1 {
				return s.digits(v), name
			}
		}
	}
	return s.digits(v), names[i]
}

// digits writes a number with as many decimals as were asked for, else with three
// significant digits or all before the point.
func (s *Settings) digits(v float64) string {
	if s.Decimals >= 0 {
		return plain(strconv.FormatFloat(v, 'f', s.Decimals, 64))
	}
	abs := math.Abs(v)
	switch {
	case abs >= 1e15 || abs > 0 && abs < 1e-6:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case abs >= 100:
		return trim(strconv.FormatFloat(v, 'f', 1, 64))
	case abs >= 1 || abs == 0:
		return trim(strconv.FormatFloat(v, 'f', 2, 64))
	}
	decimals := 2 - int(math.Floor(math.Log10(abs)))
	return trim(strconv.FormatFloat(v, 'f', decimals, 64))
}

// trim drops zeros behind the point.
func trim(n string) string {
	if strings.Contains(n, ".") {
		n = strings.TrimRight(strings.TrimRight(n, "0"), ".")
	}
	return plain(n)
}

// plain is without a minus before nothing.
func plain(n string) string {
	if strings.HasPrefix(n, "-") && strings.Trim(n, "-0.") == "" {
		return n[1:]
	}
	return n
}

// duration writes seconds, or milliseconds, in the largest units that fit.
func (s *Settings) duration(v float64) string {
	if s.Unit == "ms" {
		v /= 1000
	}
	abs := math.Abs(v)
	switch {
	case abs < 1e-3:
		return s.digits(v*1e6) + " µs"
	case abs < 1:
		return s.digits(v*1e3) + " ms"
	case abs < 60:
		return s.digits(v) + " s"
	case abs < 9e9:
		d := time.Duration(math.Round(v)) * time.Second
		days := d / (24 * time.Hour)
		if days != 0 {
			rest := (d - days*24*time.Hour).Abs().Truncate(time.Hour)
			return strconv.Itoa(int(days)) + "d" + strings.TrimSuffix(rest.String(), "0m0s")
		}
		return strings.TrimSuffix(d.String(), "m0s") + map[bool]string{true: "m"}[strings.HasSuffix(d.String(), "m0s")]
	}
	return s.digits(v) + " s"
}
