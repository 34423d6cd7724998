package tunlink

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test's program is also what runs at the ends of a link: this variable says which part it plays.
const partVariable = "TUNLINK_PART"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(partVariable) {
	case "":
		goleak.VerifyTestMain(m) // exits
	case "echo":
		err = echo()
	case "ask":
		err = ask()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// echo says what it hears, over TCP and UDP, until it is killed.
func echo() error {
	packets, err := net.ListenPacket("udp", net.JoinHostPort(AddrA.String(), "7"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(AddrA.String(), "7"))
	if err != nil {
		return err
	}
	fmt.Println("listening")
	go func() {
		buf := make([]byte, 2000)
		for {
			if n, from, err := packets.ReadFrom(buf); err == nil {
				packets.WriteTo(buf[:n], from)
			}
		}
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go io.Copy(c, c)
	}
}

const (
	asked    = 400     // datagrams; the device lets 500 packets wait
	streamed = 1 << 20 // bytes by TCP
	rounds   = 5
)

// ask talks with echo, and prints the shortest round trip of TCP.
func ask() error {
	address := net.JoinHostPort(AddrA.String(), "7")
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	least := time.Hour
	for range rounds {
		start := time.Now()
		if _, err := c.Write([]byte("hello")); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
			return err
		}
		least = min(least, time.Since(start))
	}
	go c.Write(make([]byte, streamed))
	if _, err := io.ReadFull(c, make([]byte, streamed)); err != nil {
		return err
	}
	u, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	for range asked {
		if _, err := u.Write([]byte("hello")); err != nil {
			return err
		}
	}
	// Nothing else comes this way: the machine's own network is not seen here.
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	var names []string
	for _, i := range interfaces {
		names = append(names, i.Name)
	}
	fmt.Println(least, strings.Join(names, ","))
	return nil
}

// open makes a link, or skips the test where the machine does not allow one.
func open(t *testing.T, shape Shape) *Link {
	t.Helper()
	l, err := New(shape, 1)
	if err != nil {
		t.Skipf("SKIPPED: no link can be made here: %v", err)
	}
	t.Cleanup(l.Close)
	return l
}

func part(t *testing.T, e *End, name string) (cmd *exec.Cmd, said *bufio.Reader) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), partVariable+"="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(cmd); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

// Packets of TCP and UDP go over the link and no other way, late, and as many are lost as it says.
func TestLink(t *testing.T) {
	const delay, loss = 5 * time.Millisecond, 0.1
	l := open(t, Shape{Delay: delay, Loss: loss})
	server, said := part(t, l.A, "echo")
	if line, err := said.ReadString('\n'); err != nil {
		t.Fatalf("the echo says %q, %v", line, err)
	}
	client, said := part(t, l.B, "ask")
	line, err := said.ReadString('\n')
	if err != nil {
		t.Fatalf("who asks says %q, %v", line, err)
	}
	if err := client.Wait(); err != nil {
		t.Fatal(err)
	}
	word, names, _ := strings.Cut(strings.TrimSpace(line), " ")
	if rtt, err := time.ParseDuration(word); err != nil || rtt < 2*delay {
		t.Errorf("the shortest round trip is %v (%v), want at least %v", rtt, err, 2*delay)
	}
	if names != "lo,"+device && names != device+",lo" {
		t.Errorf("the networks there are %s, want the link and none of the machine's", names)
	}
	// Who asks is at B. Its last packets may still wait in the device.
	var there, back Counts
	for deadline := time.Now().Add(10 * time.Second); there.UDP.In < asked && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if back, there, err = l.Counts(); err != nil {
			t.Fatal(err)
		}
	}
	if there.UDP.In != asked {
		t.Errorf("%d datagrams were sent, and %d came to the link", asked, there.UDP.In)
	}
	if there.TCP.Bytes < streamed || back.TCP.Bytes < streamed {
		t.Errorf("%d bytes of TCP went and %d came, of %d that were sent", there.TCP.Bytes, back.TCP.Bytes, streamed)
	}
	for name, c := range map[string]Count{"TCP": there.TCP, "UDP": there.UDP} {
		if part := float64(c.Lost) / float64(c.In); part < loss/3 || part > loss*3 {
			t.Errorf("%s lost %d of %d packets, want about %v", name, c.Lost, c.In, loss)
		}
	}
	// What was started ends with the link.
	l.Close()
	err = server.Wait()
	if status, ok := server.ProcessState.Sys().(syscall.WaitStatus); err == nil || !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("the echo ended with %v, want it killed", err)
	}
	if _, _, err := l.Counts(); err == nil {
		t.Error("a link that is closed counts")
	}
}

func TestLinksDoNotSeeEachOther(t *testing.T) {
	first, second := open(t, Shape{}), open(t, Shape{})
	_, said := part(t, first.A, "echo")
	if line, err := said.ReadString('\n'); err != nil {
		t.Fatalf("the echo says %q, %v", line, err)
	}
	// The same address, and the same port.
	_, said = part(t, second.A, "echo")
	if line, err := said.ReadString('\n'); err != nil {
		t.Fatalf("the echo of another link says %q, %v", line, err)
	}
}

func TestShapeIsChecked(t *testing.T) {
	if _, err := New(Shape{Loss: 2}, 1); err == nil {
		t.Error("a link that loses more than all was made")
	}
}
