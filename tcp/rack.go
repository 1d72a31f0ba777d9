package tcp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// rack is RACK (RFC 8985 6): a segment is lost when one that was sent later
// has arrived, and the reordering window has passed since it should have.
//
// The text compares times of transmission, and numbers where the clock is too
// coarse to tell. Here many segments leave at one instant, so transmissions
// are counted instead: the count says what the text's comparison guesses.
type rack struct {
	order     int           // RACK.xmit_ts: the latest transmission that is known to have arrived
	before    int           // the record in the network that was sent last before it; 0: none
	rtt       time.Duration // RACK.rtt
	least     least         // RACK.min_RTT
	fack      int           // RACK.fack: the highest record that arrived
	reordered bool          // RACK.reordering_seen
	window    time.Duration // RACK.reo_wnd
	widened   int           // RACK.reo_wnd_mult, less one
	persist   int           // RACK.reo_wnd_persist: recoveries until it is as narrow as at first
	inRound   bool          // RACK.dsack_round is set
	round     wire.Seq      // RACK.dsack_round
}

// reoPersist is how many recoveries a reordering window stays wide (RFC 8985
// 6.2 step 4).
const reoPersist = 16

// delivery is what RACK must know of the ACK that a record arrived by.
type delivery struct {
	now   clock.Time
	until clock.Time // what was sent at this instant or later, the ACK's TSecr cannot echo
}

// least is the least of the round trips of the last while: the text wants a
// window, lest a path that became longer be measured by what it was. Two
// halves of one are enough.
type least struct {
	now, last time.Duration // in this half and the one before; 0: none
	since     clock.Time    // when this half began
}

// leastHalf is how long a half is: the least is of the last 5 to 10 minutes.
const leastHalf = 5 * time.Minute

func (l *least) sample(rtt time.Duration, now clock.Time) {
	rtt = max(rtt, 1)
	switch age := now.Sub(l.since); {
	case l.now == 0 || age >= 2*leastHalf:
		*l = least{now: rtt, since: now}
	case age >= leastHalf:
		*l = least{now: rtt, last: l.now, since: now}
	default:
		l.now = min(l.now, rtt)
	}
}

func (l *least) value() time.Duration {
	if l.last == 0 {
		return l.now
	}
	return min(l.now, l.last)
}

// delivered takes note that a record arrived; while it is still in its list.
// Without RACK there is no delivery.
func (f *flight) delivered(r *record, d *delivery) {
	if d == nil || r.sacked {
		return
	}
	k, rtt, original := &f.rack, d.now.Sub(r.sent), r.tries == 0
	if original { // step 1
		k.least.sample(rtt, d.now)
	}
	// Step 2. What was sent again may have arrived the first time: not if it
	// echoes the last time, and took as long as anything does.
	if original || r.sent < d.until && rtt >= k.least.value() {
		k.rtt = rtt
		if r.order > k.order {
			k.advance(f, r)
		}
	}
	if r.number > k.fack { // step 3
		k.fack = r.number
	} else if r.number < k.fack && original {
		k.reordered = true
	}
}

// advance makes a record RACK.segment. What stands before it in the list was
// sent before it.
func (k *rack) advance(f *flight, r *record) {
	k.order = r.order
	if f.home(r) == &f.flying {
		k.before = r.prev
		return
	}
	next := f.flying.head
	if k.before != 0 {
		next = f.at(k.before).next
	}
	for next != 0 && f.look(next).order < k.order {
		k.before, next = next, f.at(next).next
	}
}

// entered takes note of a record that is in the network (again).
func (k *rack) entered(f *flight, r *record) {
	if r.order < k.order && (k.before == 0 || f.at(k.before).order < r.order) {
		k.before = r.number
	}
}

// adapt is the first half of step 4: the window grows by a quarter of the
// least round trip for every round trip with a D-SACK, for that tells of a
// segment that was sent again for nothing; 16 recoveries without one end that.
func (k *rack) adapt(snd *sender, dsack, recovered bool) {
	if k.inRound && k.round.AtOrBefore(snd.una) {
		k.inRound = false
	}
	switch {
	case dsack && !k.inRound:
		k.inRound, k.round = true, snd.nxt
		k.widened = min(k.widened+1, 1000)
		k.persist = reoPersist
	case recovered && k.persist > 0:
		k.persist--
		if k.persist == 0 {
			k.widened = 0
		}
	}
}

// reorderingWindow is the second half of step 4. Until reordering was seen,
// three segments beyond a hole are proof enough, and in recovery any.
func (c *Conn) reorderingWindow() time.Duration {
	f := &c.snd.flight
	if !f.rack.reordered && (c.rec.phase != phaseOpen || f.reports >= dupThresh) {
		return 0
	}
	window := time.Duration(f.rack.widened+1) * f.rack.least.value() / 4
	if srtt, ok := c.rtt.SRTT(); ok {
		window = min(window, srtt)
	}
	return window
}

// detect is step 5: it presumes lost what was sent before RACK.segment and
// should have arrived by now, and returns how many that are. What was sent
// first is due first, so the list is gone through no further than that.
func (f *flight) detect(now clock.Time) (lost int) {
	for f.flying.head != 0 {
		r := f.look(f.flying.head)
		if r.order >= f.rack.order || now < f.rack.due(r) {
			break
		}
		f.change(r, false, true, false)
		lost++
	}
	return lost
}

// due is when a record must have arrived, or is lost.
func (k *rack) due(r *record) clock.Time { return r.sent.Add(k.rtt + k.window) }

// hasRACK reports whether losses are found by time; that takes SACK.
func (c *Conn) hasRACK() bool { return c.cfg.RACK && c.opt.sack }

// delivery is an arriving ACK as RACK sees it; nil without RACK.
func (c *Conn) delivery(s *step) *delivery {
	if !c.hasRACK() {
		return nil
	}
	s.delivery = delivery{now: s.now, until: clock.Never}
	if rtt, ok := c.echoed(s); ok {
		tick := clock.Time(tsTick)
		s.delivery.until = (s.now/tick+1)*tick - clock.Time(rtt)
	}
	return &s.delivery
}

// judge finds out what an ACK says is lost: by time, or by how much arrived
// beyond it. It comes after a recovery if the ACK has ended one.
func (c *Conn) judge(s *step, recovered bool) {
	snd := &c.snd
	if !c.hasRACK() {
		snd.flight.judge(snd.mss)
		return
	}
	_, dsack := duplicate(s.seg)
	snd.flight.rack.adapt(snd, dsack, recovered)
	c.detect(s)
}

// detect is RACK_detect_loss of RFC 8985 6.2 step 5.
func (c *Conn) detect(s *step) {
	f := &c.snd.flight
	f.rack.window = c.reorderingWindow()
	if n := f.detect(s.now); n > 0 {
		s.out.signal(Signal{Kind: SegmentsLost, N: n})
	}
}

// detectLosses is an expiry of the reordering timer: what it waited for is lost.
func (c *Conn) detectLosses(s *step) {
	c.detect(s)
	if c.mayRecover() {
		c.enterRecovery(s, &told{})
	}
}

// firstLost is the segment that fast retransmit begins with: the oldest,
// unless it is known which are lost.
func (c *Conn) firstLost() *record {
	f := &c.snd.flight
	if c.hasRACK() {
		return f.nextLost()
	}
	f.loseFront()
	return f.front()
}

// watchReordering keeps the reordering timer: it runs until all that was sent
// before RACK.segment must have arrived (RFC 8985 6.2 step 5).
func (c *Conn) watchReordering() {
	f := &c.snd.flight
	if f.rack.before == 0 || !c.hasRACK() || !c.state.in(sending) {
		c.stop(TimerReordering)
		return
	}
	c.arm(TimerReordering, f.rack.due(f.at(f.rack.before)))
}

// loseOnTimeout is what an expiry of the retransmission timer says is lost:
// everything, but for what RACK knows to have been sent too lately (RFC 8985
// 6.3). What was reported is forgotten: if the front itself was, the peer has
// dropped it again (RFC 2018 8).
func (c *Conn) loseOnTimeout(s *step) {
	f := &c.snd.flight
	if f.front().sacked {
		s.out.signal(Signal{Kind: Reneged})
	}
	if !c.hasRACK() {
		f.loseAll()
		return
	}
	f.loseSentBy(s.now.Add(-f.rack.rtt - f.rack.window))
}

// duplicate is the D-SACK block of a segment: text that came to the peer more
// than once, told in the first block (RFC 2883 4).
func duplicate(seg *wire.TCP) (wire.SACKBlock, bool) {
	blocks, n := seg.Options.SACK()
	if n == 0 {
		return wire.SACKBlock{}, false
	}
	first := blocks[0]
	within := n > 1 && blocks[1].Left.AtOrBefore(first.Left) && first.Right.AtOrBefore(blocks[1].Right)
	return first, first.Left.Before(first.Right) && (first.Right.AtOrBefore(seg.Ack) || within)
}
