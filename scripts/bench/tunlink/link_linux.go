package tunlink

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Addresses of the two ends. Links do not see each other, so all have the same.
var (
	AddrA = netip.AddrFrom4([4]byte{10, 77, 0, 1})
	AddrB = netip.AddrFrom4([4]byte{10, 77, 0, 2})
)

const (
	device  = "link0"
	netmask = 30
	maxSize = 64 << 10 // of what a read returns; the device's MTU, 1500, is what comes

	// congestion is how TCP keeps its rate at both ends, whatever the machine is set to: RFC 9438, what most systems
	// have by default. Where the kernel lacks it the machine's own stays.
	congestion = "cubic"
)

// Link is two network namespaces and what lies between them. Nothing of it has a name outside the process, or outlives
// it. Make one with New.
type Link struct {
	A, B *End

	ways    [2]*carrier // from A to B, and back
	running sync.WaitGroup
}

// New makes a link of the same shape in both directions. It needs root, for the namespaces, and /dev/net/tun; the error
// says what is missing. Links of the same seed lose the same packets of each direction, counted from the first.
func New(shape Shape, seed uint64) (*Link, error) {
	if err := shape.Check(); err != nil {
		return nil, err
	}
	a, err := newEnd(AddrA)
	if err != nil {
		return nil, err
	}
	b, err := newEnd(AddrB)
	if err != nil {
		a.close()
		return nil, err
	}
	l := &Link{A: a, B: b}
	for i, way := range [][2]*End{{a, b}, {b, a}} {
		c := &carrier{
			from: way[0].tun, to: way[1].tun,
			way:    NewWay(shape, rand.New(rand.NewPCG(seed, uint64(i)))),
			read:   make(chan arrival),
			asked:  make(chan chan<- Counts),
			failed: make(chan struct{}),
		}
		l.ways[i] = c
		l.running.Go(c.receive)
		l.running.Go(c.run)
	}
	return l, nil
}

// Counts returns what has become of the packets so far: of those from A to B, and of those back. The error is why the
// link has failed, if it has.
func (l *Link) Counts() (there, back Counts, err error) {
	var counts [2]Counts
	for i, c := range l.ways {
		answer := make(chan Counts, 1)
		select {
		case c.asked <- answer:
			counts[i] = <-answer
		case <-c.failed:
			return there, back, c.err
		}
	}
	return counts[0], counts[1], nil
}

// Close ends the link, and kills what was started at its ends and still runs.
func (l *Link) Close() {
	l.A.close()
	l.B.close()
	l.running.Wait()
}

// carrier carries the packets of one way. Its goroutine run owns the Way, receive feeds it.
type carrier struct {
	from, to *os.File
	way      *Way
	read     chan arrival // closed by receive
	asked    chan chan<- Counts
	failed   chan struct{} // closed when run has ended
	err      error         // read after failed
}

type arrival struct {
	at     time.Time
	packet []byte
}

// receive ends when the device is closed.
func (c *carrier) receive() {
	defer close(c.read)
	buf := make([]byte, maxSize)
	for {
		n, err := c.from.Read(buf)
		if err != nil {
			return
		}
		a := arrival{time.Now(), append([]byte(nil), buf[:n]...)}
		select {
		case c.read <- a:
		case <-c.failed:
			return
		}
	}
}

func (c *carrier) run() {
	defer close(c.failed)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	for {
		now := time.Now()
		for packet := c.way.Take(now); packet != nil; packet = c.way.Take(now) {
			if _, err := c.to.Write(packet); err != nil {
				c.err = fmt.Errorf("carrying a packet: %w", err)
				return
			}
		}
		var due <-chan time.Time
		if at, ok := c.way.Next(); ok {
			timer.Reset(time.Until(at))
			due = timer.C
		}
		select {
		case a, ok := <-c.read:
			if !ok {
				c.err = errors.New("the link is closed")
				return
			}
			// A packet's delay counts from when it was read, and the order of reading is that of time.
			if a.at.Before(last) {
				a.at = last
			}
			last = a.at
			c.way.Put(a.at, a.packet)
		case answer := <-c.asked:
			answer <- c.way.Counts()
		case <-due:
		}
	}
}

// End is a network namespace with one device, the link. What was started there sees no other network.
type End struct {
	tun     *os.File
	calls   chan func()
	once    sync.Once
	done    chan struct{} // closed when calls are served no more
	started []*exec.Cmd   // the thread's, until then
}

// newEnd makes a namespace. It belongs to one thread of the operating system, which serves calls and ends with the End.
func newEnd(addr netip.Addr) (*End, error) {
	e := &End{calls: make(chan func()), done: make(chan struct{})}
	made := make(chan error, 1)
	go func() {
		defer close(e.done)
		// Never unlocked: the thread is of no use to others. Go ends it with the goroutine, or lets it rest if it is the
		// program's first. The namespace ends with the last thread and process in it.
		runtime.LockOSThread()
		err := e.make(addr)
		made <- err
		if err != nil {
			return
		}
		for f := range e.calls {
			f()
		}
	}()
	if err := <-made; err != nil {
		return nil, err
	}
	return e, nil
}

func (e *End) make(addr netip.Addr) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		if errors.Is(err, unix.EPERM) {
			return errors.New("a network namespace needs root: run this as root, or give it CAP_SYS_ADMIN and CAP_NET_ADMIN")
		}
		return fmt.Errorf("making a network namespace: %w", err)
	}
	tun, err := openTUN()
	if err != nil {
		return err
	}
	if err := configure(addr); err != nil {
		return errors.Join(fmt.Errorf("setting up the link's device: %w", err), tun.Close())
	}
	// Where that fails, see congestion.
	_ = os.WriteFile("/proc/sys/net/ipv4/tcp_congestion_control", []byte(congestion), 0)
	e.tun = tun
	return nil
}

// openTUN makes the device in the namespace of the calling thread. It lives until the file is closed.
func openTUN() (*os.File, error) {
	const path = "/dev/net/tun"
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV):
		return nil, fmt.Errorf("there is no %s: the kernel has no TUN devices (modprobe tun), or the container is not given it", path)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	ifr, err := unix.NewIfreq(device)
	if err == nil {
		ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a TUN device: %w", err), unix.Close(fd))
	}
	// Only now: a file that has no device yet cannot be polled.
	return os.NewFile(uintptr(fd), path), nil
}

func configure(addr netip.Addr) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ip := addr.As4()
	mask := [4]byte{255, 255, 255, 256 - 1<<(32-netmask)}
	for _, step := range []struct {
		device string
		ioctl  uint
		set    func(*unix.Ifreq) error
	}{
		{device, unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(ip[:]) }},
		{device, unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr(mask[:]) }},
		{device, unix.SIOCSIFFLAGS, up},
		{"lo", unix.SIOCSIFFLAGS, up},
	} {
		ifr, err := unix.NewIfreq(step.device)
		if err == nil {
			err = step.set(ifr)
		}
		if err == nil {
			err = unix.IoctlIfreq(fd, step.ioctl, ifr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func up(r *unix.Ifreq) error {
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return nil
}

// Start starts a command in the namespace, as its Start does. It is killed when the link is closed, and when this process
// ends, however that comes.
func (e *End) Start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // it is the end of the thread that counts, not of the process
	started := make(chan error, 1)
	e.calls <- func() {
		err := cmd.Start()
		if err == nil {
			e.started = append(e.started, cmd)
		}
		started <- err
	}
	return <-started
}

// close is called when Start is not under way.
func (e *End) close() {
	e.once.Do(func() {
		close(e.calls)
		<-e.done
		for _, cmd := range e.started {
			_ = cmd.Process.Kill() // it may have ended
		}
		e.tun.Close()
	})
}
