package tunlink

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const (
	tcp = 6
	udp = 17
)

// packet is an IPv4 packet of the given size, which carries a number where its payload begins.
func packet(protocol byte, number, size int) []byte {
	p := make([]byte, max(size, 28))
	p[0], p[9] = 4<<4|5, protocol
	binary.BigEndian.PutUint64(p[20:], uint64(number))
	return p
}

func number(p []byte) int { return int(binary.BigEndian.Uint64(p[20:])) }

// lane is a Way and the clock that it is told.
type lane struct {
	*Way
	start, now time.Time
}

func newLane(shape Shape, seed uint64) *lane {
	start := time.Unix(1_700_000_000, 0)
	return &lane{NewWay(shape, rand.New(rand.NewPCG(seed, 0))), start, start}
}

type came struct {
	number int
	after  time.Duration // since the lane's start
}

// pass sends n packets of a size, one each step of time, and returns those that come, each when it does.
func (l *lane) pass(n, size int, step time.Duration) (list []came) {
	for i := range n {
		l.arrive(l.now, &list)
		l.Put(l.now, packet(udp, i, size))
		l.now = l.now.Add(step)
	}
	l.arrive(l.now.Add(time.Hour), &list)
	return list
}

func (l *lane) arrive(until time.Time, list *[]came) {
	for {
		due, ok := l.Next()
		if !ok || due.After(until) {
			return
		}
		if early := l.Take(due.Add(-1)); early != nil {
			*list = append(*list, came{-1, 0}) // which no test wants
		}
		*list = append(*list, came{number(l.Take(due)), due.Sub(l.start)})
	}
}

func TestNothingIsDoneByDefault(t *testing.T) {
	l := newLane(Shape{}, 1)
	for i, c := range l.pass(100, 100, time.Millisecond) {
		if c.number != i || c.after != time.Duration(i)*time.Millisecond {
			t.Errorf("packet %d came as number %d after %v, want at once and in order", i, c.number, c.after)
		}
	}
	if l.Take(l.now.Add(time.Hour)) != nil {
		t.Error("a packet came that nobody sent")
	}
}

func TestDelayStaysWithinTheJitter(t *testing.T) {
	const delay, jitter, step = 40 * time.Millisecond, 10 * time.Millisecond, 30 * time.Millisecond
	// Packets lie further apart than the jitter, so that the order costs none of them anything.
	l := newLane(Shape{Delay: delay, Jitter: jitter}, 1)
	least, most, sum := time.Hour, time.Duration(0), time.Duration(0)
	list := l.pass(10_000, 100, step)
	for i, c := range list {
		took := c.after - time.Duration(i)*step
		least, most, sum = min(least, took), max(most, took), sum+took
	}
	if len(list) != 10_000 || least < delay-jitter || most > delay+jitter {
		t.Errorf("%d packets took %v to %v, want all of them within %v ± %v", len(list), least, most, delay, jitter)
	}
	// Uniform: the ends are reached, and the mean lies in the middle.
	if least > delay-jitter+jitter/20 || most < delay+jitter-jitter/20 {
		t.Errorf("of 10000 packets the fastest took %v and the slowest %v: the jitter is not used", least, most)
	}
	if mean := sum / time.Duration(len(list)); (mean - delay).Abs() > jitter/20 {
		t.Errorf("the mean is %v, want %v", mean, delay)
	}
}

func TestOrder(t *testing.T) {
	shape := Shape{Delay: 40 * time.Millisecond, Jitter: 10 * time.Millisecond}
	for i, c := range newLane(shape, 1).pass(1000, 100, time.Millisecond) {
		if c.number != i {
			t.Fatalf("number %d came as the %dth", c.number, i)
		}
		if took := c.after - time.Duration(i)*time.Millisecond; took > 50*time.Millisecond {
			t.Errorf("packet %d took %v: to keep the order costs no more than the longest delay", i, took)
		}
	}
	shape.Reorder = true
	overtaken, last := 0, -1
	for _, c := range newLane(shape, 1).pass(1000, 100, time.Millisecond) {
		if c.number < last {
			overtaken++
		}
		last = max(last, c.number)
	}
	if overtaken < 100 {
		t.Errorf("%d of 1000 packets were overtaken where jitter is ten times their distance", overtaken)
	}
}

func TestLoss(t *testing.T) {
	for _, loss := range []float64{0, 0.01, 0.02, 0.05, 1} {
		const n = 100_000
		l := newLane(Shape{Loss: loss}, 7)
		list := l.pass(n, 100, time.Millisecond)
		counts := l.Counts().UDP
		// Four standard deviations of a binomial distribution: the seed is chosen once, and then it holds for ever.
		slack := 4 * math.Sqrt(n*loss*(1-loss))
		if got := float64(counts.Lost); math.Abs(got-n*loss) > slack {
			t.Errorf("of %d packets %v were lost, want %v ± %.0f", n, got, n*loss, slack)
		}
		if len(list) != n-counts.Lost || counts.In != n || counts.Full != 0 || counts.Bytes != 100*n {
			t.Errorf("%d packets came, and the counts are %+v", len(list), counts)
		}
		// Each for itself: after a lost packet the next one is lost as often as any.
		both, lost := 0, map[int]bool{}
		for i := range n {
			lost[i] = true
		}
		for _, c := range list {
			delete(lost, c.number)
		}
		for i := range lost {
			if lost[i+1] {
				both++
			}
		}
		if want := n * loss * loss; math.Abs(float64(both)-want) > 4*math.Sqrt(want)+1 {
			t.Errorf("at a loss of %v two in a row were lost %d times, want about %v", loss, both, want)
		}
	}
}

func TestSameSeedSameFate(t *testing.T) {
	shape := Shape{Delay: 40 * time.Millisecond, Jitter: 10 * time.Millisecond, Loss: 0.05}
	first := newLane(shape, 3).pass(1000, 100, 16*time.Millisecond)
	again := newLane(shape, 3).pass(1000, 100, 16*time.Millisecond)
	other := newLane(shape, 4).pass(1000, 100, 16*time.Millisecond)
	same := func(a, b []came) bool {
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			if a[i] != b[i] {
				return false
			}
		}
		return true
	}
	if !same(first, again) || same(first, other) {
		t.Error("the fate of packets is not that of the seed alone")
	}
}

func TestRate(t *testing.T) {
	// 100 kB a second, and 1000 packets of 500 bytes at once: 5 ms each.
	l := newLane(Shape{Rate: 100_000, Queue: 500_000, Delay: 20 * time.Millisecond}, 1)
	list := l.pass(1000, 500, 0)
	if len(list) != 1000 {
		t.Fatalf("%d of 1000 packets came, which the queue has room for", len(list))
	}
	for i, c := range list {
		want := 20*time.Millisecond + time.Duration(i+1)*5*time.Millisecond
		if (c.after - want).Abs() > time.Microsecond {
			t.Fatalf("packet %d came after %v, want %v", i, c.after, want)
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	// Ten packets fit. While nothing is taken from it but by the rate, further ones are dropped, and when there is room
	// again they go on.
	l := newLane(Shape{Rate: 100_000, Queue: 5000}, 1)
	if list := l.pass(100, 500, 0); len(list) != 10 || l.Counts().UDP.Full != 90 {
		t.Errorf("%d packets came and %+v were counted, want 10, and the others dropped", len(list), l.Counts().UDP)
	}
	l.now = l.now.Add(25 * time.Millisecond) // of the 50 ms that the queue takes
	if list := l.pass(100, 500, 0); len(list) != 5 {
		t.Errorf("%d packets came after half of the queue had gone, want 5", len(list))
	}
}

func TestFlightIsBounded(t *testing.T) {
	l := newLane(Shape{Delay: time.Hour}, 1)
	const size = 60 << 10
	if list := l.pass(1000, size, 0); len(list) != maxFlight/size {
		t.Errorf("%d packets were under way, want %d and no more", len(list), maxFlight/size)
	}
	if list := l.pass(1, size, 0); len(list) != 1 {
		t.Error("there is no room when all have arrived")
	}
}

func TestLostPacketsTakeTheirTime(t *testing.T) {
	// At a tenth of the rate half of the packets are lost: those that come are as late as if all did.
	l := newLane(Shape{Rate: 100_000, Queue: 1 << 20, Loss: 0.5}, 1)
	for _, c := range l.pass(1000, 500, 0) {
		if want := time.Duration(c.number+1) * 5 * time.Millisecond; (c.after - want).Abs() > time.Microsecond {
			t.Fatalf("packet %d came after %v, want %v", c.number, c.after, want)
		}
	}
}

func TestLatePackets(t *testing.T) {
	l := newLane(Shape{}, 1)
	for _, late := range []time.Duration{0, lateBy, lateBy + 1, time.Second} {
		l.Put(l.now, packet(udp, 0, 100))
		before := l.Counts()
		l.now = l.now.Add(late)
		if l.Take(l.now) == nil {
			t.Fatal("a packet does not arrive")
		}
		if counted := l.Counts().Since(before).UDP.Late == 1; counted != (late > lateBy) {
			t.Errorf("a packet that was taken %v late is counted: %v", late, counted)
		}
	}
}

func TestCountsByProtocol(t *testing.T) {
	l := newLane(Shape{}, 1)
	v6 := make([]byte, 60)
	v6[0], v6[6] = 6<<4, tcp
	for _, p := range [][]byte{packet(tcp, 0, 40), packet(tcp, 1, 60), packet(udp, 2, 30), v6, packet(1, 3, 50), {}, {4 << 4}} {
		l.Put(l.now, p)
	}
	got := l.Counts()
	want := Counts{TCP: Count{In: 3, Bytes: 160}, UDP: Count{In: 1, Bytes: 30}, Other: Count{In: 3, Bytes: 51}}
	if got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	l.Put(l.now, packet(udp, 4, 70))
	if since := l.Counts().Since(got); since != (Counts{UDP: Count{In: 1, Bytes: 70}}) {
		t.Errorf("since then %+v was counted, want one packet", since)
	}
}

func TestShapesThatCannotBe(t *testing.T) {
	for want, shape := range map[string]Shape{
		"more jitter":    {Delay: time.Millisecond, Jitter: 2 * time.Millisecond},
		"0 or more":      {Delay: -time.Millisecond},
		"a loss of 1.1":  {Loss: 1.1},
		"a loss of -0.1": {Loss: -0.1},
		"a loss of NaN":  {Loss: math.NaN()},
		"a rate of -1":   {Rate: -1},
		"a queue of -1":  {Queue: -1},
	} {
		if err := shape.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error with %q", shape, err, want)
		}
	}
	if err := (Shape{Delay: 40 * time.Millisecond, Jitter: 40 * time.Millisecond, Loss: 1, Rate: 1}).Check(); err != nil {
		t.Errorf("a shape that can be: %v", err)
	}
}
