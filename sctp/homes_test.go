package sctp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// TestFailoverAndReturn: path 1 is cut from 5 s to 90 s while A sends a
// message each second. T3-rtx of path 1 expires at 6, 8, 12, 20, 36 and 68 s,
// each time moving what was lost to path 2 (RFC 9260 6.4.1); the sixth error
// makes path 1 INACTIVE (8.2), and the first HEARTBEAT that it lets through
// ACTIVE again (8.3).
func TestFailoverAndReturn(t *testing.T) {
	w := newPair(t)
	w.homes = [][2]wire.Addr{{testLocals[0], testPeers[0]}, {testLocals[1], testPeers[1]}}
	for i := range w.cfg {
		w.cfg[i].HBInterval, w.cfg[i].HBJitter = 30*time.Second, true
		w.cfg[i].SACK, w.cfg[i].NoDelay = Immediate, true
	}
	cut := func(now clock.Time) bool {
		return now >= clock.Time(5*time.Second) && now < clock.Time(90*time.Second)
	}
	var times []string
	on := map[string]int{}
	w.lost = func(from, _ int, p *wire.SCTP) bool {
		one := p.Dst == testLocals[0] || p.Dst == testPeers[0]
		if from == 0 && p.Chunks.Has(wire.ChunkData) {
			on[fmt.Sprintf("p%d at %v s", map[bool]int{true: 1, false: 2}[one], w.now.Since().Seconds())]++
		}
		return one && cut(w.now)
	}
	w.start()
	w.associate()
	w.run(time.Second)
	for n := 1; n <= 198; n++ {
		w.run(time.Duration(n) * time.Second)
		w.send(0, 0, fmt.Sprintf("m%d", n))
		if n == 5 {
			w.told[0] = nil
		}
	}
	w.run(200 * time.Second)
	down := 0
	for _, line := range w.log {
		if strings.Contains(line, " a T3 p1") {
			times = append(times, strings.Fields(line)[0])
		}
		if strings.HasSuffix(line, " a p1 INACTIVE") {
			down = 1
			if !strings.HasPrefix(line, "68.000 ") {
				t.Errorf("want path 1 INACTIVE at 68 s: %s", line)
			}
		}
		if strings.HasSuffix(line, " a p1 ACTIVE") && down == 1 {
			var at float64
			_, _ = fmt.Sscan(strings.Fields(line)[0], &at)
			if at < 128 || at > 189 {
				t.Errorf("want path 1 ACTIVE between 128 s and 189 s: %s", line)
			}
			down = 2
		}
	}
	if want := []string{"6.000", "8.000", "12.000", "20.000", "36.000", "68.000"}; !slices.Equal(times, want) {
		t.Errorf("T3-rtx of path 1 expired at %v, want %v", times, want)
	}
	if down != 2 {
		t.Errorf("path 1 did not fail and return")
	}
	if on["p1 at 5 s"] != 1 || on["p2 at 6 s"] != 1 || on["p1 at 6 s"] != 1 || on["p2 at 68 s"] == 0 {
		t.Errorf("DATA went %v", on)
	}
	for n := 69; n < 128; n++ {
		if on[fmt.Sprintf("p1 at %d s", n)] != 0 || on[fmt.Sprintf("p2 at %d s", n)] != 1 {
			t.Errorf("at %d s DATA did not go on path 2", n)
		}
	}
	for n := 190; n < 199; n++ {
		if on[fmt.Sprintf("p1 at %d s", n)] != 1 {
			t.Errorf("at %d s DATA did not go on path 1", n)
		}
	}
	if n := len(w.got[1]); n != 198 || w.got[1][197] != "0:m198" {
		t.Errorf("B got %d messages", n)
	}
}

// TestSACKReturns: a SACK goes to where the DATA came from (RFC 9260 6.4).
func TestSACKReturns(t *testing.T) {
	r := homed(t)
	r.feed("p2 DATA 1")
	r.wantSent("p2 SACK 1")
	r.feed("DATA 2 s0:1")
	r.wantSent("SACK 2")
	r.feed("p2 HEARTBEAT x")
	r.wantSent("p2 HEARTBEAT_ACK")
}

// proveUnconfirmed: an address that nothing has shown to be the peer's gets
// HEARTBEATs and HEARTBEAT ACKs alone (RFC 9260 5.4).
func proveUnconfirmed(t *testing.T) {
	r := newRigOf(t, 3, true, beating30)
	r.to(Established)
	if got := fmt.Sprint(r.a.Path(0).State, r.a.Path(1).State, r.a.Path(2).State); got != "ACTIVE UNCONFIRMED UNCONFIRMED" {
		t.Errorf("paths are %s", got)
	}
	r.feed("p2 DATA 1")
	r.wantSent("SACK 1")
	r.feed("p2 HEARTBEAT x")
	r.wantSent("p2 HEARTBEAT_ACK")
	r.feed("p2 COOKIE_ECHO D")
	r.wantSent("COOKIE_ACK")
	r.send(10)
	r.wantSent("DATA 1 s0:0 BE(10)")
	r.expire()
	r.wantSent("p2 HEARTBEAT")
	r.expire() // T3 of path 1, or the probe of path 3: no DATA moves
	r.expire()
	r.expire()
	if r.a.paths[1].flight+r.a.paths[2].flight != 0 {
		t.Error("DATA went to an UNCONFIRMED path")
	}
	r.step(func(r *rig) {
		p := r.parse("HEARTBEAT_ACK p3")
		p.Chunks[wire.ChunkHeaderLen+wire.ParamHeaderLen+8] ^= 1 // the nonce's last octet
		r.a.Arrive(r.clock(), &p, &r.out)
	})
	r.wantSignals("")
	r.feed("HEARTBEAT_ACK p3")
	r.wantSignals("p3=ACTIVE")
}

// TestUnconfirmedIsProbedEachRTO, and counts for the path alone.
func TestUnconfirmedIsProbedEachRTO(t *testing.T) {
	r := newRigOf(t, 2, true)
	r.to(Established)
	var at []time.Duration
	for range 12 {
		if _, ok := r.a.NextTimeout(); !ok {
			break
		}
		when := r.expire()
		if r.sent() != "" {
			at = append(at, when)
		}
	}
	s := time.Second
	if want := []time.Duration{0, 2 * s, 6 * s, 14 * s, 30 * s, 62 * s}; !slices.Equal(at[:min(6, len(at))], want) {
		t.Errorf("HEARTBEATs at %v, want %v", at, want)
	}
	if r.a.errors != 0 || r.a.State() != Established {
		t.Errorf("%d errors of the association in %v", r.a.errors, r.a.State())
	}
}

// proveHeartbeats: an idle path is probed after RTO + HB.interval; an answer
// that does not come within an RTO is an error, and doubles the RTO.
func proveHeartbeats(t *testing.T) {
	r := established(t, beating30)
	var at []string
	for r.a.State() != Closed {
		when := r.expire()
		if r.sent() == "HEARTBEAT" {
			at = append(at, fmt.Sprint(when.Seconds()))
		}
		if strings.Contains(r.signals(), "INACTIVE") {
			at = append(at, "INACTIVE")
		}
	}
	// 31 s; then 30 s and an RTO of 2, 4, 8, 16, 32, 60 s each time.
	want := "31 63 97 135 181 243 INACTIVE 333 423 513 603 693"
	if got := strings.Join(at, " "); got != want {
		t.Errorf("HEARTBEATs at %s, want %s", got, want)
	}
	r = established(t, beating30)
	r.expire()
	r.sleep(40 * time.Millisecond)
	r.feed("HEARTBEAT_ACK")
	if srtt := r.a.Path(0).SRTT; srtt != 40*time.Millisecond {
		t.Errorf("SRTT %v, want 40 ms", srtt)
	}
	r.expire()
	r.expire() // it is not answered
	if r.a.errors != 1 || r.a.Path(0).Errors != 1 {
		t.Errorf("%d errors, %+v", r.a.errors, r.a.Path(0))
	}
	r.expire()
	r.feed("HEARTBEAT_ACK")
	if r.a.errors != 0 || r.a.Path(0).Errors != 0 {
		t.Errorf("%d errors, %+v", r.a.errors, r.a.Path(0))
	}
	r.send(10)
	r.feed("SACK 1")
	r.expire()
	r.wantSent("") // it was not idle
	r.expire()
	r.wantSent("HEARTBEAT")
}

// proveHeartbeatJitter: the interval lies within half an RTO of RTO +
// HB.interval (RFC 9260 8.3).
func proveHeartbeatJitter(t *testing.T) {
	seen := map[time.Duration]bool{}
	for seed := range uint64(50) {
		cfg := small()
		cfg.HBInterval, cfg.HBJitter = 30*time.Second, true
		r := bareRig(t, &cfg, 1, true, seed, 1, 0)
		r.to(Established)
		at, _ := r.a.NextTimeout()
		if at.Since() < 30500*time.Millisecond || at.Since() > 31500*time.Millisecond {
			t.Errorf("seed %d: HEARTBEAT at %v", seed, at.Since())
		}
		seen[at.Since()] = true
	}
	if len(seen) < 40 {
		t.Errorf("only %d intervals", len(seen))
	}
}

// TestErrorsOfAnIdlePath: HEARTBEATs that are lost on a path that carries no
// DATA do not count for the association (RFC 9260 8.1).
func TestErrorsOfAnIdlePath(t *testing.T) {
	r := homed(t, beating30)
	for range 40 {
		r.expire()
		if r.sent() == "HEARTBEAT" {
			r.feed("HEARTBEAT_ACK")
		}
	}
	if r.a.Path(1).State != Inactive || r.a.Path(1).Errors != 6 || r.a.errors != 0 {
		t.Errorf("%+v, %d errors of the association", r.a.Path(1), r.a.errors)
	}
}

// TestCallsOfPaths: RFC 9260 11.1.6, 11.1.9, 11.1.10, 11.1.12.
func TestCallsOfPaths(t *testing.T) {
	heartbeat := func(r *rig, path int) {
		r.step(func(r *rig) { r.err = r.a.RequestHeartbeat(r.clock(), testPeers[path], &r.out) })
	}
	r := homed(t)
	heartbeat(r, 1)
	r.wantSent("p2 HEARTBEAT")
	heartbeat(r, 2)
	r.wantErr(ErrNoAddress)
	r.step(func(r *rig) { r.err = r.a.SetPrimary(r.clock(), testPeers[1], &r.out) })
	r.send(10)
	r.wantSent("p2 DATA 1 s0:0 BE(10)")
	if !r.a.Path(1).Primary || r.a.Path(0).Primary || r.a.Paths() != 2 {
		t.Error("path 2 is not the primary one")
	}
	r.step(func(r *rig) { r.err = r.a.SetPrimary(r.clock(), testPeers[2], &r.out) })
	r.wantErr(ErrNoAddress)
	limits := PathLimits{HBInterval: 5 * time.Second, MaxRetrans: 0}
	r.step(func(r *rig) { r.err = r.a.SetPath(r.clock(), testPeers[1], limits, &r.out) })
	r.expire()
	r.wantSignals("p2=INACTIVE")
	r.wantSent("DATA 1 s0:0 BE(10)")
	r.step(func(r *rig) { r.err = r.a.SetPath(r.clock(), testPeers[2], limits, &r.out) })
	r.wantErr(ErrNoAddress)
	for _, c := range []struct {
		state State
		want  error
	}{{Closed, ErrNotOpen}, {CookieWait, ErrNotOpen}, {CookieEchoed, ErrNotOpen}, {ShutdownPending, nil}, {ShutdownSent, ErrClosing}, {ShutdownAckSent, ErrClosing}} {
		r := inState(t, c.state)
		heartbeat(r, 0)
		r.wantErr(c.want)
	}
}

// TestPotentiallyFailed: RFC 7829. The first error of a path takes new DATA
// off it, and it is probed each RTO.
func TestPotentiallyFailed(t *testing.T) {
	r := homed(t, beating30, func(c *Config) { c.PotentiallyFailed = true })
	r.send(10)
	for r.a.Path(0).Errors == 0 {
		r.expire()
	}
	r.wantSignals("p1=PF")
	r.wantSent("p2 DATA 1 s0:0 BE(10)")
	r.feed("p2 SACK 1")
	r.send(10)
	r.wantSent("p2 DATA 2 s0:1 BE(10)")
	r.feed("p2 SACK 2")
	from := r.now
	r.expire()
	r.wantSent("HEARTBEAT")
	if d := r.now.Sub(from); d > 4*time.Second {
		t.Errorf("probed after %v", d)
	}
	r.feed("HEARTBEAT_ACK")
	r.wantSignals("p1=ACTIVE")
	r.send(10)
	r.wantSent("DATA 3 s0:2 BE(10)")
	r.feed("SACK 3")
	for range 200 { // nothing is answered any more
		if r.a.Path(0).State == Inactive {
			break
		}
		r.expire()
	}
	if r.a.Path(0).State != Inactive {
		t.Errorf("path 1 is %v", r.a.Path(0).State)
	}
}
