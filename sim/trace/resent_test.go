package trace

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestRetransmissions: which packets that are sent again no loss explains. In
// each case host 0 sends 1:11, which meets a fate, then "R1" of it; host 1 may
// acknowledge in between.
func TestRetransmissions(t *testing.T) {
	for _, c := range []struct {
		name, events string
		want         string // "spurious", or "" for one that a loss explains
	}{
		{"the first was lost", "lose R", ""},
		{"it had arrived", "arrive R", "spurious"},
		{"it arrived later", "R arrive", "spurious"},
		{"it is still on its way", "R", "spurious"},
		{"the host did not take it", "refuse R", ""},
		{"its ACK was lost", "arrive ack-lost R", ""},
		{"one ACK of two was lost", "arrive ack-lost ack R", "spurious"},
		{"an ACK of less was lost", "arrive less-lost R", "spurious"},
		{"the ACK was lost after the copy had gone", "arrive R ack-lost", "spurious"},
		{"half of it was lost", "arrive half-lost wide", ""},
		{"both halves had arrived", "arrive half wide", "spurious"},
		{"a probe", "arrive probe", "none"},
		{"an earlier incarnation's had arrived", "arrive S R", ""},
	} {
		b := build("t", "10.0.0.1:1", "10.0.0.2:2", 10*time.Millisecond)
		b.now("1.000")
		first := b.send(0, "P. 1:11(10) ack 1")
		for _, e := range strings.Fields(c.events) {
			b.happen(first, e)
		}
		got := "none"
		for _, r := range Retransmissions(b.log) {
			got = map[bool]string{true: "spurious"}[r.Spurious]
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		text := Summary(b.log)
		if says := strings.Contains(text, "(1 spurious)"); says != (c.want == "spurious") {
			t.Errorf("%s: the summary is %q", c.name, text)
		}
	}
}

// happen lets an event of the table happen.
func (b *builder) happen(first int, event string) {
	switch event {
	case "lose":
		b.lose(first, LostOnLink, "drop")
	case "arrive":
		b.arrive(first)
	case "refuse":
		b.arrive(first)
		b.log.Packets[first].Copies[0].Refused = true
	case "R":
		b.send(0, "R1 P. 1:11(10) ack 1")
	case "wide":
		b.send(0, "R1 P. 1:21(20) ack 1")
	case "half":
		b.arrive(b.send(0, "P. 11:21(10) ack 1"))
	case "half-lost":
		b.lose(b.send(0, "P. 11:21(10) ack 1"), LostAtQueue, "queue")
	case "S":
		b.send(0, "S 0")
	case "probe":
		b.log.Packets[b.send(0, "R1 P. 1:2(1) ack 1")].Probe = true
	case "ack":
		b.arrive(b.send(1, ". 1:1(0) ack 11"))
	case "ack-lost":
		b.lose(b.send(1, ". 1:1(0) ack 11"), LostOnLink, "drop")
	case "less-lost":
		b.lose(b.send(1, ". 1:1(0) ack 6"), LostOnLink, "drop")
	default:
		panic(fmt.Sprintf("no event %q", event))
	}
}
