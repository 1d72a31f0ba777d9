package sim

import (
	"fmt"
	"time"

	"simrun/clock"
	"simrun/internal/ring"
	"simrun/sim/trace"
	"simrun/wire"
)

// link joins two hosts; each direction works on its own.
type link struct {
	spec *LinkSpec
	name string
	nat  []flow // what the middleboxes of the link remember
}

// direction carries packets from one host to another. Only its first packet
// is in the world's heap; the others wait in order of arrival.
type direction struct {
	index    int // the actor's index
	name     string
	link     int // index into World.links; -1: the host's loopback
	from, to int // hosts

	flights ring.Ring[*packet]
	starts  ring.Ring[clock.Time] // when each packet in the queue starts to be sent
	free    clock.Time            // when the link has sent what it was given
	last    clock.Time            // the latest arrival so far: jitter keeps the order
	held    []*packet             // waits for the packet it is swapped with
	dice    dice
	bad     bool // Gilbert-Elliott: in the bad state
}

// verdict is what the stages of a link decided about one packet.
type verdict struct {
	lost   string // the cause, or ""
	fate   trace.Fate
	extra  time.Duration   // arrives that much later than it would
	copies []time.Duration // a copy each, that much later than the original
	flip   bool            // one bit flips
	mark   bool            // congestion experienced
	hold   bool            // waits for the packet it is swapped with
	after  *packet         // takes this held packet along, behind it
	note   string
}

// carry hands a packet to a direction: through the stages, then on its way.
func (w *World) carry(d *direction, q *packet) {
	v := w.stages(d, q)
	if v.lost != "" {
		w.rec.lost(q, v.fate, w.now, v.lost)
		w.packets.put(q)
		return
	}
	w.rec.noted(q, v.note)
	if v.mark {
		q.Net().ECN = wire.CE
		w.rec.marked(q)
	}
	if v.flip {
		w.rec.noted(q, w.corrupt(d, q))
	}
	if v.hold {
		d.held = append(d.held, q)
		return
	}
	q.at = w.arrival(d, q).Add(v.extra)
	for _, later := range v.copies {
		c := w.packets.get(&q.Packet)
		c.id, c.broken, c.base, c.life, c.at = q.id, q.broken, q.base, q.life, q.at.Add(later)
		c.copy = w.rec.copied(q, later)
		d.fly(c)
	}
	d.fly(q)
	if v.after != nil {
		v.after.at = q.at
		d.fly(v.after)
	}
	w.wakeDirection(d)
}

// arrival is when a packet given to the link now arrives: after the queue, its
// own transmission and the delay.
func (w *World) arrival(d *direction, q *packet) clock.Time {
	if d.link < 0 {
		return w.now
	}
	spec := w.links[d.link].spec
	at := w.now
	if spec.Rate > 0 {
		start := max(w.now, d.free)
		d.starts.Push(start)
		d.free = start.Add(transmission(q.Size(), spec.Rate))
		at = d.free
	}
	at = at.Add(spec.Delay + d.dice.upTo(spec.Jitter))
	d.last = max(d.last, at)
	if spec.Jitter > 0 {
		at = d.last
	}
	return at
}

// transmission is how long octets take at a rate in bits per second, rounded
// up to the nanosecond.
func transmission(octets int, rate int64) time.Duration {
	bits := int64(octets) * 8
	whole, rest := bits/rate, bits%rate
	return time.Duration(whole*int64(time.Second) + (rest*int64(time.Second)+rate-1)/rate)
}

// waiting is how many packets wait for the link to send them.
func (d *direction) waiting(now clock.Time) int {
	for d.starts.Len() > 0 && *d.starts.Front() <= now {
		d.starts.Pop()
	}
	return d.starts.Len()
}

// fly puts a packet among those in flight, behind all that arrive no later.
func (d *direction) fly(q *packet) {
	i := d.flights.Len()
	for i > 0 && (*d.flights.At(i - 1)).at > q.at {
		i--
	}
	d.flights.Insert(i, q)
}

// wakeDirection makes the world's heap wait for the first packet in flight.
func (w *World) wakeDirection(d *direction) {
	actor := clock.NewActor(clock.Arrival, d.index)
	if d.flights.Len() == 0 {
		w.heap.Clear(actor)
		return
	}
	w.heap.Set(actor, (*d.flights.Front()).at)
}

// arrive delivers the first packet in flight: one step.
func (w *World) arrive(d *direction) {
	q := w.land(d)
	if q == nil {
		return
	}
	h := w.hosts[d.to]
	w.watch.taking(q)
	h.stack.Arrive(w.now, &q.Packet)
	w.watch.taking(nil)
	w.packets.put(q)
	w.settle(h)
}

// land takes the first packet in flight out of the air; nil if its host does
// not get to see it.
func (w *World) land(d *direction) *packet {
	q := d.flights.Pop()
	w.wakeDirection(d)
	if q.broken {
		w.rec.lost(q, trace.LostAtReceiver, w.now, "bad checksum")
		w.hosts[d.to].badChecksums++
		w.packets.put(q)
		return nil
	}
	if w.medium != nil {
		w.throughBytes(q)
	}
	w.rec.arrived(w.hosts[d.to], q)
	return q
}

// corrupt flips one bit of the packet's transport header or payload. The
// checksums of TCP, SCTP and ICMP catch every single bit, so the packet dies at the
// receiver; the codec, if there is one, is asked all the same, for it is the
// receiver's.
func (w *World) corrupt(d *direction, q *packet) string {
	skip := wire.IPHeaderLen(q.Net().Dst)
	bit := d.dice.below(uint64(q.Size()-skip) * 8)
	note := fmt.Sprintf("bit %d flipped", bit)
	if w.codec == nil {
		q.broken = true
		return note
	}
	b, err := w.codec.Append(nil, &q.Packet)
	if err != nil {
		return "not corrupted: " + err.Error()
	}
	w.rec.flipped(q, int(bit))
	b[skip+int(bit/8)] ^= 0x80 >> (bit % 8)
	var decoded wire.Packet
	if w.codec.Decode(b, &decoded) != nil {
		q.broken = true
		return note
	}
	q.become(&decoded)
	return note
}

// throughBytes makes octets of a packet and reads it back, as a real network
// would.
func (w *World) throughBytes(q *packet) {
	var decoded wire.Packet
	b, err := w.medium.Append(w.octets[:0], &q.Packet)
	if err == nil {
		err = w.medium.Decode(b, &decoded)
	}
	if err != nil {
		w.broken = append(w.broken, Violation{ID: "bytes", Text: err.Error(), At: w.now})
		return
	}
	w.octets = b
	q.become(&decoded)
}

// Codec makes octets of packets and reads them back. Only captures, corrupting
// links and bridges to the outside need one.
type Codec interface {
	Append(dst []byte, p *wire.Packet) ([]byte, error)
	Decode(b []byte, p *wire.Packet) error
}
