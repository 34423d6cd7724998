package main

import (
	"flag"
	"fmt"
	"math"
	"time"
)

// flagSet are the flags of a bench, with what values they may have.
type flagSet struct {
	*flag.FlagSet
	checks []func() error
}

// endless is the most of a number that may be any.
const endless = math.MaxInt

func newFlags(bench string, out *report) *flagSet {
	f := &flagSet{FlagSet: flag.NewFlagSet(bench, flag.ContinueOnError)}
	f.SetOutput(out.stderr)
	return f
}

// whole defines a flag that is a whole number, least to most.
func (f *flagSet) whole(to *int, name string, value int, usage string, least, most int) {
	f.IntVar(to, name, value, usage)
	f.checks = append(f.checks, func() error { return within(f, name, *to, least, most) })
}

// real defines a flag that is a number of any kind, least to most.
func (f *flagSet) real(to *float64, name string, value float64, usage string, least, most float64) {
	f.Float64Var(to, name, value, usage)
	f.checks = append(f.checks, func() error { return within(f, name, *to, least, most) })
}

// duration defines a flag that is a number of seconds, more than 0, up to most.
func (f *flagSet) duration(to *time.Duration, name string, value time.Duration, usage string, most time.Duration) {
	*to = value
	seconds := f.Float64(name, value.Seconds(), usage)
	f.checks = append(f.checks, func() error {
		*to = time.Duration(*seconds * float64(time.Second))
		return within(f, name, *seconds, 0.01, most.Seconds())
	})
}

// within checks the value of a flag. NaN is none.
func within[T int | float64](f *flagSet, name string, v, least, most T) error {
	switch {
	case v >= least && v <= most:
		return nil
	case float64(most) == endless:
		return fmt.Errorf("%s: -%s is %v, want %v or more", f.Name(), name, v, least)
	}
	return fmt.Errorf("%s: -%s is %v, want %v to %v", f.Name(), name, v, least, most)
}

// parse takes the arguments, which are flags all, and checks what they say.
func (f *flagSet) parse(args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s: %q is not a flag", f.Name(), f.Arg(0))
	}
	for _, check := range f.checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}
