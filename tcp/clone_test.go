package tcp

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// TestConnIsPlainData: a connection can be copied field by field.
func TestConnIsPlainData(t *testing.T) {
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(path+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		case reflect.Slice, reflect.Array:
			walk(path+"[]", typ.Elem())
		case reflect.Pointer:
			if typ != reflect.TypeFor[*Config]() {
				t.Errorf("%s is a pointer: %v", path, typ)
			}
		case reflect.Map, reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer,
			reflect.Float32, reflect.Float64, reflect.String:
			t.Errorf("%s is a %v", path, typ)
		}
	}
	walk("Conn", reflect.TypeFor[Conn]())
}

// unwritten is the fields of which AppendState does not show every change,
// with the reason. That a field is listed must be needed.
var unwritten = map[string]string{
	"snd.flight.pipe":    "the sum of the records' weights",
	"snd.flight.have":    "the sum of the reported records",
	"snd.flight.reports": "how many records were reported",
	"snd.flight.high":    "the last record that was reported",
	"snd.flight.below":   "the sum of the reported records before edge",
	"snd.flight.runs":    "how many ranges of records were reported beyond edge",
	"snd.flight.finger":  "where to look first, which changes no result",
	"snd.flight.visits":  "work, which no future depends on",

	"snd.flight.flying.head":          "the records in the network, in order",
	"snd.flight.flying.tail":          "the records in the network, in order",
	"snd.flight.waiting.head":         "the records that wait, in order",
	"snd.flight.waiting.tail":         "the records that wait, in order",
	"snd.flight.rack.before":          "the last of the records in the network by order",
	"snd.flight.records.buf[].number": "the record's place",
	"snd.flight.records.buf[].prev":   "the lists, which follow from the records",
	"snd.flight.records.buf[].next":   "the lists, which follow from the records",
	"snd.flight.records.buf[].skip":   "a short cut over reported records",
	"snd.flight.records.buf[].until":  "a short cut over reported records",
}

// fullConns is connections that together use every field.
func fullConns(t testing.TB) []*rig {
	a := established(t, delayed) // text in flight, unsent, unread, beyond a hole; a timed round trip
	a.sleep(50 * time.Millisecond)
	a.send(500)
	a.feed(". 1 ack 101 win 250")
	a.send(500)
	a.feed(". 1(30) ack 101 win 250")
	a.feed("FP. 60(30) ack 101 win 250")
	a.feed(". 120(10) ack 101 win 250")
	a.receive(10)
	a.feed(". 31(5) ack 101 win 250")
	b := established(t) // lost text and a FIN in flight, the peer's FIN taken
	b.send(300)
	b.feed("F. 1 ack 1")
	b.close()
	b.expire()
	b.sleep(time.Millisecond)
	c := inState(t, TimeWait, func(c *Config) { c.FINACK = Delayed })
	c.abandon()
	d := established(t) // a shut window, probed
	d.feed(". 1 ack 1 win 0")
	d.send(5)
	d.expire()
	e := inState(t, FinWait2, func(c *Config) { c.FinWait2 = time.Minute })
	e.abandon()
	f := inState(t, SynSent, hasty) // a SYN that goes again soon
	f.feed(". 700 ack 90")
	g := established(t, corked) // text held back
	g.send(5)
	h := probeInFlight(t, 0) // a probe of the path, after one that failed
	for range 3 {
		h.feed(". 1 ack U win 60000")
	}
	h.send(40000)
	h.untilProbe()
	return []*rig{
		a, b, c, d, e, f, g, h, inState(t, SynReceived), agreed(t), cubicStage(t), conservative(t), capable(t, Established),
		repairing(t), repaired(t), doubted(t), rescuing(t), reordering(t), probing(t),
	}
}

// agreed is a connection with every option, a challenge sent, a duplicate to
// report, a hole, and the timers that the user asks for.
func agreed(t testing.TB) *rig {
	r := newRig(t, func(c *Config) {
		c.Timestamps, c.SACK, c.WindowScale, c.LeastShift = true, true, true, 1
		c.Keepalive, c.UserTimeout = true, time.Hour
	})
	r.listen()
	r.feed("S 0 win 1000 <mss 100,sackOK,TS val 7 ecr 0,wscale 2>")
	r.feed(". 1 ack 1 win 250 <TS val 8 ecr 0>")
	r.send(30)
	r.feed("R 5 <TS val 9 ecr 0>")
	r.feed(". 61(30) ack 1 win 250 <TS val 9 ecr 0>")
	r.feed(". 121(30) ack 1 win 250 <TS val 9 ecr 0>")
	r.sleep(time.Millisecond)
	return r
}

// repairing is a connection in fast recovery that may have to be taken back.
func repairing(t testing.TB) *rig {
	r := timed(t, withUndo, func(c *Config) { c.PRR, c.HyStart = true, true })
	for _, sack := range []string{"101:201", "101:301", "101:401"} {
		r.feed(". 1 ack 1 win 10000 <TS val 2 ecr 0,sack " + sack + ">")
	}
	return r
}

// repaired is one after an RTO for nothing, of which the peer has said so as far
// as the recovery point.
func repaired(t testing.TB) *rig {
	r := timed(t, withUndo)
	r.expire()
	r.feed(". 1 ack 1001 win 10000 <TS val 2 ecr 1020>")
	return r
}

// doubted is one whose RTO was perhaps for nothing, in the midst of CUBIC.
func doubted(t testing.TB) *rig {
	r := cubicStage(t, func(c *Config) { c.FRTO = true })
	r.expire()
	return r
}

// plain is a field that can be set although it is unexported.
func plain(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// leaves calls f for every number and truth value below v.
func leaves(path string, v reflect.Value, f func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), plain(v.Field(i)), f)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			leaves(path+"[]", plain(v.Index(i)), f)
		}
	case reflect.Pointer:
	default:
		f(path, v)
	}
}

// change gives a leaf another value, and returns what puts the old one back.
func change(v reflect.Value) (undo func()) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.CanInt():
		v.SetInt(v.Int() + 1)
	default:
		v.SetUint(v.Uint() + 1)
	}
	return func() { v.Set(old) }
}

// stateOr is AppendState, or what it panics with: then the change shows, too.
func stateOr(r *rig, c *Conn) (b []byte) {
	defer func() {
		if recover() != nil {
			b = []byte("panic")
		}
	}()
	return c.AppendState(nil, r.clock())
}

// TestAppendStateWritesEverything: a field whose change AppendState does not
// show would make two states that differ look equal.
func TestAppendStateWritesEverything(t *testing.T) {
	shown := map[string]bool{}
	for _, r := range fullConns(t) {
		clone := r.c.Clone()
		want := r.state()
		leaves("", reflect.ValueOf(clone).Elem(), func(path string, v reflect.Value) {
			undo := change(v)
			shown[path] = shown[path] || !bytes.Equal(stateOr(r, clone), want)
			undo()
		})
		if !bytes.Equal(clone.AppendState(nil, r.clock()), want) {
			t.Fatal("the test did not put a value back")
		}
	}
	if len(shown) < 50 {
		t.Errorf("only %d fields were found", len(shown))
	}
	for path, ok := range shown {
		if why := unwritten[path]; !ok && why == "" {
			t.Errorf("AppendState does not show a change of %s", path)
		} else if ok && why != "" {
			t.Errorf("%s is written, and listed as not", path)
		}
	}
	for path := range unwritten {
		if _, found := shown[path]; !found {
			t.Errorf("%s is listed, and there is no such field", path)
		}
	}
}

// memory calls f for every slice below v.
func memory(v reflect.Value, f func(s reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			memory(plain(v.Field(i)), f)
		}
	case reflect.Array:
		for i := range v.Len() {
			memory(v.Index(i), f)
		}
	case reflect.Slice:
		f(v)
	}
}

// TestCloneSharesNothing: what a clone does to its memory does not reach the
// original.
func TestCloneSharesNothing(t *testing.T) {
	slices := 0
	for _, r := range fullConns(t) {
		clone, want := r.c.Clone(), r.state()
		memory(reflect.ValueOf(clone).Elem(), func(s reflect.Value) {
			slices++
			s = s.Slice(0, s.Cap())
			for i := range s.Len() {
				leaves("", s.Index(i), func(_ string, v reflect.Value) { change(v) })
			}
		})
		if got := r.state(); !bytes.Equal(got, want) {
			t.Error("a change in a clone's memory reached the original")
		}
		if clone.Config() != r.c.Config() {
			t.Error("the clone has another Config")
		}
	}
	if slices == 0 {
		t.Error("no slice was found")
	}
}

// TestAppendStateCountsFromNow: equal futures at other instants look equal,
// and the time that passes shows while something waits for it.
func TestAppendStateCountsFromNow(t *testing.T) {
	r := established(t)
	idle := r.state()
	r.sleep(time.Hour)
	if !bytes.Equal(r.state(), idle) {
		t.Error("an idle connection changed in an hour")
	}
	r.send(5)
	waiting := r.state()
	r.sleep(time.Millisecond)
	if bytes.Equal(r.state(), waiting) {
		t.Error("the RTO came nearer, and the state looks the same")
	}
}

// TestArmedTimersAreWritten: for each timer, when it expires.
func TestArmedTimersAreWritten(t *testing.T) {
	seen := map[Timer]bool{}
	for _, r := range fullConns(t) {
		for timer := range numTimers {
			at, ok := r.c.timers.Deadline(uint8(timer))
			if !ok {
				continue
			}
			seen[timer] = true
			clone := r.c.Clone()
			clone.arm(timer, at+1)
			if bytes.Equal(clone.AppendState(nil, r.clock()), r.state()) {
				t.Errorf("the deadline of %v is not written", timer)
			}
		}
	}
	if len(seen) != int(numTimers) {
		t.Errorf("timers %v were armed, want all %d", seen, numTimers)
	}
}
