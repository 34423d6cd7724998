package figure

import (
	"strconv"
	"strings"
	"time"
)

// Words are what tiles say that is not data. {} stands for what is put in.
type Words struct {
	Waiting   string // for a feed of which nothing has come yet
	Nothing   string // where no feed was chosen
	Ago       string // how old a value is
	Within    string // in how long a value has changed
	More      string // how many there are that are not shown
	Last, Low string // heads of the columns of a table
	High, Age string
	// Behind a number of them.
	Seconds, Minutes, Hours, Days string
}

// DefaultWords are English.
var DefaultWords = Words{
	Waiting: "waiting for {}", Nothing: "no feed chosen", Ago: "{} ago", Within: "in {}", More: "+{}",
	Last: "last", Low: "min", High: "max", Age: "age",
	Seconds: "s", Minutes: "min", Hours: "h", Days: "d",
}

// filled puts something into a phrase.
func filled(phrase, in string) string { return strings.Replace(phrase, "{}", in, 1) }

// span tells a length of time in its largest unit.
func (w *Words) span(ms int64) string {
	const second, minute, hour, day = 1000, 60_000, 3_600_000, 86_400_000
	unit, name := int64(second), w.Seconds
	switch {
	case ms >= day:
		unit, name = day, w.Days
	case ms >= hour:
		unit, name = hour, w.Hours
	case ms >= minute:
		unit, name = minute, w.Minutes
	}
	return strconv.FormatInt(max(ms, 0)/unit, 10) + " " + name
}

// Ages are told in steps, so that they seldom change: five seconds, minutes, hours, days.
const ageStep = 5000

// ageOf returns how old a value is, as it is told, and when that is another age.
func ageOf(at, now int64) (age, next int64) {
	age = max(now-at, 0)
	unit := int64(ageStep)
	switch d := time.Duration(age) * time.Millisecond; {
	case d >= 24*time.Hour:
		unit = (24 * time.Hour).Milliseconds()
	case d >= time.Hour:
		unit = time.Hour.Milliseconds()
	case d >= time.Minute:
		unit = time.Minute.Milliseconds()
	}
	age -= age % unit
	return age, at + age + unit
}
