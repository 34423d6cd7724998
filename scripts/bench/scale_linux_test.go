package main

import (
	"math"
	"strings"
	"testing"
)

func TestScaleMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-cases", "idle"}, `"idle" is no case: want idle or active`},
		{[]string{"-cases", "busy10"}, `"busy10" is no case`},
		{[]string{"-cases", "idle1"}, `"idle1" is no case`},
		{[]string{"-cases", "active20000k"}, `"active20000k" is no case`},
		{[]string{"-table", "10"}, `"10" is no row of the table: want members of a board x boards`},
		{[]string{"-table", "1x5"}, `"1x5" is no row`},
		{[]string{"-heard", "5"}, `-heard: "5" is no row`},
		{[]string{"-boards", "10-2:1"}, `-boards: "10-2:1" is no band of sizes`},
		{[]string{"-active", "1.5"}, "-active is 1.5"},
		{[]string{"-edits", "NaN"}, "-edits is NaN"},
		{[]string{"-commit", "-1s"}, "-commit is -1s"},
		{[]string{"-ping", "61"}, "-ping is 61"}, // the relay would take them for gone
		{[]string{"-members", "many"}, "-members is many"},
		{[]string{"-costs", "money=1"}, `"money=1" is no cost: want name=value of append, applied,`},
		{[]string{"-costs", "send=-1"}, `"send=-1" is no cost`},
		{[]string{"more"}, `"more" is not a flag`},
	} {
		wantMistake(t, append([]string{"scale"}, c.args...), c.want)
	}
}

// A small crowd shows that members are told all that they are to be told, whatever their transports are. What it costs
// is not looked at.
func TestScale(t *testing.T) {
	for _, datagrams := range []string{"-datagrams=false", "-datagrams"} {
		got := figuresOf(t, "scale", "-cases", "idle40,active60,heard,table", "-heard", "3x10,60x1", "-boards", "2-10:9,20-60:1", "-table", "3x10,60x1", "-seconds", "0.1", "-warm", "0.05", "-watch", "1",
			"-edits", "20", "-cursors", "20", "-says", "1", "-commit", "100us", datagrams)
		for _, name := range []string{"heard3x10", "heard60x1"} {
			if part := got[name+" delivered_fraction"]; part != 1 {
				t.Errorf("%s: %s: %v of what came of other relays was delivered", datagrams, name, part)
			}
		}
		for _, name := range []string{"active60", "table3x10", "table60x1"} {
			if part := got[name+" delivered_fraction"]; part != 1 {
				t.Errorf("%s: %s: %v of the updates were delivered", datagrams, name, part)
			}
			for _, metric := range []string{"kib_per_member", "goroutines", "deliveries_per_s", "messages_per_s", "p50_ms", "p99_ms", "deliveries_per_edit"} {
				if got[name+" "+metric] <= 0 {
					t.Errorf("%s: %s of %s is missing", datagrams, metric, name)
				}
			}
		}
		if n := got["idle40 members"]; n != 40 {
			t.Errorf("%s: %v members are idle, want 40", datagrams, n)
		}
		if _, active := got["idle40 cpu_us_per_edit"]; active {
			t.Errorf("%s: who is idle writes", datagrams)
		}
		if n := got["table60x1 rooms"]; n != 1 {
			t.Errorf("%s: one board has %v rooms", datagrams, n)
		}
		for _, metric := range []string{"bytes_per_member", "us_per_edit", "us_per_heard"} {
			if _, fitted := got["fit "+metric]; !fitted {
				t.Errorf("%s: %s is not fitted", datagrams, metric)
			}
		}
	}
}

// The model says the same to who asks twice, and takes costs from flags.
func TestModel(t *testing.T) {
	args := []string{"scale", "-cases", "model", "-members", "10k,50k"}
	a, b := figuresOf(t, args...), figuresOf(t, args...)
	for name, v := range a {
		if b[name] != v {
			t.Errorf("%s is %v, and then %v", name, v, b[name])
		}
	}
	for _, name := range []string{"10kchance", "10kbyboard", "50kchance", "50kbyboard"} {
		for _, metric := range []string{"relays", "engine_nodes", "relays_per_board", "engine_appends_per_s", "engine_copies_per_s", "member_mbit_per_s", "engine_mbit_per_s"} {
			if a[name+" "+metric] <= 0 {
				t.Errorf("%s of %s is missing", metric, name)
			}
		}
	}
	if n := a["50kbyboard relays_per_board"]; n != 1 {
		t.Errorf("placed by the board, a board is on %v relays", n)
	}
	dear := figuresOf(t, append(args, "-costs", "send=100")...)
	if dear["50kbyboard relays"] <= a["50kbyboard relays"] {
		t.Errorf("where a message costs 100 us it takes %v relays, as usual %v", dear["50kbyboard relays"], a["50kbyboard relays"])
	}
}

func TestScaleCase(t *testing.T) {
	for text, want := range map[string]scaleCase{
		"idle200k":  {"idle200k", 200_000, false},
		"active150": {"active150", 150, true},
		"table":     {name: "table"},
		"heard":     {name: "heard"},
		"model":     {name: "model"},
	} {
		if got, err := parseScaleCase(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func TestFit(t *testing.T) {
	rows := func(of func(x, y float64) float64) (rows [][3]float64) {
		for _, r := range [][2]float64{{100, 1}, {100, 50}, {1000, 10}, {50, 50}, {0, 20}} {
			rows = append(rows, [3]float64{r[0], r[1], of(r[0], r[1])})
		}
		return append(rows, [3]float64{5, 5, 0}) // not measured
	}
	for _, c := range []struct {
		why  string
		of   func(x, y float64) float64
		a, b float64
	}{
		{"both", func(x, y float64) float64 { return 3*x + 70*y }, 3, 70},
		{"the first alone, where it is known", func(x, y float64) float64 { return 3 * x }, 3, 0},
		{"the second alone", func(x, y float64) float64 { return 7 * y }, 0, 7},
		{"nothing", func(x, y float64) float64 { return 0 }, 0, 0},
	} {
		all := rows(c.of)
		a, b := fit2(all)
		if math.Abs(a-c.a) > 1e-6 || math.Abs(b-c.b) > 1e-6 || error2(all, a, b) > 1e-6 {
			t.Errorf("%s: %v and %v (off by %v), want %v and %v", c.why, a, b, error2(all, a, b), c.a, c.b)
		}
	}
	// One row says nothing of two unknowns; what it says stands.
	if a, b := fit2([][3]float64{{10, 10, 100}}); math.Abs(10*a+10*b-100) > 1e-6 {
		t.Errorf("one row gives %v and %v", a, b)
	}
	// What would have to be less than nothing is nothing.
	if a, b := fit2([][3]float64{{1, 0, 10}, {1, 1, 5}, {1, 2, 1}}); a < 0 || b < 0 {
		t.Errorf("costs are %v and %v", a, b)
	}
}

// All that costs may be called is in the model.
func TestCostNames(t *testing.T) {
	var f modelFlags
	f.list = "1k"
	var list []string
	for name := range costNames(&f.costs) {
		list = append(list, name+"=7")
	}
	f.overrides = strings.Join(list, ",")
	if err := f.parse(); err != nil {
		t.Fatal(err)
	}
	for name, v := range costNames(&f.costs) {
		if *v != 7 {
			t.Errorf("%s is %v", name, *v)
		}
	}
	f.use(unitCosts{edit: 3, told: 3, board: 3, idle: 3, cursor: 3, say: 3})
	if f.costs.Edit != 7 {
		t.Error("what was measured stands in the place of what was given")
	}
}
