package trace

import (
	"fmt"
	"testing"
	"time"

	"simrun/clock"
)

// bulk writes the log of tcp/bulk-two-losses, a sender with the windows that
// RFC 5681 and RFC 6675 give for that run.
type bulk struct {
	*builder
	next  int // the number of the next segment of new data
	data  []flown
	acks  []flown
	cwnd  int
	acked int // segments acknowledged
	held  [2]int
}

// flown is a packet under way.
type flown struct {
	packet, segment int
}

const mss = 1460

func seqOf(segment int) int { return 1 + (segment-1)*mss }

// segments sends n segments of new data.
func (r *bulk) segments(n int) {
	for range n {
		flags := "."
		if r.next == 120 {
			flags = "P."
		}
		p := r.send(a, fmt.Sprintf("%s %d:%d ack 1", flags, seqOf(r.next), seqOf(r.next+1)))
		if r.next == 13 || r.next == 120 {
			r.lose(p, LostOnLink, fmt.Sprintf("drop a#%d", r.log.Packets[p].N))
		} else {
			r.data = append(r.data, flown{packet: p, segment: r.next})
		}
		r.next++
	}
}

// deliver lets the data under way arrive, and each segment draw its ACK.
func (r *bulk) deliver() {
	for _, f := range r.data {
		r.arrive(f.packet)
		switch {
		case f.segment == r.acked+1 && r.held[0] == f.segment+1:
			r.acked, r.held = r.held[1]-1, [2]int{}
		case f.segment == r.acked+1:
			r.acked++
		case r.held == [2]int{}:
			r.held = [2]int{f.segment, f.segment + 1}
		default:
			r.held[1] = f.segment + 1
		}
		text := fmt.Sprintf(". 1 ack %d", seqOf(r.acked+1))
		if r.held[0] > 0 {
			text += fmt.Sprintf(" sack %d:%d", seqOf(r.held[0]), seqOf(r.held[1]))
		}
		r.acks = append(r.acks, flown{packet: r.send(b, text), segment: r.acked})
	}
	r.data = nil
}

// acknowledge lets the ACKs under way arrive; then is what each does.
func (r *bulk) acknowledge(then func(i int, f flown)) {
	acks := r.acks
	r.acks = nil
	for i, f := range acks {
		r.arrive(f.packet)
		then(i, f)
	}
}

func (r *bulk) window(cwnd int) {
	r.cwnd = cwnd
	r.text(Signal, a, fmt.Sprintf("cwnd %d", cwnd))
}

func bulkTwoLosses() *Log {
	r := &bulk{builder: build("tcp/bulk-two-losses", "10.0.0.1:49152", "10.0.0.2:4500", 20*time.Millisecond,
		"drop a#15", "drop a#123", "profile rfc", "ack=immediate", "seed 1"), next: 1}
	r.now("0").call(a, "connect B:4500")
	syn := r.send(a, "S 0")
	r.now("0.020").arrive(syn)
	synAck := r.send(b, "S. 0 ack 1")
	r.now("0.040")
	got := r.arrive(synAck)
	r.window(10 * mss)
	ack := r.send(a, ". 1 ack 1")
	r.then().ret(a, "connect = 0", got)
	r.then()
	r.segments(10)
	r.now("0.060").arrive(ack)
	r.deliver()
	r.now("0.080")
	r.acknowledge(func(int, flown) {
		r.window(r.cwnd + mss)
		r.segments(2)
	})
	r.now("0.100")
	r.deliver()
	r.now("0.120")
	r.acknowledge(func(i int, f flown) {
		switch {
		case i < 2:
			r.window(r.cwnd + mss)
			r.segments(2)
		case i < 4:
			r.segments(1) // limited transmit
		case i == 4:
			cause := r.add(Event{Kind: Signal, Host: a, Packet: -1, Text: "dup ACK 3"})
			r.text(Signal, a, "ssthresh 16060")
			r.window(11 * mss)
			p := r.send(a, "R1 . 17521:18981 ack 1")
			r.log.Event(r.log.Packets[p].Sent).Cause = cause
			r.data = append(r.data, flown{packet: p, segment: 13})
		case i == 15 || i == 16:
			r.segments(2)
		}
	})
	r.now("0.140")
	r.deliver()
	r.now("0.160")
	r.acknowledge(func(i int, f flown) {
		if i == 6 {
			r.text(Signal, a, "recovery ends")
		}
		r.segments(1)
	})
	for i, cwnd := range []int{17520, 18980, 20440, 21900, 23394, 23394} {
		r.now(fmt.Sprintf("0.%d", 180+40*i))
		r.deliver()
		r.now(fmt.Sprintf("0.%d", 200+40*i))
		r.acknowledge(func(j int, f flown) {
			switch {
			case j == 9 && i < 4:
				r.window(cwnd)
				r.segments(2)
			case j == 9 && i == 4:
				r.window(cwnd)
				r.segments(1)
			case i < 5:
				r.segments(1)
			}
		})
	}
	r.now("1.400").text(Timer, a, "RTO 1 s, next 2 s").text(Signal, a, "ssthresh 2920", "cwnd 1460")
	p := r.send(a, "R1 P. 173741:175201 ack 1")
	r.now("1.420").arrive(p)
	return r.final("ESTABLISHED", "ESTABLISHED")
}

func TestBulkTwoLosses(t *testing.T) {
	same(t, draw(t, bulkTwoLosses(), Options{From: clock.At(41 * time.Millisecond), To: clock.At(1400 * time.Millisecond)}), `
tcp/bulk-two-losses
                   drop a#15 · drop a#123 · profile rfc · ack=immediate · seed 1
A 10.0.0.1:49152                                                 B 10.0.0.2:4500
                   0.040 ├2 . ack 1 ─────────────────►│ 0.060
cwnd 14600         0.040 ├3-12 10× 1:14601 ──────────►│ 0.060
cwnd 29200         0.080 │◄─── 10× ack 1461…14601 2-11┤ 0.060
                   0.080 ├13-14 2× 14601:17521 ──────►│ 0.100
                   0.080 ├15 . 17521(1460) ──✗        │       lost: drop a#15
                   0.080 ├16-32 17× 18981:43801 ─────►│ 0.100
cwnd 32120         0.120 │◄── 2× ack 16061…17521 12-13┤ 0.100
                   0.120 │◄─────── 17× ack 17521 14-30┤ 0.100
                         │     sack 18981:43801       │
                   0.120 ├33-38 6× 43801:52561 ──────►│ 0.140
dup ACK 3          0.120 ├39 R1 . 17521(1460) ═══════►│ 0.140
ssthresh 16060           │                            │
cwnd 16060               │                            │
                   0.120 ├40-43 4× 52561:58401 ──────►│ 0.140
                   0.160 │◄──────── 6× ack 17521 31-36┤ 0.140
                         │     sack 18981:52561       │
recovery ends      0.160 │◄── 5× ack 52561…58401 37-41┤ 0.140
    … 79 data segments a#44-122, 79 ACKs b#42-120, 0.160–0.400, cwnd 23394 …
                   0.360 ├123 P. 173741(1460) ──✗     │       lost: drop a#123
                         ┊        ~ 1.000 s ~         ┊
RTO 1 s, next 2 s  1.400 ├124 R1 P. 173741(1460) ════►│ 1.420
ssthresh 2920            │                            │
cwnd 1460                │                            │
244 packets, 178120 bytes of data, 2 lost, 2 retransmitted.
A ESTABLISHED, B ESTABLISHED.
`)
}
