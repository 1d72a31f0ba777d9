package sctp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

var (
	addrA = wire.MustParseAddr("10.0.0.1")
	addrB = wire.MustParseAddr("10.0.0.2")
)

// pair is two associations over a link with a delay. A test says which packets
// are lost, and reads what went over it.
type pair struct {
	t     *testing.T
	now   clock.Time
	ends  [2]*Assoc
	out   Out
	cfg   [2]Config
	air   []flying
	delay time.Duration
	sent  [2]int
	lost  func(from, n int, p *wire.SCTP) bool
	log   []string
	told  [2][]Signal
	homes [][2]wire.Addr // the two ends of each path
	got   [2][]string
	piece [2]string // of a message whose end is to come
}

type flying struct {
	at clock.Time
	to int
	p  wire.SCTP
}

func newPair(t *testing.T) *pair {
	w := &pair{t: t, delay: 10 * time.Millisecond}
	for i := range w.cfg {
		w.cfg[i] = Defaults()
		w.cfg[i].HBInterval = 0
		w.cfg[i].Secret = [16]byte{byte(i), 7}
	}
	return w
}

// start makes the two ends; B listens.
func (w *pair) start() {
	if w.homes == nil {
		w.homes = [][2]wire.Addr{{addrA, addrB}}
	}
	for i := range w.ends {
		var locals []wire.Addr
		for _, path := range w.homes {
			locals = append(locals, path[i])
		}
		w.ends[i] = new(Assoc)
		w.ends[i].Init(&w.cfg[i], locals, uint16(5000+i), i == 1, uint64(i+1))
	}
}

// source is the address at the near end of the path to another one.
func (w *pair) source(i int, to wire.Addr) wire.Addr {
	for _, path := range w.homes {
		if path[1-i] == to {
			return path[i]
		}
	}
	w.t.Fatalf("no path leads to %v", to)
	return to
}

// do runs one step of an end and sends what it says.
func (w *pair) do(i int, f func(a *Assoc, out *Out)) {
	w.t.Helper()
	a := w.ends[i]
	before, vars := a.State(), a.Vars()
	w.out.Reset()
	f(a, &w.out)
	after := a.Vars()
	w.out.Violations = append(w.out.Violations, Check(a.Config(), &vars, &after, &w.out)...)
	for _, v := range w.out.Violations {
		w.t.Fatalf("%s: %v\n%s", a.State(), v, strings.Join(w.log[max(0, len(w.log)-20):], "\n"))
	}
	if a.State() != before {
		w.note(i, a.State().String())
	}
	w.told[i] = append(w.told[i], w.out.Signals...)
	for _, s := range w.out.Signals {
		switch {
		case s.Kind == TimerExpired && s.Timer == T3 && len(w.homes) > 1:
			w.note(i, fmt.Sprintf("T3 p%d", s.Path+1))
		case s.Kind == PathStatus && len(w.homes) > 1:
			w.note(i, fmt.Sprintf("p%d %v", s.Path+1, s.Status))
		}
	}
	for _, p := range w.out.Packets {
		w.sent[i]++
		p.Chunks = append(wire.Chunks(nil), p.Chunks...)
		p.Src = w.source(i, p.Dst)
		lost := w.lost != nil && w.lost(i, w.sent[i], &p.SCTP)
		w.note(i, describe(p.Chunks)+map[bool]string{true: " lost"}[lost])
		if !lost {
			w.air = append(w.air, flying{w.now.Add(w.delay), 1 - i, p.SCTP})
		}
	}
}

func (w *pair) note(i int, text string) {
	w.log = append(w.log, fmt.Sprintf("%.3f %c %s", w.now.Since().Seconds(), 'a'+i, text))
}

// describe is the chunks of a packet in a few letters.
func describe(chunks wire.Chunks) string {
	var words []string
	for c, rest, ok := chunks.Next(); ok; c, rest, ok = rest.Next() {
		word := c.Type.String()
		if d, ok := c.Data(); ok {
			word = fmt.Sprintf("DATA %d:%d", d.Stream, len(d.Payload))
		}
		if s, ok := c.SACK(); ok && s.Gaps.Len() > 0 {
			word += fmt.Sprintf(" %d gaps", s.Gaps.Len())
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// run goes on until the time has come or nothing can happen.
func (w *pair) run(until time.Duration) {
	w.t.Helper()
	end := clock.Time(until)
	for {
		best, what := end+1, -1
		for i, f := range w.air {
			if f.at < best {
				best, what = f.at, i
			}
		}
		timer := -1
		for i, a := range w.ends {
			if at, ok := a.NextTimeout(); ok && at < best {
				best, timer = at, i
			}
		}
		switch {
		case best > end:
			w.now = end
			return
		case timer >= 0:
			w.now = best
			w.do(timer, func(a *Assoc, out *Out) { a.Expire(w.now, out) })
		default:
			f := w.air[what]
			w.air = append(w.air[:what], w.air[what+1:]...)
			w.now = best
			w.do(f.to, func(a *Assoc, out *Out) { a.Arrive(w.now, &f.p, out) })
			w.read(f.to)
		}
	}
}

// read takes all messages that wait.
func (w *pair) read(i int) {
	buf := make([]byte, 8192)
	for w.ends[i].Unread() > 0 {
		w.do(i, func(a *Assoc, out *Out) {
			if r, ok := a.Receive(w.now, buf, out); ok {
				if w.piece[i] == "" {
					w.piece[i] = fmt.Sprintf("%d:", r.Stream)
				}
				if w.piece[i] += string(buf[:r.N]); !r.More {
					w.got[i], w.piece[i] = append(w.got[i], w.piece[i]), ""
				}
			}
		})
	}
}

func (w *pair) associate() {
	w.do(0, func(a *Assoc, out *Out) {
		if err := a.Associate(w.now, []wire.Addr{w.homes[0][1]}, 5001, out); err != nil {
			w.t.Fatal(err)
		}
	})
}

func (w *pair) send(i int, stream uint16, data string) {
	w.do(i, func(a *Assoc, out *Out) {
		if _, err := a.Send(w.now, &Message{Stream: stream, Data: []byte(data)}, out); err != nil {
			w.t.Fatal(err)
		}
	})
}

func (w *pair) want(lines ...string) {
	w.t.Helper()
	if got, want := strings.Join(w.log, "\n"), strings.Join(lines, "\n"); got != want {
		w.t.Errorf("happened\n%s\nwant\n%s", got, want)
	}
}

func TestOpenSendShutdown(t *testing.T) {
	w := newPair(t)
	w.start()
	w.associate()
	w.run(time.Second)
	w.send(0, 1, "hello")
	w.run(2 * time.Second)
	w.do(0, func(a *Assoc, out *Out) { a.Shutdown(w.now, out) })
	w.run(1000 * time.Second)
	w.want(
		"0.000 a COOKIE-WAIT",
		"0.000 a INIT",
		"0.010 b INIT ACK",
		"0.020 a COOKIE-ECHOED",
		"0.020 a COOKIE ECHO",
		"0.030 b ESTABLISHED",
		"0.030 b COOKIE ACK",
		"0.040 a ESTABLISHED",
		"1.000 a DATA 1:5",
		"1.010 b SACK",
		"2.000 a SHUTDOWN-SENT",
		"2.000 a SHUTDOWN",
		"2.010 b SHUTDOWN-ACK-SENT",
		"2.010 b SHUTDOWN ACK",
		"2.020 a CLOSED",
		"2.020 a SHUTDOWN COMPLETE",
		"2.030 b CLOSED",
	)
	if len(w.got[1]) != 1 || w.got[1][0] != "1:hello" {
		t.Errorf("B got %q", w.got[1])
	}
}

// TestDataWithCookieEcho: what was sent before the association is up goes with
// the COOKIE ECHO, and again with it.
func TestDataWithCookieEcho(t *testing.T) {
	w := newPair(t)
	w.start()
	w.lost = func(from, n int, _ *wire.SCTP) bool { return from == 0 && n == 2 }
	w.associate()
	w.send(0, 0, "hi")
	w.send(0, 1, "all")
	w.run(time.Minute)
	w.want(
		"0.000 a COOKIE-WAIT",
		"0.000 a INIT",
		"0.010 b INIT ACK",
		"0.020 a COOKIE-ECHOED",
		"0.020 a COOKIE ECHO, DATA 0:2, DATA 1:3 lost",
		"1.020 a COOKIE ECHO, DATA 0:2, DATA 1:3",
		"1.030 b ESTABLISHED",
		"1.030 b COOKIE ACK, SACK",
		"1.040 a ESTABLISHED",
	)
	if fmt.Sprint(w.got[1]) != "[0:hi 1:all]" {
		t.Errorf("B got %q", w.got[1])
	}
}

// TestGiveUp is the schedules of RFC 9260 with its default values.
func TestGiveUp(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *pair)
		cut  string // the chunk that never arrives
		end  int
		want time.Duration
	}{
		{"INIT", func(w *pair) {}, "INIT", 0, 243 * time.Second},
		{"COOKIE ECHO", func(w *pair) {}, "COOKIE ECHO", 0, 243*time.Second + 20*time.Millisecond},
		{"T3", func(w *pair) { w.send(0, 0, "x") }, "DATA", 0, 10*time.Second + 363*time.Second},
		{"SHUTDOWN, T5", func(w *pair) { w.do(0, func(a *Assoc, out *Out) { a.Shutdown(w.now, out) }) }, "SHUTDOWN", 0, 310 * time.Second},
		{"SHUTDOWN, T2", func(w *pair) {
			w.cfg[0].T5 = 0
			w.do(0, func(a *Assoc, out *Out) { a.Shutdown(w.now, out) })
		}, "SHUTDOWN", 0, 373 * time.Second},
		{"SHUTDOWN ACK", func(w *pair) {
			w.cfg[1].T5 = 0
			w.do(0, func(a *Assoc, out *Out) { a.Shutdown(w.now, out) })
			w.lost = func(from, _ int, _ *wire.SCTP) bool { return true }
		}, "SHUTDOWN ACK", 1, 10*time.Second + 10*time.Millisecond + 363*time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newPair(t)
			w.lost = func(_, _ int, p *wire.SCTP) bool {
				got := describe(p.Chunks)
				return got == c.cut || c.cut == "DATA" && strings.HasPrefix(got, "DATA")
			}
			w.start()
			w.associate()
			w.run(10 * time.Second)
			c.do(w)
			w.run(1000 * time.Second)
			want := fmt.Sprintf("%.3f %c CLOSED", c.want.Seconds(), 'a'+c.end)
			if !strings.Contains(strings.Join(w.log, "\n"), want) {
				t.Errorf("want %s, happened\n%s", want, strings.Join(w.log, "\n"))
			}
		})
	}
}
