package sctp

import (
	"testing"
	"time"

	"simrun/wire"
)

func (r *rig) icmp(kind wire.ICMPKind, path int, tag wire.Tag, mtu uint32) {
	r.t.Helper()
	r.step(func(r *rig) {
		e := wire.ICMP{Kind: kind, MTU: mtu, Quote: wire.Quote{Dst: testPeers[path], Seq: wire.Seq(r.a.peerTag + tag)}}
		r.a.Unreachable(r.clock(), &e, &r.out)
	})
}

// TestICMP: RFC 9260 10. "An implementation MUST validate that the
// Verification Tag contained in the ICMP message matches the Verification Tag
// of the peer".
func TestICMP(t *testing.T) {
	for _, c := range []struct {
		state State
		kind  wire.ICMPKind
		tag   wire.Tag
		want  string
	}{
		{Established, wire.ProtocolUnreachable, 0, "CLOSED Lost"},
		{ShutdownSent, wire.ProtocolUnreachable, 0, "CLOSED Lost"},
		{CookieEchoed, wire.ProtocolUnreachable, 0, "CLOSED CannotStart"},
		{CookieWait, wire.ProtocolUnreachable, 0, "-"}, // the quote is too short to show the INIT's tag
		{Established, wire.ProtocolUnreachable, 1, "-"},
		{Established, wire.PortUnreachable, 0, "-"},
		{Established, wire.SourceQuench, 0, "-"},
		{Established, wire.HostUnreachable, 0, "-"},
	} {
		r := inState(t, c.state)
		r.icmp(c.kind, 0, c.tag, 0)
		if got := r.outcome(); got != c.want {
			t.Errorf("%v in %v: %s, want %s", c.kind, c.state, got, c.want)
		}
	}
	r := homed(t)
	for range 5 {
		r.icmp(wire.HostUnreachable, 0, 0, 0)
		r.wantSignals("")
	}
	r.icmp(wire.HostUnreachable, 0, 0, 0)
	r.wantSignals("p1=INACTIVE")
	r.send(10)
	r.wantSent("p2 DATA 1 s0:0 BE(10)")
}

// TestPathMTU: a smaller MTU makes later chunks smaller; one that is made
// already goes again as it is, and IP may fragment it (RFC 9260 6.9, 7.3).
func TestPathMTU(t *testing.T) {
	r := homed(t)
	r.send(1452)
	r.wantSent("DATA 1 s0:0 BE(1452)")
	if !r.out.Packets[0].DontFragment {
		t.Error("a packet that fits may be fragmented")
	}
	r.icmp(wire.PacketTooBig, 0, 1, 600)
	r.icmp(wire.PacketTooBig, 0, 0, 60)
	r.icmp(wire.PacketTooBig, 0, 0, 9000)
	if mtu := r.a.Path(0).MTU; mtu != 1500 {
		t.Errorf("MTU %d, want 1500", mtu)
	}
	r.icmp(wire.PacketTooBig, 0, 0, 600)
	r.send(600)
	r.wantSent("DATA 2 s0:1 B(552) | DATA 3 s0:1 E(48)")
	r.a.paths[1].state = Inactive
	r.shadow.a.paths[1].state = Inactive
	r.expire()
	r.wantSent("DATA 1 s0:0 BE(1452)")
	if r.out.Packets[0].DontFragment {
		t.Error("a packet that does not fit must not be fragmented")
	}
}

// TestGiveUpStaleCookies: after StaleCookieRetries the association is given up
// (RFC 9260 5.2.6 2).
func TestGiveUpStaleCookies(t *testing.T) {
	r := inState(t, CookieEchoed)
	r.sleep(500 * time.Millisecond)
	r.feed("ERROR cause=3")
	r.want(CookieWait, "INIT")
	r.feed("INIT_ACK")
	r.want(CookieEchoed, "COOKIE_ECHO")
	r.feed("ERROR cause=3")
	r.want(Closed, "")
	r.wantSignals("CannotStart")
}

// proveDelayedSACK: a SACK waits 200 ms for another packet.
func proveDelayedSACK(t *testing.T) {
	r := established(t, delayed)
	r.feed("DATA 1 s0:0")
	r.wantSent("SACK 1")
	r.feed("DATA 2 s0:1")
	r.wantSent("")
	if at := r.expire(); at != 200*time.Millisecond {
		t.Errorf("the SACK went at %v, want 200 ms", at)
	}
	r.wantSent("SACK 2")
	r.feed("DATA 3 s0:2")
	r.wantSent("")
	r.feed("DATA 4 s0:3")
	r.wantSent("SACK 4")
	r.feed("DATA 5 s0:4")
	r.send(10)
	r.wantSent("SACK 5; DATA 1 s0:0 BE(10)")
	// A full packet leaves no room for the SACK: it waits on.
	r.feed("DATA 6 s0:5")
	r.send(1452)
	r.wantSent("DATA 2 s0:1 BE(1452)")
	r.expire()
	r.wantSent("SACK 6")
	// A SACK that must go at once goes before.
	r.feed("SACK 2")
	r.step(func(r *rig) {})
}

// TestNoUserDataOutOfTheBlue: DATA that nobody waits for draws an ABORT,
// whatever it holds.
func TestNoUserDataOutOfTheBlue(t *testing.T) {
	r := newRig(t)
	r.feed("DATA 1 s0:0 BE(0)")
	r.want(Closed, "@0 ABORT T")
}
