package tcp

import (
	"bytes"
	"testing"
	"time"

	"simrun/wire"
	"simrun/wire/notation"
)

// pair is two connections and the packets between them; the test chooses what
// arrives, in which order, and what is lost.
type pair struct {
	t    testing.TB
	a, b *end
}

// end is one connection of a pair, with what it has sent and is on its way.
type end struct {
	*rig
	name string
	peer *end
	sent []wire.TCP // in the order sent
}

// newPair is two connections in CLOSED with the given initial numbers.
func newPair(t testing.TB, cfg Config, issA, issB wire.Seq) *pair {
	p := &pair{t: t}
	p.a = &end{rig: bareRig(t, &cfg, issA, issB, 0), name: "A"}
	p.b = &end{rig: bareRig(t, &cfg, issB, issA, 0), name: "B"}
	p.b.c.Init(&cfg, testRemote, testLocal, issB, 0)
	p.a.peer, p.b.peer = p.b, p.a
	return p
}

// do makes one step at an end and puts what it sends on the way; the text is
// copied, as a host copies it.
func (e *end) do(f func(r *rig)) {
	e.t.Helper()
	e.step(f)
	for i := range e.out.Segments {
		seg := e.out.Segments[i].TCP
		seg.Payload = bytes.Clone(seg.Payload)
		e.sent = append(e.sent, seg)
	}
}

// arrive lets a segment arrive at e.
func (e *end) arrive(seg wire.TCP) {
	e.t.Helper()
	e.do(func(r *rig) { r.c.Arrive(r.now, &seg, &r.out) })
}

func (e *end) open()   { e.do(func(r *rig) { r.err = r.c.Open(r.now, &r.out) }) }
func (e *end) listen() { e.do(func(r *rig) { r.err = r.c.Listen(r.now, &r.out) }) }
func (e *end) close()  { e.do(func(r *rig) { r.err = r.c.Close(r.now, &r.out) }) }
func (e *end) write(n int) {
	e.do(func(r *rig) { _, r.err = r.c.Send(r.now, make([]byte, n), &r.out) })
}

// wait lets the next timer of either end expire.
func (p *pair) wait() time.Duration {
	p.t.Helper()
	a, okA := p.a.c.NextTimeout()
	b, okB := p.b.c.NextTimeout()
	at, first := a, p.a
	if !okA || okB && b < a {
		at, first = b, p.b
	}
	if !okA && !okB {
		p.t.Fatal("no timer runs")
	}
	p.a.now, p.b.now = at, at
	first.do(func(r *rig) { r.c.Expire(r.now, &r.out) })
	return at.Since()
}

// text is a segment as the figures write it, with its numbers as they travel.
func (p *pair) text(seg *wire.TCP) string { return segText(seg, notation.Base{}) }

// next takes the first segment on its way from e, which must read as wanted.
func (e *end) next(want string) wire.TCP {
	e.t.Helper()
	if len(e.sent) == 0 {
		e.t.Fatalf("nothing is on its way from %s, want %q", e.name, want)
	}
	seg := e.sent[0]
	e.sent = e.sent[1:]
	if got := segText(&seg, notation.Base{}); got != want {
		e.t.Errorf("%s sent %q, want %q", e.name, got, want)
	}
	return seg
}

// line is one line of a figure: the segment leaves e, arrives, and the two
// states are as drawn.
func (p *pair) line(e *end, segment string, a, b State) {
	p.t.Helper()
	e.peer.arrive(e.next(segment))
	p.states(a, b)
}

func (p *pair) states(a, b State) {
	p.t.Helper()
	if p.a.c.State() != a || p.b.c.State() != b {
		p.t.Errorf("states %v and %v, want %v and %v", p.a.c.State(), p.b.c.State(), a, b)
	}
}

// silent asserts that nothing is on its way.
func (p *pair) silent() {
	p.t.Helper()
	for _, e := range []*end{p.a, p.b} {
		for i := range e.sent {
			p.t.Errorf("%s sent %q besides", e.name, p.text(&e.sent[i]))
		}
	}
}

// settle delivers whatever is on its way until nothing is, one segment from
// each end in turn, and returns how many there were.
func (p *pair) settle() (n int) {
	p.t.Helper()
	for len(p.a.sent)+len(p.b.sent) > 0 {
		for _, e := range []*end{p.a, p.b} {
			if len(e.sent) > 0 {
				seg := e.sent[0]
				e.sent = e.sent[1:]
				e.peer.arrive(seg)
				n++
			}
		}
		if n > 10000 {
			p.t.Fatal("they never stop")
		}
	}
	return n
}

// establishedPair is figure 6's end, with the numbers that figures 9 to 13
// start from: A sends 100 next, B sends 300.
func establishedPair(t testing.TB, cfg Config) *pair {
	t.Helper()
	p := newPair(t, cfg, 99, 299)
	p.b.listen()
	p.a.open()
	p.settle()
	p.states(Established, Established)
	return p
}
