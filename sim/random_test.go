package sim_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim/script"
	"simrun/wire/codec"
)

// choices makes a scenario of numbers: a fuzzer's, or a generator's.
type choices struct {
	data []byte
	b    strings.Builder
}

func (c *choices) pick(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	v := int(c.data[0])
	c.data = c.data[1:]
	return v % n
}

func (c *choices) one(of ...string) string { return of[c.pick(len(of))] }

func (c *choices) line(format string, args ...any) { fmt.Fprintf(&c.b, format+"\n", args...) }

// scenario is two hosts, a link with trouble, and two or three programs.
func (c *choices) scenario() string {
	c.line("# t: a test\n-- net --\nseed %d", 1+c.pick(200))
	c.line("profile %s", c.one("rfc", "linux", "freebsd"))
	for i, host := range []string{"A", "B"} {
		c.line("host %s 10.0.0.%d ack=%s %s", host, i+1, c.one("immediate", "delayed"),
			c.one("", "rcvbuf=500", "sndbuf=700 mss=100", "timewait=0", "nodelay=on", "persist=on rcvbuf=60"))
	}
	c.line("link A B %s %s", c.one("", "delay=10ms", "delay=10ms jitter=9ms"), c.one("", "", "rate=1Mbit/s queue=2", "mtu=300"))
	for range c.pick(4) {
		c.line("%s", c.fault())
	}
	c.line("end 100s")
	c.program("B", "listen :7 %[1]d\naccept\nuntil EOF { recv%[2]s; send it }\nclose")
	c.program("A", "connect B:7\nsend %[3]d\nshutdown WR\nuntil EOF { recv }\nclose")
	if c.pick(3) == 0 {
		c.line("-- app A two --\nsleep %dms\nconnect B:7\nsend \"x\"\nrecv timeout=9s\nclose", c.pick(60))
	}
	return c.b.String()
}

func (c *choices) packet() string {
	return fmt.Sprintf("%s.%s[%d]", c.one("a", "b"), c.one("S", "F", "R", "P", "ACK", "."), 1+c.pick(4))
}

func (c *choices) fault() string {
	switch c.pick(9) {
	case 0:
		return "drop " + c.packet()
	case 1:
		return "dup " + c.packet() + c.one(" 1ms", " 40ms", " 5s")
	case 2:
		return "delay " + c.packet() + c.one(" 1ms", " 40ms", " 5s")
	case 3:
		return fmt.Sprintf("swap a#%d a#%d", 1+c.pick(3), 4+c.pick(3))
	case 4:
		return "corrupt " + c.packet()
	case 5:
		return c.one("loss 10%", "loss gilbert p=5% r=50%", "dup 10% 3ms", "delay 10% 30ms", "corrupt 10%")
	case 6:
		return fmt.Sprintf("cut %dms..%dms", c.pick(60), 60+100*c.pick(40))
	case 7:
		return c.one("nat idle=1s", "nat idle=1s reset")
	}
	return c.one("filter icmp", "filter F from a", "filter R")
}

// program is a host's: as it should be, or with random calls in between.
func (c *choices) program(host, usual string) {
	c.line("-- app %s --", host)
	usual = fmt.Sprintf(usual, 1+c.pick(3), c.one("", " 10", " timeout=3s"), []int{1, 1000, 5000}[c.pick(3)])
	for _, line := range strings.Split(usual, "\n") {
		if c.pick(4) == 0 {
			c.line("%s", c.call())
		}
		if c.pick(16) > 0 {
			c.line("%s", line)
		}
	}
}

func (c *choices) call() string {
	switch c.pick(12) {
	case 0:
		return fmt.Sprintf("sleep %dms", c.pick(250))
	case 1:
		return "dup"
	case 2:
		return "fork { sleep 1ms; send \"f\"; close }"
	case 3:
		return "reboot"
	case 4:
		return "shutdown " + c.one("RD", "WR", "RDWR")
	case 5:
		return "setsockopt SO_LINGER 0s"
	case 6:
		return "recv 1 DONTWAIT"
	case 7:
		return "repeat 3 every 1s { send \"{n}\" DONTWAIT }"
	case 8:
		return c.one("exit", "listen :8", "bind :7", "connect A:7 DONTWAIT", "connect B:9")
	case 9:
		return "set " + c.one("mss=50", "timewait=0", "rcvbuf=10")
	case 10:
		return "close"
	}
	return c.one("send 5000 DONTWAIT", "accept DONTWAIT", "getsockopt SO_ERROR")
}

// checkRandom runs the scenario that the data describe: nothing panics, no
// invariant breaks, it comes to an end, and it does the same through bytes and
// as a copy of itself.
func checkRandom(t *testing.T, data []byte) {
	c := choices{data: data}
	src := c.scenario()
	f, err := script.Parse("", "test.sim", []byte(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	r, err := f.Run(nil, codec.New(), script.Limits{Time: clock.At(time.Hour), Steps: 200_000})
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	if len(r.Broken) > 0 || r.Stuck != "" {
		t.Fatalf("%v %s in\n%s", r.Broken, r.Stuck, src)
	}
	w := newWorld(t, f.Scenario)
	w.ThroughBytes(codec.New())
	half := r.World.Steps() / 2
	for range half {
		_ = w.Step()
		if wrong := w.Waiters(); wrong != "" {
			t.Fatalf("%s in\n%s", wrong, src)
		}
	}
	copied, err := w.Clone()
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, nil)
	rest(t, copied, nil)
	want := string(r.World.AppendState(nil))
	if string(w.AppendState(nil)) != want || string(copied.AppendState(nil)) != want || w.Steps() != r.World.Steps() {
		t.Fatalf("through bytes, or as a copy, the run ends otherwise:\n%s", src)
	}
}

func FuzzWorld(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(checkRandom)
}

// make soak looks at more worlds than go test, and begins anywhere.
var (
	worlds     = flag.Int("worlds", 600, "TestRandomWorlds: how many")
	worldsSeed = flag.Uint64("worldsseed", 9, "TestRandomWorlds: where they begin")
)

// TestRandomWorlds is the fuzz target on random data.
func TestRandomWorlds(t *testing.T) {
	r := rand.New(rand.NewPCG(*worldsSeed, 10))
	n := *worlds
	if testing.Short() {
		n = min(n, 20)
	}
	for range n {
		data := make([]byte, 120)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if checkRandom(t, data); t.Failed() {
			return
		}
	}
}
