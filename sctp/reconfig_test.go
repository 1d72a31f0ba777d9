package sctp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// changing lets streams be reset and added.
func changing(c *Config) { c.Reconfiguration = true }

var reconfigKinds = map[string]wire.ParamType{
	"OUT": wire.ParamOutgoingReset, "IN": wire.ParamIncomingReset, "TSN": wire.ParamTSNReset,
	"ADDOUT": wire.ParamAddOutgoing, "ADDIN": wire.ParamAddIncoming,
}

// reconfigChunk is one of
//
//	RE-CONFIG OUT n=0 resp=0 last=3 streams=1,2    IN n=0 streams=1    TSN n=0
//	RE-CONFIG ADDOUT n=0 new=2    ADDIN n=0 new=2    ANSWER n=0 result=1 sender=1 receiver=2
//
// Requests count from 0; resp and the n of an answer count ours.
func (r *rig) reconfigChunk(b wire.Chunks, w *words) wire.Chunks {
	n, mine := uint32(w.number("n", 0)), r.a.rc.mine
	if w.has("ANSWER") {
		answer := wire.ReConfigResponse{Response: mine + n, Result: wire.ReConfigResult(w.number("result", 1))}
		if s := w.number("sender", 0); s != 0 {
			answer.HasTSNs, answer.Sender, answer.Receiver = true, r.theirs(s), r.ours(w.number("receiver", 0))
		}
		return wire.Chunk{Type: wire.ChunkReConfig, Value: answer.Append(nil)}.Append(b)
	}
	q := wire.Reset{Request: uint32(r.peerTSN) + n, Response: mine + uint32(w.number("resp", -1)), LastTSN: r.theirs(w.number("last", 0)), New: uint16(w.number("new", 0))}
	for name, kind := range reconfigKinds {
		if w.has(name) {
			q.Type = kind
		}
	}
	var streams []uint16
	for _, word := range strings.FieldsFunc(w.keys["streams"], func(c rune) bool { return c == ',' }) {
		i, _ := strconv.Atoi(word)
		streams = append(streams, uint16(i))
	}
	return wire.Chunk{Type: wire.ChunkReConfig, Value: wire.AppendReset(nil, &q, streams)}.Append(b)
}

// reconfigText is such a chunk as we sent it.
func (r *rig) reconfigText(params wire.Params) string {
	p, _, _ := params.Next()
	if answer, ok := p.ReConfigResponse(); ok {
		text := fmt.Sprintf("RE-CONFIG ANSWER n=%d result=%d", int32(answer.Response-uint32(r.peerTSN)), answer.Result)
		if answer.HasTSNs {
			text += fmt.Sprintf(" sender=%d receiver=%d", answer.Sender.Sub(r.ours(0)), uint32(answer.Receiver-r.theirs(0)))
		}
		return text
	}
	q, _ := p.Reset()
	text := "RE-CONFIG"
	for name, kind := range reconfigKinds {
		if kind == q.Type {
			text += " " + name
		}
	}
	text += fmt.Sprintf(" n=%d", q.Request-r.a.rc.mine)
	switch {
	case q.Type == wire.ParamOutgoingReset:
		text += fmt.Sprintf(" resp=%d last=%d", int32(q.Response-uint32(r.peerTSN)), q.LastTSN.Sub(r.ours(0)))
	case q.New > 0:
		text += fmt.Sprintf(" new=%d", q.New)
	}
	for i := range q.Len() {
		text += fmt.Sprintf(" s%d", q.Stream(i))
	}
	return text
}

// reconfigure asks for a change.
func (r *rig) reconfigure(kind wire.ParamType, count int, streams ...uint16) {
	r.t.Helper()
	r.step(func(r *rig) {
		r.err = r.a.Reconfigure(r.clock(), &Reconfiguration{Kind: kind, Count: uint16(count), Streams: slices.Clone(streams)}, &r.out)
	})
}

// on sends 10 octets on a stream.
func (r *rig) on(stream uint16) {
	r.t.Helper()
	r.sendMessage(Message{Stream: stream, Data: make([]byte, 10)})
}

// TestResetOutgoing: RFC 6525 5.1.2. What was queued before goes first; what
// comes later waits for the answer, and counts from 0.
func TestResetOutgoing(t *testing.T) {
	r := established(t, changing, tiny)
	r.on(1)
	r.on(2)
	r.send(100, 100, 100, 100, 100) // 3 to 6, and one that waits
	r.reconfigure(wire.ParamOutgoingReset, 0, 1)
	r.wantErr(nil)
	r.wantSent("")
	r.on(1)
	r.reconfigure(wire.ParamOutgoingReset, 0, 2)
	r.wantErr(ErrInProgress)
	r.feed("SACK 6")
	r.wantSent("DATA 7 s0:4 BE(100)")
	r.feed("SACK 7")
	r.wantSent("RE-CONFIG OUT n=0 resp=-1 last=7 s1")
	r.expire()
	r.wantSent("RE-CONFIG OUT n=0 resp=-1 last=7 s1")
	errors := r.a.errors
	rto := r.a.Path(0).RTO
	r.feed("RE-CONFIG ANSWER n=0 result=6") // in progress
	r.wantSent("")
	r.expire()
	r.wantSent("RE-CONFIG OUT n=0 resp=-1 last=7 s1")
	r.feed("RE-CONFIG ANSWER n=5")
	r.wantSignals("")
	r.feed("RE-CONFIG ANSWER n=0")
	r.wantSignals("StreamReset")
	r.wantSent("DATA 8 s1:0 BE(10)")
	if r.a.errors != 0 || errors != 1 || r.a.Path(0).RTO != rto {
		t.Errorf("%d errors, then %d; RTO %v, then %v", errors, r.a.errors, rto, r.a.Path(0).RTO)
	}
	r.feed("RE-CONFIG ANSWER n=0")
	r.wantSignals("")
	r.on(2)
	r.feed("SACK 9")
	r.reconfigure(wire.ParamOutgoingReset, 0) // all
	r.wantSent("RE-CONFIG OUT n=1 resp=-1 last=9")
	r.feed("RE-CONFIG ANSWER n=1 result=2")
	r.wantSignals("StreamReset")
	if s := r.out.Signals[0]; s.Result != wire.ReConfigDenied {
		t.Errorf("%+v", s)
	}
	r.on(2)
	r.wantSent("DATA 10 s2:2 BE(10)")
	r.feed("SACK 10")
	r.reconfigure(wire.ParamOutgoingReset, 0)
	r.feed("RE-CONFIG ANSWER n=2")
	r.on(2)
	r.wantSent("DATA 11 s2:0 BE(10)")
	r.feed("SACK 11")
	r.reconfigure(wire.ParamOutgoingReset, 0)
	for r.a.State() == Established { // nobody answers
		r.expire()
	}
	r.wantSignals("Lost")
}

// TestRefusedChanges: who may ask for what.
func TestRefusedChanges(t *testing.T) {
	for _, c := range []struct {
		state State
		want  error
	}{{Closed, ErrNotOpen}, {CookieWait, ErrNotOpen}, {Established, nil}, {ShutdownPending, ErrClosing}, {ShutdownAckSent, ErrClosing}} {
		r := inState(t, c.state, changing)
		r.reconfigure(wire.ParamOutgoingReset, 0)
		r.wantErr(c.want)
	}
	r := established(t)
	r.reconfigure(wire.ParamOutgoingReset, 0)
	r.wantErr(ErrNotAgreed)
	r.feed("RE-CONFIG IN n=0") // an unknown chunk, of a type to be passed over
	r.wantSent("")
	r = established(t, changing)
	for _, kind := range []wire.ParamType{wire.ParamOutgoingReset, wire.ParamIncomingReset} {
		r.reconfigure(kind, 0, 10)
		r.wantErr(ErrStream)
	}
	r.reconfigure(wire.ParamAddOutgoing, 1<<16-10)
	r.wantErr(ErrStream)
	r.reconfigure(wire.ParamAddIncoming, 1<<16-10)
	r.wantErr(ErrStream)
	for _, state := range States()[2:] {
		want := map[State]string{Established: "<RE-CONFIG ANSWER n=0 result=1> StreamReset", ShutdownPending: "<RE-CONFIG ANSWER n=0 result=1> StreamReset", ShutdownReceived: "<RE-CONFIG ANSWER n=0 result=1> StreamReset"}[state]
		r := inState(t, state, changing)
		r.feed("RE-CONFIG OUT n=0")
		if got := r.outcome(); got != want && want+got != "-" {
			t.Errorf("%v: %s, want %s", state, got, want)
		}
	}
}

// TestTakesReset is the receiver of an outgoing reset: RFC 6525 5.2.2.
func TestTakesReset(t *testing.T) {
	r := established(t, changing)
	r.feed("DATA 1 s1:0 BE(1); DATA 2 s2:0 BE(1)")
	r.feed("RE-CONFIG OUT n=0 last=3 streams=1") // 3 is missing
	r.wantSent("RE-CONFIG ANSWER n=0 result=6")
	r.feed("DATA 3 s1:1 BE(1)")
	r.feed("RE-CONFIG OUT n=0 last=3 streams=1")
	r.wantSent("RE-CONFIG ANSWER n=0 result=1")
	r.wantSignals("StreamReset")
	r.feed("DATA 4 s1:0 BE(1); DATA 5 s2:1 BE(1)")
	r.wantSignals("Readable Readable")
	r.feed("RE-CONFIG OUT n=0 last=3 streams=1") // our answer was lost
	r.wantSent("RE-CONFIG ANSWER n=0 result=1")
	r.wantSignals("")
	r.feed("DATA 6 s1:1 BE(1)")
	r.wantSignals("Readable")
	r.feed("RE-CONFIG OUT n=2 last=3 streams=1")
	r.wantSent("RE-CONFIG ANSWER n=2 result=5")
	r.feed("RE-CONFIG OUT n=1 last=3 streams=10")
	r.wantSent("RE-CONFIG ANSWER n=1 result=3")
	r.feed("RE-CONFIG OUT n=2 last=6") // all
	r.feed("DATA 7 s1:0 BE(1); DATA 8 s2:0 BE(1)")
	r.wantSignals("Readable Readable")
	r.feed("RAW 130 0 0 6 1 2 0 0")
	r.wantSent("")
}

// TestResetIncoming: RFC 6525 5.1.3, 5.2.3. The peer's own request is the
// answer.
func TestResetIncoming(t *testing.T) {
	r := established(t, changing)
	r.feed("DATA 1 s1:0 BE(1)")
	r.reconfigure(wire.ParamIncomingReset, 0, 1)
	r.wantSent("RE-CONFIG IN n=0 s1")
	r.feed("RE-CONFIG OUT n=0 resp=0 last=1 streams=1")
	r.wantSent("RE-CONFIG ANSWER n=0 result=1")
	r.wantSignals("StreamReset")
	if _, armed := r.a.NextTimeout(); armed {
		t.Error("the request is answered, and its timer runs")
	}
	r.reconfigure(wire.ParamIncomingReset, 0, 1)
	r.feed("RE-CONFIG ANSWER n=1 result=0") // nothing to do
	r.wantSignals("StreamReset")

	r.on(1)
	r.feed("SACK 1")
	r.feed("RE-CONFIG IN n=1 streams=1")
	r.wantSent("RE-CONFIG OUT n=2 resp=1 last=1 s1")
	r.feed("RE-CONFIG IN n=1 streams=1") // ours was lost; its timer knows
	r.wantSent("")
	r.feed("RE-CONFIG IN n=2 streams=1")
	r.wantSent("RE-CONFIG ANSWER n=2 result=4")
	r.feed("RE-CONFIG ANSWER n=2")
	r.wantSignals("StreamReset")
	r.on(1)
	r.wantSent("DATA 2 s1:0 BE(10)")
	r.feed("RE-CONFIG IN n=3 streams=77")
	r.wantSent("RE-CONFIG ANSWER n=3 result=3")
}

// TestAddStreams: RFC 6525 5.1.5, 5.1.6, 5.2.5, 5.2.6.
func TestAddStreams(t *testing.T) {
	r := established(t, changing, func(c *Config) { c.InStreams = 12 })
	r.reconfigure(wire.ParamAddOutgoing, 3)
	r.wantSent("RE-CONFIG ADDOUT n=0 new=3")
	r.on(12)
	r.wantErr(ErrStream)
	r.feed("RE-CONFIG ANSWER n=0")
	r.wantSignals("StreamsAdded")
	r.on(12)
	r.wantErr(nil)
	r.on(13)
	r.wantErr(ErrStream)
	r.feed("RE-CONFIG ADDOUT n=0 new=2")
	r.wantSent("RE-CONFIG ANSWER n=0 result=1")
	r.wantSignals("StreamsAdded")
	r.feed("DATA 1 s11:0 BE(1)")
	r.wantSignals("Readable")
	r.feed("RE-CONFIG ADDOUT n=1 new=1")
	r.wantSent("RE-CONFIG ANSWER n=1 result=2")
	r.reconfigure(wire.ParamAddIncoming, 4)
	r.wantSent("RE-CONFIG ADDIN n=1 new=4")
	r.feed("RE-CONFIG ANSWER n=1")
	if out, in := r.a.Streams(); out != 13 || in != 12 {
		t.Errorf("%d and %d streams", out, in)
	}
	r.feed("RE-CONFIG ADDIN n=2 new=2")
	r.wantSent("RE-CONFIG ANSWER n=2 result=1; RE-CONFIG ADDOUT n=2 new=2")
	r.feed("RE-CONFIG ANSWER n=2")
	if out, _ := r.a.Streams(); out != 15 {
		t.Errorf("%d streams, want 15", out)
	}
	r.feed("RE-CONFIG ADDIN n=3 new=65530")
	r.wantSent("RE-CONFIG ANSWER n=3 result=2")
}

// TestResetTSNs: RFC 6525 5.1.4, 5.2.4.
func TestResetTSNs(t *testing.T) {
	r := established(t, changing)
	r.feed("DATA 1 s1:0 BE(1)")
	r.on(1)
	r.feed("RE-CONFIG TSN n=0")
	r.wantSent("RE-CONFIG ANSWER n=0 result=6") // ours is on its way
	r.feed("SACK 1")
	r.feed("RE-CONFIG TSN n=0")
	r.wantSent("RE-CONFIG ANSWER n=0 result=1 sender=2 receiver=2147483650")
	r.wantSignals("AssocReset")
	r.feed("RE-CONFIG TSN n=0")
	r.wantSent("RE-CONFIG ANSWER n=0 result=1 sender=2 receiver=2147483650")
	r.wantSignals("")
	r.feed("DATA -2147483646 s1:0 BE(1)") // less 2^32
	r.wantSignals("Readable")
	r.on(1)
	r.wantSent("DATA 2 s1:0 BE(10)")

	r = established(t, changing)
	r.on(1)
	r.feed("DATA 1 s1:0 BE(1)")
	r.reconfigure(wire.ParamTSNReset, 0)
	r.wantSent("")
	r.on(2)
	r.feed("SACK 1")
	r.wantSent("RE-CONFIG TSN n=0")
	want := r.ours(101)
	r.feed("RE-CONFIG ANSWER n=0 sender=6 receiver=100")
	r.wantSignals("AssocReset")
	if v := r.a.Vars(); v.CumTSN != r.theirs(5) {
		t.Errorf("acknowledges %d, want 5", v.CumTSN.Sub(r.theirs(0)))
	}
	if v := r.a.Vars(); v.NextTSN != want || v.Unacked != 1 {
		t.Errorf("the next TSN is %d, want %d", v.NextTSN, want)
	}
}

// TestResetBetweenTwo resets and adds streams while packets are lost.
func TestResetBetweenTwo(t *testing.T) {
	w := newPair(t)
	for i := range w.cfg {
		w.cfg[i].Reconfiguration = true
	}
	w.start()
	w.associate()
	w.run(time.Second)
	n := 0
	w.lost = func(int, int, *wire.SCTP) bool { n++; return n%4 == 1 }
	ask := func(i int, r Reconfiguration) {
		w.do(i, func(a *Assoc, out *Out) {
			if err := a.Reconfigure(w.now, &r, out); err != nil {
				t.Fatal(err)
			}
		})
	}
	for round, r := range []Reconfiguration{
		{Kind: wire.ParamOutgoingReset, Streams: []uint16{1}}, {Kind: wire.ParamIncomingReset}, {Kind: wire.ParamTSNReset},
		{Kind: wire.ParamAddOutgoing, Count: 5}, {Kind: wire.ParamAddIncoming, Count: 2}, {Kind: wire.ParamTSNReset},
	} {
		for end := range 2 {
			w.send(end, 1, fmt.Sprint("before ", round))
			ask(round%2, r)
			w.send(end, 1, fmt.Sprint("after ", round))
			w.run(w.now.Since() + 300*time.Second)
			if w.ends[0].rc.kind != 0 || w.ends[1].rc.kind != 0 {
				t.Fatalf("round %d is not over", round)
			}
		}
	}
	for end, got := range w.got {
		if len(got) != 12 {
			t.Errorf("end %d got %q", end, got)
		}
	}
	out, in := w.ends[1].Streams()
	if a, b := w.ends[0].Streams(); a != in || b != out || out != 10+10+4 || in != 10 {
		t.Errorf("%d, %d streams at one end, %d, %d at the other", a, b, out, in)
	}
}
